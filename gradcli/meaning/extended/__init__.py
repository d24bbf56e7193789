"""Extended arithmetic: whole arrays of numbers with 19 digits, each with a bound on its error."""
