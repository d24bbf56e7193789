"""Sparse Hessians and Jacobians, each side in a process of its own: what building and evaluating takes, all in.

``python tests/benchmarks/sparse.py SIDE PROBLEM N`` is such a process: imports and the point are nobody's time; then
the clock runs from the text of the formula (ours), its symbols (CasADi) or its function (jax) to the numbers in
compressed form. Memory is the peak of the process less what it held before. By hand is what somebody writes who knows
the derivative and scipy. Before anything counts, all sides are compared through a product with one vector.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

Product = Callable[[Any], Any]  # Any: arrays; the matrix times a vector
Side = Callable[["Problem", int], Callable[[], Product]]

SIDES = {"gradcli": "gradcli", "unchecked": "gradcli", "MX": "casadi", "SX": "casadi", "jax": "jax", "by hand": "scipy"}
PAGES = 10  # megabytes; what takes less may find them in what its imports left
MOST = {"SX": 10**5}  # larger ones take minutes
LAPLACIAN = "roll({0}, 1, 0) + roll({0}, -1, 0) + roll({0}, 1, 1) + roll({0}, -1, 1) - 4*{0}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A function in gradcli's language and in each other side's words.

    shape: of each variable, for about so many variables' entries
    """

    name: str
    command: str  # hessian or jacobian
    expression: str
    shape: Callable[[int], dict[str, tuple[int, ...]]]
    casadi: Callable[..., Any]  # Any: (casadi, *symbols) -> symbol
    jax: Callable[..., Any]  # Any: (jax.numpy, *arrays) -> array
    colours: Callable[..., Any]  # Any: (*indices of a variable's entries) -> the colour of each
    by_hand: Callable[..., Any]  # Any: (scipy.sparse, *arrays) -> matrix

    def values(self, n: int) -> dict[str, Any]:  # Any: arrays
        draw = np.random.default_rng(2026)
        return {name: draw.normal(size=shape) for name, shape in self.shape(n).items()}


# -- chained Rosenbrock


def _rosenbrock(x: Any) -> Any:  # Any: an array or a symbol
    return 100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2


def _rosenbrock_by_hand(sparse: Any, x: Any) -> Any:
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    beside = -400 * x[:-1]
    return sparse.diags_array([beside, diagonal, beside], offsets=[-1, 0, 1], format="csr")


# -- a grid energy (Ginzburg and Landau)


def _energy(c: Any, u: Any) -> Any:
    """c: sums all entries."""
    return c((u[1:, :] - u[:-1, :]) ** 2) / 2 + c((u[:, 1:] - u[:, :-1]) ** 2) / 2 + c((u**2 - 1) ** 2) / 4


def _energy_by_hand(sparse: Any, u: Any) -> Any:
    n, m = u.shape
    degree = np.full(u.shape, 4.0)
    degree[[0, -1], :] -= 1
    degree[:, [0, -1]] -= 1
    right = np.full(u.shape, -1.0)
    right[:, -1] = 0
    diagonal = (degree + 3 * u**2 - 1).ravel()
    beside, below = right.ravel()[:-1], np.full(n * m - m, -1.0)
    return sparse.diags_array([below, beside, diagonal, beside, below], offsets=[-m, -1, 0, 1, m], format="csr")


# -- a reaction-diffusion system (the Brusselator), periodic


def _brusselator(roll: Any, u: Any, v: Any) -> tuple[Any, Any]:
    def laplacian(x: Any) -> Any:
        return roll(x, 1, 0) + roll(x, -1, 0) + roll(x, 1, 1) + roll(x, -1, 1) - 4 * x

    return 1 + u**2 * v - 4 * u + laplacian(u), 3 * u - u**2 * v + laplacian(v)


def _rolled(c: Any, x: Any, step: int, axis: int) -> Any:
    if axis == 0:
        return c.vertcat(x[-1, :], x[:-1, :]) if step == 1 else c.vertcat(x[1:, :], x[0, :])
    return c.horzcat(x[:, -1], x[:, :-1]) if step == 1 else c.horzcat(x[:, 1:], x[:, 0])


def _brusselator_casadi(c: Any, u: Any, v: Any) -> Any:
    parts = _brusselator(lambda x, step, axis: _rolled(c, x, step, axis), u, v)
    return c.vertcat(*(c.vec(part.T) for part in parts))  # rows one after another, as numpy lays them out


