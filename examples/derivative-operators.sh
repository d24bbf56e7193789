#!/bin/sh
# Formulas that contain derivatives: penalties, residuals of differential equations, steps of an optimiser.
set -eu

# WGAN-GP (Gulrajani et al. 2017): the critic's slope should have length 1; here for D(x) = v . tanh(W x)
gradcli grad 'D = dot(v, tanh(W@x)); (norm(grad(D, x)) - 1)**2' W='[[1,2],[3,4]]' v=1,-1 x=0.5,-1 --wrt W,v

# Physics-informed networks (Raissi et al. 2019): the residual of u(x, t) in the equation, differentiated in the weights.
# Heat equation
gradcli grad '
  u = sum(v*tanh(a*x + b*t + c))
  (diff(u, t) - 0.1*diff(u, x, x))**2' a=0.5,-1 b=0.25,0.75 c=0.1,-0.2 v=1,2 x=0.4 t=0.2 --wrt a,b,c,v

# Burgers' equation
gradcli grad '
  u = sum(v*tanh(a*x + b*t + c))
  (diff(u, t) + u*diff(u, x) - 0.01*diff(u, x, x))**2' a=0.5,-1 b=0.25,0.75 c=0.1,-0.2 v=1,2 x=0.4 t=0.2 --wrt v

# Helmholtz' equation at five points at once: the network acts on each point alone, so diff goes entry by entry
gradcli grad '
  u = v*sin(a*x + c)
  mean((diff(u, x, x) + 4*u)**2)' a=1.5 c=0.3 v=2 x='linspace(0, 1, 5)' --wrt a,c,v

# A solution has the residual 0: u = exp(-nu t) sin(x) solves u_t = nu u_xx
gradcli grad 'u = exp(-nu*t)*sin(x); diff(u, t) - nu*diff(u, x, x)'

# MAML (Finn et al. 2017): the loss on new data after one step of gradient descent on the old, with its second-order term
gradcli grad '
  inner = grad(sum((X@w - y)**2), w)
  v = w - 0.05*inner
  sum((Z@v - q)**2)' X='[[1,2],[3,-1]]' y=1,0.5 Z='[[0.5,1]]' q=2 w=0.3,-0.4 --wrt w

# Vector calculus, without values: a gradient field has no curl, a curl has no divergence
gradcli jacobian 'curl([diff(x*y*z^2, x), diff(x*y*z^2, y), diff(x*y*z^2, z)], [x, y, z])'
gradcli grad 'laplacian(1/sqrt(x^2 + y^2 + z^2), x, y, z)' x=1 y=2 z=2
