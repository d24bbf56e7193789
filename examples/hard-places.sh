#!/bin/sh
# Where a plain autograd program goes wrong without a word: what gradcli says, and what it proposes to write instead.
# Exit codes: 0 fine or a convention, 1 autograd's number is wrong, 5 undefined or not finite.

say() { "$@" && echo "exit 0" || echo "exit $?"; }

# The branch that is not taken poisons the one that is
say gradcli grad 'where(x > 0, sqrt(x), 0)' x=-1

# Two kinks that cancel: the function is x
say gradcli grad 'relu(x) - relu(-x)' x=0

# Overflow on the way to a number of ordinary size
say gradcli grad 'log(1 + exp(x))' x=1000
say gradcli grad 'sqrt(x**2 + y**2)' x=1e200 y=1e200

# Cancellation
say gradcli grad '(1 - cos(x))/x**2' x=1e-9
say gradcli grad '1 - tanh(x)**2' x=18

# Kinks: both sides, the subdifferential, and what torch chose
say gradcli grad 'abs(x)' x=0
say gradcli grad 'norm(v)' v=0,0
say gradcli grad 'sqrt(x**2)' x=0
say gradcli grad 'x*sqrt(x)' x=0

# A singularity that can be removed
say gradcli grad 'sin(x)/x' x=0

# The number itself
say gradcli grad '(1 - cos(x))/x**2' x=1e-9 --digits 30 -q
