"""Which colouring of a symmetric pattern takes the fewest products: star or acyclic, by the best of several orders."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions
from gradcli.meaning.colouring.acyclic import acyclic, substituted
from gradcli.meaning.colouring.orders import orders_for
from gradcli.meaning.colouring.star import low_hubs, recovered, star
from gradcli.meaning.sparsity.lists import Lists


@dataclass(frozen=True, slots=True)
class Symmetric:
    """Colours of the rows, which are those of the columns, and whether entries come by substitution.

    colours: (n,)
    """

    colours: Positions
    direct: bool

    @property
    def count(self) -> int:
        """How many products."""
        return int(self.colours.max(initial=-1)) + 1

    def entries(self, rows: Positions, columns: Positions, products: FloatArray) -> FloatArray:
        """(entries,) at these places, row by row, both of a pair among them, from products (colours, n)."""
        return (recovered if self.direct else substituted)(rows, columns, self.colours, products)


def symmetric(rows: Positions, columns: Positions, n: int, most: int) -> Symmetric | None:
    """A colouring of the pattern with these places of n rows; None where each takes more than ``most`` products.

    A star colouring, from which every entry is read as it is. Only where it takes more than ``most`` an acyclic one:
    that takes fewer, but its substitutions cost more than the products that it saves, and add up rounding errors.
    Of either kind two colours induce a forest, so that k colours have at most ``(k - 1) * n`` pairs.
    """
    apart = rows != columns
    if np.count_nonzero(apart) > 2 * (most - 1) * n:
        return None
    graph = Lists.of_pairs(rows[apart], columns[apart], (n, n))
    for ways in ((low_hubs, star), (acyclic,)):
        best = None
        for order, way in product(orders_for(graph), ways):
            if best is None or best.max(initial=0) > 1:
                found = way(graph, order(graph), most if best is None else int(best.max()))
                best = best if found is None else found
        if best is not None:
            return Symmetric(best, star in ways)
    return None
