#!/bin/sh
# Is my derivative right? Exit codes: 0 yes, 1 no, 5 undecided.
cd "$(dirname "$0")" || exit

say() { "$@" && echo "exit 0" || echo "exit $?"; }

# From a notebook: the product rule, done right and by half
say gradcli check 'x**2*exp(-x)' '(2*x - x**2)*exp(-x)'
say gradcli check 'x**2*exp(-x)' '2*x*exp(-x)'

# The inner derivative, the base of a logarithm, a power of a power
say gradcli check 'exp(-(x - mu)**2/(2*s**2))' '(mu - x)*exp(-(x - mu)**2/(2*s**2))' --wrt x
say gradcli check 'log10(x)' '1/x'
say gradcli check 'x**x' 'x*x**(x - 1)'

# Both derivatives of a log-density; one has a wrong sign
say gradcli check '-(x - mu)**2/(2*s**2) - log(s)' --claim mu='(x - mu)/s**2' --claim s='(x - mu)**2/s**3 + 1/s' \
  --where 's > 0'

# Least squares from memory: a transpose, a factor, and then it is right
least_squares() {
  say gradcli check 'sum((X@w - y)**2)' "$1" --wrt w --shape X=n,d --shape w=d --shape y=n
}
least_squares '2*X@(X@w - y)'
least_squares 'X.T@(X@w - y)'
least_squares '2*X.T@(X@w - y)'

# A matrix identity that holds for symmetric matrices alone
say gradcli check 'x@A@x' '2*A@x' --wrt x --shape A=n,n --shape x=n
say gradcli check 'x@A@x' '2*A@x' --wrt x --shape A=n,n --shape x=n --where 'A == A.T'

# The diagonal of softmax's Jacobian is not the Jacobian
say gradcli check 'softmax(z)' 'diag(softmax(z)*(1 - softmax(z)))' --shape z=k

# A stable way to write a function: the same function?
say gradcli check 'log(1 + exp(x))' 'max(x, 0) + log1p(exp(-abs(x)))' --kind value

# A kink, and a function that is not there
say gradcli check 'abs(x)' 'sign(x)'
say gradcli check 'log(x)' '1/x' x=-1

# The gradients of a module: formulas in its docstrings, which are read, and functions, which are run
say gradcli check -q --file gradients.py
say gradcli check --python gradients:rosenbrock --against gradients:rosenbrock_gradient --at x=-1.2,1
say gradcli check --python gradients:logistic_loss --against gradients:logistic_gradient_draft --wrt w \
  --at X=@X.csv --at y=1,-1,1,1 --at w=0.5,-0.25 --at penalty=0.1
