"""Sixty claims and sixty numbers whose texts must not depend on the machine."""

from __future__ import annotations

Argv = tuple[str, ...]

_TRUE = (
    ("x**3*sin(x)", "3*x**2*sin(x) + x**3*cos(x)"),
    ("log(1 + exp(x))", "sigmoid(x)"),
    ("tanh(x)", "1 - tanh(x)**2"),
    ("exp(-x**2)/(1 + x**2)", "-2*x*exp(-x**2)*(2 + x**2)/(1 + x**2)**2"),
    ("sin(x)**2*cos(x)", "2*sin(x)*cos(x)**2 - sin(x)**3"),
    ("log(cosh(x))", "tanh(x)"),
    ("atan(x)", "1/(1 + x**2)"),
    ("x**x", "x**x*(log(x) + 1)"),
    ("gamma(x)", "gamma(x)*digamma(x)"),
    ("erf(x)", "2*exp(-x**2)/sqrt(pi)"),
    ("sqrt(1 + x**2)", "x/sqrt(1 + x**2)"),
    ("abs(x)**3", "3*x*abs(x)"),
    ("(1 + x)**20", "20*(1 + x)**19"),
    ("sin(cos(tan(x)))", "-cos(cos(tan(x)))*sin(tan(x))*(1 + tan(x)**2)"),
    ("log(x + sqrt(1 + x**2))", "1/sqrt(1 + x**2)"),
    ("besselj(0, x)", "-besselj(1, x)"),
    ("where(x > 1, x**2, 2*x - 1)", "where(x > 1, 2*x, 2)"),
    ("x/(1 + abs(x))", "1/(1 + abs(x))**2"),
    ("relu(x)**2", "2*relu(x)"),
    ("asin(x)", "1/sqrt(1 - x**2)"),
)
_FALSE = (
    ("x**3*sin(x)", "3*x**2*cos(x)"),
    ("log(1 + exp(x))", "exp(x)"),
    ("tanh(x)", "1 - tanh(x)"),
    ("cos(3*x)", "-sin(3*x)"),
    ("x*exp(x)", "exp(x)"),
    ("1/x", "1/x**2"),
    ("sqrt(x)", "1/sqrt(x)"),
    ("log(2*x)", "1/(2*x)"),
    ("sin(x)/x", "cos(x)/x - sin(x)/x"),
    ("x**x", "x*x**(x - 1)"),
    ("abs(x)", "1"),
    ("2**x", "x*2**(x - 1)"),
    ("exp(x)", "exp(x) + 1e-20"),
    ("sin(x)", "x - x"),
    ("atan(x)", "1/(1 + x)**2"),
    ("(x**2 + 1)**5", "5*(x**2 + 1)**4"),
    ("log(cosh(x))", "coth(x)"),
    ("sigmoid(x)", "sigmoid(x)*(1 + sigmoid(x))"),
    ("x**3", "3*x**3"),
    ("relu(x)", "sign(x)"),
)
_SHAPED = (
    ("sum((A@x - b)**2)", "2*A.T@(A@x - b)", "x", ("A=m,n", "x=n", "b=m")),
    ("sum((A@x - b)**2)", "2*A@(A@x - b)", "x", ("A=m,n", "x=n", "b=m")),
    ("x@A@x", "(A + A.T)@x", "x", ("A=n,n", "x=n")),
    ("x@A@x", "2*A@x", "x", ("A=n,n", "x=n")),
    ("trace(A@X)", "A.T", "X", ("A=n,m", "X=m,n")),
    ("trace(A@X)", "A", "X", ("A=n,m", "X=m,n")),
    ("log(det(X))", "inv(X).T", "X", ("X=n,n",)),
    ("log(det(X))", "inv(X)", "X", ("X=n,n",)),
    ("logsumexp(x)", "softmax(x)", "x", ("x=n",)),
    ("logsumexp(x)", "exp(x)", "x", ("x=n",)),
    ("norm(x)", "x/norm(x)", "x", ("x=n",)),
    ("norm(x)", "x/norm(x)**2", "x", ("x=n",)),
    ("sum(log(1 + exp(-y*(X@w))))", "-X.T@(y*sigmoid(-y*(X@w)))", "w", ("X=m,n", "y=m", "w=n")),
    ("sum(log(1 + exp(-y*(X@w))))", "X.T@(y*sigmoid(-y*(X@w)))", "w", ("X=m,n", "y=m", "w=n")),
    ("trace(inv(X)@A)", "-inv(X).T@A.T@inv(X).T", "X", ("X=n,n", "A=n,n")),
    ("trace(inv(X)@A)", "-inv(X)@A@inv(X)", "X", ("X=n,n", "A=n,n")),
    ("prod(x)", "prod(x)/x", "x", ("x=n",)),
    ("mean(x**2)", "2*x", "x", ("x=n",)),
    ("-sum(p*log(softmax(z)))", "softmax(z)*sum(p) - p", "z", ("p=n", "z=n")),
    ("-sum(p*log(softmax(z)))", "softmax(z) - p", "z", ("p=n", "z=n")),
)
CLAIMS: tuple[Argv, ...] = (
    *(("check", *pair, "-v") for pair in (*_TRUE, *_FALSE)),
    *(
        ("check", f, claim, "--wrt", name, *(word for shape in shapes for word in ("--shape", shape)))
        for f, claim, name, shapes in _SHAPED
    ),
)

