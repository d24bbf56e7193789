"""The claims of the corpora, asked in this process as ``gradcli check`` asks them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from places import CORPUS

import gradcli
from gradcli.claims.conclusion import ClaimResult

KINDS = {"gradient": "grad", "jacobian": "jacobian", "hessian": "hessian"}
ORDERS = {1: "grad", 2: "hessian"}
PREMISES = {
    "A symmetric": ("A == A.T",),
    "C symmetric": ("C == C.T",),
    "A, B, C symmetric": ("A == A.T", "B == B.T", "C == C.T"),
    "rows of Y sum to one": ("sum(Y, axis=1) == 1",),
    "one entry of x is zero: prod(x)/x would be 0/0": (),  # the claim holds everywhere else too
}
Entry = Mapping[str, Any]  # Any: JSON values


@dataclass(frozen=True, slots=True)
class CorpusClaim:
    """One claim, or several of one function; whether they hold; and what else ``gradcli.check`` is told."""

    corpus: str
    name: str
    holds: bool
    function: str
    claim: Any  # Any: a text, or texts by variable
    options: Mapping[str, Any]  # Any: gradcli.check's

    def examined(self) -> tuple[ClaimResult, ...]:
        return gradcli.check(self.function, self.claim, **self.options).claims


def corpus(name: str) -> list[CorpusClaim]:
    return list(_READ[name](name))


def entries(name: str) -> list[Entry]:
    return [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()]


def _matrices(name: str) -> Iterator[CorpusClaim]:
    for e in entries(name):
        options = {
            "wrt": e["wrt"],
            "kind": KINDS[e["kind"]],
            "shape": e["shapes"],
            "where": PREMISES.get(e.get("assume"), ()),
        }
        yield CorpusClaim(name, e["id"], e["true"], e["expr"], e["claim"], options)


def _scalars(name: str) -> Iterator[CorpusClaim]:
    for e in entries(name):
        yield CorpusClaim(
            name, e["id"], e["true"], e["expr"], e["claim"], {"wrt": e["var"], "kind": ORDERS[e["order"]]}
        )


def _people(name: str) -> Iterator[CorpusClaim]:
    reader = argparse.ArgumentParser(exit_on_error=False)
    reader.add_argument("words", nargs="*")
    for option in ("--wrt", "--kind", "--check-time"):
        reader.add_argument(option)
    for option in ("--claim", "--shape", "--where"):
        reader.add_argument(option, action="append", default=[])
    for e in entries(name):
        _, function, *words = e["argv"]  # a text may start with a minus, which argparse would take for an option
        claim = [words.pop(0)] if words and not words[0].startswith("--") else []
        found = reader.parse_intermixed_args(words)
        named = dict(text.split("=", 1) for text in found.claim)
        options = {
            "wrt": found.wrt, "kind": found.kind, "where": tuple(found.where),
            "shape": dict(text.split("=", 1) for text in found.shape),
            "at": {name: [*map(float, value.split(","))] for name, value in (text.split("=", 1) for text in found.words)},
        }  # fmt: skip
        yield CorpusClaim(name, e["id"], e["true"], function, named or claim[0], options)


_READ = {"matrix": _matrices, "people": _people, "claims_scalar": _scalars}
CORPORA = tuple(_READ)
