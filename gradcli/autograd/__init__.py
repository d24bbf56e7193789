"""torch: tensors, devices, passes, derivatives inside formulas. The only room that calls torch.autograd.grad."""
