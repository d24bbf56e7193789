"""torch.distributions: the classes, and the divergence of two."""
