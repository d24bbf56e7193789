"""A linear row's product with its last operand is what the row means, in torch."""

from __future__ import annotations

import pytest
import torch
from rows.calls import by_name
from rules.cases import Case, chosen, values_of

from gradcli.autograd.tensors import evaluate, session
from gradcli.language import nodes
from gradcli.meaning import rules
from gradcli.meaning.program import compile_tree
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows

PRODUCTS = [op for op in rows() if op.product]


@pytest.mark.generated(share=1 / 4)
@by_name(PRODUCTS)
def test_the_product_is_the_operation(op: Op) -> None:
    seen = 0
    for case in chosen(op, 60):
        shapes = [shape for shape in case.shapes if shape is not None]
        if any(0 in shape for shape in (*shapes, case.out)) or (
            op.infix == "" and len(shapes) > 1 and len(shapes[0]) > 2
        ):
            continue
        tree = rules.product_tree(op, case.constants, case.shapes, case.out)
        if tree is not None:
            _same(case, tree)
            seen += 1
    assert seen > 1


def _same(case: Case, tree: nodes.Tree) -> None:
    names = [name for name, _ in rules.operands_of(case.op, len(case.shapes))]
    values = {name: x for name, x in zip(names, values_of(case), strict=True) if x is not None}
    symbols = [nodes.symbol(name) for name in values]
    with session("float64", "cpu"):
        want = evaluate(compile_tree(nodes.make(case.op, symbols, case.constants)), values)
        found = evaluate(compile_tree(tree), values)
    assert found.shape == want.shape, case
    assert torch.allclose(found, want, rtol=1e-9, atol=1e-9), case


def test_what_is_no_product_says_so() -> None:
    assert rules.product_tree(OPS["pad"], ((1, 2), "constant", 3), [(3,)], (6,)) is None
    assert rules.product_tree(OPS["roll"], (1, None), [(2, 3)], (2, 3)) is None
    assert rules.product_tree(OPS["sin"], (), [(3,)], (3,)) is None
