"""The examples of each command's help."""

from __future__ import annotations


def epilog(*examples: str) -> str:
    """The examples, a line each."""
    return "\n".join(examples)


def examples_of(text: str | None) -> list[str]:
    """The examples that ``epilog`` wrote into a text."""
    return (text or "").splitlines()
