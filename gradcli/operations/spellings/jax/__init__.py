"""jax's calls where they are not a row's own, numpy's, torch's or scipy's."""
