"""Random formulas of slices: the sparse derivatives are those of torch's dense passes."""

from __future__ import annotations

import numpy as np
import pytest
from sparse.beside import derivative, differences, point_of
from sparse.sliced import VARIABLES, formula

from gradcli.engine.sparse.answer import TEMPLATES

SEEDS = range(80)


@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_derivatives_of_random_formulas(seed: int) -> None:
    text = formula(seed)
    print(f"seed {seed}: {text}")
    draw = np.random.default_rng(seed)
    words = set("".join(c if c.isalnum() else " " for c in text).split())
    point = point_of(text, {name: draw.normal(size=shape) for name, shape in VARIABLES.items() if name in words})
    assert differences(point, 1, derivative(point, 1, TEMPLATES)) == []
    assert differences(point, 2, derivative(point, 2, TEMPLATES)) == []
