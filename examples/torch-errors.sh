#!/bin/sh
# What people trip over with torch.autograd.grad, and the ways on. Exit codes are printed by the last line of each.

say() { "$@" && echo "exit 0" || echo "exit $?"; }

# "grad can be implicitly created only for scalar outputs"
say gradcli grad 'x**2' x=1,2
say gradcli grad 'x**2' x=1,2 --reduce sum
say gradcli grad 'x**2' x=1,2 --select 1
say gradcli grad 'x**2' x=1,2 --grad-outputs 2,3
say gradcli grad 'x*y' x=5,5 y=8,8 --grad-outputs 1,1
say gradcli jacobian '[x[0]**2, x[1]**3]' x=1,2

# grad_outputs of the wrong shape
say gradcli grad 'x**2' x=1,2 --grad-outputs 1,1,1

# An input that the output does not depend on
say gradcli grad 'x**2 + y' x=3 y=1 z=2
say gradcli grad 'x**2 + y' x=3 y=1 z=2 --allow-unused
say gradcli grad 'x**2 + y' x=3 y=1 z=2 --materialize-grads

# An in-place operation
say gradcli grad 'x.add_(1)' x=3

# A kink: both one-sided slopes, and what torch chose
say gradcli grad 'relu(x)' x=0

# where does not stop the gradient of the branch that is not taken
say gradcli grad 'where(x > 0, sqrt(x), 0)' x=-1
