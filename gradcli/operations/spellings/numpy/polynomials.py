"""numpy's polynomials: vectors of coefficients, the highest power first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.spelling import Spelling
from gradcli.operations.written_out import within

# Any, in this module: the constants of a call, or OPERAND

_POWERS = "(flip(cumsum(ones_like(p), 0), 0) - 1)"  # of the coefficients


def _horner(p: int) -> str:
    found = "p[0] + 0*x"
    for k in range(1, p):
        found = f"({found})*x + p[{k}]"
    return found


def _values(p: Shape) -> str:
    if not p or not p[0]:
        raise ShapeMismatch("coefficients")
    return "; ".join(["y = p[0] + 0*x", *(f"y = y*x + p[{k}]" for k in range(1, p[0])), "y"])


def _combined(sign: str) -> Callable[[Shape, Shape], str]:
    """The shorter one goes with the last coefficients of the longer one."""

    def means(a1: Shape, a2: Shape) -> str:
        n, m = (shape[0] if shape else 1 for shape in (a1, a2))
        left, right = ("a1" if a1 else "[a1]"), ("a2" if a2 else "[a2]")
        if n == m:
            return f"{left} {sign} {right}"
        short, rest = (right, f"{left}[:{n - m}]") if n > m else (left, f"{right}[:{m - n}]")
        whole = f"concat([0*{rest}, {short} + 0*{(left if n > m else right)}[{abs(n - m)}:]], 0)"
        return f"{left} {sign} {whole}" if n > m else f"{whole} {sign} {right}"

    return means


def _derivative(p: Shape, m: int) -> str:
    if m < 0 or len(p) != 1:
        raise ShapeMismatch("a vector of coefficients, and m not negative")
    lines, size = [], p[0]
    for _ in range(within(m)):
        lines.append(f"p = (p*(({size} - 1) - arange({size})))[:-1]")
        size -= 1
    return "; ".join([*lines, "p"]) if size > 0 else f"zeros({max(size, 0)})"


def _integral(constant: str) -> Callable[[Shape, int], str]:
    """constant: of integration; {} is which one."""

    def means(p: Shape, m: int) -> str:
        if m < 0 or len(p) != 1:
            raise ShapeMismatch("a vector of coefficients, and m not negative")
        sizes = range(p[0], p[0] + within(m))
        lines = [f"p = concat([p/({n} - arange({n})), [{constant.format(at)}]])" for at, n in enumerate(sizes)]
        return "; ".join([*lines, "p"])

    return means


def _of_roots(seq_of_zeros: Shape) -> str:
    """Of a square matrix its characteristic polynomial, by Faddeev and Le Verrier."""
    if len(seq_of_zeros) == 2 and seq_of_zeros[0] == seq_of_zeros[1]:
        n = seq_of_zeros[0]
        lines = [f"M = eye({n})"]
        for k in range(1, n + 1):
            lines += [f"N = seq_of_zeros @ M; c{k} = -sum(diag(N))/{k}; M = N + c{k}*eye({n})"]
        return f"{'; '.join(lines)}; [1{''.join(f', c{k}' for k in range(1, n + 1))}]"
    if len(seq_of_zeros) > 1:
        raise ShapeMismatch("a vector of roots, or a square matrix")
    roots = [f"seq_of_zeros[{k}]" for k in range(seq_of_zeros[0])] if seq_of_zeros else ["seq_of_zeros"]
    return "; ".join(["c = [1]", *(f"c = concat([c, [0]]) - {root}*concat([[0], c])" for root in roots), "c"])


def _divided(u: Shape, v: Shape) -> str:
    """By hand: quotient and remainder."""
    if len(u) != 1 or len(v) != 1 or not v[0]:
        raise ShapeMismatch("two vectors of coefficients")
    n, m = u[0], v[0]
    if n < m:
        return "([0], u)"
    lines = ["r = u"]
    for k in range(n - m + 1):
        factor = f"pad(v[1:], (0, {n - k - m}))" if m > 1 else f"zeros({n - k - 1})"
        lines.append(f"q{k} = r[0]/v[0]; r = r[1:] - q{k}*{factor}")
    quotient = f"[{', '.join(f'q{k}' for k in range(n - m + 1))}]"
    return f"{'; '.join(lines)}; ({quotient}, {'r' if m > 1 else '[0]'})"


def _fit(deg: int, w: Any, full: Any, cov: Any) -> str:
    if full is not False or cov is not False:
        return f"{NONE}full= and cov= give more than the coefficients"
    rows, right = f"vander(x, {deg + 1})", "y"
    if w is None:
        return f"lstsq({rows}, {right})"
    return f"lstsq(w[:, None]*{rows}, (w*y.T).T)"


SPELLINGS = (
    Spelling("np.polyval(p:parts, x)", _horner),
    Spelling("np.polyval(p:ranked, x)", lambda p: f"sum(p*x[..., None]**{_POWERS}, -1)" if p == 1 else ""),
    Spelling("np.polyval(p:shaped, x)", _values),
    Spelling("np.polyadd(a1:shaped, a2:shaped)", _combined("+")),
    Spelling("np.polysub(a1:shaped, a2:shaped)", _combined("-")),
    Spelling("np.polymul(a1, a2)", "convolve(a1, a2)"),
    Spelling("np.polydiv(u:shaped, v:shaped)", _divided, ("quotient", "remainder")),
    Spelling("np.polyder(p)", f"einsum('i->i', (p*{_POWERS})[:-1])"),
    Spelling("np.polyder(p:shaped, m:integer)", _derivative),
    Spelling("np.polyint(p)", f"concat([p/({_POWERS} + 1), [0]])"),
    Spelling("np.polyint(p:shaped, m:integer=1, k:nothing=None)", _integral("0")),
    Spelling("np.polyint(p:shaped, m:integer=1, *, k:parts)",
             lambda p, m, k: _integral("k[{}]" if k == m else "k[0]")(p, m) if k in {1, m} else ""),
    Spelling("np.polyint(p:shaped, m:integer=1, *, k)", _integral("k")),
    Spelling("np.poly(seq_of_zeros:shaped)", _of_roots),
    Spelling("np.polyfit(x, y, deg:integer, rcond:nothing=None, full=False, w=None, cov=False)", _fit),
    Spelling("np.roots(p)", "none: roots may be complex; np.linalg.eigvalsh has those of a symmetric matrix"),
)  # fmt: skip
