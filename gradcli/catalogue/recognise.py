"""Which message a pasted text is, and its causes in order of likelihood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gradcli.catalogue.pasted import Pasted, Place, Raised
from gradcli.catalogue.patterns import last_match, search, squeezed, squeezed_pattern
from gradcli.catalogue.row import Cause, Message
from gradcli.catalogue.table import CAUSES, MESSAGES

MAX_PART = 200  # characters of a part that are shown
_MAX_SEARCHED = 6_000  # characters of a text, its last ones, where it names no error that is known
_CAMEL = re.compile(r"[a-z][A-Z]")  # NoneType, RuntimeError


class Likelihood(StrEnum):
    """What a text says for a cause: nothing else can make the library say so; it has a sign; it has none; it may not
    be this message at all."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cause with its likelihood; ``sign``: the piece of the text that speaks for it."""

    cause: Cause
    likelihood: Likelihood
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text is.

    message: None where no pattern fits; then ``nearest`` are guesses, and ``ranked`` their causes
    ranked:  the likeliest first; parts: what the message names, by the patterns' names
    raised:  the error that was recognised, or else the last one
    place:   the user's own line that the text names, if it names one
    forward: that of the forward call, where anomaly mode tells of one
    others:  further messages that the text has, the last one first
    """

    pasted: Pasted
    message: Message | None
    ranked: tuple[Ranked, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    raised: Raised | None = None
    place: Place | None = None
    forward: Place | None = None
    nearest: tuple[Message, ...] = ()
    others: tuple[Message, ...] = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The likeliest first."""
        return tuple(ranked.cause for ranked in self.ranked)

    @property
    def certain(self) -> bool:
        """One cause alone can make the library say this."""
        return any(ranked.likelihood is Likelihood.CERTAIN for ranked in self.ranked)


@dataclass(frozen=True, slots=True)
class _Fit:
    message: Message
    parts: Mapping[str, str]
    raised: Raised


def recognise(pasted: Pasted) -> Recognised:
    """The last error of the text that fits a message of the table; where none does, those that are nearest."""
    fits = _fits(pasted)
    if not fits and _CAMEL.search(pasted.text) is None:  # typed from memory; what a program has written keeps capitals
        fits = _fits(pasted, re.IGNORECASE)
    if not fits:
        return _guessed(pasted)
    fit = fits[0]
    place, forward = _place(fit.raised), _forward(pasted)
    others = tuple({other.message.name: other.message for other in fits[1:] if other.message != fit.message}.values())
    ranked = _ranked(fit.message, pasted, place, forward)
    return Recognised(pasted, fit.message, ranked, fit.parts, fit.raised, place, forward, others=others)


def named(name: str) -> Recognised | None:
    """A message of the catalogue by its name, or by that of one of its causes, which then stands first."""
    for message in MESSAGES:
        if name == message.name or name in message.causes:
            names = sorted(message.causes, key=lambda cause: cause != name)
            likelihood = Likelihood.CERTAIN if len(names) == 1 and message.sure else Likelihood.POSSIBLE
            ranked = tuple(Ranked(CAUSES[each], likelihood) for each in names)
            parts = {part: "..." for pattern in message.patterns for part in re.findall(r"\?P<(\w+)>", pattern)}
            return Recognised(Pasted("", "", ""), message, ranked, {**parts, **message.defaults})
    return None


def _fits(pasted: Pasted, flags: int = 0) -> list[_Fit]:
    """The errors that are known, the last one first; then the warnings; then whatever else the text says."""
    last_first = [each for each in reversed(pasted.raised) if each.kind]
    errors, warnings = ([each for each in last_first if each.warning is so] for so in (False, True))
    found = [fit for each in (*errors, *warnings) if (fit := _fit(each, flags)) is not None]
    return found or [fit for fit in (_fit_anywhere(pasted, flags),) if fit is not None]


