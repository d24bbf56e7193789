"""A derivation in the making: lines as trees, before they are held and marked."""

from __future__ import annotations

from dataclasses import dataclass

from gradcli.base.errors import LimitError
from gradcli.closed.steps.line import Detail
from gradcli.language.nodes import Tree
from gradcli.language.write import write

MOST_LINES = 150  # of a derivation in full detail: nobody reads more
MOST_CHARACTERS = 1_500  # of a line


@dataclass(frozen=True, slots=True)
class Drafted:
    """A line as ``Line`` has it, without what is found out later."""

    text: str
    rule: str
    because: str
    level: Detail
    minor: bool = False


class Draft:
    """Lines one after the other; one that says the same as the line before is none.

    Errors: LimitError past so many lines, or where one is too long.
    """

    def __init__(self, first: str) -> None:
        self.lines = [Drafted(first, "", "", Detail.BRIEF)]

    @property
    def text(self) -> str:
        """Of the last line."""
        return self.lines[-1].text

    def add(self, tree: Tree | str, rule: str, because: str = "", *, minor: bool = False) -> None:
        """A line that is shown at full detail alone, until ``raised``."""
        text = tree if isinstance(tree, str) else write(tree)
        if text == self.lines[-1].text:
            return
        if len(text) > MOST_CHARACTERS:
            raise LimitError(f"a line of the derivation has more than {MOST_CHARACTERS:,} characters", kind="unchecked")
        if len(self.lines) == MOST_LINES:
            raise LimitError(f"the derivation has more than {MOST_LINES} lines", kind="unchecked")
        self.lines.append(Drafted(text, rule, because, Detail.FULL, minor))

    def raised(self, level: Detail) -> None:
        """Shows the last line at this level too."""
        last = self.lines[-1]
        if level.rank < last.level.rank:
            self.lines[-1] = Drafted(last.text, last.rule, last.because, level, last.minor)

    def end(self, text: str) -> None:
        """The last line in this text, which differs from it in the order of factors and terms at most."""
        last = self.lines[-1]
        if len(self.lines) == 1:
            self.add(text, "order the terms and factors")
        else:
            self.lines[-1] = Drafted(text, last.rule, last.because, last.level, last.minor)
