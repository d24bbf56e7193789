"""Hessians by the code that ``--code`` prints, against ``torch.func.hessian`` and ``jax.hessian`` of the same function.

All sides compute in one process with one thread, in interleaved rounds; a ratio is the median of the rounds' ours/theirs,
below 1 where ours is quicker. Before anything is timed the results are compared. Ours returns the value as well. jax's
functions, and our code in jax, are compiled before; where jax is not installed, its columns say so.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from dense import Arrays, jax, keep_pages, rounds_of

import gradcli

Made = Callable[[], Any]  # Any: an array of torch or jax
ABSENT = "jax is not installed"


@dataclass(frozen=True, slots=True)
class Problem:
    """A function in gradcli's language and by hand on arrays, its variable, the letters' sizes, and how arrays are drawn.

    newton: is the Newton step wanted, the solution of H s = g?
    """

    name: str
    expression: str
    written: Callable[..., Any]  # Any: (torch or jax.numpy, *arrays) -> array
    wrt: str
    shapes: Mapping[str, str]
    sizes: Mapping[str, int]
    newton: bool = False
    positive: tuple[str, ...] = ()  # counts

    def values(self) -> Arrays:
        draw = np.random.default_rng(2026)
        found = {}
        for name, letters in self.shapes.items():
            shape = tuple(self.sizes[letter] for letter in letters)
            scale = 1 / math.sqrt(shape[-1]) if len(shape) > 1 else 1.0
            found[name] = draw.poisson(3, shape) + 0.0 if name in self.positive else draw.normal(size=shape) * scale
        return found

    def code(self, command: str, dialect: str) -> Callable[..., Any]:  # Any: arrays
        """The function that is printed."""
        asked: Any = getattr(gradcli, command)  # Any: grad or hessian
        shapes = {name: ",".join(letters) for name, letters in self.shapes.items()}
        names: dict[str, Any] = {"__name__": "code"}  # Any: whatever a module has
        text = asked(self.expression, wrt=self.wrt, shape=shapes, code=dialect).code
        exec(compile(text, f"{self.name}.{dialect}", "exec"), names)  # noqa: S102 - our own code
        function = names["value_and_derivative"]
        order = function.__code__.co_varnames[: function.__code__.co_argcount]
        return lambda arrays: function(*(arrays[name] for name in order))[1]


def _logsumexp(m: Any, x: Any) -> Any:  # Any: torch or jax.numpy, and its arrays
    return torch.logsumexp(x, 0) if m is torch else jax.scipy.special.logsumexp(x)


PROBLEMS = (
    Problem("x'Ax", "x @ A @ x", lambda m, x, A: x @ A @ x, "x", {"x": "n", "A": "nn"}, {"n": 2048}),
    Problem("logistic regression", "sum(log(1 + exp(-y*(X @ w))))", lambda m, w, X, y: m.log(1 + m.exp(-y * (X @ w))).sum(),
            "w", {"w": "d", "X": "nd", "y": "n"}, {"n": 2048, "d": 256}),
    Problem("logsumexp", "logsumexp(x)", _logsumexp, "x", {"x": "n"}, {"n": 2048}),
    Problem("Newton step, Poisson", "sum(exp(X @ w) - y*(X @ w))", lambda m, w, X, y: (m.exp(X @ w) - y * (X @ w)).sum(),
            "w", {"w": "d", "X": "nd", "y": "n"}, {"n": 2048, "d": 256}, newton=True, positive=("y",)),
    Problem("matrix factorisation", "norm(M - U @ V.T)**2/2", lambda m, U, M, V: ((M - U @ V.T) ** 2).sum() / 2,
            "U", {"U": "nk", "M": "nm", "V": "mk"}, {"n": 128, "m": 128, "k": 16}),
)  # fmt: skip


def _step(problem: Problem, solve: Callable[[Any, Any], Any], slope: Made, curvature: Made) -> Made:  # Any: arrays
    return (lambda: solve(curvature(), slope())) if problem.newton else curvature


def printed_torch(problem: Problem, values: Arrays) -> Made:
    arrays = {name: torch.tensor(value) for name, value in values.items()}
    slope, curvature = (problem.code(command, "torch") for command in ("grad", "hessian"))
    return _step(problem, torch.linalg.solve, lambda: slope(arrays), lambda: curvature(arrays))


def torch_func(problem: Problem, values: Arrays) -> Made:
    arrays = [torch.tensor(values[name]) for name in problem.shapes]

    def function(*given: torch.Tensor) -> Any:  # Any: see Problem.written
        return problem.written(torch, *given)

    slope, curvature = torch.func.grad(function), torch.func.hessian(function)
    return _step(problem, torch.linalg.solve, lambda: slope(*arrays), lambda: curvature(*arrays))


def printed_jax(problem: Problem, values: Arrays) -> Made:
    arrays = {name: jax.numpy.asarray(value) for name, value in values.items()}
    slope, curvature = (problem.code(command, "jax") for command in ("grad", "hessian"))
    return _compiled(
        lambda given: _step(problem, jax.numpy.linalg.solve, lambda: slope(given), lambda: curvature(given))(), arrays
    )


def jax_hessian(problem: Problem, values: Arrays) -> Made:
    arrays = [jax.numpy.asarray(values[name]) for name in problem.shapes]

    def function(*given: Any) -> Any:  # Any: jax's arrays
        return problem.written(jax.numpy, *given)

    slope, curvature = jax.grad(function), jax.hessian(function)
    return _compiled(
        lambda given: _step(problem, jax.numpy.linalg.solve, lambda: slope(*given), lambda: curvature(*given))(), arrays
    )


def _compiled(function: Callable[[Any], Any], arrays: Any) -> Made:  # Any: a tree of jax's arrays
    run = jax.jit(function)
    return lambda: jax.block_until_ready(run(arrays))


def table(repeats: int) -> list[dict[str, object]]:
    """A row for each problem: our milliseconds, and the ratios ours/theirs. Errors: AssertionError where results differ."""
    keep_pages()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    gc.disable()
    try:
        return [_row(problem, repeats) for problem in PROBLEMS]
    finally:
        gc.enable()
        torch.set_num_threads(threads)


def _row(problem: Problem, repeats: int) -> dict[str, object]:
    values = problem.values()
    sides = {"torch code": printed_torch, "torch.func.hessian": torch_func}
    if jax:
        sides |= {"jax code": printed_jax, "jax.hessian": jax_hessian}
    made = {name: side(problem, values) for name, side in sides.items()}
    _compare({name: np.asarray(run()) for name, run in made.items()}, problem.name)
    taken = dict(zip(made, zip(*rounds_of(list(made.values()), repeats), strict=True), strict=True))

    def ratio(mine: str, theirs: str) -> object:
        return median(a / b for a, b in zip(taken[mine], taken[theirs], strict=True)) if theirs in taken else ABSENT

    sizes = ", ".join(f"{letter} = {size}" for letter, size in problem.sizes.items())
    row: dict[str, object] = {"problem": problem.name, "sizes": sizes, "ms": 1e3 * median(taken["torch code"])}
    row["torch code / torch.func"] = ratio("torch code", "torch.func.hessian")
    row["torch code / jax"] = ratio("torch code", "jax.hessian")
    return row | ({"jax code / jax": ratio("jax code", "jax.hessian")} if jax else {})


def _compare(found: Mapping[str, Any], name: str) -> None:  # Any: numpy arrays
    first, *others = found
    for other in others:
        difference = f"{name}: {first} and {other} differ"
        assert found[first].shape == found[other].shape, difference
        assert np.allclose(found[first], found[other], rtol=1e-6, atol=1e-10), difference
