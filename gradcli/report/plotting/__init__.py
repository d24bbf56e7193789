"""Plots of functions and their derivatives: as SVG, as characters, as an image."""