_AT_POINTS = (
    "x*log1p(x) x=1e-130", "tanh(x) x=190", "sin(x)/x x=1e-160", "log(1-tanh(x)) x=150", "abs(x) x=0",
    "sqrt(x) x=0", "sqrt(x**2) x=0", "x**1.5 x=0", "log(x) x=0", "1/x x=0", "log(1+exp(x)) x=800",
    "log(1+exp(x)) x=-800", "exp(x)-1 x=1e-18", "(exp(x)-1)/x x=1e-12", "(1-cos(x))/x**2 x=1e-9", "x**x x=0.5",
    "gamma(x) x=0.1", "besselj(3,x) x=2.5", "erfc(x) x=20", "zeta(x) x=1.5", "where(x>0,sqrt(x),x) x=-1",
    "relu(x)*sign(x) x=0", "(x-1)**9 x=1.0001", "sin(x) x=1e22", "tan(x) x=1.5707963267948966", "floor(x)*x x=2",
    "exp(exp(x)) x=6", "atan2(x,y) x=0 y=0", "hypot(x,y) x=0 y=0", "x**y x=0 y=2", "lgamma(x) x=1e-300",
    "sinh(x)/cosh(x) x=700", "log(exp(x)) x=1000", "x/x x=0", "acos(x) x=1", "max(x) x=1,1,2",
    "softmax(x)[0] x=1000,0", "norm(x) x=0,0", "det(A) A=[[1,2],[2,4]]", "logdet(A) A=[[1,2],[2,4]]",
    "sum(sin(x)*x) x=linspace(0,9,300)", "sum(exp(x)) x=randn(20,20)", "prod(x) x=0,1,2",
    "sum(inv(A)) A=[[1,2],[3,4]]", "abs(b)+cos(x) b=0 x=3.141592653589793", "prod(x-linspace(1,20,20)) x=10.5",
)  # fmt: skip
_SECOND = (
    "sin(x)/x x=1e-160", "abs(b)+exp(-x) b=0 x=60", "x**4 x=0", "x*abs(x) x=0", "log(1+exp(x)) x=50", "sum(x**3) x=1,2,3",
    "x**2*y x=1 y=2",
)  # fmt: skip
_FORMULAS = ("x**2*sin(x)", "log(x)/x", "atan2(x,y)", "gamma(x)*x", "sum(x**2)", "x**y", "sigmoid(a*x+b)")
NUMBERS: tuple[Argv, ...] = (
    *(("grad", *text.split(), "-v") for text in _AT_POINTS),
    *(("hessian", *text.split(), "-v") for text in _SECOND),
    *(("grad", text, "-v") for text in _FORMULAS),
)
