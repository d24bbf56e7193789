#!/bin/sh
# Derivatives that are mostly zeros: a Hessian for an optimiser, a Jacobian for a stiff solver, a look at both.
set -eu
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# The chained Rosenbrock function in 10,000 variables: its Hessian is tridiagonal, and scipy.sparse.load_npz reads it
rosenbrock='sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)'
gradcli hessian "$rosenbrock" x='linspace(-1,1,10000)' -o "$work/H.npz"
gradcli hessian "$rosenbrock" x='linspace(-1,1,10000)' --spy | head -n 4

# Where is it least curved along one variable? A line is ROW COLUMN VALUE, which awk reads
gradcli hessian "$rosenbrock" x='linspace(-1,1,10000)' --sparse |
    awk '$1 == $2 && (least == "" || $3 < least) { least = $3; row = $1 } END { print row, least }'

# The Brusselator, a reaction and a diffusion on a grid: du/dt and dv/dt inside of it
cat > "$work/brusselator" <<'END'
near(w) = w[:-2, 1:-1] + w[2:, 1:-1] + w[1:-1, :-2] + w[1:-1, 2:] - 4*w[1:-1, 1:-1]
reaction = u[1:-1, 1:-1]**2 * v[1:-1, 1:-1]
du = 1 - 4.4*u[1:-1, 1:-1] + reaction + near(u)/50
dv = 3.4*u[1:-1, 1:-1] - reaction + near(v)/50
[du, dv]
END
gradcli jacobian "@$work/brusselator" u='1 + rand(66,66)' v='3 + rand(66,66)' -o "$work/J.mtx"
head -n 3 "$work/J.mtx"

# What couples to what: each picture is a block, its rows du and below them dv
gradcli jacobian "@$work/brusselator" u='1 + rand(6,6)' v='3 + rand(6,6)' --spy

# The matrix of an energy comes back as a matrix, and its eigenvalues say how stiff it is
gradcli hessian 'sum((x[1:] - x[:-1])**2)/2' x='zeros(6)' -o "$work/K.mtx"
gradcli grad 'max(eigvalsh(K))/max(x)' K="@$work/K.mtx" x=1 --wrt x --value
