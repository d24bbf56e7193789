"""The probable causes of a mistake in a claim, by their kind: each family yields corrected claims, the likeliest first."""
