"""The functions that torch lacks, lacks the slope of, or takes many steps for, for PyTorch programs.

``from gradcli.autograd.functions import besselj``: they take their arguments in the order of ``gradcli ops``, on any
device, and autograd differentiates them to any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.autograd.tensors import TorchArithmetic
from gradcli.language.nodes import symbol
from gradcli.meaning.program import Step
from gradcli.operations.table import OPS


def __getattr__(name: str) -> Callable[..., Any]:  # Any: a tensor
    op = OPS.get(name)
    if op is None or op.differentiates:
        raise AttributeError(name)

    def function(*arguments: Any) -> Any:  # Any: tensors and constants, as the row's signature says; a tensor
        pairs = list(zip(op.params, arguments, strict=True))
        constants = tuple(value for param, value in pairs if not param.is_tensor)
        return TorchArithmetic().apply(
            Step(symbol(name), op, (), constants), [x for param, x in pairs if param.is_tensor]
        )

    return function
