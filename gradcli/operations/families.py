"""Families of distributions as scipy has them: formulas in a standardised variable, from which all calls are made.

``z`` is ``(x - loc)/scale``, for whole numbers ``k - loc``. A density gets its support and the scale, what is not
written is made of what is, and an object, ``norm(mu, s)``, answers all that its family does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gradcli.operations.blueprint import Blueprint
from gradcli.operations.row import NONE
from gradcli.operations.spelling import OPERAND, Spelling

Means = str | Callable[..., str]
_HEAD = re.compile(
    r"(?P<names>\w+(?: \w+)*)\((?P<shapes>.*?)\)"
    r"(?: on (?P<left>[\[(])(?P<low>.+) \.\. (?P<high>.+?)(?P<right>[\])]))?(?: at (?P<within>.+?))?"
    r"(?: given (?P<holds>.+))?"
)
_CHANCE = f"{NONE}what is drawn has no derivative; bind the numbers that were drawn to a name"
_FIT = f"{NONE}a fit has no formula; write the sum of the logarithms of the density, and differentiate it"
_HIGHER = f"{NONE}of the moments the first two are in the table"
_EXPECT = f"{NONE}it is an integral, which has no formula"
# Inverse functions that are nan by themselves of what is no probability.
_INVERSES = re.compile(r"\b(?:ndtri|logit)\(q\)|\b(?:gamma|beta)incc?inv\([^()]*, q\)")
# What the distribution function and its like are below the support, and above it.
_SIDES = {"cdf": ("0", "1"), "sf": ("1", "0"), "logcdf": ("-inf", "0"), "logsf": ("0", "-inf")}
# How place and scale enter a number of the standardised distribution.
_MOVED = {"mean": "loc + scale*({})", "median": "loc + scale*({})", "var": "scale**2*({})", "std": "scale*({})",
          "entropy": "{} + log(scale)"}  # fmt: skip
_MOVED_WHOLE = {"mean": "loc + ({})", "median": "loc + ({})"}


@dataclass(frozen=True, slots=True)
class Support:
    """Where there is a density, in the standardised variable.

    low, high:   its ends, texts in the shape parameters
    left, right: brackets: does the end belong to it?
    within:      a number in it, of which formulas are taken where none is asked
    """

    low: str = "-inf"
    high: str = "inf"
    left: str = "("
    right: str = ")"
    within: str = ""

    @property
    def sides(self) -> tuple[str, str]:
        """The conditions that u is below it and above it, "" where nothing is."""
        below = f"u {'<' if self.left == '[' else '<='} {self.low}"
        above = f"u {'>' if self.right == ']' else '>='} {self.high}"
        return "" if self.low == "-inf" else below, "" if self.high == "inf" else above

    @property
    def somewhere(self) -> str:
        if self.within:
            return self.within
        if self.high == "inf":
            return str(int(self.low) + 1)
        return str(int(self.high) - 1) if self.low == "-inf" else f"({self.low} + {self.high})/2"


@dataclass(frozen=True, slots=True)
class Asked:
    """What may be asked of a distribution: the argument as a signature has it, the meaning, the names of its parts."""

    what: str
    argument: str
    means: Means
    fields: tuple[str, ...] = ()

    def spelled(self, before: str, parameters: str = "", holds: str = "") -> Spelling:
        call = f"{before}.{self.what}({joined(self.argument, parameters)})"
        return Spelling(call, self.means, self.fields, holds=holds)


@dataclass(frozen=True, slots=True)
class Family:
    """A family: its shape parameters as a signature has them, its support, and formulas by what is asked.

    holds: what else its parameters have to be, as conditions (``Spelling.holds``)
    """

    name: str
    shapes: str
    support: Support
    formulas: Mapping[str, str]
    whole: bool = False
    holds: str = ""

    def calls(self) -> Iterator[Spelling]:
        """The functions, ``scipy.stats.norm.logpdf(x, loc=0, scale=1)``."""
        for asked in self.asked():
            yield asked.spelled(self.dotted, self.parameters, self.holds)

    def blueprint(self) -> Blueprint:
        """The class, ``scipy.stats.norm(loc=0, scale=1)``."""
        methods = {asked.what: (asked.spelled(""),) for asked in self.asked()}
        maker = Spelling(f"{self.dotted}({self.parameters})", "", holds=self.holds)
        return Blueprint(self.dotted, (maker,), methods, {})

    @property
    def dotted(self) -> str:
        return f"scipy.stats.{self.name}"

    @property
    def parameters(self) -> str:
        return joined(self.shapes, "loc=0" if self.whole else "loc=0, scale:positive=1")

    def asked(self) -> Iterator[Asked]:
        """What may be asked."""
        variable, density = ("k", "pmf") if self.whole else ("x", "pdf")
        found = self.completed(density)
        for what, formula in found.items():
            if formula.startswith(NONE):
                yield Asked(what, variable if what in _SIDES else "", formula)
            elif what in {density, f"log{density}"}:
                yield Asked(what, variable, self.density(formula, logarithm=what != density))
            elif what in _SIDES:
                yield Asked(what, variable, self.side(formula, *_SIDES[what]))
            elif what in {"ppf", "isf"}:
                yield Asked(what, "q", _quantile(formula))
            else:
                yield Asked(what, "", self.number(what, formula))
        if "mean" in found and "var" in found and NONE not in found["mean"] + found["var"]:
            yield from self.moments(found["mean"], found["var"])
        if "ppf" in found:
            yield Asked("interval", "confidence", _interval(found["ppf"]), ("low", "high"))
        yield Asked("rvs", "size=1, random_state=None", _CHANCE)
        yield Asked("fit", "data", _FIT)
        yield Asked("expect", "func=None", _EXPECT)

    def moments(self, mean: str, var: str) -> Iterator[Asked]:
        """The mean and the variance under the names that ask for several."""
        moved = _MOVED_WHOLE if self.whole else _MOVED
        both = last(mean, f"first = {moved['mean']}; ") + last(var, f"second = {moved.get('var', '{}')}; ")

        def moment(order: Any) -> str:  # Any: see _placed
            return both + {1: "first", 2: "second + first**2"}[order] if order in {1, 2} else _HIGHER

        yield Asked("moment", "order:integer", moment)
        yield Asked("stats", "", f"{both}(first, second)", ("mean", "var"))

    def completed(self, density: str) -> dict[str, str]:
        """The formulas, and those that follow from them."""
        found = dict(self.formulas)
        follows = [
            (density, f"log{density}", "exp({})"),
            ("sf", "cdf", "1 - ({})"),
            ("cdf", "sf", "1 - ({})"),
            ("logcdf", "cdf", "log({})"),
            ("logsf", "sf", "log({})"),
            ("std", "var", "sqrt({})"),
        ]
        for what, source, pattern in follows:
            if source in found:
                formula = found[source]
                found.setdefault(what, last(formula, pattern))
        if "ppf" in found:
            found.setdefault("isf", re.sub(r"\bq\b", "(1 - q)", found["ppf"]))
            found.setdefault("median", re.sub(r"\bq\b", "0.5", found["ppf"]))
        return found

    def density(self, formula: str, *, logarithm: bool) -> Means:
        """-inf or 0 outside of the support, and of whole numbers where these are meant."""
        outside = " or ".join(side for side in self.support.sides if side)
        outside = f"{outside} or u != floor(u)" if self.whole and outside else outside or "u != floor(u)" * self.whole
        nowhere = "-inf" if logarithm else "0"
        inner = last(formula, f"where({outside}, {nowhere}, {{}})" if outside else "{}")
        scaled = last(inner, "{} - log(scale)" if logarithm else "({})/scale")
        return self.located("u", outside, lambda scale: inner if _is(scale, 1) else scaled)

    def side(self, formula: str, before: str, behind: str) -> Means:
        """A distribution function, which is constant on both sides of the support."""
        below, above = self.support.sides
        inner = last(formula, f"where({above}, {behind}, {{}})" if above else "{}")
        inner = last(inner, f"where({below}, {before}, {{}})" if below else "{}")
        outside = " or ".join(side for side in (below, above) if side)
        return self.located("floor(u)" if self.whole else "u", outside, lambda _: inner)

    def located(self, inside: str, outside: str, formula: Callable[[Any], str]) -> Means:  # Any: see _placed
        """A formula in z: the standardised variable, kept within the support."""
        kept = f"z = where({outside}, {self.support.somewhere}, {inside}); " if outside else f"z = {inside}; "

        def means(loc: Any, scale: Any) -> str:  # Any: see _placed
            return f"u = {_placed('x', loc, scale)}; {kept}{formula(scale)}"

        def means_whole(loc: Any) -> str:  # Any: see _placed
            return f"u = {_placed('k', loc, 1)}; {kept}{formula(1)}"

        return means_whole if self.whole else means

    def number(self, what: str, formula: str) -> Means:
        """A number of the distribution, in the shape of all parameters."""
        moved = last(formula, (_MOVED_WHOLE if self.whole else _MOVED).get(what, "{}"))
        spread = last(moved, "ones_like(loc)*({})")

        def means(loc: Any) -> str:  # Any: see _placed
            return moved if loc is not OPERAND or "loc" in moved else spread

        return means


def families(text: str, *, whole: bool = False) -> Iterator[Family]:
    """A Family for each name of a table; whole: its values are whole numbers.

    A block begins with ``gamma erlang(a) on [0 .. inf)``, names, shape parameters and support, in ``at 1`` with a
    number within, and in ``given a < b`` with what else has to hold; behind it stand, indented, ``logpdf := formula``
    in z, ``ppf := formula`` in q, ``mean := formula``.
    """
    for block in re.split(r"\n(?=\S)", text.strip("\n")):
        head, *lines = block.splitlines()
        match = _HEAD.fullmatch(" ".join(head.split()))
        assert match, head
        ends = {name: text for name in ("left", "low", "high", "right", "within") if (text := match[name])}
        formulas = dict(" ".join(line.split()).split(" := ") for line in lines)
        for name in match["names"].split():
            yield Family(name, match["shapes"], Support(**ends), formulas, whole, match["holds"] or "")


def spellings(found: Iterable[Family]) -> tuple[Spelling, ...]:
    return tuple(spelling for family in found for spelling in family.calls())


def _interval(formula: str) -> str:
    """The quantiles on both sides of as much as the confidence says."""
    low, high = (last(formula, f"{name} = loc + scale*({{}}); ") for name in ("low", "high"))
    return f"q = (1 - confidence)/2; {low}q = (1 + confidence)/2; {high}(low, high)"


def joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def last(formula: str, pattern: str) -> str:
    """The pattern around what stands behind the assignments; why there is none stays as it is."""
    *assignments, value = formula.split("; ")
    return formula if formula.startswith(NONE) else "; ".join([*assignments, pattern.format(value)])


def _is(given: Any, number: int) -> bool:  # Any: see _placed
    return given is not OPERAND and bool(given == number)


def _placed(variable: str, loc: Any, scale: Any) -> str:  # Any: constants of a call, or OPERAND
    """The standardised variable, without a place of 0 and a scale of 1."""
    moved = variable if _is(loc, 0) else f"{variable} - loc"
    return moved if _is(scale, 1) else f"({moved})/scale"


def _quantile(formula: str) -> Means:
    """An inverse, nan of what is no probability."""
    checked = formula if _INVERSES.search(formula) else last(formula, "where(q >= 0 and q <= 1, {}, nan)")

    def means(loc: Any, scale: Any) -> str:  # Any: see _placed
        return last(checked, "{}" if _is(scale, 1) and _is(loc, 0) else "loc + scale*({})")

    return means
