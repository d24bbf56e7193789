"""The largest errors of the functions of compiled kernels, against enclosures: ``python tests/engine/accuracy.py``
prints a Markdown table of each range, and with ``--short`` that of the README. Exit 1 where one is larger than is
stated.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from engine.built import built, run
from engine.measured import MEASURED, Measured, Range, named
from flint import arb

from gradcli.base.arrays import FloatArray
from gradcli.base.precision import precision
from gradcli.engine.bare import Function
from gradcli.engine.exactness import exactness_of
from gradcli.engine.formulas import Formulas, formulas
from gradcli.engine.names import VALUE
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import Program, compile_all, compile_tree, with_floats

BITS = (128, 2048)  # 128 are enough but where terms cancel, and for arguments of 1e300, which are reduced
ORDERS = 1e3  # a range whose ends are further apart is sampled by the logarithm of the size


def sampled(where: Range, count: int, rng: np.random.Generator) -> FloatArray:
    """Numbers of a range, its ends among them; half of them by the logarithm where it spans many orders."""
    low, high = where
    found = rng.uniform(0, 1, count) * (high - low) + low
    large, small = max(abs(low), abs(high)), min(abs(low), abs(high)) if low * high > 0 else 1e-6
    if large / small > ORDERS:
        sizes = np.exp(rng.uniform(math.log(small), math.log(large), count))
        signs = (
            np.where(rng.random(count) < 0.5, -1.0, 1.0)
            if low < 0 < high
            else np.full(count, 1.0 if high > 0 else -1.0)
        )
        found[::2] = (sizes * signs)[::2]
    return np.clip(found, low, high)


@dataclass(frozen=True, slots=True)
class Worst:
    """The largest error of a function in a range, in ulp, and where."""

    ulp: float
    x: float
    y: float


@cache
def kernel_of(text: str) -> Formulas:
    """Of this function alone: a compiler makes less of what stands beside others."""
    tree = parse(text).tree
    names = compile_tree(tree).names
    return formulas(tree, "value", names, names, ())


@cache
def function_of(text: str) -> Function:
    return built(kernel_of(text))


def worst(measured: Measured, count: int, seed: int = 2026) -> Worst:
    """Of so many points of its range."""
    rng = np.random.default_rng(seed)
    x, y = sampled(measured.x, count, rng), sampled(measured.y, count, rng)
    kernel, columns = kernel_of(measured.text), {"x": x, "y": y}
    given = {name: columns[name] for name in kernel.columns}
    values = run(kernel, function_of(measured.text), given).outputs[VALUE]
    floor = exactness_of(named(measured)).floor
    points = zip(x.tolist(), y.tolist(), values.tolist(), strict=True)
    return max((Worst(error(measured.text, floor, a, b, v), a, b) for a, b, v in points), key=lambda found: found.ulp)


def error(text: str, floor: float, x: float, y: float, value: float) -> float:
    """Of one value, in ulp of what is true; infinite where no number stands for one."""
    for bits in BITS:
        true = enclosed(text, x, y, bits)
        if true.rel_accuracy_bits() > 64 or true.is_exact():
            break
    with precision(bits):
        size = max(abs(float(true.mid())), floor, 2.0**-1022)
        if math.isinf(size):
            return 0.0 if math.isinf(value) else math.inf
        if not math.isfinite(value):
            return math.inf
        return float(abs(arb(value) - true).upper()) / math.ulp(size)


_PROGRAMS: dict[str, Program] = {}


def enclosed(text: str, x: float, y: float, bits: int) -> arb:
    if text not in _PROGRAMS:
        _PROGRAMS[text] = with_floats(compile_all([parse(text).tree])[0], 53)
    with precision(bits):
        arithmetic = Balls()
        found: list[object] = []
        for step in _PROGRAMS[text].steps:
            if step.op is None:
                value = {"x": x, "y": y}[step.tree.name] if step.tree.is_Symbol else None
                found.append(arithmetic.number(step.tree) if value is None else arithmetic.exact(value))
            else:
                found.append(arithmetic.apply(step, [None if i is None else found[i] for i in step.inputs]))
        out = np.asarray(found[-1], dtype=object).item()
        assert isinstance(out, Ball), f"{text} at x={x!r}, y={y!r} has no value"
        return out.value


def main() -> int:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], prog="python tests/engine/accuracy.py"
    )
    parser.add_argument("--points", type=int, default=100_000, help="how many of each range")
    parser.add_argument("--only", default="", help="functions whose text contains this")
    parser.add_argument("--short", action="store_true", help="one number for each function")
    given = parser.parse_args()
    group = [each for each in MEASURED if given.only in each.text]
    wrong, largest = False, dict.fromkeys(sorted(map(named, group)), 0.0)
    with ProcessPoolExecutor() as pool:
        for line in () if given.short else (RANGES, "|---" * RANGES.count(" | ") + "|---|"):
            print(line)
        for measured, found in zip(group, pool.map(worst, group, repeat(given.points)), strict=True):
            name = named(measured)
            wrong |= found.ulp > exactness_of(name).ulp
            largest[name] = max(largest[name], found.ulp)
            if not given.short:
                print(by_range(measured, found), flush=True)
    if given.short:
        print(by_size(largest))
    return int(wrong)


RANGES = "| function | x | y | largest error (ulp) | stated | at |"


def by_range(measured: Measured, found: Worst) -> str:
    """A line of the long table."""
    two = "y" in kernel_of(measured.text).columns
    beside, at = (shown(measured.y), f"x={found.x!r}, y={found.y!r}") if two else ("", f"x={found.x!r}")
    bound = exactness_of(named(measured)).ulp
    return f"| `{measured.text}` | {shown(measured.x)} | {beside} | {found.ulp:.2f} | {bound:g} | {at} |"


def by_size(largest: Mapping[str, float]) -> str:
    """The short table: a line for each unit. A number is rounded up, so that none is larger than is shown."""
    rows: dict[int, list[str]] = {}
    for name, ulp in largest.items():
        rows.setdefault(math.ceil(ulp), []).append(f"`{name}` {math.ceil(ulp * 10) / 10:.1f}")
    lines = [f"| {most} | {', '.join(rows[most])} |" for most in sorted(rows)]
    return "\n".join(["| ulp, up to | largest error measured |", "| --- | --- |", *lines])


def shown(where: Range) -> str:
    return f"{where[0]:g} to {where[1]:g}"


if __name__ == "__main__":
    sys.exit(main())
