"""Laws of inverses, determinants and premises: claims that follow from them, and near misses that do not."""

from __future__ import annotations

from closed.statements import Claim


def value(function: str, claim: str, shapes: str, *premises: str) -> Claim:
    return Claim(function, claim, "", shapes, premises, "value")


TRUE = (
    # push-through, the resolvent, differences of inverses
    value("inv(eye(n) + A@B)@A", "A@inv(eye(m) + B@A)", "A=n,m B=m,n"),
    value("inv(eye(n) + A@A.T)@A", "A@inv(eye(m) + A.T@A)", "A=n,m"),
    value("inv(S + c*eye(n))@S", "eye(n) - c*inv(S + c*eye(n))", "S=n,n"),
    value("trace(inv(S + c*eye(n))@S)", "n - c*trace(inv(S + c*eye(n)))", "S=n,n"),
    value("trace(inv(eye(n) + A@B)@A@B)", "trace(inv(eye(m) + B@A)@B@A)", "A=n,m B=m,n"),
    value("inv(A) - inv(B)", "inv(A)@(B - A)@inv(B)", "A=n,n B=n,n"),
    # Woodbury, inverses of sums of inverses, of products
    value("inv(A + U@C@V)", "inv(A) - inv(A)@U@inv(inv(C) + V@inv(A)@U)@V@inv(A)", "A=n,n U=n,m C=m,m V=m,n"),
    value("inv(A + outer(u, v))", "inv(A) - inv(A)@outer(u, v)@inv(A)/(1 + v@inv(A)@u)", "A=n,n u=n v=n"),
    value("inv(eye(n) + outer(u, v))", "eye(n) - outer(u, v)/(1 + u@v)", "u=n v=n"),
    value("inv(inv(A) + inv(B))", "A@inv(A + B)@B", "A=n,n B=n,n"),
    value("inv(inv(A) + inv(B))", "B@inv(A + B)@A", "A=n,n B=n,n"),
    value("inv(A@B + A@C)", "inv(B + C)@inv(A)", "A=n,n B=n,n C=n,n"),
    value("inv(A@B)", "inv(B)@inv(A)", "A=n,n B=n,n"),
    value("inv(A.T)", "inv(A).T", "A=n,n"),
    value("inv(matrix_power(A, 2))", "matrix_power(A, -2)", "A=n,n"),
    value("matrix_power(A, -2)@A", "inv(A)", "A=n,n"),
    # determinants: Sylvester, the determinant lemma, common factors, powers
    value("det(eye(n) + A@B)", "det(eye(m) + B@A)", "A=n,m B=m,n"),
    value("logdet(eye(n) + A@B)", "logdet(eye(m) + B@A)", "A=n,m B=m,n"),
    value("logdet(eye(n) + A@A.T/c)", "logdet(eye(m) + A.T@A/c)", "A=n,m"),
    value("det(c*eye(n) + A@B)", "c**(n - m)*det(c*eye(m) + B@A)", "A=n,m B=m,n"),
    value("det(eye(n) + A@B@C)", "det(eye(m) + B@C@A)", "A=n,m B=m,k C=k,n"),
    value("det(eye(n) + diag(d)@X@X.T)", "det(eye(m) + X.T@diag(d)@X)", "d=n X=n,m"),
    value("det(eye(n) - outer(u, v))", "1 - u@v", "u=n v=n"),
    value("det(c*eye(n) + outer(u, v))", "c**(n - 1)*(c + u@v)", "u=n v=n"),
    value("det(A + outer(u, v))", "det(A)*(1 + v@inv(A)@u)", "A=n,n u=n v=n"),
    value("det(A + U@C@V)", "det(inv(C) + V@inv(A)@U)*det(C)*det(A)", "A=n,n U=n,m C=m,m V=m,n"),
    value("det(inv(A) + inv(B))", "det(A + B)/(det(A)*det(B))", "A=n,n B=n,n"),
    value("det(eye(n) + inv(B))*det(B)", "det(eye(n) + B)", "B=n,n"),
    value("det(A@B + A@C)", "det(A)*det(B + C)", "A=n,n B=n,n C=n,n"),
    value("det(matrix_power(A, 3))", "det(A)**3", "A=n,n"),
    value("det(inv(A))", "1/det(A)", "A=n,n"),
    # projectors
    value("X@inv(X.T@X)@X.T@(X@inv(X.T@X)@X.T)", "X@inv(X.T@X)@X.T", "X=n,m"),
    value("X@inv(X.T@X)@X.T@X", "X", "X=n,m"),
    value("trace(X@inv(X.T@X)@X.T)", "m", "X=n,m"),
    # Kronecker products
    value("kron(A, B)@kron(C, D)", "kron(A@C, B@D)", "A=n,m B=k,d C=m,n D=d,k"),
    value("kron(A, B).T", "kron(A.T, B.T)", "A=n,m B=k,d"),
    value("trace(kron(A, B))", "trace(A)*trace(B)", "A=n,n B=m,m"),
    value("vec(A@X@B)", "kron(B.T, A)@vec(X)", "A=n,m X=m,k B=k,d"),
    # gradients
    Claim("logdet(eye(n) + X@X.T)", "2*X@inv(eye(m) + X.T@X)", "X", "X=n,m"),
)
FALSE = (
    value("inv(eye(n) + A@B)@A", "A@inv(eye(m) + A.T@B.T)", "A=n,m B=m,n"),
    value("inv(eye(n) + A@B)@B.T", "A@inv(eye(m) + B@A)", "A=n,m B=m,n"),
    value("inv(S + c*eye(n))@S", "eye(n) - inv(S + c*eye(n))", "S=n,n"),
    value("inv(S + c*eye(n))@S", "eye(n) + c*inv(S + c*eye(n))", "S=n,n"),
    value("trace(inv(S + c*eye(n))@S)", "3 - c*trace(inv(S + c*eye(n)))", "S=n,n"),
    value("inv(A + U@C@V)", "inv(A) - inv(A)@U@inv(C + V@inv(A)@U)@V@inv(A)", "A=n,n U=n,m C=m,m V=m,n"),
    value("inv(A + outer(u, v))", "inv(A) - inv(A)@outer(u, v)@inv(A)/(1 + u@inv(A)@v)", "A=n,n u=n v=n"),
    value("inv(eye(n) + outer(u, v))", "eye(n) - outer(v, u)/(1 + u@v)", "u=n v=n"),
    value("inv(inv(A) + inv(B))", "A@inv(A + B)@A", "A=n,n B=n,n"),
    value("inv(inv(A) + inv(B))", "inv(A + B)@A@B", "A=n,n B=n,n"),
    value("inv(A@B)", "inv(A)@inv(B)", "A=n,n B=n,n"),
    value("det(eye(n) + A@B)", "det(eye(n) + A@B.T)", "A=n,n B=n,n"),
    value("det(c*eye(n) + A@B)", "det(c*eye(m) + B@A)", "A=n,m B=m,n"),
    value("det(c*eye(n) + A@B)", "c**(m - n)*det(c*eye(m) + B@A)", "A=n,m B=m,n"),
    value("det(eye(n) + A@B@C)", "det(eye(n) + B@A@C)", "A=n,n B=n,n C=n,n"),
    value("det(eye(n) + A@B + C@D)", "det(eye(m) + B@A)*det(eye(m) + D@C)", "A=n,m B=m,n C=n,m D=m,n"),
    value("det(c*eye(n) + outer(u, v))", "c**n*(c + u@v)", "u=n v=n"),
    value("det(A + outer(u, v))", "det(A)*(1 + u@inv(A)@v)", "A=n,n u=n v=n"),
    value("det(A + outer(u, v))", "det(A)*(1 - v@inv(A)@u)", "A=n,n u=n v=n"),
    value("logdet(A + outer(u, v))", "logdet(A) + log(1 + v@inv(A)@u)", "A=n,n u=n v=n"),
    value("det(inv(A) + inv(B))", "det(A + B)*(det(A)*det(B))", "A=n,n B=n,n"),
    value("det(A@B)", "det(A)*det(B)", "A=n,m B=m,n"),
    value("det(A@B)", "det(B@A)", "A=n,m B=m,n"),
    value("det(X.T@X)", "det(X@X.T)", "X=n,m"),
    value("logdet(X.T@X)", "2*log(det(X))", "X=n,n"),
    value("log(x*y)", "log(x) + log(y)", "x=n y=n"),
    value("where(x > 0, log(x*y), 1)", "where(x > 0, log(x) + log(y), 1)", "x=n y=n"),
    value("X@inv(X.T@X)@X.T", "eye(n)", "X=n,m"),
    value("trace(X@inv(X.T@X)@X.T)", "n", "X=n,m"),
    value("vec(A@X@B)", "kron(A, B.T)@vec(X)", "A=n,n X=n,n B=n,n"),
)
