"""Claims that a prover may take for true: read from claims.toml, and what gradcli's prover says of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradcli.claims.statement import Statement, statements_of
from gradcli.inputs.request import Trying, lettered_shapes

LEAST = 60


@dataclass(frozen=True, slots=True)
class Adversary:
    """A claim, and how it is no truth for all: false, sizes, nowhere or close (see claims.toml)."""

    group: str
    untruth: str
    function: str
    claim: str
    options: Mapping[str, Any]  # Any: gradcli.check's

    def __str__(self) -> str:
        return f"{self.function} | {self.claim}"

    def statements(self) -> list[Statement]:
        """The claim at each choice of sizes."""
        kind, wrt, at = (self.options.get(name) for name in ("kind", "wrt", "at"))
        given = {name: np.asarray(value, float) for name, value in (at or {}).items()}
        trying = Trying(kind, lettered_shapes(self.options.get("shape")), tuple(self.options.get("where", ())), given)
        return list(statements_of(self.function, self.claim, wrt, trying))


def adversaries() -> list[Adversary]:
    groups = tomllib.loads(Path(__file__).with_name("claims.toml").read_text())
    return [_read(name, group["is"], dict(entry)) for name, group in groups.items() for entry in group["claims"]]


def _read(group: str, untruth: str, entry: dict[str, Any]) -> Adversary:  # Any: TOML values
    return Adversary(group, untruth, entry.pop("f"), entry.pop("c"), entry)
