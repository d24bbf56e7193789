#!/bin/sh
# The same derivative as different books write it: layouts, vec(X), symmetric matrices.
set -eu

# Least squares: in denominator layout the gradient in a column vector is a column, in numerator layout a row
gradcli grad 'sum((A@x - b)**2)' --shape A=n,m --shape x=m,1 --shape b=n,1 --wrt x --layout denominator
gradcli grad 'sum((A@x - b)**2)' --shape A=n,m --shape x=m,1 --shape b=n,1 --wrt x --layout numerator

# Magnus and Neudecker (1988): Jacobian matrices are those of vec(F) in vec(X)
gradcli jacobian 'A@X@B' --shape A=n,m --shape X=m,p --shape B=p,q --wrt X --vec
gradcli jacobian 'X.T@X' --shape X=n,m --vec
gradcli hessian 'trace(X.T@A@X)' --shape A=n,n --shape X=n,m --wrt X --vec

# A network's layer in its weights, as numbers: a row for each entry of the output, column by column
gradcli jacobian 'tanh(W@X)' W='[[1,0],[0.5,-1]]' X='[[1],[2]]' --wrt W --vec

# The Matrix Cookbook (section 2.8): a covariance has n*(n + 1)/2 free entries
gradcli grad 'logdet(S) + trace(inv(S)@A)' --shape S=n,n --shape A=n,n --wrt S --assume S=symmetric --symmetric joint
gradcli grad 'logdet(S)' S='[[2,1],[1,3]]' --assume S=symmetric --symmetric joint

# Somebody's thesis has it in the other layout
gradcli check 'A@X@B' 'kron(B, A.T)' --shape A=n,m --shape X=m,p --shape B=p,q --wrt X --vec --layout denominator
gradcli check 'A@X@B' 'kron(A, B.T)' --shape A=n,m --shape X=m,p --shape B=p,q --wrt X --vec || true
