"""Sums over hundreds and thousands of entries, of which some stand on kinks and some lose their digits, and what is said
of each entry against mpmath."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from fuzzing.cases import Case
from fuzzing.sides import Kinked, sides_fault
from fuzzing.truths import KINKS, Said, Sample, occurs, reference, said_fault

SIZES = (200, 700, 2000, 5000)
LOSSY = (
    "log(1 - tanh({}))", "exp({}) - 1", "1 - cos({})", "log(exp({}))", "log1p({0}) - {0}", "sqrt({0}**2)", "{0}**3/{0}",
    "where({0} > 0, sqrt({0}), 0)", "tanh({})", "log(1 + exp({}))", "sqrt(1 + {}) - 1", "sin({0})/{0}",
)  # fmt: skip
SUMS = (  # of all entries, and what an entry adds to it: n is the number of entries, i the entry's
    ("sum({})", "({})"), ("sum({})", "({})"), ("mean({})", "({})/n"), ("sum(({})**2)", "({})**2"), ("sum(abs({}))", "abs({})"),
    ("sum(cumsum({}, 0))", "(n - i)*({})"), ("sum(relu({}))", "relu({})"), ("3*sum({}) - y", "3*({})"),
)  # fmt: skip
LOSING = (1e-9, 1e-5, 30.0, 20.0, 800.0, -40.0, 1e-200, 1e160, -1e-12, 5e-324)
FEW, DIGITS = 12, 1000


class Elementwise(Kinked):
    """Formulas of one entry x of an array, and of a number y."""

    def leaf(self) -> str:
        return self.rng.choice(("x", "x", "x", "x", "y", "1", "2", "0.5"))


@dataclass(frozen=True, slots=True)
class Many(Case):
    """A sum over the entries of v. part: what the entry x adds to it, of which the places are looked at"""

    part: str
    places: tuple[int, ...]

    def one(self, place: int) -> Sample:
        """The entry by itself."""
        n = len(self.values["v"])
        part = re.sub(r"\bi\b", str(place), re.sub(r"\bn\b", str(n), self.part))
        values = {
            "x": self.values["v"][place],
            **{k: v for k, v in self.values.items() if k == "y" and occurs("y", part)},
        }
        return Sample(part, values, (("x", ()),))


def arrayed(rng: random.Random) -> Many:
    """A sum over many entries, ordinary ones but for some."""
    part = rng.choice(LOSSY).format("x") if rng.random() < 0.35 else Elementwise(rng).scalar(rng.randint(2, 3))
    while not occurs("x", part):
        part = Elementwise(rng).scalar(rng.randint(2, 3))
    total, one = rng.choice(SUMS)
    n, low = rng.choice(SIZES), rng.choice((-3.0, 0.0, 0.0))
    v = [round(rng.uniform(low, 3), 3) for _ in range(n)]
    special = rng.sample(range(n), rng.choice((1, 3, 3, 6, 150)))
    losing = rng.sample(range(n), rng.choice((0, 0, 1, 2)))
    for place in special:
        v[place] = rng.choice(KINKS)
    for place in losing:
        v[place] = rng.choice(LOSING)
    text = total.format(re.sub(r"\bx\b", "v", part))
    values = {"v": v, "y": rng.choice(KINKS)} if occurs("y", text) else {"v": v}
    return Many((), text, values, one.format(part), (*special[:FEW], *losing, *rng.sample(range(n), 3)))


def arrays_fault(many: Many, found: Any, check: Any) -> str:
    """What is false in what is said of the entries. found: torch's derivative in v"""
    findings = {f.entry: f for f in check.findings if f.entry}
    told = len(check.findings) < 100 and check.checked == check.total  # so that an entry without a finding agrees
    blamed = [int(k) for k in re.findall(r"v\[(\d+)\]", " ".join(findings))][:FEW]
    for place in dict.fromkeys((*many.places, *blamed)):
        finding = findings.get(f"v[{place}]")
        if finding is None and not told:
            continue
        if finding is not None and finding.verdict == "unchecked":
            continue
        one = many.one(place)
        said = Said(float(np.asarray(found)[place]), _Agreed(check, finding), finding)
        on_kink = (
            many.values["v"][place] in KINKS
        )  # others lie beside one, by less than a step of the reading, or nowhere near
        false = sides_fault(one, said) if on_kink else said_fault(one, said, reference(one, DIGITS))
        if false:
            return f"v[{place}] = {many.values['v'][place]}: {false}"
    return ""


class _Agreed:
    """A check of one entry: it agrees where nothing is said of it."""

    def __init__(self, check: Any, finding: Any) -> None:
        self.verdict = "agrees" if finding is None else finding.verdict
        self.digits = check.digits if check.verdict in {"agrees", "rounding"} else None
        self.notes = check.notes
