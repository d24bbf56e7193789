"""Value and derivatives at a million points, in memory, against what people write by hand.

Each case is one function twice: in gradcli's language, and by hand for whatever library is asked. All sides compute in
one process, in interleaved rounds, with two threads where they have any; a number is the median of the rounds' ratios
ours/peer, below 1 where we are quicker. Compilation is outside, ours and jax's. Peers that are not installed are left
out. ``copy`` is the floor: as many bytes read and written and nothing computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np
import sympy
import torch
from dense import keep_pages, rounds_of

from gradcli.engine.choose import Chosen, Engine
from gradcli.engine.formulas import formulas
from gradcli.language.parse import parse

THREADS = 2
ENGINES: tuple[Engine, ...] = ("compiled", "torch")
TILE = 2**14  # rows of torch at once, by hand: what is quickest
Column = np.ndarray[tuple[int], np.dtype[np.float64]]
Columns = Mapping[str, Column]
Made = list[Any]  # Any: columns, of numpy or like numpy's
Work = Callable[[], Made]
Written = Callable[..., Any]  # Any: (a library with exp, log, sin, sqrt, erf; its numbers) -> its number


@dataclass(frozen=True, slots=True)
class Case:
    """One function: its text, what it is by hand, the variables, and the range that each is drawn from."""

    name: str
    expression: str
    written: Written
    ranges: Mapping[str, tuple[float, float]]

    def columns(self, rows: int) -> Columns:
        draw = np.random.default_rng(0)
        return {name: draw.uniform(low, high, rows) for name, (low, high) in self.ranges.items()}

    @property
    def outputs(self) -> list[str]:
        return ["value", *(f"d_{name}" for name in self.ranges)]

    def closed(self) -> list[Any]:  # Any: sympy's expressions
        """Value and derivatives, as somebody with sympy has them."""
        symbols = sympy.symbols(list(self.ranges))
        value = self.written(sympy, *symbols)
        return [value, *(sympy.diff(value, symbol) for symbol in symbols)]


def _price(m: Any, s: Any, k: Any, r: Any, v: Any, t: Any) -> Any:  # Any: see Written
    """Black and Scholes: what a call costs; its derivatives are the greeks."""
    high = (m.log(s / k) + (r + v**2 / 2) * t) / (v * m.sqrt(t))
    low = high - v * m.sqrt(t)
    root = 2**0.5
    return s * (1 + m.erf(high / root)) / 2 - k * m.exp(-r * t) * (1 + m.erf(low / root)) / 2


CASES = (
    Case("polynomial", "x**3*y - 3*x*y**2 + y*z**2", lambda m, x, y, z: x**3 * y - 3 * x * y**2 + y * z**2,
         dict.fromkeys("xyz", (-2.0, 2.0))),
    Case("sin, exp, log", "sin(x)*exp(-y**2) + log(1 + z**2)", lambda m, x, y, z: m.sin(x) * m.exp(-(y**2)) + m.log(1 + z**2),
         dict.fromkeys("xyz", (-2.0, 2.0))),
    Case("logistic loss", "log(1 + exp(-y*(w*x + b)))", lambda m, x, y, w, b: m.log(1 + m.exp(-y * (w * x + b))),
         dict.fromkeys("xywb", (-2.0, 2.0))),
    Case("Black-Scholes",
         "high = (log(s/k) + (r + v**2/2)*t)/(v*sqrt(t)); low = high - v*sqrt(t);"
         "s*(1 + erf(high/sqrt(2)))/2 - k*exp(-r*t)*(1 + erf(low/sqrt(2)))/2", _price,
         {"s": (50.0, 150.0), "k": (50.0, 150.0), "r": (0.0, 0.1), "v": (0.1, 0.5), "t": (0.1, 2.0)}),
)  # fmt: skip


# -- kernels alone: each gives value and derivatives, a column each


def ours(case: Case, columns: Columns, engine: Engine) -> Work:
    names = list(columns)
    found = formulas(parse(case.expression).tree, "grad", names, names, ())
    kernel = Chosen(found, engine, None, THREADS)
    rows = len(next(iter(columns.values())))

    def work() -> Made:
        outputs = {output.name: np.empty(rows) for output in found.outputs}
        kernel.run(columns, {}, outputs, np.empty(rows, dtype=np.uint8))
        return list(outputs.values())

    return work


def copied(case: Case, columns: Columns) -> Work:
    """As many columns as there are to be read and written."""
    given = [*columns.values(), next(iter(columns.values()))]
    pool = ThreadPoolExecutor(THREADS)
    part = -(-len(given[0]) // THREADS)

    def copy(made: Made, start: int) -> None:
        for there, here in zip(made, given, strict=True):
            np.copyto(there[start : start + part], here[start : start + part])

    def work() -> Made:
        made = [np.empty_like(column) for column in given]
        list(pool.map(partial(copy, made), range(0, len(given[0]), part)))
        return made

    return work


def in_jax(case: Case, columns: Columns) -> Work:
    return partial(jax_function(case), columns)


def jax_function(case: Case) -> Callable[[Columns], Made]:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    names = SimpleNamespace(**{name: getattr(jax.numpy, name) for name in ("exp", "log", "sin", "sqrt")})
    names.erf = jax.scipy.special.erf
    slopes = jax.value_and_grad(partial(case.written, names), argnums=tuple(range(len(case.ranges))))
    compiled = jax.jit(jax.vmap(slopes))

    def function(columns: Columns) -> Made:
        value, found = jax.block_until_ready(compiled(*columns.values()))
        return [value, *found]

    return function


def in_torch(case: Case, columns: Columns) -> Work:
    """By autograd, tile by tile on threads of Python: torch's own are slower."""
    pool = ThreadPoolExecutor(THREADS)
    rows = len(next(iter(columns.values())))

    def tile(made: list[torch.Tensor], start: int) -> None:
        part = slice(start, start + TILE)
        leaves = [torch.from_numpy(column[part]).requires_grad_() for column in columns.values()]
        value = case.written(torch, *leaves)
        slopes = torch.autograd.grad(value.sum(), leaves)
        for there, found in zip(made, (value.detach(), *slopes), strict=True):
            there[part] = found

    def work() -> Made:
        made = [torch.empty(rows, dtype=torch.float64) for _ in range(len(columns) + 1)]
        list(pool.map(partial(tile, made), range(0, rows, TILE)))
        return [tensor.numpy() for tensor in made]

    return work


