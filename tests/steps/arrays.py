"""The derivatives of arrays in the corpora, each once, asked as the claims ask for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from time import process_time
from typing import Any

import numpy as np
from places import CORPUS
from steps.corpora import Found, Wanted

import gradcli

ARRAYS = ("matrix", "people with shapes", "optimisation")


@dataclass(frozen=True, slots=True)
class OfArrays(Wanted):
    """A derivative of arrays: ``kind`` is grad, jacobian, hessian or '' for the first that there is; shapes as options
    have them. What a claim is given besides is left out: the formula is then one without it."""

    kind: str = "grad"
    shape: tuple[str, ...] = ()


def wanted_arrays(corpus: str) -> list[OfArrays]:
    """The functions of true claims, each once."""
    file = corpus.partition(" ")[0]
    rows = [json.loads(line) for line in (CORPUS / f"{file}.jsonl").read_text().splitlines()]
    found = [one for row in rows if row.get("true", True) for one in _READ[file](row)]
    return list({(one.function, one.variable, one.kind): one for one in found}.values())


def _matrix(row: Mapping[str, Any]) -> Iterator[OfArrays]:  # Any: of JSON, here and below
    kind = {"gradient": "grad"}.get(row["kind"], row["kind"])
    yield OfArrays("matrix", row["id"], row["expr"], row["wrt"], kind=kind, shape=_shapes(row["shapes"]))


def _person(row: Mapping[str, Any]) -> Iterator[OfArrays]:
    argv = row["argv"]
    if argv[0] != "check" or "--shape" not in argv or argv.count("--wrt") != 1 or "--latex" in argv:
        return
    given = {name: tuple(b for a, b in pairwise(argv) if a == name) for name in ("--shape", "--wrt", "--kind")}
    kind = (*given["--kind"], "")[0]
    yield OfArrays("people", row["id"], argv[1].strip("; "), given["--wrt"][0], kind=kind, shape=given["--shape"])


def _optimised(row: Mapping[str, Any]) -> Iterator[OfArrays]:
    shapes = {name: list(np.shape(value)) for name, value in row["values"].items()}
    if any(shapes.values()):
        for name in row["wrt"]:
            kind = "jacobian" if "layout" in row else "grad"
            yield OfArrays(
                "optimisation", f"{row['id']} in {name}", row["expr"], name, kind=kind, shape=_shapes(shapes)
            )


def _shapes(shapes: Mapping[str, list[int]]) -> tuple[str, ...]:
    return tuple(f"{name}={','.join(map(str, axes))}" for name, axes in shapes.items() if axes)


_READ = {"matrix": _matrix, "people": _person, "optimisation": _optimised}


def found_of_arrays(one: OfArrays) -> Found:
    """The derivation beside its formula; the time is that of both."""
    start = process_time()
    asked: dict[str, Any] = {"wrt": one.variable, "shape": list(one.shape)}  # Any: options
    try:
        if one.kind in {"grad", "hessian"}:
            result: Any = getattr(gradcli, one.kind)(one.function, derivation=True, **asked)  # Any: of either command
        else:
            result = gradcli.explain(one.function, show="derivation", **asked)
    except gradcli.GradcliError as error:
        return _without(one, asked, str(error), 1e3 * (process_time() - start))
    spent = 1e3 * (process_time() - start)
    (block,) = result.derivations
    return Found(one, block.derivation, block.refused, _printed(one, asked), spent)


def _without(one: OfArrays, asked: Mapping[str, Any], why: str, spent: float) -> Found:
    try:
        return Found(one, None, why, _printed(one, asked), spent)
    except gradcli.GradcliError as error:
        return Found(one, None, f"no formula: {error}")


def _printed(one: OfArrays, asked: Mapping[str, Any]) -> str:
    """The closed form that the command prints; '' where a function of an unknown kind has no derivation."""
    kind = one.kind
    if not kind:
        (block,) = gradcli.explain(one.function, show="derivation", **asked).derivations
        if block.derivation is None:
            return ""
        kind = block.derivation.kind
    formula = getattr(gradcli, kind)(one.function, **asked).formula or {}
    inner = formula[one.variable]
    return str(inner[one.variable] if isinstance(inner, Mapping) else inner)
