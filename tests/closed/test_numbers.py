"""Sums in index form have torch's numbers: what is read, its derivatives, and what simplification makes of them."""

from __future__ import annotations

import random
from contextlib import suppress

import numpy as np
import pytest
import torch
from closed.formulas import SHAPES, formula
from closed.numbers import Numbers, TooLargeError, World
from slices import Draw

from gradcli.autograd.tensors import evaluate, session
from gradcli.base.errors import LimitError
from gradcli.closed import branches, clearing, indexed, normal, premises, proof
from gradcli.closed.reading import read
from gradcli.closed.sizes import letter
from gradcli.closed.terms import Sum, table
from gradcli.language.parse import parse
from gradcli.meaning.program import Program, compile_tree
from gradcli.operations.shape_rules import ShapeMismatch

SIZES = {"n": 3, "m": 2}


def point(source: random.Random) -> dict[str, torch.Tensor]:
    """Values between 0.5 and 1.5, of inverses that are well conditioned; S is symmetric."""
    generator = torch.Generator().manual_seed(source.randrange(2**31))
    values = {
        name: 0.5 + torch.rand([SIZES[s] for s in shape], generator=generator, dtype=torch.float64)
        for name, shape in SHAPES.items()
    }
    values["A"] = values["A"] + 3 * torch.eye(SIZES["n"], dtype=torch.float64)
    values["S"] = values["S"] + values["S"].T + 5 * torch.eye(SIZES["n"], dtype=torch.float64)
    return values


def by_torch(program: Program, values: dict[str, torch.Tensor], names: tuple[str, ...]) -> Numbers:
    """The value, or its derivative, or its second one, by torch."""

    def function(*moving: torch.Tensor) -> torch.Tensor:
        moved = dict(zip(names[:1], moving, strict=False))
        return evaluate(program, {**values, **letters, **moved})

    letters = {name: torch.tensor(float(size), dtype=torch.float64) for name, size in SIZES.items()}
    if not names:
        return np.asarray(function())
    derive = torch.autograd.functional.hessian if len(names) > 1 else torch.autograd.functional.jacobian
    return np.asarray(derive(function, values[names[0]]))


@pytest.mark.parametrize("order", [0, 1, 2])
def test_sums_have_the_numbers_of_torch(order: int, draw: Draw) -> None:
    read_at_all = 0
    for _, source in draw.generators(30):
        text = formula(source, () if order == 2 else source.choice([(), ("n",), ("n", "m")]), 4 - order)
        program = compile_tree(parse(text, sizes={"n": 10**9, "m": 10**9 + 1}).tree)
        names = (source.choice([name for name in program.names if name in SHAPES] or ["x"]),) * order
        values = point(source)
        with session("float64", "cpu"), table():
            try:
                made, forms = forms_of(program, names)
            except (LimitError, ShapeMismatch):
                continue
            try:
                want = by_torch(compile_tree(parse(text, sizes=SIZES).tree), values, names)
            except (RuntimeError, IndexError):  # torch has no kron of what is transposed, no softmax of a number
                continue
            world = World(SIZES, {name: value.numpy() for name, value in values.items()})
            for form in forms:
                with suppress(TooLargeError):
                    found = world.of_sum(form, made.free)
                    known = np.isfinite(found)  # no side of 0
                    want = want.reshape(found.shape)
                    assert np.allclose(found[known], want[known], rtol=1e-7, atol=1e-7), (text, names)
        read_at_all += 1
    assert read_at_all > 20


def forms_of(program: Program, names: tuple[str, ...]) -> tuple[indexed.Indexed, list[Sum]]:
    """The derivative in index form as it comes, and after each step of a proof."""
    arrays = {name: indexed.tensor(name, [letter(s) for s in shape]) for name, shape in SHAPES.items()}
    made = read(program, arrays | {name: indexed.lift(letter(name)) for name in SIZES})
    for name in names:
        made = proof.differentiated(made, name, [letter(s) for s in SHAPES[name]])
    known = premises.Premises(symmetric=frozenset({"S"}))
    simple = normal.simplified(made.terms, made.free)
    applied = normal.simplified(premises.applied(simple, known), made.free)
    sided = normal.simplified(branches.on_either_side(simple), made.free)
    return made, [made.terms, simple, applied, sided, clearing.cleared(applied, made.free)]
