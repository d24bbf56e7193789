"""A chain ``d(f)/d(x) = … = … = …``: its lines, which of them is the first wrong one, and what was done there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gradcli.base.errors import ExitCode, Span
from gradcli.base.words import Word
from gradcli.claims.conclusion import ClaimResult, Conclusion, Diagnosis


class Standing(Word):
    """How a line of a chain stands, beside the lines above it."""

    RIGHT = "right", "equal to the derivative, and no line above is wrong"
    AGAIN = (
        "right again",
        "equal to the derivative, though a line above is not: two mistakes that cancel, or a new start",
    )
    OPEN = "undecided", "neither equal nor certainly different"
    BROKEN = "unreadable", "it makes no sense as it is written"
    FOLLOWS = "follows", "wrong as the line above is, to which it is equal"
    FURTHER = "wrong again", "wrong, and not equal to the wrong line above either: a further mistake"
    WRONG = "wrong", "the first line that is certainly not the derivative"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was probably done between two lines, verified.

    kind:  in a word or two; text: what to say
    should_read: the line as it should read, as near to the writer's own as can be; None where none is short
    span:  where the line differs from that
    above: the index of the right line that it was made of; None: of the function itself
    should_read_latex, latex_span: the same where the line is LaTeX
    """

    kind: str
    text: str
    should_read: str | None
    span: Span
    above: int | None
    should_read_latex: str | None = None
    latex_span: Span | None = None

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "kind": self.kind,
            "text": self.text,
            "should_read": self.should_read,
            "span": [*self.span[:2]],
            "above": self.above,
        } | self._in_latex()

    def _in_latex(self) -> dict[str, Any]:  # Any: JSON values
        due = {} if self.should_read_latex is None else {"should_read_latex": self.should_read_latex}
        return due | ({} if self.latex_span is None else {"latex_span": [*self.latex_span[:2]]})


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A line as a claim of the derivative, and what it has to do with the line above.

    equal: is it equal to the line above? None of the first, and beside what cannot be read
    mistake: of the first wrong line, and of further mistakes
    """

    result: ClaimResult
    standing: Standing
    equal: Conclusion | None = None
    mistake: Mistake | None = None

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "text": self.result.claim,
            "standing": str(self.standing),
            "equal": None if self.equal is None else str(self.equal),
            "mistake": None if self.mistake is None else self.mistake.to_dict(),
            "claim": self.result.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What came of the lines of one chain."""

    lines: tuple[ChainLine, ...]
    seconds: float = field(default=0.0, compare=False)

    @property
    def first(self) -> ClaimResult:
        return self.lines[0].result

    @property
    def first_wrong(self) -> int | None:
        """The index of the first line that is certainly wrong."""
        return next((k for k, line in enumerate(self.lines) if line.standing is Standing.WRONG), None)

    @property
    def mistake(self) -> Mistake | None:
        """What was done in the first wrong line."""
        return None if self.first_wrong is None else self.lines[self.first_wrong].mistake

    @property
    def cancels(self) -> bool:
        """Is the last line right though one before it is wrong?"""
        return self.first_wrong is not None and self.lines[-1].standing is Standing.AGAIN

    @property
    def verdict(self) -> Conclusion:
        """The worst of the lines' verdicts."""
        return max((line.result.verdict for line in self.lines), key=lambda verdict: verdict.rank)

    @property
    def exit_code(self) -> ExitCode:
        broken = next((line.result.error for line in self.lines if line.result.error), 0)
        return self.verdict.exit_code if self.verdict is Conclusion.REFUTED or not broken else ExitCode(broken)

    def to_dict(self) -> Mapping[str, Any]:  # Any: JSON values
        first = self.first
        place = {"file": first.file, "line": first.line} if first.file is not None else {}
        return {
            "function": first.function,
            "wrt": list(first.wrt),
            "kind": first.kind,
            "verdict": str(self.verdict),
            "first_wrong": self.first_wrong,
            "mistake": None if self.mistake is None else self.mistake.to_dict(),
            "cancels": self.cancels,
            "lines": [line.to_dict() for line in self.lines],
        } | place


def as_claim(line: ChainLine, number: int) -> ClaimResult:
    """A line among the claims of a suite: what was done between it and the line above as its diagnosis."""
    found, mistake = line.result, line.mistake
    said = {
        Standing.WRONG: f"line {number} is the first wrong one of its chain",
        Standing.FOLLOWS: "follows from the line above",
        Standing.FURTHER: "not equal to the wrong line above either: a further mistake",
        Standing.AGAIN: "right, though a line above is wrong: two mistakes that cancel, or a new start",
    }.get(line.standing)
    told = Diagnosis(mistake.kind, mistake.text, mistake.should_read) if mistake is not None else found.diagnosis
    return replace(found, diagnosis=told, notes=(*found.notes, *([said] if said else [])))
