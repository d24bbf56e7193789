"""scipy.stats: families of distributions."""
