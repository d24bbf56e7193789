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
    ("element 0 of variables does not require grad and does not have a grad_fn", "no_graph", {"index": "0"}),
    ("element 1 of tensors does not require grad and does not have a grad_fn", "no_graph", {"index": "1"}),
    ("there are no graph nodes that require computing gradients", "no_graph", {}),
    ("element 0 of variables tuple is volatile", "volatile", {"index": "0"}),
    (
        "Output 2 of the user-provided function does not require gradients. The outputs must be computed in a "
        "differentiable manner from the input when running in strict mode.",
        "functional_strict",
        {"index": "2"},
    ),
    ("differentiated input is unreachable", "unused_input", {}),
    (
        "One of the differentiated Variables appears to not have been used in the graph",
        "unused_input",
        {},
    ),
    (
        "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this "
        "is the desired behavior.",
        "unused_input",
        {},
    ),
    (
        "The differentiated Tensor at index 3 appears to not have been used in the graph. Set allow_unused=True if "
        "this is the desired behavior.",
        "unused_input_at",
        {"index": "3"},
    ),
    ("One of the differentiated Tensors does not require grad", "input_untracked", {}),
    ("grad requires non-empty inputs.", "inputs_empty", {}),
    ("'inputs' argument to backward cannot be empty.", "inputs_empty", {}),
    ("`inputs` argument to `backward()` cannot be empty.", "inputs_empty", {}),
    ("element 0 of tensors tuple is not a Tensor", "not_iterable", {"index": "0"}),
    ("element 0 of gradients tuple is not a Tensor", "grad_outputs_kind", {"index": "0"}),
    ("'numpy.float64' object has no attribute 'backward'", "number_for_tensor", {"kind": "numpy.float64"}),
    ("'MSELoss' object has no attribute 'backward'", "loss_module_for_tensor", {"name": "MSELoss"}),
    ("'Seq2SeqLMOutput' object has no attribute 'backward'", "container_for_tensor", {"kind": "Seq2SeqLMOutput"}),
    ("Only Tensors of floating point dtype can require gradients", "integer_requires_grad", {}),
    ("only Tensors of floating point and complex dtype can require gradients", "integer_requires_grad", {}),
    (
        "Can't call numpy() on Variable that requires grad. Use var.detach().numpy() instead.",
        "numpy_on_grad",
        {},
    ),
    ("only 1-element tensors can be converted to Python scalars", "item_of_many", {"count": "several"}),
    ("a Tensor with 12 elements cannot be converted to Scalar", "item_of_many", {"count": "12"}),
    (
        "invalid index of a 0-dim tensor. Use tensor.item() to convert a 0-dim tensor to a Python number",
        "index_of_scalar",
        {},
    ),
    ("bool value of Tensor with more than one value is ambiguous", "truth_value", {}),
    ("bool value of Variable objects containing non-empty torch.FloatTensor is ambiguous", "truth_value", {}),
    ("bool value of non-empty torch.ByteTensor objects is ambiguous", "truth_value", {}),
    ("Boolean value of Tensor with no values is ambiguous", "truth_value_of_nothing", {}),
    ("unsupported operand type(s) for *: 'float' and 'NoneType'", "grad_none", {"op": "*"}),
    ("'NoneType' object has no attribute 'data'", "grad_none", {"attribute": "data"}),
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


def test_gradient_of_a_computed_tensor_is_told_from_its_warning() -> None:
    """Two messages fit the text: the warning and the error, which says only what None lacks."""
    text = (
        "train.py:7: UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
        ".grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be "
        "populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor.\n"
        "  print(hidden.grad.norm())\n"
        "AttributeError: 'NoneType' object has no attribute 'norm'\n"
    )
    found = recognise(read_pasted(text))
    assert found.message is not None
    assert found.message.name == "grad_none"
    assert found.causes[0].name == "grad_of_non_leaf"