def _fit(raised: Raised, flags: int) -> _Fit | None:
    """The first message of the table whose pattern the error's words have."""
    said = f"{raised.kind}: {raised.message}"
    for text in (raised.message, said):
        lowered = text.lower()
        for message in MESSAGES:
            for pattern in message.patterns:
                found = search(pattern, text, lowered, flags)
                if found is not None:
                    return _Fit(message, _parts(message, found), raised)
    return None


def _fit_anywhere(pasted: Pasted, flags: int) -> _Fit | None:
    """Of the messages that stand in the text at all, the last one; of two in one place the first of the table."""
    tail = pasted.text[-_MAX_SEARCHED:]
    for text, made in ((" ".join(tail.split()), str), (squeezed(tail), squeezed_pattern)):
        lowered = text.lower()
        best: tuple[Message, re.Match[str]] | None = None
        for message in MESSAGES:
            for pattern in message.patterns:
                found = last_match(made(pattern), text, lowered, flags)
                if found is not None and (best is None or found.start() >= best[1].end()):
                    best = message, found
        if best is not None:
            raised = next((r for r in reversed(pasted.raised) if not r.warning), Raised("", "", pasted.places))
            return _Fit(best[0], _parts(*best), raised)
    return None


def _parts(message: Message, found: re.Match[str]) -> dict[str, str]:
    parts = {name: part.strip()[:MAX_PART] for name, part in found.groupdict().items() if part}
    return {**message.defaults, **parts}


# -- where


def _place(raised: Raised | None) -> Place | None:
    """The user's own innermost line; what the error quotes itself is nearer to it than what called it."""
    if raised is None:
        return None
    beside = () if raised.forward else raised.beside
    return next((place for place in reversed((*raised.places, *beside)) if place.own), None)


def _forward(pasted: Pasted) -> Place | None:
    told = (place for raised in pasted.raised if raised.forward for place in reversed(raised.beside))
    return next((place for place in told if place.own), None)


# -- how likely


def _ranked(message: Message, pasted: Pasted, place: Place | None, forward: Place | None) -> tuple[Ranked, ...]:
    """The message's causes; those go first that the failing line, else the text, has a sign of."""
    causes = [CAUSES[name] for name in message.causes]
    if len(causes) == 1 and message.sure:
        return (Ranked(causes[0], Likelihood.CERTAIN),)
    lines = [each.code for each in (place, forward) if each is not None]
    found = [(cause, *_sign(cause, lines, pasted.text)) for cause in causes]
    found.sort(key=lambda each: -each[2])
    return tuple(
        Ranked(cause, Likelihood.LIKELY if weight else Likelihood.POSSIBLE, sign) for cause, sign, weight in found
    )


def _sign(cause: Cause, lines: Iterable[str], text: str) -> tuple[str, int]:
    """What speaks for a cause, and how much: 2 in the failing line, 1 elsewhere, 0 nowhere."""
    for weight, where in ((2, "\n".join(lines)), (1, text[-_MAX_SEARCHED * 10 :])):
        lowered = where.lower()
        for pattern in cause.signs:
            found = search(pattern, where, lowered)
            if found is not None:
                return " ".join(found[0].split())[:MAX_PART], weight
    return "", 0


# -- nothing fits


def _guessed(pasted: Pasted) -> Recognised:
    from gradcli.catalogue.nearest import nearest

    errors = [raised for raised in pasted.raised if not raised.warning] or list(pasted.raised)
    last = errors[-1] if errors else None
    near = nearest(last.message if last is not None else pasted.text[-_MAX_SEARCHED:])
    ranked = tuple(Ranked(CAUSES[name], Likelihood.GUESS) for message in near for name in message.causes)
    kept = tuple({each.cause.name: each for each in ranked}.values())
    parts = {part: "..." for message in near for part in _names(message)}
    defaults = {name: part for message in near for name, part in message.defaults.items()}
    place, forward = _place(last), _forward(pasted)
    return Recognised(pasted, None, kept, {**parts, **defaults}, last, place, forward, nearest=near)


def _names(message: Message) -> list[str]:
    return [name for pattern in message.patterns for name in re.findall(r"\?P<(\w+)>", pattern)]
