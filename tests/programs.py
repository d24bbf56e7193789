"""Programs that ``explain`` prints, run by this process, which has torch loaded."""

from __future__ import annotations

import contextlib
import io

import torch


def printed(program: str) -> str:
    """What a program prints. Its names are its own; the default type that it sets is put back."""
    before = torch.get_default_dtype()
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        try:
            exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})  # noqa: S102  # ours
        finally:
            torch.set_default_dtype(before)
    return stream.getvalue()
