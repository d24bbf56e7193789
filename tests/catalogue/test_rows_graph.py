"""The wordings of torch 0.2 to 2.13 for graphs, leaves, changes in place, custom Functions, hooks, and their parts."""

from __future__ import annotations

import pytest

from gradcli.catalogue.pasted import read_pasted
from gradcli.catalogue.recognise import Recognised, recognise

SAVED = "RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation"
VIEWS = "This view is the output of a function that returns multiple views. Such functions do not allow the output"
HOOKED = "RuntimeError: Output 0 of BackwardHookFunction is a view and is being modified inplace. This view was created"

WORDINGS = [
    (
        "Trying to backward through the graph second time, but the buffers have already been freed. Please specify "
        "retain_variables=True when calling backward for the first time.",
        "graph_freed",
    ),
    (
        "Trying to backward through the graph a second time, but the buffers have already been freed. Specify "
        "retain_graph=True when calling backward the first time.",
        "graph_freed",
    ),
    (
        "Trying to backward through the graph a second time (or directly access saved variables after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward()",
        "graph_freed",
    ),
    ("a leaf Variable that requires grad has been used in an in-place operation.", "inplace_leaf"),
    ("a leaf Variable that requires grad is being used in an in-place operation.", "inplace_leaf"),
    ("a view of a leaf Variable that requires grad is being used in an in-place operation.", "inplace_leaf_view"),
    ("leaf variable has been moved into the graph interior", "inplace_leaf_view"),
    (SAVED, "inplace_saved"),
    (f"{SAVED}: [torch.cuda.FloatTensor [3, 16, 5, 5]] is at version 3; expected version 2 instead.", "inplace_saved"),
    (f"Output 0 of UnbindBackward is a view and is being modified inplace. {VIEWS}", "inplace_multi_view"),
    (
        f"Output 54 of BroadcastBackward is a view and its base or another view of its base has been modified inplace. {VIEWS}",
        "inplace_multi_view",
    ),
    (
        "Output 0 of ViewBackward is a view and is being modified inplace. This view is an output of a function that "
        "returns multiple views. Inplace operators on such views is forbidden.",
        "inplace_multi_view",
    ),
    (
        "Output 0 of MyFnBackward is a view and is being modified inplace. This view was created inside a custom Function",
        "inplace_function_view",
    ),
    (HOOKED, "inplace_hooked_module"),
    (HOOKED.replace("Function is", "FunctionBackward is"), "inplace_hooked_module"),
    (
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled.",
        "inplace_no_grad_view",
    ),
    (
        "A view was created in inference mode and its base or another view of its base has been modified inplace with "
        "grad mode enabled.",
        "inference_view",
    ),
    (
        "the derivative for '_cudnn_rnn_backward' is not implemented. Double backwards is not supported for CuDNN RNNs",
        "double_backward_missing",
    ),
    ("derivative for aten::_scaled_dot_product_flash_attention_backward is not implemented", "double_backward_missing"),
    ("the derivative for '_cdist_backward' is not implemented", "double_backward_missing"),
    ("the derivative for 'target' is not implemented", "target_requires_grad"),
    ("the derivative for 'igamma: input' is not implemented.", "derivative_unimplemented"),
    ("derivative for bincount is not implemented", "derivative_unimplemented"),
    ("cudnn RNN backward can only be called in training mode", "recurrent_eval_backward"),
    ("backward_input can only be called in training mode", "recurrent_eval_backward"),
    ("can't optimize a non-leaf Variable", "optimize_non_leaf"),
    ("optimizer can only optimize Variables, but one of the params is torch.FloatTensor", "optimizer_not_tensors"),
    (
        "Only Variables created explicitly by the user (graph leaves) support the deepcopy protocol at the moment",
        "deepcopy_non_leaf",
    ),
    ("you can only change requires_grad flags of leaf variables.", "requires_grad_of_non_leaf"),
    ("assigned grad has data of a different size", "grad_assigned"),
    ("assigned grad has data of a different type", "grad_assigned"),
    ("assigned grad has data located on a different device", "grad_assigned"),
    ("MulBackward returned an invalid number of gradient tensors (expected 2, but got 1)", "function_gradient_count"),
    ("function MulBackward returned an incorrect number of gradients (expected 2, got 1)", "function_gradient_count"),
    (
        "Function FBackward returned an invalid gradient at index 0 - expected shape [16, 3] but got [48, 1, 32, 32]",
        "function_gradient_shape",
    ),
    (
        "Function FBackward returned an invalid gradient at index 1 - got [2, 3] but expected shape compatible with [3, 2]",
        "function_gradient_shape",
    ),
    (
        "Function SubBackward0 returned an invalid gradient at index 0 - expected type torch.FloatTensor but got "
        "torch.DoubleTensor",
        "function_gradient_dtype",
    ),
    (
        "Function MmBackward0 returned an invalid gradient at index 1 - expected device meta but got cpu",
        "function_gradient_device",
    ),
    (
        "save_for_backward can only save input or output tensors, but argument 0 doesn't satisfy this condition",
        "function_save_type",
    ),
    ("'ScaleBackward' object has no attribute 'factor'", "function_saved_late"),
    ("'NoneType' object has no attribute 'save_for_backward'", "function_apply_missing"),
    ("apply() takes no keyword arguments", "function_apply_keywords"),
    (
        "DoubleBackward.forward: expected Variable (got NoneType) for return value 0",
        "function_forward_result",
    ),
    (
        "Double.forward: expected Tensor or tuple of Tensors (got float) for return value 0",
        "function_forward_result",
    ),
    ("set_sizes_contiguous is not allowed on a Tensor created from .data or .detach().", "metadata_of_detached"),
    ("cannot register a hook on a volatile variable", "hook_of_constant"),
    ("cannot register a hook on a variable that doesn't require gradient", "hook_of_constant"),
    ("expected Variable, but hook returned 'float'", "hook_return_type"),
    (
        "Checkpointing is not compatible with .grad() or when an `inputs` parameter is passed to .backward().",
        "checkpoint_reentrant",
    ),
    ("Jacobian mismatch for output 0 with respect to input 1,\nnumerical:tensor([[0.]])", "gradcheck_mismatch"),
    (
        "Trying to use forward AD with _cdist_forward that does not support it because it has not been implemented yet.",
        "forward_ad_unsupported",
    ),
]


