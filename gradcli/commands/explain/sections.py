"""The sections of an explanation: their names, what each shows, and which come without being asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option

EVERY = "all"
GRAPH = "graph"


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section.

    fields:  of the explanation, which its JSON has where the section is shown
    usual:   shown where nobody has chosen; numbers: it shows derivatives, so that they are checked
    pointed: it needs a point
    empty:   what is said where somebody asked for it and there is nothing
    folded:  closed on a page until somebody opens it
    """

    name: str
    means: str
    fields: tuple[str, ...] = ()
    usual: bool = True
    numbers: bool = True
    pointed: bool = True
    empty: str = ""
    folded: bool = False


SECTIONS = (
    SectionRow("shapes", "the shape of every step", ("shapes",), numbers=False, pointed=False),
    SectionRow(
        "ways",
        "torch's error for a non-scalar output, and each way on",
        ("error", "ways"),
        empty="the output has one entry: torch.autograd.grad takes it as it is",
    ),
    SectionRow(
        "closed",
        "the derivative in closed form, in matrix notation where variables are arrays",
        ("closed",),
        usual=False,
        empty="no formula in matrix notation that goes beyond the symbolic derivative",
    ),
    SectionRow("derivative", "the derivative as a formula", pointed=False, empty="no formula of moderate size"),
    SectionRow(
        "derivation",
        "the formula line by line, each proved equal to the one before",
        ("derivation",),
        usual=False,
        numbers=False,
        pointed=False,
        empty="there is no closed form that it could lead to",
    ),
    SectionRow("tape", "what the backward pass does, step by step", ("tape",), empty="no step has a graph"),
    SectionRow(GRAPH, "the backward graph: a line a use", ("graph",), usual=False, pointed=False),
    SectionRow(
        "plot", "function and derivative, drawn", usual=False, numbers=False, pointed=False, empty="there is no plot"
    ),
    SectionRow("memory", "what autograd saves, in bytes, and until when", ("memory",), numbers=False),
    SectionRow(
        "lifetime",
        "backward against autograd.grad, a graph used twice, what keeps it alive",
        ("lifetime",),
        usual=False,
        folded=True,
        empty="the output depends on no variable: it has no graph",
    ),
    SectionRow(
        "inplace",
        "what changing each value in place breaks, tried out",
        ("inplace",),
        usual=False,
        folded=True,
        numbers=False,
        empty="no step has a tensor for its value",
    ),
    SectionRow(
        "pitfalls",
        "frequent mistakes with torch's own words, and mended",
        ("pitfalls",),
        usual=False,
        folded=True,
        empty="the output depends on no variable: it has no graph",
    ),
    SectionRow("hazards", "kinks and edges of domains", ("hazards",), empty="no kink and no edge of a domain is known"),
    SectionRow(
        "unused", "variables without influence", ("unused",), numbers=False, empty="the output depends on all variables"
    ),
    SectionRow("verdict", "what the second route says of the gradient", pointed=False),
    SectionRow(
        "enclosures",
        "each entry between bounds that are certain",
        ("enclosures",),
        usual=False,
        empty="the function is too large to be looked at in balls",
    ),
    SectionRow("program", "a PyTorch program that gives the same", ("program",), numbers=False),
    SectionRow("frameworks", "what TensorFlow gives for the same calls", ("frameworks",), usual=False, folded=True),
)
NAMES = tuple(row.name for row in SECTIONS)
USUAL = tuple(row.name for row in SECTIONS if row.usual)


def sections_of(show: str | Iterable[str] | None) -> tuple[SectionRow, ...]:
    """The sections asked for, in their own order; the usual ones where nobody has said. Errors: UsageError.

    >>> [row.name for row in sections_of("tape, shapes")]
    ['shapes', 'tape']
    """
    from gradcli.inputs.request import texts_of  # the help of every command line has the names, and needs no more
    from gradcli.operations.table import did_you_mean

    if show is None:
        return tuple(row for row in SECTIONS if row.usual)
    wanted = [name.strip() for text in texts_of(show) for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in {*NAMES, EVERY}:
            close = did_you_mean(name, [*NAMES, EVERY])
            hint = f"did you mean {close}?" if close else f"there are {', '.join(NAMES)}, and {EVERY}"
            raise UsageError(f"{option('show')} names '{printable(name)[:40]}', which is no section", hint=hint)
    if not wanted:
        raise UsageError(f"{option('show')} names no section", hint=f"there are {', '.join(NAMES)}, and {EVERY}")
    return tuple(row for row in SECTIONS if EVERY in wanted or row.name in wanted)


def shows_numbers(names: Iterable[str]) -> bool:
    """Does one of the sections show derivatives?"""
    return any(row.numbers for row in sections_of(list(names)))
