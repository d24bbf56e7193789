"""Wordings of other versions of torch, which the programs of the rows cannot provoke, and signs that tell causes apart.

Torch's own texts were copied from its releases and from public reports. Each stands with the message that has to
take it, and with the parts that the message has to find in it.
"""

from __future__ import annotations

import pytest

from gradcli.catalogue.pasted import read_pasted
from gradcli.catalogue.recognise import recognise
from gradcli.catalogue.row import filled

WORDINGS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "backward should be called only on a scalar (i.e. 1-element tensor) or with gradient w.r.t. the variable",
        "non_scalar",
        {},
    ),
    ("grad can be computed only for real scalar outputs but got ComplexFloat", "complex_scalar", {}),
    (
        "grad can be implicitly created only for real scalar outputs but got torch.complex128",
        "complex_scalar",
        {"dtype": "torch.complex128"},
    ),
    (
        "Mismatch in shape: grad_output[1] has a shape of torch.Size([64, 1]) and output[1] has a shape of "
        "torch.Size([64]).",
        "grad_outputs_shape",
        {"index": "1", "got": "torch.Size([64, 1])", "expected": "torch.Size([64])"},
    ),
    (
        "invalid gradient at index 0 - expected shape [3, 1] but got [3]",
        "grad_outputs_shape",
        {"got": "[3]", "expected": "[3, 1]"},
    ),
    (
        "invalid gradient at index 0 - expected type torch.FloatTensor but got torch.DoubleTensor",
        "grad_outputs_dtype",
        {"got": "torch.DoubleTensor", "expected": "torch.FloatTensor"},
    ),
    ("gradients can be either Tensors, Variables or None, but got float", "grad_outputs_kind", {"kind": "float"}),
    (
        "grad_and_value(f)(*args): Expected f(*args)to return a scalar tensor, got tensor with 2 dims. Maybe you "
        "wanted touse the vjp or jacrev APIs instead?",
        "func_non_scalar",
        {"ndim": "2"},
    ),
)


@pytest.mark.parametrize(("words", "name", "parts"), WORDINGS, ids=[words[:50] for words, _, _ in WORDINGS])
def test_wording_is_recognised_with_its_parts(words: str, name: str, parts: dict[str, str]) -> None:
    found = recognise(read_pasted(words))
    assert found.message is not None
    assert found.message.name == name
    assert {part: found.parts.get(part) for part in parts} == parts
    assert "{" not in filled(found.message.meaning, found.parts)


@pytest.mark.parametrize(
    "words",
    [
        "Function MulBackward0 returned an invalid gradient at index 0 - got [2] but expected shape compatible with [3]",
        "Function MyFunctionBackward returned an invalid gradient at index 1 - expected type torch.FloatTensor but got "
        "torch.LongTensor",
    ],
)
def test_gradients_of_a_custom_function_are_not_taken_for_grad_outputs(words: str) -> None:
    found = recognise(read_pasted(words))
    assert found.message is None or not found.message.name.startswith("grad_outputs")
