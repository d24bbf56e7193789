"""Claims that hold for all sizes, claims that look like it and do not, and slips made from the former."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from gradcli.autograd.tensors import evaluate, session
from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed.proof import Proved, prove
from gradcli.language.nodes import stand_ins
from gradcli.language.parse import parse, parse_condition
from gradcli.meaning.program import compile_tree

SIZES = ((2, 3, 4, 5), (4, 2, 5, 3))  # of the letters n, m, k, d
LETTERS = "nmkd"
LARGE = stand_ins(LETTERS)
Point = dict[str, torch.Tensor]
MEETING: dict[str, tuple[str, Callable[[Point], torch.Tensor]]] = {  # what a name is made to meet a premise
    **{f"{name} == {name}.T": (name, lambda p, name=name: p[name] + p[name].T) for name in "ABCDSXY"},  # type: ignore[misc]
    "Q.T@Q == eye(n)": ("Q", lambda p: torch.linalg.qr(p["Q"] - 0.9)[0]),
    "Q.T@Q == eye(m)": ("Q", lambda p: torch.linalg.qr(p["Q"] - 0.9)[0]),
    "K == -K.T": ("K", lambda p: p["K"] - p["K"].T),
    "P@P == P": ("P", lambda p: p["P"][:, :1] @ p["P"][:1] / (p["P"][:1] @ p["P"][:, :1])),
    "sum(y) == 1": ("y", lambda p: p["y"] / p["y"].sum()),
    "sum(Y, dim=1) == ones(n)": ("Y", lambda p: p["Y"] / p["Y"].sum(1, keepdim=True)),
    "norm(x) == 2": ("x", lambda p: 2 * p["x"] / p["x"].norm()),
    "sum(x**2) == 1": ("x", lambda p: p["x"] / p["x"].norm()),
    "x@x == 1": ("x", lambda p: p["x"] / p["x"].norm()),
    "A == diag(diag(A))": ("A", lambda p: p["A"].diag().diag()),
    "A@B == B@A": ("B", lambda p: p["A"] @ p["A"] + 2 * p["A"]),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The function, its claimed derivative in ``wrt`` and the shapes: ``"X=n,m x=m"``."""

    function: str
    claim: str
    wrt: str
    shapes: str
    premises: tuple[str, ...] = ()
    kind: str = "grad"

    @property
    def sizes(self) -> dict[str, tuple[str | int, ...]]:
        pairs = (part.split("=") for part in self.shapes.split())
        return {name: tuple(int(n) if n.isdigit() else n for n in text.split(",")) for name, text in pairs}

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.wrt,) * (2 if self.kind == "hessian" else 1) if self.wrt else ()


def outcome(claim: Claim) -> Proved | str:
    """The proof, or why there is none."""
    try:
        function, formula = (parse(text, sizes=LARGE) for text in (claim.function, claim.claim))
        premises = [parse_condition(text, sizes=LARGE) for text in claim.premises]
        return prove(function, formula, claim.kind, claim.variables, claim.sizes, premises)
    except (LimitError, ExpressionError) as limit:
        return limit.message


def value(claim: Claim, text: str, sizes: tuple[int, ...], seed: int) -> torch.Tensor | None:
    """The formula at a random point that meets the premises; None where it has no value there.

    An inverse of a singular matrix is seen by what a change in the eleventh digit does to it.
    """
    letters = dict(zip(LETTERS, sizes, strict=True))
    generator = torch.Generator().manual_seed(seed)
    with session("float64", "cpu"):
        try:
            tree = parse(text, sizes=letters)
            point = {name: torch.tensor(float(n)) for name, n in letters.items()}
            for name in sorted({*parse(claim.function, sizes=letters).names, *tree.names}):
                shape = [letters[n] if isinstance(n, str) else n for n in claim.sizes.get(name, ())]
                point[name] = torch.rand(shape, generator=generator) + 0.5
            for premise in claim.premises:
                name, met = MEETING[premise]
                if name in point:
                    point[name] = met(point)
            program = compile_tree(tree.tree)
            found = evaluate(program, point)
            beside = evaluate(program, {name: x * (1 + 1e-11) if x.ndim else x for name, x in point.items()})
        except (ExpressionError, RuntimeError, IndexError, LimitError):
            return None
    return found.squeeze() if torch.allclose(found, beside, rtol=1e-6, atol=1e-6) else None