def asked(text: str) -> Recognised:
    return recognise(read_pasted(text))


@pytest.mark.parametrize(("wording", "name"), WORDINGS, ids=[wording[:60] for wording, _ in WORDINGS])
def test_a_wording_of_any_version_is_its_message(wording: str, name: str) -> None:
    found = asked(wording).message
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("wording", "parts"),
    [
        (
            f"{SAVED}: [torch.FloatTensor [512, 1]], which is output 0 of AsStridedBackward0, is at version 2; expected "
            "version 1 instead.",
            {"shape": "512, 1", "op": "AsStridedBackward0", "version": "2", "expected_version": "1"},
        ),
        (
            f"{SAVED}: [torch.LongTensor [7]] is at version 5; expected version 4 instead.",
            {"shape": "7", "dtype": "torch.LongTensor", "version": "5", "expected_version": "4"},
        ),
        (
            "Function FBackward returned an invalid gradient at index 0 - expected shape [16, 3] but got [48, 1]",
            {"op": "FBackward", "index": "0", "expected": "[16, 3]", "got": "[48, 1]"},
        ),
        (
            "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'.",
            {"what": "size", "got": "[3]", "expected": "[2]"},
        ),
        (
            "attempting to assign a gradient with device type 'cuda' to a tensor with device type 'cpu'.",
            {"what": "device", "got": "cuda", "expected": "cpu"},
        ),
        ("the derivative for 'igamma: input' is not implemented.", {"op": "igamma", "argument": "input"}),
    ],
)
def test_a_message_gives_its_parts(wording: str, parts: dict[str, str]) -> None:
    found = asked(f"RuntimeError: {wording.removeprefix('RuntimeError: ')}").parts
    assert {name: found.get(name) for name in parts} == parts


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("output, hidden = lstm(chunk, hidden)", "hidden_state_kept"),
        ("loss_d.backward()", "shared_graph"),
        ("total_loss.backward()", "losses_accumulated"),
        ("print(y.grad_fn._saved_result)", "saved_tensors_freed"),
    ],
)
def test_the_failing_line_speaks_for_a_cause_of_a_freed_graph(line: str, cause: str) -> None:
    said = "RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors)."
    text = f'Traceback (most recent call last):\n  File "train.py", line 9, in <module>\n    {line}\n{said}'
    assert asked(text).causes[0].name == cause


@pytest.mark.parametrize(
    ("tensor", "cause"),
    [
        ("[torch.FloatTensor [2]], which is output 0 of Sigmoid, is at version 1; expected version 0", "inplace_saved"),
        (
            "[torch.FloatTensor [512, 1]], which is output 0 of TBackward, is at version 2; expected version 1",
            "optimizer_step",
        ),
        ("[torch.FloatTensor [3, 16, 5, 5]] is at version 3; expected version 2", "optimizer_step"),
        (
            "[torch.FloatTensor []], which is output 0 of SelectBackward0, is at version 2; expected version 1",
            "inplace_slot",
        ),
        ("[torch.LongTensor [64]] is at version 4; expected version 3", "inplace_buffer"),
    ],
)
def test_the_overwritten_tensor_speaks_for_a_cause(tensor: str, cause: str) -> None:
    assert asked(f"{SAVED}: {tensor} instead.").causes[0].name == cause
