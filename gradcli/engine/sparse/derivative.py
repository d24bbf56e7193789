"""A sparse derivative by the way that there is: by templates where the program is a sum of small formulas, else by
colours of the pattern of zeros."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.autograd.point import Torch
from gradcli.autograd.tensors import in_threads
from gradcli.base.errors import LimitError
from gradcli.engine.sparse.answer import COLOURS, TEMPLATES, SparseDerivative
from gradcli.engine.sparse.by_colours import sparse_hessian_by_colours, sparse_jacobian_by_colours
from gradcli.engine.sparse.by_templates import hessian_by_templates, jacobian_by_templates
from gradcli.meaning.templates.template import Untemplated

Way = Callable[[Torch], SparseDerivative]


def sparse_jacobian(point: Torch, *, method: str | None = None) -> SparseDerivative:
    """The Jacobian in sparse blocks, a row for each entry of the output.

    method: TEMPLATES or COLOURS; None takes what there is
    Errors: LimitError, with the reason, where neither way is to be had; as ``Torch.guarded``.
    """
    return _derivative(point, method, {TEMPLATES: jacobian_by_templates, COLOURS: sparse_jacobian_by_colours})


def sparse_hessian(point: Torch, *, method: str | None = None) -> SparseDerivative:
    """The Hessian of a scalar in sparse blocks; method and errors as above."""
    return _derivative(point, method, {TEMPLATES: hessian_by_templates, COLOURS: sparse_hessian_by_colours})


@in_threads(1)
def _derivative(point: Torch, method: str | None, ways: dict[str, Way]) -> SparseDerivative:
    try:
        if method == COLOURS:
            raise Untemplated("templates are not asked for")
        return ways[TEMPLATES](point)
    except Untemplated as untemplated:
        if method != TEMPLATES:
            return ways[COLOURS](point)
        raise LimitError(f"no sparse derivative is known here: {untemplated.reason}", kind="limit") from None
