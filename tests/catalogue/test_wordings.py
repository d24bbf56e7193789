"""Wordings of many versions, and pastes in the middle of other talk: which cause stands first for the text alone."""

from __future__ import annotations

import pytest
from catalogue.pastes import prefixed

from gradcli.commands.explain.error import explain_error

WORDINGS: list[tuple[str, str]] = [
    ("complex_output", "RuntimeError: grad can be created only for real scalar outputs but got ComplexFloat"),
    (
        "complex_output",
        "RuntimeError: grad can be implicitly created only for real scalar outputs but got torch.complex128",
    ),
    ("non_scalar_output", "RuntimeError: gradient can be implicitly created only for scalar outputs"),
    ("requires_grad_missing", "RuntimeError: element 0 of variables does not require grad and does not have a grad_fn"),
    ("requires_grad_missing", "RuntimeError: element 1 of tensors does not require grad and does not have a grad_fn"),
    ("grad_disabled", "RuntimeError: element 0 of variables tuple is volatile"),
    ("requires_grad_missing", "RuntimeError: there are no graph nodes that require computing gradients"),
    ("input_requires_grad_missing", "RuntimeError: One of the differentiated Tensors does not require grad"),
    ("unused_input", "RuntimeError: One of the differentiated Variables appears to not have been used in the graph"),
    (
        "unused_input",
        "RuntimeError: One of the differentiated Variables appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.",
    ),
    ("unused_input", "RuntimeError: The differentiated Tensor at index 2 appears to not have been used in the graph."),
    (
        "hidden_state_kept",
        "RuntimeError: Trying to backward through the graph a second time, but the buffers have already been freed. Specify retain_graph=True when calling backward the first time.",
    ),
    (
        "hidden_state_kept",
        "RuntimeError: Trying to backward through the graph a second time, but the buffers have already been freed. Please specify retain_variables=True when calling backward for the first time.",
    ),
    ("inplace_leaf_view", "RuntimeError: leaf variable has been moved into the graph interior"),
    ("inplace_leaf", "RuntimeError: a leaf Variable that requires grad has been used in an in-place operation."),
    (
        "inplace_leaf_view",
        "RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "inplace_saved",
        "RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation",
    ),
    (
        "optimizer_step",
        "RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.cuda.FloatTensor [64, 1, 7, 7]] is at version 2; expected version 1 instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True).",
    ),
    (
        "optimizer_step",
        "RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [10, 5]], which is output 0 of TBackward, is at version 3; expected version 2 instead. Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in question was changed in there or anywhere later. Good luck!",
    ),
    (
        "inplace_multi_view",
        "RuntimeError: Output 0 of UnbindBackward is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    ),
    (
        "inplace_multi_view",
        "RuntimeError: Output 1 of SplitBackward0 is a view and is being modified inplace. This view is the output of a function that returns multiple views.",
    ),
    (
        "inplace_no_grad_view",
        "RuntimeError: A view was created in no_grad mode and its base or another view of its base has been modified inplace with grad mode enabled.",
    ),
    (
        "inplace_expanded",
        "RuntimeError: unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
    ),
    (
        "out_argument",
        "RuntimeError: out=... arguments don't support automatic differentiation, but one of the arguments requires grad.",
    ),
    (
        "out_argument",
        "RuntimeError: add(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.",
    ),
    (
        "grad_outputs_shape",
        "RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([3, 1]).",
    ),
    ("grad_outputs_shape", "RuntimeError: invalid gradient at index 0 - expected shape [] but got [1]"),
    (
        "device_mixed",
        "RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
    ),
    ("device_mixed", "RuntimeError: expected type torch.cuda.FloatTensor but got torch.FloatTensor"),
    (
        "device_mixed",
        "RuntimeError: Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same",
    ),
    (
        "dtype_mixed",
        "RuntimeError: Expected object of scalar type Float but got scalar type Double for argument #2 'mat2'",
    ),
    ("dtype_mixed", "RuntimeError: expected scalar type Float but found Double"),
    ("float_target_dtype", "RuntimeError: Found dtype Double but expected Float"),
    ("integer_requires_grad", "RuntimeError: Only Tensors of floating point dtype can require gradients"),
    ("integer_requires_grad", "RuntimeError: Only Tensors of floating point and complex dtype can require gradients"),
    ("integer_requires_grad", "RuntimeError: only Tensors of floating point dtype can require gradients"),
    ("nan_root_at_zero", "RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output."),
    ("nan_gradient", "RuntimeError: Function 'DivBackward0' returned nan values in its 1th output."),
    ("nan_gradient", "RuntimeError: Function 'LogBackward' returned nan values in its 0th output."),
    (
        "numpy_on_grad",
        "RuntimeError: Can't call numpy() on Variable that requires grad. Use var.detach().numpy() instead.",
    ),
    (
        "numpy_of_cuda",
        "TypeError: can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.",
    ),
    (
        "numpy_of_cuda",
        "TypeError: can't convert CUDA tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.",
    ),
    ("grad_of_non_leaf", "UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed."),
    ("leaf_replaced", "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'"),
    ("backward_not_run", "AttributeError: 'NoneType' object has no attribute 'data'"),
    ("backward_not_run", "AttributeError: 'NoneType' object has no attribute 'zero_'"),
    ("python_number", "AttributeError: 'float' object has no attribute 'backward'"),
    ("loss_never_added", "AttributeError: 'int' object has no attribute 'backward'"),
    ("numpy_loss", "AttributeError: 'numpy.float64' object has no attribute 'backward'"),
    ("losses_in_list", "AttributeError: 'list' object has no attribute 'backward'"),
    ("optimize_non_leaf", "ValueError: can't optimize a non-leaf Tensor"),
    ("optimizer_no_parameters", "ValueError: optimizer got an empty parameter list"),
    (
        "deepcopy_non_leaf",
        "RuntimeError: Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment",
    ),
    (
        "deepcopy_non_leaf",
        "RuntimeError: Only Variables created explicitly by the user (graph leaves) support the deepcopy protocol at the moment",
    ),
    ("requires_grad_of_non_leaf", "RuntimeError: you can only change requires_grad flags of leaf variables."),
    ("retain_grad_of_constant", "RuntimeError: can't retain_grad on Tensor that has requires_grad=False"),
    ("hook_of_constant", "RuntimeError: cannot register a hook on a tensor that doesn't require gradient"),
    (
        "inference_tensor_saved",
        "RuntimeError: Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use it in autograd.",
    ),
    ("inference_tensor_version", "RuntimeError: Cannot set version_counter for inference tensor"),
    (
        "inference_tensor_requires_grad",
        "RuntimeError: Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
    ),
    (
        "vmap_data_dependent",
        "RuntimeError: vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet, please shout over at https://github.com/pytorch/functorch/issues/257 .",
    ),
    (
        "vmap_sizes",
        "ValueError: vmap: Expected all tensors to have the same size in the mapped dimension, got sizes [3, 4] for the mapped dimension",
    ),
    (
        "functorch_mixing",
        "RuntimeError: You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) inside of a function being transformed by a functorch transform.",
    ),
    (
        "function_gradient_count",
        "RuntimeError: function MyFnBackward returned an incorrect number of gradients (expected 3, got 2)",
    ),
    (
        "function_gradient_shape",
        "RuntimeError: Function MyFnBackward returned an invalid gradient at index 0 - got [4] but expected shape compatible with [3]",
    ),
    ("backward_not_run", "TypeError: expected Variable as element 0 in argument 0, but got NoneType"),
    ("function_legacy", "RuntimeError: Legacy autograd function with non-static forward method is deprecated."),
    (
        "forward_ad_unsupported",
        "NotImplementedError: Trying to use forward AD with _cdist_forward that does not support it because it has not been implemented yet.",
    ),
    (
        "checkpoint_reentrant",
        "RuntimeError: Checkpointing is not compatible with .grad() or when an `inputs` parameter is passed to .backward(). Please use .backward() and do not pass its `inputs` argument.",
    ),
    (
        "checkpoint_recomputed",
        "torch.utils.checkpoint.CheckpointError: torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.",
    ),
    (
        "ddp_marked_twice",
        "RuntimeError: Expected to mark a variable ready only once. This error is caused by one of the following reasons: 1) Use of a module parameter outside the `forward` function.",
    ),
    (
        "cuda_fork",
        "RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must use the 'spawn' start method",
    ),
    ("truth_value", "RuntimeError: bool value of Tensor with more than one value is ambiguous"),
    ("truth_value", "RuntimeError: Boolean value of Tensor with more than one value is ambiguous"),
    ("item_of_many", "ValueError: only one element tensors can be converted to Python scalars"),
    ("item_of_many", "RuntimeError: a Tensor with 10 elements cannot be converted to Scalar"),
    (
        "gradcheck_precision",
        "torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,",
    ),
    (
        "gradcheck_nondeterministic",
        "torch.autograd.gradcheck.GradcheckError: Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values",
    ),
    (
        "singular_inverse",
        "torch._C._LinAlgError: linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input matrix is singular.",
    ),
    ("singular_inverse", "RuntimeError: inverse_cpu: U(2,2) is zero, singular U."),
    (
        "cholesky_not_positive",
        "torch._C._LinAlgError: linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 2 is not positive-definite).",
    ),
    (
        "vector_phase",
        "RuntimeError: svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}.",
    ),
    (
        "double_backward_missing",
        "RuntimeError: derivative for aten::_scaled_dot_product_flash_attention_backward is not implemented",
    ),
    ("derivative_unimplemented", "RuntimeError: the derivative for 'index_reduce' is not implemented."),
    ("double_backward_missing", "RuntimeError: derivative for grid_sampler_2d_backward is not implemented"),
    ("recurrent_eval_backward", "RuntimeError: cudnn RNN backward can only be called in training mode"),
    (
        "out_of_memory_graph",
        "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 11.17 GiB total capacity",
    ),
    ("out_of_memory_graph", "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB."),
    ("class_out_of_range", "RuntimeError: CUDA error: device-side assert triggered"),
    ("backward_not_run", "AttributeError: 'NoneType' object has no attribute 'dtype'"),
]


@pytest.mark.parametrize(("cause", "text"), WORDINGS, ids=[f"{cause}-{n}" for n, (cause, _) in enumerate(WORDINGS)])
def test_the_first_cause_of_a_wording(cause: str, text: str) -> None:
    found = explain_error(text)
    assert found.recognised
    assert found.causes[0].name == cause


@pytest.mark.parametrize(("cause", "text"), WORDINGS[::4], ids=[cause for cause, _ in WORDINGS[::4]])
def test_it_is_the_same_in_a_log_in_a_mail_and_broken_anywhere(cause: str, text: str) -> None:
    kind, _, words = text.partition(": ")
    half = len(words) // 2
    dressed = [
        prefixed("[rank1]: ", f'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g(x)\n{text}\n'),
        prefixed("2024-03-01 10:22:33,123 | ERROR | ", text),
        prefixed("> ", "\n".join([kind + ":", *words.split(" ")])),
        f"Hello,\n\nsince the update I always get this: {words}\n\nWhat do I do?",
        f"{kind}: {words[:half]}\n{words[half:]}",
    ]
    for each in dressed:
        found = explain_error(each)
        assert found.recognised, each
        assert cause in {one.name for one in found.causes}, each
