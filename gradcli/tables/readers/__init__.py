"""A format's rows, one file a format: columns before anything is computed, then blocks of rows, in bounded memory."""
