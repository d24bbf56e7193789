"""scipy's calls where they are not a row's own: special functions, linear algebra, distributions."""
