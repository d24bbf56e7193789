#!/bin/sh
# Questions that people ask in a shell, each answered by one line.
set -eu

# The slope of a function at a point, and its formula
gradcli grad 'x**2 * exp(-x)' x=1.5
gradcli grad 'x**2 * exp(-x)'

# The second derivative
gradcli grad 'x**3' x=3 --order 2

# Error propagation: how much does g = 4 pi^2 l / T^2 change with length and period of a pendulum?
gradcli grad '4*pi^2*l/T^2' l=1.000 T=2.006

# The data are known, the slope is not: where is the derivative of the squared errors 0?
gradcli grad 'sum((y - a*x)**2)' x=1,2,3,4 y=2,4,6,9

# The Black-Scholes delta and vega of a call option
gradcli grad '
  d1 = (log(S/K) + (r + sigma^2/2)*t) / (sigma*sqrt(t))
  d2 = d1 - sigma*sqrt(t)
  Phi1 = (1 + erf(d1/sqrt(2)))/2
  Phi2 = (1 + erf(d2/sqrt(2)))/2
  S*Phi1 - K*exp(-r*t)*Phi2' S=100 K=95 r=0.02 sigma=0.25 t=0.5 --wrt S,sigma

# Where is the minimum of the Rosenbrock function? Its gradient is zero and its Hessian positive definite at (1, 1).
gradcli grad '100*(y - x**2)**2 + (1 - x)**2' x=1 y=1
gradcli hessian '100*(y - x**2)**2 + (1 - x)**2' x=1 y=1

# The Jacobian of polar coordinates, and its determinant's formula: r
gradcli jacobian '[r*cos(phi), r*sin(phi)]' r=2 phi=pi/6
gradcli grad 'det([[cos(phi), -r*sin(phi)], [sin(phi), r*cos(phi)]])' --wrt r

# Numbers go on: the gradient of one line is the input of the next
gradcli grad 'sum(softplus(x))' x=-1,0,1 | gradcli grad 'sum(x**2)' x=@-

# One field of the JSON output
gradcli grad 'sum(log(1 + exp(-y*(X@w))))' X='[[1,2],[3,4]]' y=1,-1 w=0.1,0.2 --wrt w --json | jq -r .check.verdict
