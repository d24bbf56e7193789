"""Derivations with one slip each, as students make them: typed by hand, with the place of the slip and its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """``wrong``: the index of the first wrong line; ``said``: words that the cause must have; ``due``: the line as it
    should read, or several of which one; shape and where as the command line takes them, parted by semicolons."""

    function: str
    wrt: str
    lines: tuple[str, ...]
    wrong: int
    said: str
    due: tuple[str, ...]
    shape: str = ""
    where: str = ""


SLIPS = {
    # signs
    "a minus before a parenthesis": Slip(
        "x**3 - (x**2 - 5*x)", "x", ("3*x**2 - (2*x - 5)", "3*x**2 - 2*x - 5"), 1, "turns the sign of every term",
        ("3*x**2 - 2*x + 5",)),
    "minus times minus": Slip(
        "cos(1 - x)", "x", ("-sin(1 - x)*diff(1 - x, x)", "-sin(1 - x)*(-1)", "-sin(1 - x)"), 2, "minus times minus",
        ("sin(1 - x)",)),
    "the sign of the derivative of cos": Slip(
        "x*cos(x)", "x", ("cos(x) + x*diff(cos(x), x)", "cos(x) + x*sin(x)"), 1, "diff(cos(x), x) is -sin(x), not sin(x)",
        ("cos(x) - x*sin(x)",)),
    "a sign that is dropped": Slip(
        "5 - x**2*exp(x)", "x", ("-2*x*exp(x) - x**2*exp(x)", "x*exp(x)*(-2 + x)"), 1, "the minus before x**2*exp(x) is lost",
        ("x*exp(x)*(-2 - x)",)),
    # the rules
    "no inner derivative": Slip(
        "exp(3*x)*x", "x", ("x*diff(exp(3*x), x) + exp(3*x)", "x*exp(3*x) + exp(3*x)"), 1, "3 is missing, the inner derivative",
        ("3*x*exp(3*x) + exp(3*x)", "x*3*exp(3*x) + exp(3*x)", "x*exp(3*x)*3 + exp(3*x)")),
    "the product of the derivatives": Slip(
        "x**2*log(x)", "x", ("2*x*(1/x)", "2"), 0, "the product of the derivatives", ("2*x*log(x) + x", "x*(2*log(x) + 1)", "2*x*(log(x) + 1/2)"),
        where="x > 0"),
    "a quotient without its square": Slip(
        "x/(x + 1)", "x", ("(1*(x + 1) - x*1)/(x + 1)", "1/(x + 1)"), 0, "1/(x + 1) is missing",
        ("(1*(x + 1) - x*1)/(x + 1)**2", "(x + 1 - x)/(x + 1)**2")),
    "a quotient with plus": Slip(
        "sin(x)/x", "x", ("(x*cos(x) + sin(x))/x**2",), 0, "the sign between the terms is minus",
        ("(x*cos(x) - sin(x))/x**2",)),
    "an exponent that goes up": Slip(
        "1/x**2", "x", ("diff(x**(-2), x)", "-2*x**(-1)"), 1, "one less, not one more", ("-2*x**(-3)",)),
    "the exponent is no factor": Slip(
        "(x**2 + 1)**4", "x", ("diff((x**2 + 1)**4, x)", "(x**2 + 1)**3*2*x"), 1, "the exponent 4 is missing as a factor",
        ("(x**2 + 1)**3*8*x", "4*(x**2 + 1)**3*2*x", "(x**2 + 1)**3*2*x*4")),
    "the wrong variable": Slip(
        "sin(a*t)", "t", ("cos(a*t)*diff(a*t, t)", "cos(a*t)*t"), 1, "the derivative in a, not in t", ("cos(a*t)*a",)),
    "a constant that is differentiated": Slip(
        "x**2 + c**2", "x", ("diff(x**2, x) + diff(c**2, x)", "2*x + 2*c"), 1, "the derivative in c, not in x", ("2*x",)),
    # powers
    "a power of a product": Slip(
        "asin(3*x)", "x", ("3/sqrt(1 - (3*x)**2)", "3/sqrt(1 - 3*x**2)"), 1, "(3*x)**2 is 9*x**2, not 3*x**2",
        ("3/sqrt(1 - 9*x**2)",)),
    "a square of a sum": Slip(
        "(x + 1)**3/3", "x", ("(x + 1)**2", "x**2 + 1"), 1, "(x + 1)**2 is", ("x**2 + 2*x + 1", "x**2 + 1 + 2*x")),
    "exponents that are multiplied": Slip(
        "x**6/6", "x", ("x**3*x**2", "x**6"), 1, "is x**5, not x**6", ("x**5",)),
    "a power of a power": Slip(
        "x**7/7", "x", ("(x**2)**3", "x**5"), 1, "(x**2)**3 is x**6, not x**5", ("x**6",)),
    "a root of a sum": Slip(
        "(x**2 + 9)**(3/2)/3", "x", ("x*sqrt(x**2 + 9)", "x*(x + 3)"), 1, "is not x + 3", ("x*sqrt(x**2 + 9)",)),
    "a square of an exponential": Slip(
        "exp(2*x)/2", "x", ("exp(x)**2", "exp(x**2)"), 1, "exp(x)**2 is", ("exp(x*2)", "exp(2*x)", "exp(x)**2")),
    "exponentials multiplied": Slip(
        "exp(3*x)/3", "x", ("exp(x)*exp(2*x)", "exp(2*x**2)"), 1, "exp(x)*exp(2*x) is",
        ("exp(3*x)", "exp(x)*exp(2*x)")),
    # sums and fractions
    "like terms": Slip(
        "3*x**3 - x**2", "x", ("9*x**2 - 5*x + 3*x", "9*x**2 - 8*x"), 1, "is -2*x, not -8*x", ("9*x**2 - 2*x",)),
    "one term is not multiplied": Slip(
        "2*x**2 + 6*x", "x", ("2*(2*x + 3)", "4*x + 3"), 1, "2 multiplies every term", ("4*x + 6",)),
    "a term is lost": Slip(
        "x**3 + x**2 + x", "x", ("3*x**2 + 2*x + 1", "3*x**2 + 2*x"), 1, "the term 1 is lost", ("3*x**2 + 2*x + 1",)),
    "factoring out too much": Slip(
        "x**3/3 + a*x**2/2", "x", ("x**2 + a*x", "x*(1 + a)"), 1, "a factor x of x**2 is lost", ("x*(x + a)",)),
    "no common denominator": Slip(
        "log(x) - 1/x", "x", ("1/x + 1/x**2", "2/x**2"), 1, "is (x + 1)/x**2, not", ("(x + 1)/x**2", "(1 + x)/x**2"),
        where="x > 0"),
    "fractions added top and bottom": Slip(
        "log(x) + log(x + 1)", "x", ("1/x + 1/(x + 1)", "2/(2*x + 1)"), 1, "not 2/(2*x + 1)",
        ("(2*x + 1)/(x*(x + 1))", "1/x + 1/(x + 1)"), where="x > 0"),
    "a term is cancelled": Slip(
        "x + log(x)", "x", ("(x + 1)/x", "1 + 1"), 1, "1/x multiplies every term", ("1 + 1/x", "1/x + 1"), where="x > 0"),
    "a fraction of a sum": Slip(
        "log(x + a)", "x", ("1/(x + a)", "1/x + 1/a"), 1, "is not 1/x + 1/a", ("1/(x + a)",), where="x > 0; a > 0"),
    "numbers multiplied": Slip(
        "(4*x + 1)**3", "x", ("3*(4*x + 1)**2*4", "7*(4*x + 1)**2"), 1, "is 12, not 7", ("12*(4*x + 1)**2",)),
    "a coefficient that is copied wrongly": Slip(
        "3*x**2 + 7*x", "x", ("6*x + 7", "6*x + 8"), 1, "7 has become 8", ("6*x + 7",)),
    # functions
    "a logarithm of a product": Slip(
        "x*log(a*x) - x", "x", ("log(a*x)", "log(a)*log(x)"), 1, "log(a) + log(x), not log(a)*log(x)",
        ("log(a) + log(x)",), where="a > 0; x > 0"),
    "a logarithm of a power": Slip(
        "x*log(x**2) - 2*x", "x", ("log(x**2)", "log(x)**2"), 1, "2*log(x), not log(x)**2", ("2*log(x)", "log(x)*2"),
        where="x > 0"),
    "the angle is doubled": Slip(
        "sin(x)**2", "x", ("2*sin(x)*cos(x)", "2*sin(2*x)"), 1, "sin(2*x)", ("sin(2*x)",)),
    "an identity with the wrong sign": Slip(
        "tan(x)", "x", ("1/cos(x)**2", "1 - tan(x)**2"), 1, "1 + tan(x)**2, not 1 - tan(x)**2", ("1 + tan(x)**2",)),
    "sine and cosine exchanged": Slip(
        "exp(x)*sin(x)", "x", ("exp(x)*(sin(x) + cos(x))", "exp(x)*(sin(x) + sin(x))"), 1, "cos(x) has become sin(x)",
        ("exp(x)*(sin(x) + cos(x))", "exp(x)*(cos(x) + sin(x))")),
    "the sigmoid of the negative": Slip(
        "softplus(-x)", "x", ("-sigmoid(-x)", "-(1 + sigmoid(x))"), 1, "1 - sigmoid(x)",
        ("-(1 - sigmoid(x))",)),
    # matrices
    "the transpose of a product": Slip(
        "trace(A@B@X)", "X", ("(A@B).T", "A.T@B.T"), 1, "(A @ B).T is B.T @ A.T, not A.T @ B.T", ("B.T@A.T", "(A@B).T"),
        "A=n,n; B=n,n; X=n,n"),
    "assumed to be symmetric": Slip(
        "x@A@x/2", "x", ("(A@x + A.T@x)/2", "A@x"), 1, "symmetric", ("(A + A.T)@x/2", "(A @ x + A.T @ x)/2"),
        "A=n,n; x=n"),
    "the order of a product": Slip(
        "trace(A@X@B)", "X", ("A.T@B.T", "(A@B).T"), 1, "(B @ A).T", ("(B@A).T", "A.T@B.T"), "A=n,n; B=n,n; X=n,n"),
    "a number for the identity": Slip(
        "x@A@x/2 + c*(x@x)/2", "x", ("A@x + c*x", "(A + c)@x"), 1, "eye", ("(A + c*eye(n))@x", "A@x + c*x"),
        "A=n,n; x=n", "A == A.T"),
    "factored on the wrong side": Slip(
        "trace(X.T@(A + B)@X)/2", "X", ("A@X + B@X", "X@(A + B)"), 1, "(A + B) @ X, not X @ (A + B)", ("(A + B)@X",),
        "A=n,n; B=n,n; X=n,n", "A == A.T; B == B.T"),
    "a lost factor of a norm": Slip(
        "sum((A@x - b)**2)", "x", ("2*A.T@(A@x - b)", "A.T@A@x - A.T@b"), 1, "the factor 2",
        ("2*(A.T@A@x - A.T@b)", "2*A.T@A@x - 2*A.T@b", "2*A.T@(A@x - b)"), "A=n,d; x=d; b=n"),
    "a lost transpose": Slip(
        "sum((A@x - b)**2)/2", "x", ("A.T@(A@x - b)", "A@(A@x - b)"), 1, "A.T", ("A.T@(A@x - b)",), "A=n,n; x=n; b=n"),
    "an inverse of a product": Slip(
        "trace(inv(A@B)@X)", "X", ("inv(A@B).T", "(inv(A)@inv(B)).T"), 1, "inv(B) @ inv(A), not inv(A) @ inv(B)",
        ("(inv(B)@inv(A)).T", "inv(A@B).T"), "A=n,n; B=n,n; X=n,n"),
    "a square of a norm": Slip(
        "norm(x)**4/4", "x", ("norm(x)**3*grad(norm(x), x)", "norm(x)**3*x/norm(x)", "norm(x)*x"), 2, "norm(x)**2",
        ("norm(x)**2*x",), "x=n"),
    # conditions
    "a root of a square": Slip(
        "x**2*sign(x)/2 + 3", "x", ("sqrt(x**2)", "x"), 1, "x > 0", ("abs(x)", "sqrt(x**2)"), where="x != 0"),
}  # fmt: skip
