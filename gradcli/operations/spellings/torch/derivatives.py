"""torch.autograd's derivatives of a value in a variable, as networks for differential equations take them."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling

_ONCE = "none: without create_graph=True its result has no derivative; write create_graph=True"


def _slopes(inputs: str, grad_outputs: Any, create_graph: Any) -> str:
    """In one variable, as the one entry of a tuple."""
    weighted = "" if grad_outputs is None else ", grad_outputs"
    return f"{'vjp' if weighted else 'grad'}(outputs, {inputs}{weighted}), " if create_graph else _ONCE


def _one(grad_outputs: Any, create_graph: Any) -> str:
    found = _slopes("inputs", grad_outputs, create_graph)
    return found if found == _ONCE else f"({found})"


def _several(inputs: Any, grad_outputs: Any, create_graph: Any) -> str:
    found = [_slopes(f"inputs[{k}]", grad_outputs, create_graph) for k in range(inputs)]
    return _ONCE if _ONCE in found else f"({''.join(found)})"


_REST = (
    "grad_outputs=None, retain_graph=None, create_graph:flag=False, only_inputs:flag=True, allow_unused=None, "
    "is_grads_batched:off=False, materialize_grads:flag=False"
)

SPELLINGS = (
    Spelling(f"torch.autograd.grad(outputs, inputs:parts, {_REST})", _several),
    Spelling(f"torch.autograd.grad(outputs, inputs, {_REST})", _one),
)
