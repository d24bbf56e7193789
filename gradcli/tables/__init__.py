"""Files of rows: which columns make which variables, formats read and written a batch at a time, work that goes on
where it was interrupted. Knows nothing of derivatives; pyarrow is imported where it is used."""
