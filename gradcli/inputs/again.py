"""A command line that asks the same once more, for people to paste."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

MAX_LENGTH = 2_000  # characters of values that are written out


def command_line(command: str, words: Iterable[str], options: Mapping[str, Any]) -> str:  # Any: options' values
    """``gradcli COMMAND WORDS --option value``, quoted for a shell; options that are not given are left out.

    >>> command_line("grad", ["x*y", "x=2"], {"wrt": ["x"], "seed": 0, "vec": True})
    "gradcli grad 'x*y' x=2 --wrt x --vec"
    """
    said = ["gradcli", command, *words]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            said.append(flag)
        elif value not in (None, False, 0, ""):
            for each in [value] if isinstance(value, str) or not isinstance(value, Iterable) else value:
                said += [flag, str(each)]
    return shlex.join(said)


def bindings_of(values: Any) -> list[str] | None:  # Any: what a command takes for values
    """``NAME=VALUE`` texts; None where values were arrays that are too long to be written out."""
    if values is None:
        return []
    texts = list(values) if not isinstance(values, Mapping) else [f"{n}={_literal(v)}" for n, v in values.items()]
    return texts if sum(map(len, texts)) <= MAX_LENGTH else None


def _literal(value: Any) -> str:  # Any: a number, a list, a numpy array or a tensor
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, list | tuple):
        return f"[{','.join(map(_literal, plain))}]"
    return repr(float(plain)).removesuffix(".0")
