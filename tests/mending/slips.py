"""Slips that people make, by class: the claim, the cause that is to be named, and the formula that a person would give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """A false claim. given: the variable, shapes and conditions, ``wrt=x x=n where=A==A.T``; said: words of the cause."""

    function: str
    claim: str
    given: str
    kind: str
    said: str
    right: str


PREMISES = (
    Slip("-sum(y*log(softmax(z)))", "softmax(z) - y", "wrt=z y=n z=n", "premise", "sum(y) == 1", "sum(y)*softmax(z) - y"),
    Slip("-sum(P*log(softmax(Z)))", "softmax(Z) - P", "wrt=Z Z=n,c P=n,c", "premise", "sum(P, 1) == 1", "sum(P, 1)[:, None]*softmax(Z) - P"),
    Slip("-sum(P*log(exp(W)/sum(exp(W))))", "exp(W)/sum(exp(W)) - P", "wrt=W W=n,m P=n,m", "premise", "sum(P) == 1", "sum(P)*exp(W)/sum(exp(W)) - P"),
    Slip("sum((Q@x - b)**2)", "2*(x - Q.T@b)", "wrt=x Q=n,n x=n b=n", "premise", "Q.T@Q == eye(n)", "2*Q.T@(Q@x - b)"),
    Slip("x@A@x/(x@x)", "(A + A.T)@x - 2*(x@A@x)*x", "wrt=x A=n,n x=n", "premise", "sum(x**2) == 1", "((A + A.T)@x - 2*(x@A@x)*x/(x@x))/(x@x)"),
    Slip("exp(-0.5*x@A@x)", "-exp(-0.5*x@A@x)*A", "wrt=x A=3,3 x=3 kind=hessian where=A==A.T", "special value", "x == 0", "exp(-0.5*x@A@x)*(outer(A@x, A@x) - A)"),
)  # fmt: skip

SYMMETRY = (
    Slip("logdet(S)", "2*inv(S) - diag(diag(inv(S)))", "S=n,n", "symmetric convention", "2*G - diag(G)", "inv(S).T"),
    Slip("a@S@b", "outer(a, b) + outer(b, a) - diag(a*b)", "wrt=S a=n b=n S=n,n", "symmetric convention", "S[i, j] and S[j, i]", "outer(a, b)"),
    Slip("a@inv(S)@a", "-2*outer(inv(S)@a, inv(S)@a) + diag((inv(S)@a)**2)", "wrt=S S=n,n a=n", "symmetric convention", "2*G", "-outer(inv(S).T@a, inv(S)@a)"),
    Slip("x@A@x", "2*A@x", "wrt=x A=n,n x=n", "symmetric part", "A is symmetric", "(A + A.T)@x"),
    Slip("trace(X.T@B@X)", "2*B@X", "wrt=X X=n,m B=n,n", "symmetric part", "B is symmetric", "(B + B.T)@X"),
)  # fmt: skip

LAYOUT = (
    Slip("A@X@B", "kron(B.T, A)", "wrt=X A=n,m X=m,p B=p,q", "layout", "by columns", "einsum('ij,kl->iljk', A, B)"),
    Slip("A@X@B", "kron(A, B.T)", "wrt=X A=n,m X=m,p B=p,q", "layout", "by rows", "einsum('ij,kl->iljk', A, B)"),
    Slip("X@b", "kron(b, eye(m))", "wrt=X X=m,p b=p", "layout", "by columns", "einsum('i,jk->jki', b, eye(m))"),
    Slip("A@x", "A.T", "wrt=x A=n,m x=m", "layout", "output axes first", "A"),
    Slip("a@X@b", "kron(b, a)", "wrt=X a=n X=n,m b=m", "layout", "in vec(X), by columns", "outer(a, b)"),
    Slip("sum(x)", "ones(3)", "x=n", "size", "of another shape", "ones(n)"),
)  # fmt: skip

TRANSPOSES = (
    Slip("norm(X@w - y)**2", "2*X@(X@w - y)", "wrt=w X=n,d w=d y=n", "transpose", "X.T is due where X stands", "2*X.T@(X@w - y)"),
    Slip("logdet(A@X)", "inv(X)", "wrt=X A=n,n X=n,n", "transpose", "transpose of the gradient", "inv(X).T"),
    Slip("trace(A@B)", "A", "wrt=B A=n,n B=n,n", "transpose", "transpose of the gradient", "A.T"),
    Slip("a@inv(X)@b", "-inv(X).T@outer(b, a)@inv(X).T", "wrt=X X=n,n a=n b=n", "order", "outer(b, a)", "-inv(X).T@outer(a, b)@inv(X).T"),
    Slip("trace(A@X.T@B)", "A@B", "wrt=X A=n,n X=n,n B=n,n", "order", "A @ B stand in the wrong order", "B@A"),
)  # fmt: skip

SEVERAL = (
    Slip("norm(X@w - y)**2", "X@(X@w - y)", "wrt=w X=n,n w=n y=n", "two slips", "X.T is due where X stands", "2*X.T@(X@w - y)"),
    Slip("norm(A@X - B)**2", "A@(A@X - B)", "wrt=X A=n,n X=n,m B=n,m", "two slips", "multiplied by 2", "2*A.T@(A@X - B)"),
    Slip("trace(A@X@B)", "2*B@A", "wrt=X A=n,n X=n,n B=n,n", "two slips", "the transpose of the claim is due", "A.T@B.T"),
    Slip("sum((X@w - y)**2)/n", "X.T@(y - X@w)", "wrt=w X=n,d w=d y=n", "sum against mean", "-2/n", "2*X.T@(X@w - y)/n"),
    Slip("log(3*x)", "1/(3*x*log(10))", "", "factor", "3*log(10)", "1/x"),
    Slip("sin(3*x)**2", "2*cos(3*x)", "", "missing factor", "3*sin(3*x)", "6*sin(3*x)*cos(3*x)"),
)  # fmt: skip

FACTORS = (
    Slip("norm(x)**2", "x", "x=n", "factor", "multiplied by 2", "2*x"),
    Slip("mean((X@w - y)**2)", "2*X.T@(X@w - y)", "wrt=w X=n,d w=d y=n", "sum against mean", "1/n is missing", "2*X.T@(X@w - y)/n"),
    Slip("sum(x**2)", "2*x/n", "x=n", "sum against mean", "the mean for the sum", "2*x"),
    Slip("mean(X**2)", "2*X/n", "X=n,m", "sum against mean", "1/m is missing", "2*X/(n*m)"),
    Slip("sum((X@w - y)**2)", "2*X.T@(y - X@w)", "wrt=w X=n,d w=d y=n", "sign", "minus the derivative", "2*X.T@(X@w - y)"),
    Slip("sin(x)/x", "(sin(x) - x*cos(x))/x**2", "", "sign", "quotient rule", "(x*cos(x) - sin(x))/x**2"),
    Slip("sum(sigmoid(W@x))", "W.T@sigmoid(W@x)", "wrt=x W=n,m x=m", "chain rule", "the derivative of sigmoid(W @ x)", "W.T@(sigmoid(W@x)*(1 - sigmoid(W@x)))"),
    Slip("sum(tanh(W@x)**2)", "2*tanh(W@x)*(1 - tanh(W@x)**2)", "wrt=x W=n,n x=n", "missing factor", "@ W is missing", "2*W.T@(tanh(W@x)*(1 - tanh(W@x)**2))"),
    Slip("x@y/(y@y)", "x/(y@y)", "wrt=x x=n y=n", "wrong variable", "y is due where x stands", "y/(y@y)"),
    Slip("x*y**2", "x*y**3/3", "wrt=x", "order", "antiderivative of the function in y", "y**2"),
    Slip("log(x)", "x*log(x) - x", "", "order", "antiderivative of the function in x", "1/x"),
    Slip("a*x/(b + x) + c*x", "a/b + c", "wrt=x", "other function", "a*x/b + c*x", "a*b/(b + x)**2 + c"),
)  # fmt: skip

ENTRYWISE = (
    Slip("trace(inv(X))", "-X**-2", "X=n,n", "entrywise", "(inv(X) @ inv(X)).T", "-(inv(X)@inv(X)).T"),
    Slip("trace(X@X@X)", "3*(X**2).T", "X=n,n", "entrywise", "X @ X", "3*(X@X).T"),
    Slip("logdet(X)", "1/X", "X=n,n", "entrywise", "inv(X).T", "inv(X).T"),
    Slip("trace(matrix_exp(X))", "exp(X)", "X=n,n", "entrywise", "matrix_exp(X).T", "matrix_exp(X).T"),
    Slip("a@inv(X)@b", "-(1/X).T@outer(a, b)@(1/X).T", "wrt=X X=n,n a=n b=n", "entrywise", "inv(X)", "-inv(X).T@outer(a, b)@inv(X).T"),
    Slip("sum(exp(X))", "matrix_exp(X)", "X=n,n", "entrywise", "that of each entry, exp(X)", "exp(X)"),
    Slip("sum(log(X))", "inv(X).T", "X=n,n", "entrywise", "that of each entry", "1/X"),
    Slip("sum(X**3)", "3*matrix_power(X, 2)", "X=n,n", "entrywise", "that of each entry, X**2", "3*X**2"),
    Slip("sum(X**3)", "3*X@X", "X=n,n", "product", "entry by entry, not a matrix product", "3*X**2"),
)  # fmt: skip

HIDDEN = (
    Slip("var(x)", "2*(x - mean(x))/n", "x=n", "hidden constant", "right of var(x, correction=0)", "2*(x - mean(x))/(n - 1)"),
    Slip("std(x)", "(x - mean(x))/(n*std(x))", "x=n", "hidden constant", "n - 1 is due where n stands", "(x - mean(x))/((n - 1)*std(x))"),
    Slip("mean((x - mean(x))**2)", "2*(x - mean(x))/(n - 1)", "x=n", "hidden constant", "n is due where n - 1 stands", "2*(x - mean(x))/n"),
    Slip("norm(x)", "x/(norm(x) + 1e-8)", "x=n", "hidden constant", "the claim adds 1e-8", "x/norm(x)"),
    Slip("log(x + 1e-8)", "1/x", "", "hidden constant", "leaves the 1e-8 out", "1/(x + 1e-8)"),
    Slip("-y*log(p) - (1 - y)*log(1 - p)", "-y/(p + 1e-7) + (1 - y)/(1 - p + 1e-7)", "wrt=p", "hidden constant", "adds 1e-7", "-y/p + (1 - y)/(1 - p)"),
    Slip("normalize(x, 2, 0)@w", "(w - (x@w)*x/(x@x))/norm(x)", "wrt=x x=n w=n", "hidden constant", "eps=1e-12, the claim has none", ""),
)  # fmt: skip

ROUNDED = (
    Slip("x/3", "0.333", "", "rounded number", "1/3", "1/3"),
    Slip("log(x)/3", "0.33/x", "", "rounded number", "1/3", "1/(3*x)"),
    Slip("pi*x**2", "6.28*x", "", "rounded number", "2*pi", "2*pi*x"),
    Slip("exp(2*x)", "2*2.718**(2*x)", "", "rounded number", "stands for e", "2*exp(2*x)"),
    Slip("sqrt(2)*x", "1.4142", "", "rounded number", "sqrt(2)", "sqrt(2)"),
    Slip("2**x", "0.6931*2**x", "", "rounded number", "log(2)", "log(2)*2**x"),
    Slip("x*digamma(1)", "-0.5772", "", "rounded number", "digamma(1)", "digamma(1)"),
    Slip("exp(-x**2/2)/sqrt(2*pi)", "-0.3989*x*exp(-x**2/2)", "", "rounded number", "1/sqrt(2*pi)", "-x*exp(-x**2/2)/sqrt(2*pi)"),
    Slip("x*sqrt(3)/2 + pi*x**2", "0.866 + 6.283*x", "", "rounded number", "6.283 stands for 2*pi", "sqrt(3)/2 + 2*pi*x"),
)  # fmt: skip

ANGLES_AND_BASES = (
    Slip("sin(x)", "cos(x*pi/180)", "", "degrees", "the claim takes x in degrees", "cos(x)"),
    Slip("cos(pi*x/180)", "-sin(x)*pi/180", "", "degrees", "the claim takes x in radians", "-pi*sin(pi*x/180)/180"),
    Slip("tan(x)", "1/cos(pi*x/180)**2", "", "degrees", "the function in radians", "1/cos(x)**2"),
    Slip("sin(pi*x/180)", "cos(pi*x/180)", "", "factor", "pi/180", "pi*cos(pi*x/180)/180"),
    Slip("log10(x)", "1/x", "", "factor", "1/log(10)", "1/(x*log(10))"),
    Slip("log2(1 + x**2)", "2*x/(1 + x**2)", "", "factor", "1/log(2)", "2*x/((1 + x**2)*log(2))"),
    Slip("-sum(p*log2(p))", "-log2(p) - 1", "p=n", "base", "1/log(2) of the base", "-log2(p) - 1/log(2)"),
    Slip("x*log10(x)", "log10(x) + 1", "", "base", "1/log(10) of the base", "log10(x) + 1/log(10)"),
)  # fmt: skip

KINKS = (
    Slip("relu(x)", "sigmoid(1000*x)", "", "approximation", "the kink at x = 0: 0.5 off", "where(x > 0, 1, 0)"),
    Slip("abs(2*x - 1)", "2*tanh(1000*(2*x - 1))", "", "approximation", "the kink at x = 0.5", "2*sign(2*x - 1)"),
    Slip("abs(x)", "2/pi*atan(1e6*x)", "", "approximation", "6e-08 off at 10", "sign(x)"),
    Slip("clip(x, -1, 1)", "sigmoid(100*(x + 1)) - sigmoid(100*(x - 1))", "", "approximation", "the kink at x = -1", ""),
    Slip("abs(x*y)", "y*tanh(100*x*y)", "wrt=x", "approximation", "the kink at x*y = 0", "y*sign(x*y)"),
    Slip("sum(relu(x))", "sigmoid(1000*x)", "x=n", "approximation", "the kink at x = 0", "where(x > 0, 1, 0)"),
)  # fmt: skip

SLIPS = (
    *PREMISES, *SYMMETRY, *LAYOUT, *TRANSPOSES, *SEVERAL, *FACTORS, *ENTRYWISE, *HIDDEN, *ROUNDED, *ANGLES_AND_BASES,
    *KINKS,
)  # fmt: skip

# Whose parts saturate, so that a wrong formula looks right at every point that is drawn; that are true at some sizes or
# values alone; without a value; of another shape; with names and numbers that are no numbers or names elsewhere.
ODD = (
    ("abs(x)", "tanh(1000/x)", ""), ("relu(x)", "tanh(1000/x)", ""), ("sin(x)", "cos(x)*tanh(1e5*x**2)", ""),
    ("x**2", "2*x*tanh(1e5*abs(x))", ""), ("relu(x)", "sigmoid(1e6*x) + 1e-12", ""), ("relu(x)", "where(x > 1e-9, 1, 0)", ""),
    ("abs(x)", "where(abs(x) < 0.1, 0, sign(x))", ""), ("abs(x)", "sign(x) + 1e-3*exp(-x**2)", ""),
    ("x**2", "2*x + exp(-1e6*(x - 3)**2)", ""), ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x)) + exp(-1000*x**2)", ""),
    ("x/3", "0.34", ""), ("0.333*x", "1/3", ""), ("3.14*x", "pi", ""), ("x", "0.999", ""), ("0.7*x", "0.69314718", ""),
    ("x**2", "nan", ""), ("x**2", "inf*x", ""), ("x**2", "0/0", ""), ("x**2", "2*x + log(x)*0 + 1", ""), ("x**2", "x*log(-1 - x**2)", ""),
    ("trace(A)", "eye(3)", "A=n,n"), ("sum(A)", "A.T", "A=n,m"), ("sum(x**2)", "2*x + n", "x=n"), ("sum(x)/n", "1/3*ones(n)", "x=n"),
    ("mean(x)", "0.5*ones(n)", "x=n"), ("n*x**2", "2*x", "wrt=x"), ("sum(n*x)", "n", "x=n"), ("lambda*x**2", "2*x", "wrt=x"),
    ("e1*x**2", "e1*x", "wrt=x"), ("S_1*x + I*x**2", "S_1 + I*x", "wrt=x"), ("σ*x**3", "σ*x**2", "wrt=x"), ("grad_x**2", "grad_x", ""),
    ("1e300*x**2", "1e300*x", ""), ("1e-300*x**2", "1e-300*x", ""), ("123456789012345678901234567890*x**2", "x", ""),
    ("exp(exp(x))", "exp(x)", ""), ("factorial(x)", "digamma(x)", ""), ("besselj(1, x)", "besselj(0, x)", ""), ("floor(x)", "1", ""),
    ("max(x, y)", "1", "wrt=x"), ("prod(x)", "prod(x)", "x=n"), ("softmax(X)", "softmax(X)*(1 - softmax(X))", "X=n,m"),
    ("det(A)", "trace(A)*eye(n)", "A=n,n"), ("A@A", "2*A", "A=n,n"), ("x**y", "x*y", "wrt=x"), ("x@A@y", "A@y + A.T@x", "wrt=x A=n,n x=n y=n"),
    ("x**100", "100*x**98", ""), ("(x + 1)**50", "50*(x - 1)**49", ""), ("norm(x, 1)", "x/norm(x, 1)", "x=n"), ("sum(abs(x))", "x/(abs(x) + 1e-3)", "x=n"),
    ("sqrt(x**2)", "1", ""), ("log(x**2)", "2*log(x)", ""), ("einsum('ij,j->', A, x)", "A", "wrt=x A=n,n x=n"), ("kron(A, B)", "kron(B, A)", "wrt=A A=n,n B=m,m"),
    ("x**2*y", "2*x*y + 1e-14", "wrt=x"), ("logsumexp(x)", "x/sum(x)", "x=n"), ("sum(sort(x))", "x", "x=n"), ("sin(x)*cos(x)", "cos(x)**2 + sin(x)**2", ""),
    ("sqrt(1 - x**2)", "x/sqrt(1 - x**2)", "where=x>0.9"), ("log(x - 100)", "1/x", ""),
)  # fmt: skip
