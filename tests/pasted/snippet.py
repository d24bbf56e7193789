"""A formula as it stands in somebody's code, several lines, as data.

values: what the names in it are, drawn where a shape is given; wrt: what is differentiated. ``return`` is as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

DRAWN = np.random.default_rng(11)


def real(*shape: int) -> Any:  # Any: an array or a number
    return DRAWN.normal(size=shape)


def positive(*shape: int) -> Any:  # Any: as above
    return DRAWN.uniform(0.3, 2.0, size=shape)


def share(*shape: int) -> Any:  # Any: as above
    return DRAWN.uniform(0.1, 0.9, size=shape)


@dataclass(frozen=True, slots=True)
class Snippet:
    name: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)  # Any: arrays and numbers
    wrt: tuple[str, ...] = ()
