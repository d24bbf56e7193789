"""The scalar derivatives of the corpora, and what comes of the derivation of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time
from typing import Any

from places import CORPUS

import gradcli
from gradcli.closed.steps.line import Derivation

CORPORA = ("claims_scalar", "people", "scalars", "feynman")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A derivative: of which function, in which variable, how often."""

    corpus: str
    name: str
    function: str
    variable: str
    order: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """Its derivation, or why there is none; the closed form that grad prints; milliseconds of this process."""

    wanted: Wanted
    derivation: Derivation | None
    why: str = ""
    printed: str = ""
    milliseconds: float = 0.0

    @property
    def has_no_formula(self) -> bool:
        """Does grad print none either?"""
        return not self.printed


def wanted(corpus: str) -> list[Wanted]:
    """The functions of true claims, each once."""
    rows = [json.loads(line) for line in (CORPUS / f"{corpus}.jsonl").read_text().splitlines()]
    return list(dict.fromkeys(one for row in rows if row.get("true", True) for one in _READ[corpus](row)))


def _claim(row: dict[str, object]) -> Iterator[Wanted]:
    yield Wanted("claims_scalar", str(row["id"]), str(row["expr"]), str(row["var"]), int(str(row["order"])))


def _person(row: dict[str, object]) -> Iterator[Wanted]:
    """Claims about scalars alone, with one variable."""
    argv = row["argv"]
    assert isinstance(argv, list)
    if argv[0] != "check" or {"--shape", "--jacobian", "--kind", "--where", "--python"} & {*argv} or len(argv) < 3:
        return
    if "--wrt" in argv and "," not in argv[argv.index("--wrt") + 1]:
        yield Wanted("people", str(row["id"]), argv[1], argv[argv.index("--wrt") + 1])


def _scalar(row: dict[str, object]) -> Iterator[Wanted]:
    yield Wanted("scalars", str(row["id"]), str(row["expr"]), str(row["var"]))


def _feynman(row: dict[str, object]) -> Iterator[Wanted]:
    variables = row["vars"]
    assert isinstance(variables, dict)
    for name in variables:
        yield Wanted("feynman", f"{row['id']} in {name}", str(row["expr"]), name)


_READ = {"claims_scalar": _claim, "people": _person, "scalars": _scalar, "feynman": _feynman}


def found(one: Wanted) -> Found:
    """The derivation as ``grad`` gives it, beside its formula; the time is that of both."""
    start = process_time()
    asked: dict[str, Any] = {"wrt": one.variable, "order": one.order}  # Any: options of grad
    try:
        result = gradcli.grad(one.function, derivation=True, **asked)
    except gradcli.GradcliError as error:
        spent = 1e3 * (process_time() - start)
        try:
            formula = gradcli.grad(one.function, **asked).formula
        except gradcli.GradcliError:
            return Found(one, None, f"no formula: {error}")
        return Found(one, None, str(error), str((formula or {})[one.variable]), spent)
    (block,) = result.derivations
    printed = str((result.formula or {})[one.variable])
    return Found(one, block.derivation, block.refused, printed, 1e3 * (process_time() - start))
