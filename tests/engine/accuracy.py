"""The largest errors of the functions of compiled kernels, against enclosures: ``python tests/engine/accuracy.py``
prints a Markdown table. Exit 1 where one is larger than is stated.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from engine.built import answers
from engine.measured import MEASURED, Measured, Range, named
from flint import arb

from gradcli.base.arrays import FloatArray
from gradcli.base.precision import precision
from gradcli.engine.exactness import exactness_of
from gradcli.engine.formulas import Formulas, Output
from gradcli.language.nodes import symbol
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import Program, Step, compile_all, with_floats

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


def kernel_of(group: Sequence[Measured]) -> Formulas:
    """One output for each."""
    program, at = compile_all([parse(measured.text).tree for measured in group])
    steps = (*program.steps, Step(symbol("x")), Step(symbol("y")))
    outputs = tuple(Output(f"f{k}", (), (i,)) for k, i in enumerate(at))
    return Formulas(Program(steps), ("x", "y"), (), outputs, None, None)


def errors(group: Sequence[Measured], count: int, seed: int) -> Iterator[tuple[float, float, float]]:
    """Of each the largest error in ulp, and where."""
    rng = np.random.default_rng(seed)
    points = [(sampled(s.x, count, rng), sampled(s.y, count, rng)) for s in group]
    texts = list(dict.fromkeys(s.text for s in group))
    unique = [next(s for s in group if s.text == text) for text in texts]
    columns = {"x": np.concatenate([x for x, _ in points]), "y": np.concatenate([y for _, y in points])}
    outputs = answers(kernel_of(unique), columns).outputs
    for k, (measured, (x, y)) in enumerate(zip(group, points, strict=True)):
        values = outputs[f"f{texts.index(measured.text)}"][k * count : (k + 1) * count]
        floor = exactness_of(named(measured)).floor
        off = [
            error(measured.text, floor, a, b, v)
            for a, b, v in zip(x.tolist(), y.tolist(), values.tolist(), strict=True)
        ]
        worst = max(range(count), key=lambda i: off[i])
        yield off[worst], float(x[worst]), float(y[worst])


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
    given = parser.parse_args()
    group = [s for s in MEASURED if given.only in s.text]
    print("| function | x | y | largest error (ulp) | stated | at |\n|---|---|---|---|---|---|")
    wrong = 0
    for measured, (off, x, y) in zip(group, errors(group, given.points, 2026), strict=True):
        bound = exactness_of(named(measured)).ulp
        wrong += off > bound
        beside = f"{shown(measured.y)}" if "y" in measured.text else ""
        at = f"x={x!r}" + (f", y={y!r}" if beside else "")
        print(f"| `{measured.text}` | {shown(measured.x)} | {beside} | {off:.2f} | {bound:g} | {at} |", flush=True)
    return int(wrong > 0)


def shown(where: Range) -> str:
    return f"{where[0]:g} to {where[1]:g}"


if __name__ == "__main__":
    sys.exit(main())