def alike(claim: Claim, text: str) -> bool:
    """Has another formula the claim's values, wherever both have one?"""
    for seed, sizes in enumerate(SIZES * 2):
        one, two = value(claim, claim.claim, sizes, seed), value(claim, text, sizes, seed)
        if one is None or two is None:
            continue
        if one.shape != two.shape or not torch.allclose(one, two, rtol=1e-9, atol=1e-9, equal_nan=True):
            return False
    return True


_SLIPS = (
    (r" \+ ", " - "),
    (r" - ", " + "),
    (r"\.T", ""),
    (r"([A-Z]\w*)(?![\w.(])", r"\1.T"),
    (r"inv\((\w+)\)", r"\1"),
    (r"(\d+)", "7"),
    (r"\*", "/"),
    (r"\bsin\b", "cos"),
    (r"\bcos\b", "sin"),
    (r"\bexp\b", "log"),
    (r"\bnorm\b", "sum"),
    (r"\bsoftmax\b", "sigmoid"),
    (r"(\w+)@(\w+)", r"\2@\1"),
    (r"\bsum\b", "mean"),
    (r"\*\*2", "**3"),
)


def slips(claim: Claim, source: random.Random) -> Iterator[Claim]:
    """The claim with one thing changed: a sign, a factor, a transpose, names, a function, or something added."""
    text = claim.claim
    for pattern, other in _SLIPS:
        places = list(re.finditer(pattern, text))
        if places:
            found = source.choice(places)
            yield replace(claim, claim=text[: found.start()] + found.expand(other) + text[found.end() :])
    names = sorted(claim.sizes)
    if len(names) > 1:
        one, two = source.sample(names, 2)
        swap = {one: two, two: one}
        pattern = rf"\b({one}|{two})\b"
        yield replace(claim, claim=re.sub(pattern, lambda found: swap[found[0]], text))
    for more in (f"2*({text})", f"({text}) + 1", f"-({text})", f"({text})/n", f"({text})**2", f"0*({text})"):
        yield replace(claim, claim=more)


