"""Large dense inputs: a gradient in ten million variables, a Hessian-vector product of a logistic regression with a
million rows of 32 columns; beside torch, numpy and jax by hand.

Each side is a process of its own with one thread, which makes the inputs, answers once what is small and then is
measured once: processor seconds and the memory at its peak beyond that before. jax's seconds are with compilation, and
of a second call; where it is not installed, its columns say so. Our check has certain bounds for every entry.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ABSENT = "jax is not installed"
THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}

Arrays = dict[str, Any]  # Any: numpy arrays
GRADIENT, PRODUCT = "sum(x**2*sin(x))", "sum(log1p(exp(X@w)) - y*(X@w))"
CASES = {
    "gradient": ("gradient, n variables", 10_000_000),
    "product": ("H v of a logistic regression, n rows of 32", 1_000_000),
}
SIDES = ("ours, unchecked", "ours, every entry checked", "torch", "numpy", "jax", "jax again")


def inputs(case: str, n: int) -> Arrays:
    draw = np.random.default_rng(2026)
    if case == "gradient":
        return {"x": draw.standard_normal(n)}
    X, w, v = draw.standard_normal((n, 32)), draw.standard_normal(32), draw.standard_normal(32)
    return {"X": X, "w": w, "v": v, "y": np.round(draw.uniform(size=n))}


def ours(case: str, check: str) -> Callable[[Arrays], Any]:  # Any: an array
    import gradcli

    def gradient(a: Arrays) -> Any:  # Any: as above
        found = gradcli.grad(GRADIENT, {"x": a["x"]}, check=check, check_time=0)  # type: ignore[arg-type]  # a word
        assert check == "off" or found.check.verdict in {"agrees", "rounding"}
        return found.derivative["x"]  # type: ignore[index]  # there are values

    def product(a: Arrays) -> Any:  # Any: as above
        point = {name: a[name] for name in "Xwy"}
        found = gradcli.hessian(PRODUCT, point, wrt="w", hvp=a["v"], check=check, check_time=0)  # type: ignore[arg-type]  # a word
        assert check == "off" or found.check.verdict == "agrees"
        return found.derivative["w"]  # type: ignore[index]  # there are values

    return gradient if case == "gradient" else product


def torch_by_hand(case: str) -> Callable[[Arrays], Any]:  # Any: an array
    import torch

    def gradient(a: Arrays) -> Any:  # Any: as above
        x = torch.from_numpy(a["x"]).requires_grad_()
        return torch.autograd.grad((x**2 * torch.sin(x)).sum(), x)[0].numpy()

    def product(a: Arrays) -> Any:  # Any: as above
        X, w, v, y = (torch.from_numpy(a[name]) for name in "Xwvy")
        w.requires_grad_()
        z = X @ w
        (first,) = torch.autograd.grad((torch.log1p(torch.exp(z)) - y * z).sum(), w, create_graph=True)
        return torch.autograd.grad((first * v).sum(), w)[0].numpy()

    return gradient if case == "gradient" else product


def numpy_by_hand(case: str) -> Callable[[Arrays], Any]:  # Any: an array
    def gradient(a: Arrays) -> Any:  # Any: as above
        x = a["x"]
        return 2 * x * np.sin(x) + x * x * np.cos(x)

    def product(a: Arrays) -> Any:  # Any: as above
        p = 1 / (1 + np.exp(-(a["X"] @ a["w"])))
        return a["X"].T @ (p * (1 - p) * (a["X"] @ a["v"]))

    return gradient if case == "gradient" else product


def jax_by_hand(case: str) -> Callable[[Arrays], Any]:  # Any: an array
    import jax  # type: ignore[import-not-found,unused-ignore]  # optional

    m = jax.numpy
    slope = jax.jit(jax.grad(lambda x: (x**2 * m.sin(x)).sum()))

    def loss(w: Any, X: Any, y: Any) -> Any:  # Any: jax's arrays
        z = X @ w
        return (m.log1p(m.exp(z)) - y * z).sum()

    along = jax.jit(lambda w, v, X, y: jax.jvp(lambda at: jax.grad(loss)(at, X, y), (w,), (v,))[1])
    if case == "gradient":
        return lambda a: np.asarray(slope(a["x"]))
    return lambda a: np.asarray(along(a["w"], a["v"], a["X"], a["y"]))


def measured(case: str, side: str, n: int) -> dict[str, float]:
    """Processor seconds and MB of one side in this process; the reference result is made after the peak is read."""
    makers: dict[str, Callable[[], Callable[[Arrays], Any]]] = {  # Any: an array
        "ours, unchecked": lambda: ours(case, "off"),
        "ours, every entry checked": lambda: ours(case, "full"),
        "torch": lambda: torch_by_hand(case),
        "numpy": lambda: numpy_by_hand(case),
        "jax": lambda: jax_by_hand(case),
        "jax again": lambda: jax_by_hand(case),
    }
    run, given = makers[side](), inputs(case, n)
    run({name: value[:100].copy() for name, value in given.items()})  # what loads with the first call
    if side == "jax again":
        run(given)
    before, started = _peak(), time.process_time()
    found = run(given)
    seconds, beyond = time.process_time() - started, _peak() - before
    true = numpy_by_hand(case)(given)
    assert np.allclose(found, true, rtol=1e-7, atol=1e-7 * float(abs(true).max())), (case, side)
    return {"seconds": seconds, "MB": beyond}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(runs: int) -> list[dict[str, object]]:
    """A row for each case and side: median seconds and MB, and the ratio of the seconds to those of jax's first call."""
    rows: list[dict[str, object]] = []
    for case, (what, n) in CASES.items():
        sides = [side for side in SIDES if "jax" not in side or find_spec("jax")]
        taken: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for _ in range(runs):
            for side in sides:
                words = [sys.executable, __file__, case, side, str(n)]
                path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
                said = subprocess.run(
                    words, env={**os.environ, **THREAD, "PYTHONPATH": path}, check=True, capture_output=True, text=True
                )
                taken[side].append(json.loads(said.stdout))
        seconds = {side: median(one["seconds"] for one in found) for side, found in taken.items()}
        for side, found in taken.items():
            row: dict[str, object] = {"what": what, "n": n, "side": side, "processor s": seconds[side]}
            row["MB"] = median(one["MB"] for one in found)
            row["of numpy"] = seconds[side] / seconds["numpy"]
            row["of jax"] = seconds[side] / seconds["jax"] if "jax" in seconds else ABSENT
            rows.append(row)
    return rows


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
