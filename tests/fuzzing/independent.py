"""A second reading of formulas that shares nothing with gradcli: Python's parser, mpmath's functions, nested duals.

``Reading(text, digits=2000).number({"x": 1e-300}, ("x", "x"))`` is the second derivative of ``text`` in x there, with
a bound on its own error: every operation that rounds is disturbed in its last digits, and the bound is what three runs
with other disturbances leave open. What digits drop is in that bound, so that this oracle cannot be deceived by it.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from fuzzing.duals import (
    CONTEXT,
    NOISE,
    Dual,
    GivenUpError,
    KinkError,
    Missing,
    NoNumberError,
    called,
    entrywise,
    over,
    parts,
    plain,
    plus,
    same,
    times,
)
from fuzzing.known import power

C = CONTEXT
one = C.mpf(1)
RUNS, SPARE = 3, 1000  # disturbed runs, and how many times their spread the error may be

# -- arrays


def _entries(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) else np.array(x, dtype=object)


def _sum(x: Any) -> Any:
    total: Any = C.mpf(0)
    for entry in np.ravel(_entries(x)):
        total = plus(total, entry)
    return total


def _product(x: Any) -> Any:
    total: Any = one
    for entry in np.ravel(_entries(x)):
        total = times(total, entry)
    return total


def _filled(shape: tuple[int, ...], function: Callable[..., Any]) -> Any:
    """An array by its entries' places; an entry without a number spoils no other."""
    places = np.indices(shape)
    return entrywise(function, *places)


def _matmul(x: Any, y: Any) -> Any:
    left, right = np.atleast_2d(x), y if y.ndim == 2 else y[:, None]
    out = _filled((left.shape[0], right.shape[1]), lambda i, j: _sum(times(left[i], right[:, j])))
    shaped = out if x.ndim == 2 else out[0]
    return shaped if y.ndim == 2 else shaped[..., 0]


def _minor(x: Any, i: int, j: int) -> Any:
    return np.delete(np.delete(x, i, 0), j, 1)


def _det(x: Any) -> Any:
    if x.shape == (1, 1):
        return x[0, 0]
    return _sum(
        np.array([times((-1) ** j, times(x[0, j], _det(_minor(x, 0, j)))) for j in range(len(x))], dtype=object)
    )


def _inv(x: Any) -> Any:
    det = _det(x)
    return _filled(x.shape, lambda i, j: over(times(int((-1) ** (i + j)), _det(_minor(x, j, i))), det))


def _exponential(x: Any) -> Any:
    """Taylor's series, after halving as often as is enough for every size that is asked."""
    size_ = max(abs(plain(v)) for v in x.ravel())
    halvings = max(0, int(C.mag(size_)) + 40) if size_ else 0
    if halvings > 200:
        raise GivenUpError("a matrix too large")
    unit = np.empty(x.shape, dtype=object)
    for i, j in np.ndindex(x.shape):
        unit[i, j] = C.mpf(int(i == j))
    small, term, total = times(x, C.ldexp(1, -halvings)), unit, unit
    for k in range(1, 2 + CONTEXT.prec // 38):
        term = times(_matmul(term, small), C.mpf(1) / k)
        total = plus(total, term)
    for _ in range(halvings):
        total = _matmul(total, total)
    return total


def _eigvalsh2(x: Any) -> Any:
    a, b, d = x[0, 0], x[1, 0], x[1, 1]
    middle, half = times(plus(a, d), C.mpf("0.5")), times(plus(a, times(-1, d)), C.mpf("0.5"))
    radius = called("sqrt", plus(times(half, half), times(b, b)))
    return np.array([plus(middle, times(-1, radius)), plus(middle, radius)], dtype=object)


ARRAYS: dict[str, Callable[..., Any]] = {
    "sum": _sum,
    "prod": _product,
    "mean": lambda x: over(_sum(x), int(np.size(x))),
    "dot": lambda x, y: _sum(times(x, y)),
    "norm": lambda x: called("sqrt", _sum(times(x, x))),
    "det": _det,
    "logdet": lambda x: called("log", _det(x)),
    "inv": _inv,
    "trace": lambda x: _sum(np.diagonal(x)),
    "solve": lambda x, y: _matmul(_inv(x), y),
    "matrix_exp": _exponential,
    "eigvalsh": _eigvalsh2,
    "logsumexp": lambda x: called("log", _sum(called("exp", x))),
    "outer": lambda x, y: times(x[:, None], y[None, :]),
    "softmax": lambda x, _axis: over(called("exp", x), _sum(called("exp", x))),
    "cumsum": lambda x, _axis: _filled(x.shape, lambda k: _sum(x[: k + 1])),
    "cumprod": lambda x, _axis: _filled(x.shape, lambda k: _product(x[: k + 1])),
    "var": lambda x: over(_sum(power(plus(x, times(-1, over(_sum(x), len(x)))), 2)), len(x) - 1),
}


# -- reading


_TAGS = itertools.count(1)
BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: plus,
    ast.Sub: lambda x, y: plus(x, times(-1, y)),
    ast.Mult: times,
    ast.Div: over,
    ast.Pow: power,
    ast.MatMult: _matmul,
}
COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: lambda x, y: x < y,
    ast.LtE: lambda x, y: x <= y,
    ast.Gt: lambda x, y: x > y,
    ast.GtE: lambda x, y: x >= y,
}