def _brusselator_by_hand(sparse: Any, u: Any, v: Any) -> Any:
    n, m = u.shape
    ring = [
        sparse.diags_array([np.ones(k - 1), np.ones(k - 1), [1.0], [1.0]], offsets=[1, -1, k - 1, 1 - k])
        for k in (n, m)
    ]
    eye = [sparse.eye_array(k) for k in (n, m)]
    laplacian = sparse.kron(ring[0], eye[1]) + sparse.kron(eye[0], ring[1]) - 4 * sparse.eye_array(n * m)
    uv, uu = (2 * u * v).ravel(), (u**2).ravel()
    blocks = [
        [laplacian + sparse.diags_array(uv - 4), sparse.diags_array(uu)],
        [sparse.diags_array(3 - uv), laplacian - sparse.diags_array(uu)],
    ]
    return sparse.block_array(blocks, format="csr")


def _side(n: int) -> int:
    """Of a square of about n entries; a multiple of 5, so that the colours of a grid go round."""
    return max(5, round(n**0.5 / 5) * 5)


PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("rosenbrock", "hessian", "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", lambda n: {"x": (n,)},
                lambda c, x: c.sum1(_rosenbrock(x)), lambda m, x: m.sum(_rosenbrock(x)),
                lambda i: i % 3, _rosenbrock_by_hand),
        Problem("grid energy", "hessian", "sum((u[1:, :] - u[:-1, :])**2)/2 + sum((u[:, 1:] - u[:, :-1])**2)/2 + sum((u**2 - 1)**2)/4",
                lambda n: {"u": (_side(n), _side(n))}, lambda c, u: _energy(lambda x: c.sum1(c.vec(x)), u), lambda m, u: _energy(m.sum, u),
                lambda i, j: (i + 2 * j) % 5, _energy_by_hand),
        Problem("brusselator", "jacobian",
                f"stack([1 + u**2*v - 4*u + {LAPLACIAN.format('u')}, 3*u - u**2*v + {LAPLACIAN.format('v')}])",
                lambda n: dict.fromkeys("uv", (_side(n / 2), _side(n / 2))), _brusselator_casadi,
                lambda m, u, v: m.stack(_brusselator(m.roll, u, v)), lambda i, j: (i + 2 * j) % 5, _brusselator_by_hand),
    )
}  # fmt: skip


# -- the sides: each gives what is timed


def _ours(check: str) -> Side:
    def side(problem: Problem, n: int) -> Callable[[], Product]:
        import gradcli

        values = problem.values(n)
        asked: Any = getattr(gradcli, problem.command)  # Any: jacobian or hessian

        def run() -> Product:
            found = asked(problem.expression, values, sparse=True, check=check).derivative
            blocks = (
                [list(row.values()) for row in found.values()]
                if problem.command == "hessian"
                else [list(found.values())]
            )

            def product(vector: Any) -> Any:
                widths = np.cumsum([block.shape[1] for block in blocks[0]])[:-1]
                parts = np.split(vector, widths)
                return np.concatenate(
                    [sum(block @ part for block, part in zip(row, parts, strict=True)) for row in blocks]
                )

            return product

        return run

    return side


def _casadi(kind: str) -> Side:
    def side(problem: Problem, n: int) -> Callable[[], Product]:
        import casadi

        values = problem.values(n)
        point = [casadi.DM(value) for value in values.values()]

        def run() -> Product:
            symbol = getattr(casadi, kind)
            # Columns are one below the other in CasADi: a variable is the transpose of a vector of rows.
            flat = symbol.sym("x", sum(value.size for value in values.values()))
            parts, start = [], 0
            for value in values.values():
                part = flat[start : start + value.size]
                parts.append(part if value.ndim == 1 else casadi.reshape(part, *value.shape[::-1]).T)
                start += value.size
            out = problem.casadi(casadi, *parts)
            matrix = casadi.hessian(out, flat)[0] if problem.command == "hessian" else casadi.jacobian(out, flat)
            found = casadi.Function("f", [flat], [matrix])(
                casadi.vertcat(*(casadi.vec(p.T) if p.shape[1] > 1 else p for p in point))
            )
            return lambda vector: np.asarray(casadi.mtimes(found, casadi.DM(vector))).ravel()

        return run

    return side


