"""The end of each command's help: examples, and the exit codes in a line."""

from __future__ import annotations

from gradcli.base.errors import ExitCode


def epilog(*examples: str) -> str:
    """The examples, a line each, and the exit codes in a line; the mark keeps typer from filling the lines."""
    codes = ", ".join(f"{code:d} {code.name.lower()}" for code in ExitCode)
    lines = "".join(f"\n  {example}" for example in examples)
    return f"\b\nExamples:{lines}\n\nExit codes: {codes}."


def examples_of(text: str | None) -> list[str]:
    """The examples that ``epilog`` wrote into a text."""
    return [line[2:] for line in (text or "").splitlines() if line.startswith("  ")]
