"""numpy's calls where they are not a row's own: other arguments, other defaults, several results."""
