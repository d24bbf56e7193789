"""How a derivative is arranged, as options say it: ``layout``, ``vec``, ``symmetric``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.closed.arrangement import LAYOUTS, Arrangement

JOINT = "joint"


def arrangement_of(
    layout: str | None,
    vec: bool,
    symmetric: str | None,
    matrices: Iterable[str],
    shapes: Mapping[str, Sequence[str | int]],
) -> Arrangement:
    """matrices: those that are said to be symmetric; shapes: of all that might be. Errors: UsageError."""
    if layout is not None and layout not in LAYOUTS:
        raise UsageError(f"{option('layout')} is {' or '.join(LAYOUTS)}, not '{printable(layout)[:40]}'")
    if symmetric is None:
        return Arrangement(layout or "", vec)
    if symmetric != JOINT:
        raise UsageError(f"{option('symmetric')} is {JOINT}, not '{printable(symmetric)[:40]}'")
    names = tuple(matrices)
    if not names:
        square = next((name for name, axes in shapes.items() if len(axes) == 2 and axes[0] == axes[1]), None)
        hint = option("assume", f"{square}=symmetric", f'{{"{square}": "symmetric"}}') if square else None
        raise UsageError(f"{option('symmetric', JOINT)} is for matrices that are said to be symmetric", hint=hint)
    return Arrangement(layout or "", vec, names)
