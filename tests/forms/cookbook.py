"""Forms that others print, beside ours: matrixcalculus.org's documented examples, the derivatives of the Matrix Cookbook
(Petersen and Pedersen, 2012, chapter 2, where their conventions are gradcli's), and functions that no such tool reads.

A row: name | function | the derivative as it stands there | variable | shapes. A name that ends in H asks for a Hessian.
"""

from __future__ import annotations

from forms.asked import Asked

MATRIX_CALCULUS = """
quadratic       | 0.5*x.T@A@x                      | 0.5*A@x + 0.5*A.T@x                     | x | A:n,n x:n
quadratic H     | 0.5*x.T@A@x                      | 0.5*A + 0.5*A.T                         | x | A:n,n x:n
A exp           | A@exp(x)                         | A@diag(exp(x))                          | x | A:m,n x:n
weighted        | (y*v).T@x                        | y*v                                     | x | y:n v:n x:n
weighted, y     | (y*v).T@x                        | v*x                                     | y | y:n v:n x:n
power           | a**b                             | b*a**(b - 1)                            | a |
power, exponent | a**b                             | a**b*log(a)                             | b |
norm1           | norm(A@x - y, 1)                 | A.T@sign(A@x - y)                       | x | A:m,n x:n y:m
least squares   | norm(A@x - y)**2                 | 2*A.T@(A@x - y)                         | x | A:m,n x:n y:m
least squares H | norm(A@x - y)**2                 | 2*A.T@A                                 | x | A:m,n x:n y:m
logistic        | sum(log(exp(-y*(X@w)) + ones(n))) | -X.T@(y*exp(-y*(X@w))/(ones(n) + exp(-y*(X@w)))) | w | X:n,d y:n w:d
trace           | trace(A@X.T@B@X@C)               | B.T@X@A.T@C.T + B@X@C@A                 | X | A:k,m X:n,m B:n,n C:m,k
log det inv     | log(det(inv(X)))                 | -inv(X).T                               | X | X:n,n
"""
COOKBOOK = """
49   | det(X)                        | det(X)*inv(X).T                          | X | X:n,n
51   | det(A@X@B)                    | det(A@X@B)*inv(X).T                      | X | A:n,n X:n,n B:n,n
54   | det(X.T@A@X)                  | det(X.T@A@X)*(A@X@inv(X.T@A@X) + A.T@X@inv(X.T@A.T@X)) | X | X:n,m A:n,n
55   | log(det(X.T@X))               | 2*pinv(X).T                              | X | X:n,m
57   | log(det(X))                   | inv(X).T                                 | X | X:n,n
58   | det(matrix_power(X, 3))       | 3*det(X)**3*inv(X).T                     | X | X:n,n
60   | inv(X)                        | -einsum('ik,lj->ijkl', inv(X), inv(X))   | X | X:n,n
61   | a@inv(X)@b                    | -inv(X).T@outer(a, b)@inv(X).T           | X | X:n,n a:n b:n
62   | det(inv(X))                   | -det(inv(X))*inv(X).T                    | X | X:n,n
63   | trace(A@inv(X)@B)             | -(inv(X)@B@A@inv(X)).T                   | X | A:n,n X:n,n B:n,n
64   | trace(inv(X + A))             | -(inv(X + A)@inv(X + A)).T               | X | X:n,n A:n,n
69   | x@a                           | a                                        | x | x:n a:n
70   | a@X@b                         | outer(a, b)                              | X | X:n,m a:n b:m
71   | a@X.T@b                       | outer(b, a)                              | X | X:n,m a:m b:n
72   | a@X@a                         | outer(a, a)                              | X | X:n,n a:n
76   | sum(X)**2                     | 2*sum(X)*ones(n, m)                      | X | X:n,m
77   | b@X.T@X@c                     | X@(outer(b, c) + outer(c, b))            | X | X:n,m b:m c:m
78   | (B@x + b)@C@(D@x + d)         | B.T@C@(D@x + d) + D.T@C.T@(B@x + b)      | x | B:n,k x:k b:n C:n,m D:m,k d:m
81   | x@B@x                         | (B + B.T)@x                              | x | B:n,n x:n
82   | b@X.T@D@X@c                   | D.T@X@outer(b, c) + D@X@outer(c, b)      | X | X:n,m D:n,n b:m c:m
83   | (X@b + c)@D@(X@b + c)         | (D + D.T)@outer(X@b + c, b)              | X | X:n,m b:m c:n D:n,n
84   | (x - s)@W@(x - s)             | (W + W.T)@(x - s)                        | x | x:n s:n W:n,n
88   | (x - A@s)@W@(x - A@s)         | -(W + W.T)@outer(x - A@s, s)             | A | x:n A:n,m s:m W:n,n
92   | a@matrix_power(X, 2)@b        | outer(X.T@a, b) + outer(a, X@b)          | X | X:n,n a:n b:n
97   | x@A@x + b@x                   | (A + A.T)@x + b                          | x | A:n,n x:n b:n
98 H | x@A@x + b@x                   | A + A.T                                  | x | A:n,n x:n b:n
99   | trace(X)                      | eye(n)                                   | X | X:n,n
100  | trace(X@A)                    | A.T                                      | X | X:n,m A:m,n
101  | trace(A@X@B)                  | A.T@B.T                                  | X | A:k,n X:n,m B:m,k
102  | trace(A@X.T@B)                | B@A                                      | X | A:k,m X:n,m B:n,k
103  | trace(X.T@A)                  | A                                        | X | X:n,m A:n,m
106  | trace(X@X)                    | 2*X.T                                    | X | X:n,n
107  | trace(X@X@B)                  | (X@B + B@X).T                            | X | X:n,n B:n,n
108  | trace(X.T@B@X)                | B@X + B.T@X                              | X | X:n,m B:n,n
110  | trace(X@X.T@B)                | (B + B.T)@X                              | X | X:n,m B:n,n
111  | trace(X@B@X.T)                | X@B.T + X@B                              | X | X:n,m B:m,m
114  | trace(A@X@B@X)                | A.T@X.T@B.T + B.T@X.T@A.T                | X | A:m,n X:n,m B:m,n
115  | trace(X.T@X)                  | 2*X                                      | X | X:n,m
116  | trace(B.T@X.T@C@X@B)          | C.T@X@B@B.T + C@X@B@B.T                  | X | B:m,k X:n,m C:n,n
117  | trace(X.T@B@X@C)              | B@X@C + B.T@X@C.T                        | X | X:n,m B:n,n C:m,m
118  | trace(A@X@B@X.T@C)            | A.T@C.T@X@B.T + C@A@X@B                  | X | A:k,n X:n,m B:m,m C:n,k
119  | trace((A@X@B + C)@(A@X@B + C).T) | 2*A.T@(A@X@B + C)@B.T                 | X | A:k,n X:n,m B:m,l C:k,l
120  | trace(kron(X, X))             | 2*trace(X)*eye(n)                        | X | X:n,n
121  | trace(matrix_power(X, 4))     | 4*matrix_power(X.T, 3)                   | X | X:n,n
122  | trace(A@matrix_power(X, 3))   | (A@X@X + X@A@X + X@X@A).T                | X | A:n,n X:n,n
129  | norm(x - a)                   | (x - a)/norm(x - a)                      | x | x:n a:n
130  | (x - a)/norm(x - a)           | eye(n)/norm(x - a) - outer(x - a, x - a)/norm(x - a)**3 | x | x:n a:n
131  | norm(x)**2                    | 2*x                                      | x | x:n
132  | norm(X)**2                    | 2*X                                      | X | X:n,m
"""
BEYOND = """
layer norm           | m = mean(x); v = mean((x - m)**2); sum(w*(x - m)/sqrt(v + 1)) || x | x:n w:n
cross-entropy        | -sum(Y*log(softmax(X@W, dim=1)))        || W | X:n,d W:d,k Y:n,k
batched logsumexp    | sum(w*logsumexp(X, dim=1))              || X | X:n,m w:n
attention            | sum(G*(softmax(Q@K.T/sqrt(d), dim=1)@V)) || Q | Q:n,d K:m,d V:m,p G:n,p
softmax              | softmax(A@x)                            || x | A:m,n x:n
hinge                | sum(maximum(0, 1 - y*(X@w)))            || w | X:n,d y:n w:d
where                | sum(where(x > 0, x**2, exp(x)))         || x | x:n
slices               | sum((x[1:] - x[:-1])**2)                || x | x:n
einsum               | sum(einsum('bij,bj->bi', T, X)**2)      || T | T:b,i,j X:b,j
running sums         | sum(cumsum(x)*y)                        || x | x:n y:n
Cholesky             | sum(log(diag(cholesky(A))))             || A | A:n,n
three axes           | einsum('ijk,i,j,k->', T, x, x, x)       || x | T:n,n,n x:n
"""
LISTS = {"matrixcalculus": MATRIX_CALCULUS, "cookbook": COOKBOOK, "beyond": BEYOND}


def asked(name: str) -> list[Asked]:
    return [_asked(name, line) for line in LISTS[name].strip().splitlines()]


def _asked(corpus: str, line: str) -> Asked:
    name, function, human, wrt, sizes = (part.strip() for part in line.split("|"))
    shapes = {letter: tuple(axes.split(",")) for letter, _, axes in (word.partition(":") for word in sizes.split())}
    kind = "hessian" if name.endswith("H") else "grad"
    return Asked(corpus, name, function, kind, wrt, shapes, (), human)