class Reading:
    """A formula in Python's syntax, read by Python's own parser."""

    def __init__(self, text: str, digits: int = 2000) -> None:
        self.text, self.digits = text, digits
        self.tree = ast.parse(text, mode="eval").body

    def number(
        self, values: Mapping[str, Any], variables: Sequence[Any] = (), place: tuple[int, ...] = ()
    ) -> tuple[Any, Any]:
        """The derivative of the entry at ``place`` in the variables, and a bound on its error.

        variables: names, or pairs of a name and an entry. Errors: NoNumberError, GivenUpError
        """
        found = []
        NOISE.flat = False
        with CONTEXT.workdps(self.digits):
            for seed in range(RUNS):
                NOISE.rng.seed(seed)
                env = {name: exact(value) for name, value in values.items()}
                wanted = [v if isinstance(v, tuple) else (v, ()) for v in variables]
                out = _differentiated(lambda inner: _entry(self.value(self.tree, inner), place), env, wanted)
                found.append(plain(out))
            spread = max(found) - min(found)
            return found[0], SPARE * spread

    def value(self, node: ast.AST, env: Mapping[str, Any]) -> Any:
        """A node with variables at hand: numbers, Duals, or arrays of them."""
        if isinstance(node, ast.Constant):
            written = Fraction(ast.get_source_segment(self.text, node) or "")
            return over(C.mpf(written.numerator), C.mpf(written.denominator))
        if isinstance(node, ast.Name):
            return env[node.id] if node.id in env else NOISE(+getattr(C, node.id))
        if isinstance(node, ast.BinOp):
            return BINARY[type(node.op)](self.value(node.left, env), self.value(node.right, env))
        if isinstance(node, ast.UnaryOp):
            return times(-1, self.value(node.operand, env))
        if isinstance(node, ast.Call):
            return self.call(node, env)
        if isinstance(node, ast.List):
            return np.array([self.part(part, env) for part in node.elts], dtype=object)
        if isinstance(node, ast.Subscript):
            return self.value(node.value, env)[ast.literal_eval(node.slice)]
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self.value(node.value, env).T
        raise NotImplementedError(ast.dump(node))

    def part(self, node: ast.AST, env: Mapping[str, Any]) -> Any:
        try:
            return self.value(node, env)
        except NoNumberError as error:
            return Missing(error)

    def call(self, node: ast.Call, env: Mapping[str, Any]) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in OPERATORS:
            names = [part.id for part in node.args[1:] if isinstance(part, ast.Name)]
            return OPERATORS[name](lambda inner: self.value(node.args[0], inner), env, names)
        if name == "where":
            test, yes, no = node.args
            assert isinstance(test, ast.Compare)
            try:
                x, y = self.value(test.left, env), self.value(test.comparators[0], env)
            except NoNumberError as error:
                raise GivenUpError("a condition of what is no number") from error
            if plain(x) == plain(y) and not same(x, y):
                raise KinkError("on the edge of a condition")
            return self.value(yes if COMPARED[type(test.ops[0])](plain(x), plain(y)) else no, env)
        arguments = [self.value(part, env) for part in node.args]
        return ARRAYS[name](*arguments) if name in ARRAYS else called(name, *arguments)


Function = Callable[[Mapping[str, Any]], Any]
Entries = Sequence[tuple[str, tuple[int, ...]]]


def exact(value: Any) -> Any:
    """Floats, or mpmath's numbers, as they are."""
    array = np.asarray(value, dtype=object)
    return np.vectorize(C.mpf, otypes=[object])(array) if array.ndim else C.mpf(array[()])


def _entry(value: Any, place: tuple[int, ...]) -> Any:
    return value[place] if place else value


def _differentiated(function: Function, env: Mapping[str, Any], variables: Entries) -> Any:
    """The derivative of a scalar in each variable in turn."""
    if not variables:
        return function(env)
    (name, at), *rest = variables
    tag = next(_TAGS)
    old = env[name]
    if at:
        moved = old.copy()
        moved[at] = Dual(tag, old[at], one)
    else:
        moved = Dual(tag, old, one)
    return parts(_differentiated(function, {**env, name: moved}, rest), tag)[1]


def _places(value: Any) -> list[tuple[int, ...]]:
    return list(np.ndindex(np.shape(value)))


def _diff(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    return _differentiated(function, env, [(name, ()) for name in names])


def _grad(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    if not np.ndim(env[name]):
        return _diff(function, env, names)
    out = np.empty(env[name].shape, dtype=object)
    for at in _places(env[name]):
        out[at] = _differentiated(function, env, [(name, at)])
    return out


def _hessian(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    if not np.ndim(env[name]):
        return _diff(function, env, [name, name])
    shape = env[name].shape
    out = np.empty(shape + shape, dtype=object)
    for at in _places(out):
        first, second = at[: len(shape)], at[len(shape) :]
        out[at] = _differentiated(function, env, [(name, first), (name, second)])
    return out


def _laplacian(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    return _sum(np.array([_differentiated(function, env, [(name, at)] * 2) for at in _places(env[name])], dtype=object))


def _jacobian(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    (name,) = names
    places, inner = _places(function(env)), _places(env[name])
    out = np.empty(np.shape(function(env)) + np.shape(env[name]), dtype=object)
    for place, at in itertools.product(places, inner):
        try:
            out[place + at] = _differentiated(lambda e, place=place: _entry(function(e), place), env, [(name, at)])
        except NoNumberError as error:
            out[place + at] = Missing(error)
    return out if out.ndim else out[()]


def _divergence(function: Function, env: Mapping[str, Any], names: Sequence[str]) -> Any:
    return _sum(np.diagonal(_jacobian(function, env, names)))


OPERATORS: dict[str, Callable[[Function, Mapping[str, Any], Sequence[str]], Any]] = {
    "diff": _diff,
    "grad": _grad,
    "hessian": _hessian,
    "laplacian": _laplacian,
    "jacobian": _jacobian,
    "divergence": _divergence,
}
