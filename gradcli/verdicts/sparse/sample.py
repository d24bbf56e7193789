"""Which entries of a sparse derivative are looked at one by one: drawn, and those at the ends of their range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.reference.parts import Parts
from gradcli.verdicts.sparse.matrix import Block, Derivative, Place

RANDOM = 8  # of all blocks together, and of all templates; at least one of each
LOST = 4  # of each block, of those that are not finite


def sampled(derivative: Derivative, parts: Parts | None, seed: int) -> list[Place]:
    """Of each block the largest entry, the smallest that is not 0, some that are not finite, some at random; of each
    template pairs that a row at random holds."""
    draw = np.random.default_rng([seed, 1])
    each = max(1, RANDOM // max(1, len(derivative.parts)))
    found: list[Place] = []
    for block in derivative.parts:
        found += derivative.places(block, _of_block(block, each, draw))
    if parts is not None:
        found += _of_templates(derivative, parts, draw)
    return list(dict.fromkeys(found))


@np.errstate(all="ignore")
def _of_block(block: Block, each: int, draw: np.random.Generator) -> Positions:
    """The numbers of the entries."""
    data = block.matrix.data
    if not len(data):
        return np.zeros(0, dtype=np.int64)
    sizes = np.abs(data)
    finite = np.isfinite(sizes)
    lost = np.flatnonzero(~finite) if not finite.all() else np.zeros(0, dtype=np.int64)
    few = draw.choice(lost, LOST, replace=False) if len(lost) > LOST else lost
    sizes[lost] = 0
    largest = int(np.argmax(sizes))
    sizes[sizes == 0] = np.inf
    return np.unique([*few, *lost[:1], largest, int(np.argmin(sizes)), *draw.integers(0, len(data), each)])


def _of_templates(derivative: Derivative, parts: Parts, draw: np.random.Generator) -> Iterator[Place]:
    for t, template in enumerate(parts.templates):
        each = max(1, RANDOM // len(parts.templates))
        for r in draw.integers(0, template.rows, each).tolist() if template.rows else []:
            held = parts.held([(t, r)])
            if held:
                i, j = (held[k] for k in draw.integers(0, len(held), 2).tolist())
                yield (parts.owner((t, r)), j) if derivative.order == 1 else (i, j)
