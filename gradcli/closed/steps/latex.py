r"""Derivations as LaTeX: an ``align*`` with a row for each line, the rule at its right, what is new underlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gradcli.base.errors import Span
from gradcli.closed.notation.latex import UNDERLINED, Marks, latex

Shapes = Mapping[str, Sequence[str | int]]

_ESCAPED = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        **{sign: rf"\{sign}" for sign in "&%$#_{}"},
    }
)


class Told(Protocol):
    """A line of a derivation, as ``Line`` has it."""

    @property
    def text(self) -> str: ...
    @property
    def left(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def changed(self) -> tuple[Span, ...]: ...


def words(text: str) -> str:
    r"""Words for ``\text{...}``: signs that LaTeX reads as something else are escaped."""
    return text.translate(_ESCAPED)


def line_in_latex(line: Told, shapes: Shapes, differentials: Mapping[str, str], mark: str = UNDERLINED) -> str:
    """A line as LaTeX, without its left side. mark: how what is new is marked, {} stands for it."""
    return latex(line.text, shapes, marks=Marks(line.changed, mark, differentials))


def derivation_in_latex(
    lines: Sequence[Told], shapes: Shapes, differentials: Mapping[str, str], mark: str = UNDERLINED
) -> str:
    """The lines as one display; at the left what they are equal to, where that changes."""
    rows: list[str] = []
    head = ""
    for k, line in enumerate(lines):
        if not k or line.left == line.text:
            rows += [head] if head else []
            head = latex(line.text, shapes, marks=Marks(differentials=differentials))
            continue
        if line.left:
            rows += [head] if head else []
            head = latex(line.left, shapes, marks=Marks(differentials=differentials))
        rule = rf" && \text{{{words(line.rule)}}}" if line.rule else ""
        rows.append(f"{head} &= {line_in_latex(line, shapes, differentials, mark)}{rule}".lstrip())
        head = ""
    rows += [head] if head else []
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