S = ("S == S.T",)
TRUE = (
    Claim("x@x", "2*x", "x", "x=n"),
    Claim("x@A@x", "(A + A.T)@x", "x", "x=n A=n,n"),
    Claim("x@A@x", "A + A.T", "x", "x=n A=n,n", kind="hessian"),
    Claim("x@S@x", "2*S@x", "x", "x=n S=n,n", S),
    Claim("a@X@b", "outer(a, b)", "X", "X=n,m a=n b=m"),
    Claim("trace(A@X@B)", "A.T@B.T", "X", "A=n,m X=m,k B=k,n"),
    Claim("trace(X.T@A@X)", "(A + A.T)@X", "X", "X=n,m A=n,n"),
    Claim("trace(A@X@B@X.T@C)", "A.T@C.T@X@B.T + C@A@X@B", "X", "A=d,n X=n,m B=m,m C=n,d"),
    Claim("trace((A@X@B - C).T@(A@X@B - C))", "2*A.T@(A@X@B - C)@B.T", "X", "A=n,m X=m,k B=k,d C=n,d"),
    Claim("norm(A@x - b)**2", "2*A.T@(A@x - b)", "x", "A=n,m x=m b=n"),
    Claim("norm(A@x - b)", "A.T@(A@x - b)/norm(A@x - b)", "x", "A=n,m x=m b=n"),
    Claim("norm(x)", "eye(n)/norm(x) - outer(x, x)/norm(x)**3", "x", "x=n", kind="hessian"),
    Claim("norm(x)", "(x@x*eye(n) - outer(x, x))/norm(x)**3", "x", "x=n", kind="hessian"),
    Claim("dot(x, y)/(norm(x)*norm(y))", "y/(norm(x)*norm(y)) - dot(x, y)*x/(norm(x)**3*norm(y))", "x", "x=n y=n"),
    Claim("x/dot(x, x)", "eye(n)/dot(x, x) - 2*outer(x, x)/dot(x, x)**2", "x", "x=n", kind="jacobian"),
    Claim("trace(inv(X))", "-(inv(X)@inv(X)).T", "X", "X=n,n"),
    Claim("trace(A@inv(X)@B)", "-(inv(X)@B@A@inv(X)).T", "X", "A=m,n X=n,n B=n,m"),
    Claim("a@inv(X)@b", "-inv(X).T@outer(a, b)@inv(X).T", "X", "a=n X=n,n b=n"),
    Claim("inv(X)", "-einsum('ik,lj->ijkl', inv(X), inv(X))", "X", "X=n,n", kind="jacobian"),
    Claim("logdet(X)", "inv(X).T", "X", "X=n,n"),
    Claim("det(X)", "det(X)*inv(X).T", "X", "X=n,n"),
    Claim("det(A@X@B)", "det(A@X@B)*inv(X).T", "X", "A=n,n X=n,n B=n,n"),
    Claim("logdet(X.T@X)", "2*X@inv(X.T@X)", "X", "X=n,m"),
    Claim("logdet(X@X.T + c*eye(n))", "2*inv(X@X.T + c*eye(n))@X", "X", "X=n,m"),
    Claim("det(X.T@S@X)", "2*det(X.T@S@X)*S@X@inv(X.T@S@X)", "X", "X=n,m S=n,n", S),
    Claim("logdet(S)", "inv(S)", "S", "S=n,n", S),
    Claim("trace(inv(X + A))", "-(inv(X + A)@inv(X + A)).T", "X", "X=n,n A=n,n"),
    Claim("trace(matrix_power(X, 3))", "3*matrix_power(X, 2).T", "X", "X=n,n"),
    Claim("trace(matrix_exp(X))", "matrix_exp(X).T", "X", "X=n,n"),
    Claim("trace(matrix_exp(S@X))", "S@matrix_exp(S@X).T", "X", "X=n,n S=n,n", S),
    Claim("log(trace(matrix_exp(X)))", "matrix_exp(X.T)/trace(matrix_exp(X))", "X", "X=n,n"),
    Claim("trace(kron(X, X))", "2*trace(X)*eye(n)", "X", "X=n,n"),
    Claim("A@exp(x)", "A@diag(exp(x))", "x", "A=n,m x=m", kind="jacobian"),
    Claim("sum(sin(x))", "-diag(sin(x))", "x", "x=n", kind="hessian"),
    Claim("sum(tan(x))", "1 + tan(x)**2", "x", "x=n"),
    Claim("sum(tan(x))", "1/cos(x)**2", "x", "x=n"),
    Claim("softmax(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "x", "x=n", kind="jacobian"),
    Claim("logsumexp(x)", "softmax(x)", "x", "x=n"),
    Claim("logsumexp(x)", "exp(x - logsumexp(x))", "x", "x=n"),
    Claim("sum(log(softmax(x)))", "1 - n*softmax(x)", "x", "x=n"),
    Claim("sum(sigmoid(x))", "(1 - tanh(x/2)**2)/4", "x", "x=n"),
    Claim("sum(softplus(X@w)) - dot(y, X@w)", "X.T@(sigmoid(X@w) - y)", "w", "X=n,d w=d y=n"),
    Claim("sum(log1p(exp(X@w)))", "X.T@diag(sigmoid(X@w)*(1 - sigmoid(X@w)))@X", "w", "X=n,d w=d", kind="hessian"),
    Claim("sum(tanh(x@A)*b)", "A@((1 - tanh(x@A)**2)*b)", "x", "x=n A=n,m b=m"),
    Claim("mean((x - mean(x))**2)", "2*(x - mean(x))/n", "x", "x=n"),
    Claim("var(x)", "2*(x - mean(x))/(n - 1)", "x", "x=n"),
    Claim("sum(X*log(Y))", "X/Y", "Y", "X=n,m Y=n,m"),
    Claim("sum(log(X@w))", "X.T@(1/(X@w))", "w", "X=n,m w=m"),
    Claim("exp(-x@S@x/2)", "exp(-x@S@x/2)*(outer(S@x, S@x) - S)", "x", "x=n S=n,n", S, "hessian"),
    Claim("sum((x**2)[:,None]*X)", "2*x*sum(X, axis=1)", "x", "x=n X=n,m"),
    Claim("sum(sqrt(sum(X**2, axis=1)))", "X/sqrt(sum(X**2, axis=1))[:,None]", "X", "X=n,m"),
    Claim("prod(x)*0 + x[0]*x[1]", "[x[1], x[0]]", "x", "x=2"),
    Claim("trace(A@X.T@(X/B))", "(X/B)@A + (X@A.T)/B", "X", "A=n,n X=m,n B=m,n"),
    Claim("lgamma(sum(a)) - sum(lgamma(a))", "digamma(sum(a)) - digamma(a)", "a", "a=n"),
    Claim("c**2*trace(X)", "2*c*trace(X)", "c", "X=n,n"),
    Claim("sum(a**b)", "b*a**(b - 1)", "a", "a=n b=n"),
    Claim("sum(a**b)", "a**b*log(a)", "b", "a=n b=n"),
    Claim("(x@x)**(3/2)", "3*norm(x)*x", "x", "x=n"),
    Claim("1/(1 + x@x)", "-2*x/(1 + x@x)**2", "x", "x=n"),
    Claim("log(1 + x@x)", "2*eye(n)/(1 + x@x) - 4*outer(x, x)/(1 + x@x)**2", "x", "x=n", kind="hessian"),
    Claim("sum(x*x)*sum(x)", "2*x*sum(x) + sum(x*x)", "x", "x=n"),
    Claim("a.T@inv(X)@b", "-inv(X).T@a@b.T@inv(X).T", "X", "a=n,1 b=n,1 X=n,n"),
    Claim("(x@A)@y", "outer(x, y)", "A", "x=n A=n,m y=m"),
    Claim("sum(abs(x))", "sign(x)", "x", "x=n"),
    Claim("sum(abs(x))", "x/abs(x)", "x", "x=n"),
    Claim("sum(x*abs(x))", "2*abs(x)", "x", "x=n"),
    Claim("norm(x, 1)**2", "2*norm(x, 1)*sign(x)", "x", "x=n"),
    Claim("sum(relu(W@x + b))", "outer(where(W@x + b > 0, 1, 0), x)", "W", "W=n,m x=m b=n"),
    Claim("sum(relu(x)**2)", "2*relu(x)", "x", "x=n"),
    Claim(
        "sum(where(abs(x) <= c, x**2/2, c*(abs(x) - c/2)))", "where(abs(x) <= c, x, c*sign(x))", "x", "x=n", ("c > 0",)
    ),
    Claim("sum(maximum(x, y))", "where(x > y, 1, 0)", "x", "x=n y=n"),
    Claim("sum(where(x > 0, x, 2*x))", "where(x > 0, 1, 2)", "x", "x=n"),
    Claim("sum(erf(-x))", "-2*exp(-x**2)/sqrt(pi)", "x", "x=n"),
    Claim("sum((X + b).T@a)", "sum(a)*ones(m)", "b", "X=n,m b=m a=n"),
)
FALSE = (
    Claim("sum(squeeze(u)*x)", "squeeze(u)", "x", "u=n x=n"),  # not of x's shape where n is 1
    Claim("sum(cov(A)*B)", "cov(A)", "B", "A=n,m B=n,n"),
    Claim("trace(eye(n))", "3", "", "x=n", kind="value"),
    Claim("X@X", "X", "", "X=n,n", kind="value"),
    Claim("X@Y", "Y@X", "", "X=n,n Y=n,n", kind="value"),
    Claim("X", "X.T", "", "X=n,n", kind="value"),
    Claim("X@X - trace(X)*X + (trace(X)**2 - trace(X@X))/2*eye(n)", "0*X", "", "X=n,n", kind="value"),
    Claim("det(X)", "(trace(X)**2 - trace(X@X))/2", "", "X=n,n", kind="value"),
    Claim("det(X.T@X)", "(x@x)*(y@y)", "", "X=n,2 x=n y=n", kind="value"),
    Claim("matrix_exp(X + Y)", "matrix_exp(X)@matrix_exp(Y)", "", "X=n,n Y=n,n", kind="value"),
    Claim("trace(matrix_exp(X))", "matrix_exp(X)", "X", "X=n,n"),
    Claim("sqrt(x**2)", "x", "", "x=n", kind="value"),
    Claim("sqrt((x - 1)**2)", "x - 1", "", "x=n", kind="value"),
    Claim("abs(x)", "x", "", "x=n", kind="value"),
    Claim("log(x**2)", "2*log(x)", "", "x=n", kind="value"),
    Claim("log(x*y)", "log(x) + log(y)", "", "x=n y=n", kind="value"),
    Claim("sqrt(x*y)", "sqrt(x)*sqrt(y)", "", "x=n y=n", kind="value"),
    Claim("sqrt(a**b)", "a**(b/2)", "", "a=n", kind="value"),
    Claim("(a**b)**c", "a**(b*c)", "", "a=n", kind="value"),
    Claim("inv(X + Y)", "inv(X) + inv(Y)", "", "X=n,n Y=n,n", kind="value"),
    Claim("inv(X)@Y", "Y@inv(X)", "", "X=n,n Y=n,n", kind="value"),
    Claim("X@inv(X.T)", "eye(n)", "", "X=n,n", kind="value"),
    Claim("det(X + Y)", "det(X) + det(Y)", "", "X=n,n Y=n,n", kind="value"),
    Claim("det(2*X)", "2*det(X)", "", "X=n,n", kind="value"),
    Claim("sum(x)/n", "sum(x)/(n - 1)", "", "x=n", kind="value"),
    Claim("sum(x/x)", "1", "", "x=n", kind="value"),
    Claim("sum(x)**2", "sum(x**2)", "", "x=n", kind="value"),
    Claim("X@S", "(X@S).T", "", "X=n,n S=n,n", S, "value"),
    Claim("trace(S@A)", "(A + A.T)/2", "S", "S=n,n A=n,n", S),
    Claim("det(S)", "det(S)*(2*inv(S) - diag(diag(inv(S))))", "S", "S=n,n", S),
    Claim("2.000002*sum(x)", "2*ones(n)", "x", "x=n"),
    Claim("x[0]*x[-1]", "x[0]**2", "", "x=n", kind="value"),
    Claim("X/X", "ones(n,n)*eye(n)", "", "X=n,n", kind="value"),
    Claim("cos(x)**2 - sin(x)**2", "1", "", "x=n", kind="value"),
    Claim("exp(x)**2", "exp(x**2)", "", "x=n", kind="value"),
    Claim("exp(x@y)", "exp(x)@exp(y)", "", "x=n y=n", kind="value"),
    Claim("kron(X, Y)", "kron(Y, X)", "", "X=n,n Y=n,n", kind="value"),
    Claim("outer(x, y)", "outer(y, x)", "", "x=n y=n", kind="value"),
    Claim("x[:,None] + x", "2*x[:,None]", "", "x=n", kind="value"),
    Claim("x", "where(x > 0, 1, where(x < 0, 1, 7))", "x", "y=n"),
    Claim("where(x >= 0, where(x <= 0, 0, x), x)", "where(x >= 0, where(x <= 0, 0, 1), 1)", "x", "y=n"),
    Claim("x*sign(x)**2", "sign(x)**2", "x", "y=n"),
    Claim("where(x != 0, x, 0)", "where(x != 0, 1, 0)", "x", "y=n"),
    Claim("where(x > 0, x, x**3)", "where(x >= 0, 1, where(x > -1, 3*x**2, 0))", "x", "y=n"),
    Claim("x*(1 + floor(x) + floor(-x))", "1 + floor(x) + floor(-x)", "x", "y=n"),
    Claim("x", "cos(sign(x))/cos(1)", "x", "y=n"),
    Claim("abs(x) - abs(x + x**3)", "where(x > 0, 1, -1) - where(x + x**3 >= 0, 1, -1)*(1 + 3*x**2)", "x", "y=n"),
    Claim("where(sin(2*x) > 2*sin(x)*cos(x), x, 2*x)", "where(sin(2*x) >= 2*sin(x)*cos(x), 1, 2)", "x", "y=n"),
    Claim("where(x > 0, 1, 0)", "where(x >= 0, 1, 0)", "", "x=n", kind="value"),
    Claim("X@Y@Z - X@Z@Y + Y@Z@X - Y@X@Z + Z@X@Y - Z@Y@X", "0*X", "", "X=n,n Y=n,n Z=n,n", kind="value"),
)
