"""A command line that shows a counterexample again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

import numpy as np

from gradcli.claims.conclusion import ClaimResult
from gradcli.claims.point import Point

_NAME = re.compile(r"[^\W\d]\w*")


def replay_command(result: ClaimResult, point: Point, where: Sequence[str], shapes: Mapping[str, Sequence[str]]) -> str:
    """``gradcli check FUNCTION CLAIM NAME=VALUE ...``, quoted for a shell; a claim with letters needs the shapes."""
    words = ["gradcli", "check", result.function, result.claim]
    if result.kind != "value":
        words += ["--wrt", ",".join(dict.fromkeys(result.wrt))]
    words += ["--kind", result.kind] if result.kind in {"hessian", "value"} else []
    words += [part for condition in where for part in ("--where", condition)]
    letters = point.statement.sizes.keys() & {*_NAME.findall(f"{result.function} {result.claim} {' '.join(where)}")}
    if letters:
        words += [part for name, sizes in shapes.items() for part in ("--shape", f"{name}={','.join(sizes)}")]
    words += [f"{name}={binding(value)}" for name, value in point.values.items() if name not in point.statement.sizes]
    return " ".join(map(shlex.quote, words))


def binding(value: object) -> str:
    """A value as the right side of ``NAME=VALUE``, whole numbers without their point.

    >>> binding([[1.0, 0.5], [2.0, 3.0]])
    '[[1,0.5],[2,3]]'
    """
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 0:
        return repr(float(array)).removesuffix(".0")
    return f"[{','.join(binding(part) for part in array)}]"
