"""Objects of libraries as data: what a class is called with, and what its methods and attributes mean.

``d = torch.distributions.Normal(mu, s)`` computes nothing. It is its parts by name, ``loc`` and ``scale``, and
``d.log_prob(x)`` is a formula in these and in the method's own arguments; so is an attribute, ``d.mean``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gradcli.operations.spelling import Spelling

_MAKER = re.compile(r"(?P<name>\w+)\((?P<inside>.*?)\)(?:; (?P<parts>.+))?")
_MEMBER = re.compile(r"(?P<name>\w+)(?:\((?P<inside>.*?)\))? := (?P<means>.+)")
_WITHIN = "within"  # the member that says which values may be asked for
_REQUIRES = "requires"  # and the one that says what the parameters have to be
_CHECKS = frozenset({"log_prob", "cdf"})  # the methods whose value has to be within
Means = str | Callable[..., str]
Members = Mapping[str, tuple[Spelling, ...]]


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A class of a library.

    name:       ``torch.distributions.Normal``
    makers:     its calls; what one means are further parts, as assignments, ``logits = log(p) - log1p(-p)``, or ""
    methods:    by name, the signatures in order: in their formulas the parts stand beside the arguments, and ``self``
    attributes: the same, without a call
    kinds:      of parts whose shape or rank a formula hangs on
    """

    name: str
    makers: tuple[Spelling, ...]
    methods: Members
    attributes: Members
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def plainly(self) -> str:
        """The class as people call it."""
        return self.name.rpartition(".")[2]

    @property
    def spellings(self) -> tuple[Spelling, ...]:
        """All its calls, methods and attributes, but for what its own formulas are written in."""
        found = (one for named in (self.methods, self.attributes) for several in named.values() for one in several)
        makers = (
            Spelling(maker.call, f"an object {maker.means and f'with {maker.means}'}".strip()) for maker in self.makers
        )
        return (*makers, *(one for one in found if not one.call.startswith("._")))

    @property
    def members(self) -> list[str]:
        """What there is, as it is written."""
        written = [*(f".{name}()" for name in self.methods), *(f".{name}" for name in self.attributes)]
        return [member for member in written if not member.startswith("._")]


@dataclass(frozen=True, slots=True)
class Habits:
    """What the classes of a table have in common.

    before: what stands before the names, ``torch.distributions.``
    every:  parameters that each call takes at its end
    common: lines of members, for the classes that have none of that name
    unless: of ``every`` the flag that turns checks off
    """

    before: str
    every: str
    common: str
    unless: str = ""


def blueprints(
    habits: Habits,
    text: str,
    kinds: Mapping[str, str] = MappingProxyType({}),
    functions: Mapping[str, Means] = MappingProxyType({}),
) -> Iterable[Blueprint]:
    """A Blueprint for each block of a table; a class whose formulas hang on how it is called has several.

    A line that begins a block, or a further call of it, is ``Beta(a, b)``, ``Bernoulli(*, logits); probs = …``. Behind
    it, indented, stand ``method(x) := formula``, ``attribute := formula``, ``requires := conditions``
    on the parameters and ``within := condition``, which may end in ``else formula``: what comes out elsewhere where
    values are not checked. The formula ``@name`` is one of the
    functions.
    """
    makers: list[str] = []
    members: list[str] = []
    for line in [*text.strip("\n").splitlines(), ""]:
        if not line.startswith(" ") and members:
            yield _blueprint(habits, makers, members, kinds, functions)
            makers, members = [], []
        (members if line.startswith(" ") else makers).append(" ".join(line.split()))


def _blueprint(
    habits: Habits, makers: list[str], members: list[str], kinds: Mapping[str, str], functions: Mapping[str, Means]
) -> Blueprint:
    own = [_matched(_MEMBER, line) for line in members]
    told = {member["name"]: member["means"] for member in own}
    calls = tuple(_maker(habits, line, told.get(_REQUIRES, "")) for line in makers)
    has = {member["name"] for member in own}
    common = (_matched(_MEMBER, line) for line in habits.common.strip().splitlines())
    within = told.get(_WITHIN, "")
    methods: dict[str, tuple[Spelling, ...]] = {}
    attributes: dict[str, tuple[Spelling, ...]] = {}
    for member in (*own, *(member for member in common if member["name"] not in has)):
        name, inside = member["name"], member["inside"]
        if name not in {_WITHIN, _REQUIRES}:
            means = functions.get(member["means"].removeprefix("@"), member["means"])
            spelling = _member(name, inside, means, within)
            found = attributes if inside is None else methods
            found[name] = (*found.get(name, ()), spelling)
    return Blueprint(calls[0].name, calls, methods, attributes, kinds)


def _matched(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    match = pattern.fullmatch(line.strip())
    assert match, line
    return match


def _maker(habits: Habits, line: str, holds: str) -> Spelling:
    match = _matched(_MAKER, line)
    inside = ", ".join(part for part in (match["inside"], habits.every) if part)
    call = f"{habits.before}{match['name']}({inside})"
    return Spelling(call, match["parts"] or "", holds=holds, unless=habits.unless)


def _member(name: str, inside: str | None, means: Means, within: str) -> Spelling:
    call = f".{name}" if inside is None else f".{name}({inside})"
    if within and name in _CHECKS and isinstance(means, str):
        return Spelling(call, _checked(means, within))
    return Spelling(call, means)


def _checked(means: str, within: str) -> Callable[[Any], str]:  # Any: a flag, None or OPERAND
    """The formula where the value is within, nan elsewhere; unchecked what the library gives there."""
    *assignments, formula = means.split("; ")
    condition, _, elsewhere = within.partition(" else ")

    def checked(validate_args: Any) -> str:  # Any: as above
        if validate_args is not False:
            return "; ".join([*assignments, f"where({condition}, {formula}, nan)"])
        return "; ".join([*assignments, f"where({condition}, {formula}, {elsewhere})" if elsewhere else formula])

    return checked
