"""torch's losses with margins between classes, labels and pairs."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.torch.losses import END, reduced, reduction_of


def _of_classes(input: Any, p: Any, weight: Any, size_average: Any, reduce: Any, reduction: Any) -> str:
    """Over all classes; the part of its own, which is the margin's alone, is taken away."""
    if not input:  # of one class there are no others
        return "0*input"
    if p not in (1, 2) or len(input) > 2:
        return f"{NONE}p is 1 or 2, and the scores are (classes,) or (n, classes)"
    parts = "relu(margin + nll_loss(input, target, 'none')[..., None] + input)"
    power = f"**{p}" if p != 1 else ""
    losses = f"(sum({parts}{power}, -1) - relu(margin){power})/{input[-1]}"
    if weight is not None:
        losses = f"nll_loss(-by_channel(weight, input)*ones_like(input), target, 'none')*{losses}"
    return reduced(losses, reduction_of(size_average, reduce, reduction))


def _of_labels(input: Any, target: Any, size_average: Any, reduce: Any, reduction: Any) -> str:
    """The target has the labels of a row in front, and -1 behind them."""
    if target is OPERAND:
        return f"{NONE}the target has whole numbers, the labels of each row and -1 behind them"
    if not input:
        return "0*input"
    if len(input) > 2 or input == (0,):
        return f"{NONE}the scores are (classes,) or (n, classes)"
    rows = (target,) if len(input) == 1 else target
    names = ["input"] if len(input) == 1 else [f"input[{k}]" for k in range(len(rows))]
    found = [_of_row(name, row, input[-1]) for name, row in zip(names, rows, strict=True)]
    return reduced(
        found[0] if len(input) == 1 else f"[{', '.join(found)}]", reduction_of(size_average, reduce, reduction)
    )


def _of_row(scores: str, row: Any, classes: int) -> str:
    labels = tuple(takewhile(lambda label: label >= 0, row))
    others = tuple(label for label in range(classes) if label not in labels)
    if not labels or not others:
        return f"0*sum({scores})"
    return f"sum(relu(1 - take({scores}, {labels})[:, None] + take({scores}, {others})))/{classes}"


def _of_cosines(size_average: Any, reduce: Any, reduction: Any) -> str:
    """torch adds a small number to each sum of squares."""
    squares = "*".join(f"(sum({x}*{x}, -1) + 1/10**12)" for x in ("input1", "input2"))
    losses = "where(target == 1, 1 - c, where(target == -1, relu(c - margin), 0))"
    return f"c = sum(input1*input2, -1)/sqrt({squares}); " + reduced(
        losses, reduction_of(size_average, reduce, reduction)
    )


def _of_distances(swap: Any, reduction: Any) -> str:
    far = "pairwise_distance(anchor, negative)"
    if swap:
        far = f"minimum({far}, pairwise_distance(positive, negative))"
    return reduced(f"relu(pairwise_distance(anchor, positive) - {far} + margin)", reduction)


SPELLINGS = (
    Spelling("F.multi_margin_loss(input:shaped, target, p:number=1, margin:number=1, weight=None, "
             f"{END})", _of_classes),
    Spelling(f"F.multilabel_margin_loss(input:shaped, target:numbers, {END})", _of_labels),
    Spelling(f"F.cosine_embedding_loss(input1, input2, target, margin=0, {END})", _of_cosines),
    Spelling("F.triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function:nothing=None, "
             "margin=1, swap:flag=False, reduction:text='mean')", _of_distances),
)  # fmt: skip
