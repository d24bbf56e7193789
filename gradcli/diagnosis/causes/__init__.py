"""Probable causes of a mistake in a claim, by kind: each family yields corrected claims, the likeliest first."""
