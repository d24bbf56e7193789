"""Where text comes in, and where it leaves: stdout, stderr, and files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gradcli.base.errors import InputError, OutputError, printable
from gradcli.base.whole_file import written_whole


def write(made: str | bytes, path: Path | None) -> None:
    """To stdout, or to a file that is complete or not there: written beside and renamed. Errors: OutputError."""
    if path is not None:
        _write_file(made if isinstance(made, bytes) else made.encode("utf-8", "backslashreplace"), path)
    elif sys.stdout is None:
        raise OutputError("stdout is closed")
    else:
        try:
            _write_stdout(made)
        except OSError as error:
            raise not_written(error) from None


def to_stderr(text: str) -> None:
    """Remarks and errors; a stderr that is closed or full does not change the exit code."""
    if sys.stderr is not None and text:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            _let_go(sys.stderr)


def not_written(error: OSError) -> OutputError:
    """For what stdout does not take, which from now on is asked for nothing more."""
    if sys.stdout is not None:
        _let_go(sys.stdout)
    return OutputError(f"cannot write the output: {os.strerror(error.errno or 0)}")


def _let_go(stream: Any) -> None:  # Any: a text stream, or what stands in its place
    """What a full stream still holds goes nowhere: the interpreter would try it again at its end, and exit with 120."""
    with suppress(OSError, ValueError):  # a stream without a descriptor has nothing behind it
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _write_stdout(made: str | bytes) -> None:
    stream: Any = sys.stdout if isinstance(made, str) else sys.stdout.buffer  # Any: of texts or of bytes
    stream.write(made)
    stream.flush()


def _write_file(data: bytes, path: Path) -> None:
    try:
        descriptor = str(path).startswith(("/dev/", "/proc/"))  # nothing can be made beside it
        if path.exists() and (descriptor or not stat.S_ISREG(path.stat().st_mode)):
            path.write_bytes(data)
            return
        with written_whole(path, len(data)) as file:
            file.write(data)
    except OSError as error:
        raise OutputError(f"cannot write {printable(str(path))}: {os.strerror(error.errno or 0)}") from None


def read_expression(given: str, bindings: Sequence[str]) -> str:
    """The expression's text: as given, from stdin (-), or from a file (@path)."""
    from gradcli.inputs.text import read_text

    if given == "-":
        if any(binding.partition("=")[2] == "@-" for binding in bindings):
            raise InputError("stdin cannot be both the expression and a value", hint="put one of them into a file")
        return read_text("-")
    return read_text(given[1:]) if given.startswith("@") else given.strip()