def _jax(problem: Problem, n: int) -> Callable[[], Product]:
    """By products along the colours that whoever knows the pattern chooses; a plain product is compared in its place."""
    import jax

    jax.config.update("jax_enable_x64", True)
    values = {name: jax.numpy.asarray(value) for name, value in problem.values(n).items()}
    shapes = [value.shape for value in values.values()]

    def function(*given: Any) -> Any:
        return problem.jax(jax.numpy, *given)

    def along(*tangents: Any) -> Any:
        of = jax.grad(function, argnums=tuple(range(len(values)))) if problem.command == "hessian" else function
        return jax.jvp(of, tuple(values.values()), tangents)[1]

    def run() -> Product:
        seeds = []
        for k, shape in enumerate(shapes):
            colour = problem.colours(*np.indices(shape))
            for c in range(int(colour.max()) + 1):
                seeds.append([(colour == c) * 1.0 if k == j else np.zeros(other) for j, other in enumerate(shapes)])
        stacked = [jax.numpy.asarray(np.stack(parts)) for parts in zip(*seeds, strict=True)]
        jax.block_until_ready(jax.jit(jax.vmap(along))(*stacked))

        def product(vector: Any) -> Any:
            parts = np.split(vector, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1])
            found = along(*(jax.numpy.asarray(part.reshape(shape)) for part, shape in zip(parts, shapes, strict=True)))
            return np.concatenate([np.ravel(part) for part in (found if isinstance(found, tuple) else [found])])

        return product

    return run


def _by_hand(problem: Problem, n: int) -> Callable[[], Product]:
    import scipy.sparse

    values = problem.values(n)

    def run() -> Product:
        matrix = problem.by_hand(scipy.sparse, *values.values())
        return lambda vector: matrix @ vector

    return run


MAKERS: dict[str, Side] = {
    "gradcli": _ours("full"), "unchecked": _ours("off"), "MX": _casadi("MX"), "SX": _casadi("SX"), "jax": _jax, "by hand": _by_hand,
}  # fmt: skip


def measured(side: str, problem: Problem, n: int) -> dict[str, float]:
    """Seconds by the clock and of the processor, megabytes beyond those before, and the product's entries in short."""
    MAKERS[side](problem, 25)()  # what is loaded at first use is nobody's time
    run = MAKERS[side](problem, n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock, processor = time.perf_counter(), time.process_time()
    product = run()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    columns = sum(int(np.prod(shape)) for shape in problem.shape(n).values())
    along = product(np.random.default_rng(7).normal(size=columns))
    weights = np.random.default_rng(8).normal(size=along.size)
    return {"s": clock, "processor s": processor, "MB": (peak - before) / 1024, "along": float(weights @ along)}


# -- the table


def table(largest: int, repeats: int) -> list[dict[str, object]]:
    """A row for each problem and size: ours, with and without the check, and the ratios ours/theirs of time and memory."""
    sizes = [10**k for k in range(3, 8) if 10**k <= largest]
    rows = [_row(problem, n, repeats) for problem in PROBLEMS.values() for n in sizes if n < 10**7]
    return rows + [_row(PROBLEMS["rosenbrock"], n, 1, ("gradcli", "unchecked", "by hand")) for n in sizes if n == 10**7]


def _row(problem: Problem, n: int, repeats: int, sides: tuple[str, ...] = tuple(SIDES)) -> dict[str, object]:
    there = [side for side in sides if importlib.util.find_spec(SIDES[side]) and n <= MOST.get(side, n)]
    taken: dict[str, list[dict[str, float]]] = {side: [] for side in there}
    for _ in range(repeats):
        for side in there:
            taken[side].append(_asked(side, problem, n))
    first = taken[there[0]][0]["along"]
    for side in there[1:]:
        along = taken[side][0]["along"]
        assert abs(along - first) <= 1e-9 * n**0.5 * max(1.0, abs(first)), (
            f"{problem.name}: {side} gives {along}, not {first}"
        )
    row: dict[str, object] = {"problem": problem.name, "n": n}
    row |= {measure: median(one[measure] for one in taken["gradcli"]) for measure in ("s", "processor s", "MB")}
    row["unchecked s"] = median(one["s"] for one in taken["unchecked"])
    for side in there[2:]:
        pairs = list(zip(taken["gradcli"], taken[side], strict=True))
        row[f"s / {side}"] = median(a["s"] / b["s"] for a, b in pairs)
        if min(b["MB"] for _, b in pairs) > PAGES:
            row[f"MB / {side}"] = median(a["MB"] / b["MB"] for a, b in pairs)
    return row


def _asked(side: str, problem: Problem, n: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, side, problem.name, str(n)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], PROBLEMS[sys.argv[2]], int(sys.argv[3]))))
