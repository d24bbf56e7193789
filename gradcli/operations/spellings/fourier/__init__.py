"""Discrete Fourier, cosine and sine transforms of torch, numpy, jax and scipy: of sums of cosines and sines."""
