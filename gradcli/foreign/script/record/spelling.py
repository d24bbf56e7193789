"""A chain of entrywise calls, written in gradcli's language with the numbers that it had at one entry.

Each node of the graph is given the call that made it, as the script runs; nothing of it outlives the graph.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

MARK = "gradcli_call"
DEEPEST = 8  # calls within calls
NAMES = "xyzuvwpqrs"

_SAME = (
    "abs acos acosh asin asinh atan atan2 atanh cos cosh digamma erf erfc erfinv exp exp2 expm1 lgamma log log10 log1p "
    "log2 logit maximum minimum relu rsqrt sigmoid sign sin sinh sqrt square tan tanh xlogy"
)
_TEXTS: Mapping[str, str] = {
    **{name: f"{name}({{0}})" for name in _SAME.split()},
    **{name: f"{name}({{0}}, {{1}})" for name in ("atan2", "maximum", "minimum", "xlogy")},
    "absolute": "abs({0})",
    "logsigmoid": "logsigmoid({0})",
    "reciprocal": "1/({0})",
    "neg": "-({0})",
    "rsub": "({1}) - ({0})",
    "rtruediv": "({1})/({0})",
    "rpow": "({1})**({0})",
    **dict.fromkeys(("add", "radd"), "({0}) + ({1})"),
    **dict.fromkeys(("mul", "rmul", "multiply"), "({0})*({1})"),
    **dict.fromkeys(("sub", "subtract"), "({0}) - ({1})"),
    **dict.fromkeys(("div", "truediv", "divide", "true_divide"), "({0})/({1})"),
    "pow": "({0})**({1})",
}


class Call(NamedTuple):
    """A call by its text, with what it took: nodes, tensors without a node, and numbers."""

    text: str
    operands: tuple[Any, ...]  # Any: as above
    shape: tuple[int, ...]


class Spelled(NamedTuple):
    """An expression and the value of each of its variables."""

    text: str
    values: Mapping[str, float]

    @property
    def command(self) -> str:
        given = " ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"gradcli grad '{self.text}' {given}"


def note(torch: Any, name: str, args: Sequence[Any], result: Any) -> None:  # Any: the script's torch and its objects
    """Gives the node of an entrywise result the call that made it."""
    text = _TEXTS.get(name)
    if text is None or len(args) < 1 + ("{1}" in text) or result.grad_fn is None:
        return
    operands = tuple(_operand(torch, each) for each in args[: 1 + ("{1}" in text)])
    result.grad_fn.metadata[MARK] = Call(text, operands, tuple(result.shape))


def _operand(torch: Any, value: Any) -> Any:
    """A node for a tensor that has one: the tensor itself would keep the graph alive in a circle."""
    return value.grad_fn if isinstance(value, torch.Tensor) and value.grad_fn is not None else value


def spelled(node: Any, entry: tuple[int, ...]) -> Spelled | None:
    """The expression of a node at an entry of its result; None where a step is not entrywise, or a value is gone."""
    values: dict[int, tuple[str, float]] = {}
    with contextlib.suppress(_UnspelledError):
        text = _text(node, entry, values, 0)
        return Spelled(_plain(text), dict(values.values()))
    return None


class _UnspelledError(Exception):
    """A step that the language has no word for, or whose value is not known."""


def _text(node: Any, entry: tuple[int, ...], values: dict[int, tuple[str, float]], depth: int) -> str:
    call = node.metadata.get(MARK)
    if not isinstance(call, Call) or depth > DEEPEST:
        raise _UnspelledError
    own = _broadcast(entry, call.shape)
    return call.text.format(*(_operand_text(each, own, values, depth) for each in call.operands))


def _operand_text(value: Any, entry: tuple[int, ...], values: dict[int, tuple[str, float]], depth: int) -> str:
    if isinstance(value, int | float):
        return repr(value)
    if hasattr(value, "next_functions"):
        return _text(value, entry, values, depth + 1)
    if not hasattr(value, "shape") or value.is_complex() or len(values) >= len(NAMES):
        raise _UnspelledError
    number = float(value.detach()[_broadcast(entry, tuple(value.shape))])
    return values.setdefault(id(value), (NAMES[len(values)], number))[0]


def _broadcast(entry: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The entry of an operand that goes into an entry of the result."""
    own = entry[len(entry) - len(shape) :] if len(shape) <= len(entry) else None
    if own is None or any(size != 1 and i >= size for i, size in zip(own, shape, strict=True)):
        raise _UnspelledError
    return tuple(0 if size == 1 else i for i, size in zip(own, shape, strict=True))


def _plain(text: str) -> str:
    """Without the parentheses around single names and numbers: ``(x)*(y)`` is ``x*y``."""
    return re.sub(r"(?<![\w])\((\w+(?:\.\d+)?)\)", r"\1", text)
