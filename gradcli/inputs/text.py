"""Texts from stdin and files: bounded, UTF-8, regular files only."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from gradcli.base.errors import InputError, LimitError, printable
from gradcli.base.limits import MAX_SOURCE


def read_text(reference: str) -> str:
    """The expression in a file, or on stdin for ``-``, without surrounding blanks. Errors: InputError, LimitError."""
    data = _read_stdin() if reference == "-" else _read_file(reference)
    if len(data) > 4 * MAX_SOURCE:
        raise LimitError(
            f"the expression is longer than {4 * MAX_SOURCE:,} bytes; at most {MAX_SOURCE:,} characters are read"
        )
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise InputError(f"the expression is not UTF-8 text: byte {error.start}", kind="encoding") from None


def read_end(reference: str, most: int) -> bytes:
    """The last bytes of a file, or of stdin for ``-``, however long it is; pipes are fine. Errors: InputError."""
    if reference == "-" and sys.stdin is None:
        raise InputError("stdin is closed")
    shown = "stdin" if reference == "-" else printable(reference)[:200]
    try:
        if reference == "-":
            return _end_of(sys.stdin.buffer, most)
        with Path(reference).open("rb") as file:
            if file.seekable():
                file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
            return _end_of(file, most)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InputError(f"cannot read {shown}: {printable(reason)}") from None


def _end_of(stream: BinaryIO, most: int) -> bytes:
    """All but the last bytes is forgotten as it is read."""
    kept = b""
    while piece := stream.read(most):
        kept = (kept + piece)[-most:]
    return kept


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise InputError("stdin is closed")
    try:
        return sys.stdin.buffer.read(4 * MAX_SOURCE + 1)
    except OSError as error:
        raise InputError(f"cannot read stdin: {os.strerror(error.errno or 0)}") from None


def _read_file(name: str) -> bytes:
    shown = printable(name)[:200]
    try:
        path = Path(name)
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{shown} is not a regular file")
        with path.open("rb") as file:
            return file.read(4 * MAX_SOURCE + 1)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InputError(f"cannot read {shown}: {printable(reason)}") from None
