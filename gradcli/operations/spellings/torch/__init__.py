"""torch's calls where they are not a row's own: several results, other arguments, modes. Methods are torch's too."""

from __future__ import annotations

from gradcli.operations.spellings.torch import arithmetic, layers, losses, matrices, order, places, reductions, shapes

SPELLINGS = (
    *arithmetic.SPELLINGS,
    *reductions.SPELLINGS,
    *order.SPELLINGS,
    *places.SPELLINGS,
    *matrices.SPELLINGS,
    *shapes.SPELLINGS,
    *layers.SPELLINGS,
    *losses.SPELLINGS,
)
