"""``gradcli explain``: why a derivative is what it is."""

from __future__ import annotations

from typing import Annotated, Any

from gradcli.base.errors import UsageError
from gradcli.cli.answer import answer
from gradcli.cli.options import Bindings, Expression, Shapes, Wrt, common_options, flag
from gradcli.commands.explain.sections import EVERY, NAMES, USUAL

Show = Annotated[
    list[str] | None,
    flag(
        "--show SECTIONS",
        f"Sections, joined by commas, of {', '.join(NAMES)}, or {EVERY}. [default: {', '.join(USUAL)}]",
    ),
]


@common_options
def explain(
    expression: Expression,
    bindings: Bindings = None,
    wrt: Wrt = None,
    show: Show = None,
    shape: Shapes = None,
    **common: Any,  # Any: common_options
) -> None:
    """Why the derivative is what it is: shapes, ways on from a non-scalar, tape, memory, verdict, PyTorch code."""
    if common["digits"] is not None:
        raise UsageError("explain takes no --digits", hint="gradcli grad ... --digits N")
    answer("explain", expression, bindings, common, {"wrt": wrt, "show": show or None, "shape": shape})
