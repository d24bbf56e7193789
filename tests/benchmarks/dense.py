"""Dense Jacobians and Hessians against ``torch.func`` written by hand, and against jax where it is there.

Each case is one function twice: in gradcli's language, and by hand on arrays for torch and jax. All sides compute in one
process with one thread, in interleaved rounds; a number is the median of the rounds' ratios ours/peer, below 1 where we
are quicker. Parsing and the cross-check are outside. The peers are ``torch.func.jacrev`` or ``torch.func.hessian``; for
Jacobians also ``jacfwd``, and ``best`` is against the better of both, which one knows only afterwards.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch

from gradcli.autograd.point import Torch
from gradcli.inputs.prepare import prepare

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
try:
    import jax  # type: ignore[import-not-found,unused-ignore]  # optional

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
except ImportError:
    jax = None

SIZES = (10, 100, 1000)
ROUNDS = 15
SMALL = 20  # times as many rounds for what takes less than a millisecond

Arrays = dict[str, np.ndarray[Any, np.dtype[np.float64]]]  # Any: shapes are not typed
Written = Callable[..., Any]  # Any: (torch or jax.numpy, *arrays) -> array


@dataclass(frozen=True, slots=True)
class Case:
    """One function: its text, what it is by hand, and shapes by name; ``wrt`` come first.

    A size is a number as it is (int), a part of n (float), or its root (None).
    """

    name: str
    kind: str
    expression: str
    written: Written
    shapes: Mapping[str, tuple[int | float | None, ...]]
    wrt: tuple[str, ...] = ("x",)

    def values(self, n: int) -> Arrays:
        draw = np.random.default_rng(n)
        found = {}
        for name, shape in self.shapes.items():
            sizes = [s if isinstance(s, int) else round(n**0.5 if s is None else s * n) for s in shape]
            drawn = draw.normal(size=sizes) / sizes[-1] ** 0.5 if len(sizes) > 1 else draw.uniform(0.5, 1.5, sizes)
            found[name] = drawn
        return found


def _softmax(m: Any, z: Any) -> Any:  # Any: torch or jax.numpy, and its arrays
    e = m.exp(z - z.max())
    return e / e.sum()


def _logsumexp(m: Any, z: Any) -> Any:  # Any: as above
    return torch.logsumexp(z, 0) if m is torch else jax.scipy.special.logsumexp(z)


N = (1.0,)
NN = (1.0, 1.0)
HALF = (0.5,)
CASES = (
    # elementwise
    Case("elementwise", "jacobian", "sin(x)*exp(-x**2)", lambda m, x: m.sin(x) * m.exp(-(x**2)), {"x": N}),
    Case("neighbours", "jacobian", "x[1:]**2*x[:-1] - sin(x[:-1])", lambda m, x: x[1:] ** 2 * x[:-1] - m.sin(x[:-1]), {"x": N}),
    Case("two elementwise", "jacobian", "x*exp(y)/(1 + x**2)", lambda m, x, y: x * m.exp(y) / (1 + x**2), {"x": N, "y": N}, ("x", "y")),
    Case("linear", "jacobian", "A @ x", lambda m, x, A: A @ x, {"x": N, "A": NN}),
    Case("tanh(W@x)", "jacobian", "tanh(W @ x)", lambda m, x, W: m.tanh(W @ x), {"x": N, "W": NN}),
    Case("softmax(x)", "jacobian", "softmax(x, dim=0)", lambda m, x: torch.softmax(x, 0) if m is torch else jax.nn.softmax(x), {"x": N}),
    Case("cumsum", "jacobian", "cumsum(x**2, dim=0)*x", lambda m, x: m.cumsum(x**2, 0) * x, {"x": N}),
    Case("two layers", "jacobian", "V @ tanh(W @ x)", lambda m, x, W, V: V @ m.tanh(W @ x), {"x": N, "W": NN, "V": NN}),
    Case("tall 10:1", "jacobian", "tanh(X @ x)", lambda m, x, X: m.tanh(X @ x), {"x": (0.1,), "X": (1.0, 0.1)}),
    Case("tall 3:1", "jacobian", "softmax(X @ x, dim=0)", lambda m, x, X: _softmax(m, X @ x), {"x": (1 / 3,), "X": (1.0, 1 / 3)}),
    Case("tall 3:2", "jacobian", "sin(X @ x)", lambda m, x, X: m.sin(X @ x), {"x": (2 / 3,), "X": (1.0, 2 / 3)}),
    Case("wide 1:10", "jacobian", "tanh(X @ x)", lambda m, x, X: m.tanh(X @ x), {"x": N, "X": (0.1, 1.0)}),
    Case("wide 2:3", "jacobian", "exp(X @ x)", lambda m, x, X: m.exp(X @ x), {"x": N, "X": (2 / 3, 1.0)}),
    Case("three variables", "jacobian", "tanh(W @ x + b)*c", lambda m, x, b, c, W: m.tanh(W @ x + b) * c,
         {"x": HALF, "b": HALF, "c": HALF, "W": (0.5, 0.5)}, ("x", "b", "c")),
    # scalar
    Case("elementwise", "hessian", "sum(sin(x)*exp(-x**2))", lambda m, x: (m.sin(x) * m.exp(-(x**2))).sum(), {"x": N}),
    Case("Rosenbrock", "hessian", "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
         lambda m, x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(), {"x": N}),
    Case("logsumexp", "hessian", "logsumexp(x, dim=0)", lambda m, x: _logsumexp(m, x), {"x": N}),
    Case("quadratic form", "hessian", "x @ A @ x", lambda m, x, A: x @ A @ x, {"x": N, "A": NN}),
    Case("linear", "hessian", "sum(3*x - c*x)", lambda m, x, c: (3 * x - c * x).sum(), {"x": N, "c": N}),
    Case("norm", "hessian", "norm(x)", lambda m, x: m.linalg.norm(x), {"x": N}),
    Case("log softmax", "hessian", "sum(c*log(softmax(X @ x, dim=0)))",
         lambda m, x, X, c: (c * m.log(torch.softmax(X @ x, 0) if m is torch else jax.nn.softmax(X @ x))).sum(), {"x": N, "X": NN, "c": N}),
    Case("logistic", "hessian", "mean(log(1 + exp(-(X @ x)))) + sum(x**2)/2",
         lambda m, x, X: m.log(1 + m.exp(-(X @ x))).mean() + (x**2).sum() / 2, {"x": HALF, "X": (1.0, 0.5)}),
    Case("two layers", "hessian", "sum(tanh(V @ tanh(W @ x))**2)", lambda m, x, W, V: (m.tanh(V @ m.tanh(W @ x)) ** 2).sum(),
         {"x": N, "W": NN, "V": NN}),
    Case("weights", "hessian", "sum((v @ tanh(W @ X) - y)**2)", lambda m, v, W, X, y: ((v @ m.tanh(W @ X) - y) ** 2).sum(),
         {"v": (None,), "W": (None, None), "X": (None, 20), "y": (20,)}, ("v", "W")),
    Case("bilinear", "hessian", "x @ A @ sin(y)", lambda m, x, y, A: x @ A @ m.sin(y), {"x": HALF, "y": HALF, "A": (0.5, 0.5)}, ("x", "y")),
    Case("separable", "hessian", "sum(exp(x)) + sum(y**4)", lambda m, x, y: m.exp(x).sum() + (y**4).sum(), {"x": HALF, "y": HALF}, ("x", "y")),
)  # fmt: skip


def ours(case: Case, values: Arrays) -> Callable[[], object]:
    torch_task = Torch(prepare(case.expression, values, case.wrt, seed=0, unused=True), "float64", "cpu")
    return torch_task.jacobian if case.kind == "jacobian" else torch_task.hessian


def theirs(case: Case, values: Arrays) -> list[Callable[[], object]]:
    """``torch.func`` by hand: jacrev and jacfwd, or hessian; each with its own copy of the arrays, as we have ours."""
    places = tuple(range(len(case.wrt)))
    ways = [torch.func.jacrev, torch.func.jacfwd] if case.kind == "jacobian" else [torch.func.hessian]

    def function(*arrays: torch.Tensor) -> Any:  # Any: see Written
        return case.written(torch, *arrays)

    def by(way: Any) -> Callable[[], object]:  # Any: a function of torch.func
        tensors = [torch.tensor(values[name], dtype=torch.float64) for name in case.shapes]
        return lambda: way(function, argnums=places)(*tensors)

    return [by(way) for way in ways]


def in_jax(case: Case, values: Arrays) -> list[Callable[[], object]]:
    """The same compiled by jax, compilation left out."""
    arrays = [jax.numpy.asarray(values[name]) for name in case.shapes]
    places = tuple(range(len(case.wrt)))
    ways = [jax.jacrev, jax.jacfwd] if case.kind == "jacobian" else [jax.hessian]

    def function(*given: Any) -> Any:  # Any: jax's arrays
        return case.written(jax.numpy, *given)

    compiled = [jax.jit(way(function, argnums=places)) for way in ways]
    return [lambda run=run: jax.block_until_ready(run(*arrays)) for run in compiled]  # type: ignore[misc]  # one default


def seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def ratios(mine: Callable[[], object], peers: list[Callable[[], object]], repeats: int) -> list[float]:
    """The median of ours/theirs for each peer."""
    rounds = [[first / other for other in others] for first, *others in rounds_of([mine, *peers], repeats)]
    return [median(column) for column in zip(*rounds, strict=True)]


def rounds_of(functions: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Seconds of each function, over rounds in which everybody runs once, in turns after one another."""
    for function in functions:
        function()
    draw = random.Random(0)  # noqa: S311 - an order, so that nobody always finds the cache as the same neighbour left it
    rounds = []
    for _ in range(repeats):
        taken = {k: seconds(functions[k]) for k in draw.sample(range(len(functions)), len(functions))}
        rounds.append([taken[k] for k in range(len(functions))])
    return rounds


def keep_pages() -> None:
    """glibc gives large blocks back to the system and pays for fresh pages, on either side, as chance has it; not here."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        trim_threshold, mmap_threshold = -1, -3
        mallopt(trim_threshold, 2**30)
        mallopt(mmap_threshold, 2**30)


def table(repeats: int = ROUNDS) -> list[dict[str, object]]:
    """A row for each case and size, with the ratios ours/theirs; jax only where it is installed."""
    keep_pages()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows: list[dict[str, object]] = []
    gc.disable()
    try:
        for case in CASES:
            for n in SIZES:
                values = case.values(n)
                by_hand = theirs(case, values)
                compiled = in_jax(case, values) if jax else []
                found = ratios(ours(case, values), [*by_hand, *compiled], repeats * (SMALL if n < max(SIZES) else 1))
                row: dict[str, object] = {"case": case.name, "kind": case.kind, "n": n, "torch.func": found[0]}
                row["best"] = max(found[: len(by_hand)])
                rows.append(row | ({"jax": max(found[len(by_hand) :])} if compiled else {}))
    finally:
        gc.enable()
        torch.set_num_threads(threads)
    return rows