def in_numpy(case: Case, columns: Columns) -> Work:
    """sympy's closed forms, with their common parts shared, as functions of numpy."""
    words = {"erf": lambda x: torch.erf(torch.from_numpy(x)).numpy()}
    function = sympy.lambdify(sympy.symbols(list(columns)), case.closed(), [words, "numpy"], cse=True)
    return lambda: function(*columns.values())


def in_numexpr(case: Case, columns: Columns) -> Work:
    """Errors: LookupError where it lacks a function."""
    import numexpr

    numexpr.set_num_threads(THREADS)
    closed = case.closed()
    if any(form.has(sympy.erf) for form in closed):
        raise LookupError("numexpr has no erf")
    texts = [str(form) for form in closed]
    return lambda: [numexpr.evaluate(text, columns) for text in texts]


def in_polars(case: Case, columns: Columns) -> Work:
    import polars as pl

    frame = pl.DataFrame(dict(columns))
    forms = polars_forms(case)
    return lambda: frame.select(forms).get_columns()


def polars_forms(case: Case) -> list[Any]:  # Any: polars' expressions
    import polars as pl

    def erf(column: Any) -> Any:  # Any: a polars.Series
        return pl.Series(torch.erf(torch.from_numpy(column.to_numpy().copy())).numpy())

    def word(name: str, x: Any) -> Any:  # Any: an expression or a number
        return getattr(x, name)() if isinstance(x, pl.Expr) else getattr(np, name)(x)

    words: dict[str, Any] = {
        name: partial(word, name) for name in ("exp", "log", "sin", "cos", "sqrt")
    }  # Any: functions
    words["erf"] = lambda x: x.map_batches(erf, pl.Float64)
    function = sympy.lambdify(sympy.symbols(list(case.ranges)), case.closed(), [words], cse=True)
    found = function(*map(pl.col, case.ranges))
    return [form.alias(name) for name, form in zip(case.outputs, found, strict=True)]


PEERS: Mapping[str, Callable[[Case, Columns], Work]] = {
    "jax": in_jax,
    "torch": in_torch,
    "numpy": in_numpy,
    "numexpr": in_numexpr,
    "polars": in_polars,
}


def table(rows: int, repeats: int) -> list[dict[str, object]]:
    """A line for each case and engine: our rate, and the ratios ours/theirs. Errors: AssertionError where results
    differ."""
    keep_pages()
    return [line for case in CASES for line in _lines(case, case.columns(rows), repeats)]


def _lines(case: Case, columns: Columns, repeats: int) -> Iterator[dict[str, object]]:
    mine = {engine: ours(case, columns, engine) for engine in ENGINES}
    peers = {}
    for name, made in PEERS.items():
        try:
            peers[name] = made(case, columns)
        except (ImportError, LookupError):  # it is not installed, or lacks a function
            continue
    _compare({name: work() for name, work in (mine | peers).items()}, case.name)
    rows = len(next(iter(columns.values())))
    peers = {"copy": copied(case, columns)} | peers
    rounds = rounds_of([*mine.values(), *peers.values()], repeats)
    for k, engine in enumerate(mine):
        line: dict[str, object] = {"case": case.name, "points": rows, "engine": engine}
        line["million/s"] = median(rows / taken[k] / 1e6 for taken in rounds)
        ratios = {name: median(taken[k] / taken[n] for taken in rounds) for n, name in enumerate(peers, len(mine))}
        yield line | ratios


def _compare(made: Mapping[str, Made], name: str) -> None:
    first, *others = made
    for other in others:
        for mine, theirs in zip(made[first], made[other], strict=True):
            assert np.allclose(mine, theirs, rtol=1e-9, atol=1e-12), f"{name}: {first} and {other} differ"
