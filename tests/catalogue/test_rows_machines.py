"""Wordings of other versions, machines and frameworks, which the rows' programs cannot provoke here.

torch's, TensorFlow's and jax's own texts were copied from their releases and from public reports. Each stands with the
message that has to take it, and with the parts that the message has to find in it.
"""

from __future__ import annotations

import math

import pytest
import torch

from gradcli.catalogue.pasted import read_pasted
from gradcli.catalogue.recognise import recognise
from gradcli.catalogue.row import filled

WORDINGS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "vmap: It looks like you're either (1) calling .item() on a Tensor or (2) attempting to use a Tensor in "
        "some data-dependent control flow or (3) encountering this error in PyTorch internals. For (1): we don't "
        "support vmap over calling .item() on a Tensor, please try to rewrite what you're doing with other "
        "operations.",
        "vmap_item",
        {},
    ),
    (
        "Batching rule not implemented for aten::item. We could not generate a fallback.",
        "vmap_item",
        {},
    ),
    (
        "Batching rule not implemented for aten::is_nonzero; the fallback path doesn't work on out= or view ops.",
        "vmap_item",
        {},
    ),
    (
        "vmap: We do not yet support calling random operations inside of vmap. Please perform random operations "
        "outside of vmap as a workaround",
        "vmap_randomness",
        {},
    ),
    (
        "vmap: aten::add_(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args "
        "that has more elements than `self`.",
        "vmap_inplace_unbatched",
        {},
    ),
    (
        "backward() called inside torch.vmap. This is not supported, please call backward() outside torch.vmap "
        "or instead use torch.autograd.grad inside torch.vmap",
        "backward_in_transform",
        {},
    ),
    (
        "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) "
        "inside of a function being transformed by a functorch transform.",
        "requires_grad_in_transform",
        {"call": "requires_grad_"},
    ),
    (
        "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (when "
        "checking argument for argument mat1 in method wrapper_addmm)",
        "device_mixed",
        {"device": "cuda:0", "other_device": "cpu"},
    ),
    (
        "Expected all tensors to be on the same device, but got mat1 is on cpu, different from other tensors on "
        "cuda:0 (when checking argument in method wrapper_CUDA_addmm)",
        "device_mixed",
        {"device": "cpu", "other_device": "cuda:0", "argument": "mat1"},
    ),
    (
        "Expected object of backend CUDA but got backend CPU for argument #2 'mat2'",
        "device_mixed",
        {"device": "CUDA", "other_device": "CPU"},
    ),
    (
        "Expected object of device type cuda but got device type cpu for argument #1 'self' in call to "
        "_th_index_select",
        "device_mixed",
        {"device": "cuda", "other_device": "cpu"},
    ),
    (
        "Expected object of type torch.cuda.FloatTensor but found type torch.FloatTensor for argument #2 'mat2'",
        "device_mixed",
        {},
    ),
    (
        "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same",
        "device_mixed",
        {},
    ),
    (
        "Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the same or input "
        "should be a MKLDNN tensor and weight is a dense tensor",
        "device_mixed",
        {},
    ),
    (
        "Input and parameter tensors are not at the same device, found input tensor at cpu and parameter tensor "
        "at cuda:0",
        "device_mixed",
        {"device": "cpu", "other_device": "cuda:0"},
    ),
    (
        "Expected tensor for 'out' to have the same device as tensor for argument #2 'mat1'; but device 0 does "
        "not equal 1 (while checking arguments for addmm)",
        "device_mixed",
        {},
    ),
    (
        "Tensor for argument #2 'mat1' is on CPU, but expected it to be on GPU (while checking arguments for addmm)",
        "device_mixed",
        {"device": "CPU", "other_device": "GPU"},
    ),
    (
        "Tensor for 'out' is on CPU, Tensor for argument #1 'self' is on CPU, but expected them to be on GPU "
        "(while checking arguments for addmm)",
        "device_mixed",
        {"device": "CPU", "other_device": "GPU"},
    ),
    (
        "indices should be either on cpu or on the same device as the indexed tensor (cpu)",
        "device_mixed",
        {"device": "cpu", "other_device": "cpu"},
    ),
    (
        "arguments are located on different GPUs at /pytorch/aten/src/THC/generic/THCTensorMathBlas.cu:270",
        "device_mixed",
        {},
    ),
    (
        "module must have its parameters and buffers on device cuda:0 (device_ids[0]) but found one of them on "
        "device: cuda:2",
        "device_mixed",
        {"device": "cuda:0", "other_device": "cuda:2"},
    ),
    (
        "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.",
        "numpy_of_cuda",
        {"device": "cuda:0"},
    ),
    (
        "can't convert CUDA tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.",
        "numpy_of_cuda",
        {"device": "CUDA"},
    ),
    (
        "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you must use the "
        "'spawn' start method",
        "cuda_fork",
        {},
    ),
    (
        "cuda runtime error (3) : initialization error at /pytorch/aten/src/THC/THCGeneral.cpp:50",
        "cuda_initialization",
        {},
    ),
    (
        "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 10.76 GiB total capacity; 9.71 GiB already "
        "allocated; 5.56 MiB free)",
        "out_of_memory",
        {"size": "20.00 MiB"},
    ),
    (
        "cuda runtime error (2) : out of memory at /pytorch/aten/src/THC/THCStorage.cu:58",
        "out_of_memory",
        {},
    ),
    (
        "Expected to have finished reduction in the prior iteration before starting a new one. This error "
        "indicates that your module has parameters that were not used in producing loss. You can enable unused "
        "parameter detection by (1) passing the keyword argument `find_unused_parameters=True` to "
        "`torch.nn.parallel.DistributedDataParallel`; (2) making sure all `forward` function outputs participate "
        "in calculating loss.",
        "ddp_unused",
        {},
    ),
    (
        "Expected to have finished reduction in the prior iteration before starting a new one. This error "
        "indicates that your training graph has changed in this iteration, e.g., one parameter is used in first "
        "iteration, but then got unused in the second iteration. this is not compatible with static_graph set to "
        "True.",
        "ddp_graph_changed",
        {},
    ),
    (
        "Expected to mark a variable ready only once. This error is caused by one of the following reasons: 1) "
        "Use of a module parameter outside the `forward` function.",
        "ddp_marked_twice",
        {},
    ),
    (
        "Expected object of scalar type Float but got scalar type Double for argument #2 'mat2' in call to _th_mm",
        "dtype_mixed",
        {"got": "Double", "expected": "Float"},
    ),
    (
        "Expected object of type torch.FloatTensor but found type torch.DoubleTensor for argument #4 'mat1'",
        "dtype_mixed",
        {"got": "torch.DoubleTensor", "expected": "torch.FloatTensor"},
    ),
    (
        "expected scalar type Float but found Double",
        "dtype_mixed",
        {"got": "Double", "expected": "Float"},
    ),
    (
        "expected scalar type Half but found Float",
        "dtype_mixed",
        {"got": "Float", "expected": "Half"},
    ),
    (
        "Expected object of scalar type Long but got scalar type Float for argument #2 'target' in call to "
        "_thnn_nll_loss_forward",
        "class_targets",
        {"got": "Float"},
    ),
    (
        "expected scalar type Long but found Float",
        "long_expected",
        {"got": "Float"},
    ),
    (
        "value cannot be converted to type c10::Half without overflow",
        "number_beyond_dtype",
        {"dtype": "c10::Half"},
    ),
    (
        "\"nll_loss_forward_reduce_cuda_kernel_2d_index\" not implemented for 'Int'",
        "class_targets",
        {"got": "Int"},
    ),
    (
        "expected dtype Double but got dtype Float",
        "loss_dtype",
        {"expected": "Double", "got": "Float"},
    ),
    (
        "Found dtype Double but expected Float",
        "loss_dtype",
        {"got": "Double", "expected": "Float"},
    ),
    (
        "Expected object of scalar type Float but got scalar type Long for argument #2 'target' in call to "
        "_thnn_binary_cross_entropy_forward",
        "loss_dtype",
        {"expected": "Float", "got": "Long"},
    ),
    (
        "result type Float can't be cast to the desired output type long int",
        "inplace_cast",
        {"got": "Float", "expected": "long"},
    ),
    (
        "Can only calculate the mean of floating types. Got Long instead.",
        "operation_dtype",
        {"dtype": "Long"},
    ),
    (
        "\"log_softmax_lastdim_kernel_impl\" not implemented for 'Half'",
        "operation_dtype",
        {"op": "log_softmax_lastdim_kernel_impl", "dtype": "Half"},
    ),
    (
        "\"addmm_impl_cpu_\" not implemented for 'Half'",
        "operation_dtype",
        {"op": "addmm_impl_cpu_", "dtype": "Half"},
    ),
    (
        "size mismatch, m1: [4 x 5], m2: [3 x 2] at /pytorch/aten/src/TH/generic/THTensorMath.cpp:41",
        "sizes_matmul",
        {"shape": "4 x 5", "other_shape": "3 x 2"},
    ),
    (
        "Input type (torch.cuda.DoubleTensor) and weight type (torch.cuda.FloatTensor) should be the same",
        "dtype_mixed",
        {"got": "torch.cuda.DoubleTensor", "expected": "torch.cuda.FloatTensor"},
    ),
    (
        "Attempting to unscale FP16 gradients.",
        "unscale_half",
        {},
    ),
    (
        "inverse_cuda: For batch 24: U(68,68) is zero, singular U.",
        "singular",
        {"index": "68"},
    ),
    (
        "inverse_cpu: U(2,2) is zero, singular U.",
        "singular",
        {"index": "2"},
    ),
    (
        "solve: U(2,2) is zero, singular U.",
        "singular",
        {"index": "2"},
    ),
    (
        "cholesky_cuda: For batch 0: U(1,1) is zero, singular U.",
        "not_positive_definite",
        {"index": "1"},
    ),
    (
        "cholesky_cpu: U(63,63) is zero, singular U.",
        "not_positive_definite",
        {"index": "63"},
    ),
    (
        "torch.linalg.cholesky: The factorization could not be completed because the input is not "
        "positive-definite (the leading minor of order 2 is not positive-definite).",
        "not_positive_definite",
        {"index": "2"},
    ),
    (
        "cholesky: For batch 3: the leading minor of order 2 is not positive definite",
        "not_positive_definite",
        {"index": "2"},
    ),
    (
        "linalg.svd: (Batch element 0): The algorithm failed to converge because the input matrix is "
        "ill-conditioned or has too many repeated singular values (error code: 2).",
        "not_converged_svd",
        {},
    ),
    (
        "svd_cpu: the updating process of SBDSDC did not converge (error: 1)",
        "not_converged_svd",
        {},
    ),
    (
        "symeig_cpu: the algorithm failed to converge; 3 off-diagonal elements of an intermediate tridiagonal "
        "form did not converge to zero.",
        "not_converged_eigh",
        {},
    ),
    (
        "torch.linalg.eigh: the algorithm failed to converge because the input matrix is ill-conditioned or has "
        "too many repeated eigenvalues (error code: 3).",
        "not_converged_eigh",
        {},
    ),
    (
        "Function 'SvdHelperBackward0' returned nan values in its 0th output.",
        "nan_svd",
        {"function": "SvdHelperBackward0", "index": "0"},
    ),
    (
        "Function 'SymeigBackward' returned nan values in its 0th output.",
        "nan_eigh",
        {"function": "SymeigBackward", "index": "0"},
    ),
    (
        "Function 'SqrtBackward' returned nan values in its 0th output.",
        "nan_root",
        {"function": "SqrtBackward", "index": "0"},
    ),
    (
        "Function 'PowBackward1' returned nan values in its 1th output.",
        "nan_power_exponent",
        {"function": "PowBackward1", "index": "1"},
    ),
    (
        "Function 'MmBackward0' returned nan values in its 1th output.",
        "nan_plain",
        {"function": "MmBackward0", "index": "1"},
    ),
    (
        "Function 'torch::autograd::GraphRoot' returned nan values in its 0th output.",
        "nan_plain",
        {"function": "torch::autograd::GraphRoot", "index": "0"},
    ),
    (
        "Function 'DivBackward0' returned nan values in its 0th output.",
        "nan_backward",
        {"function": "DivBackward0", "index": "0"},
    ),
    (
        "Function 'CdistBackward' returned nan values in its 0th output.",
        "nan_root",
        {"function": "CdistBackward", "index": "0"},
    ),
    (
        "Function 'NativeBatchNormBackward0' returned nan values in its 0th output.",
        "nan_plain",
        {"function": "NativeBatchNormBackward0", "index": "0"},
    ),
    (
        "The total norm for gradients from `parameters` is non-finite, so it cannot be clipped.",
        "clip_nonfinite",
        {},
    ),
    (
        "Expected parameter loc (Tensor of shape (64, 2)) of distribution Normal(loc: torch.Size([64, 2]), "
        "scale: torch.Size([64, 2])) to satisfy the constraint Real(), but found invalid values: tensor([[nan, "
        "nan]])",
        "distribution_parameter",
        {"parameter": "loc", "constraint": "Real()"},
    ),
    (
        "The parameter probs has invalid values",
        "distribution_parameter",
        {"parameter": "probs"},
    ),
    (
        "probability tensor contains either `inf`, `nan` or element < 0",
        "distribution_parameter",
        {},
    ),
    (
        "svd does not support automatic differentiation for outputs with complex dtype.",
        "complex_derivative",
        {"op": "svd"},
    ),
    (
        "Abstract value passed to `bool`, which requires a concrete value. The function to be transformed can't "
        "be traced at the required level of abstraction.",
        "jax_boolean",
        {},
    ),
    (
        "Abstract tracer value encountered where concrete value is expected: "
        "Traced<ShapedArray(bool[])>with<DynamicJaxprTrace(level=1/0)> The problem arose with the `bool` "
        "function.",
        "jax_boolean",
        {},
    ),
    (
        "The numpy.ndarray conversion method __array__() was called on the JAX Tracer object "
        "Traced<ShapedArray(float32[3])>with<DynamicJaxprTrace(level=1/0)>",
        "jax_array_conversion",
        {},
    ),
    (
        "The __index__() method was called on the JAX Tracer object "
        "Traced<ShapedArray(int32[])>with<DynamicJaxprTrace(level=1/0)>",
        "jax_shape",
        {},
    ),
    (
        "Array slice indices must have static start/stop/step to be used with NumPy indexing syntax.",
        "jax_shape",
        {},
    ),
    (
        "'<class 'jax.interpreters.xla.DeviceArray'>' object does not support item assignment. JAX arrays are "
        "immutable; perhaps you want jax.ops.index_update or jax.ops.index_add instead?",
        "jax_assignment",
        {},
    ),
    (
        "Leaked trace MainTrace(1,JVPTrace). Leaked tracer(s): Traced<ConcreteArray>.",
        "jax_leak",
        {},
    ),
    (
        "Different traces at same level: Traced<ShapedArray(float32[])>, Traced<ShapedArray(float32[])>",
        "jax_leak",
        {},
    ),
    (
        "grad requires real- or complex-valued inputs (input dtype that is a sub-dtype of np.floating), but got "
        "int32. If you want to use integer-valued inputs, use vjp or set allow_int to True.",
        "jax_integer_input",
        {"dtype": "int32"},
    ),
    (
        "invalid value (nan) encountered in jit(sqrt)",
        "jax_debug_nans",
        {"op": "jit(sqrt)"},
    ),
    (
        "No gradients provided for any variable, check your graph for ops that do not support gradients, between "
        'variables ["<tf.Variable \'w:0\'>"] and loss Tensor("loss:0").',
        "tf_no_gradients",
        {},
    ),
    (
        "Gradients do not exist for variables ['dense/bias:0'] when minimizing the loss.",
        "tf_no_gradients",
        {"variables": "['dense/bias:0']"},
    ),
    (
        "GradientTape.gradient can only be called once on non-persistent tapes.",
        "tf_tape_twice",
        {},
    ),
    (
        "using a `tf.Tensor` as a Python `bool` is not allowed: AutoGraph did convert this function.",
        "tf_branch",
        {},
    ),
    (
        "Cannot convert a symbolic Tensor (strided_slice:0) to a numpy array.",
        "tf_symbolic",
        {},
    ),
    (
        "numpy() is only available when eager execution is enabled.",
        "tf_symbolic",
        {},
    ),
    (
        "No gradient defined for operation 'NonMaxSuppression' (op type: NonMaxSuppressionV3)",
        "tf_registry",
        {"op": "NonMaxSuppressionV3"},
    ),
    (
        "gradient registry has no entry for: Bincount",
        "tf_registry",
        {"op": "Bincount"},
    ),
)


@pytest.mark.parametrize(("words", "name", "parts"), WORDINGS, ids=[words[:60] for words, _, _ in WORDINGS])
def test_wording_is_recognised_with_its_parts(words: str, name: str, parts: dict[str, str]) -> None:
    found = recognise(read_pasted(words))
    assert found.message is not None
    assert found.message.name == name
    assert {part: found.parts.get(part) for part in parts} == parts
    assert "{" not in filled(found.message.meaning, found.parts)


SAID = {
    "captured": "RuntimeError: During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call "
    "in-place operation (aten::add_.Tensor) that would mutate a captured Tensor. This is not supported; please rewrite "
    "the function being transformed to explicitly accept the mutated Tensor(s) as inputs.\n",
    "memory": "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of "
    "23.69 GiB of which 1.12 GiB is free.\n",
    "nan": "RuntimeError: Function 'DivBackward0' returned nan values in its 0th output.\n",
}


@pytest.mark.parametrize(
    ("line", "said", "first"),
    [
        ("    self.num_batches_tracked.add_(1)  # in nn/modules/batchnorm.py", "captured", "transform_batch_norm"),
        ("    counter.add_(1)", "captured", "transform_captured_inplace"),
        ("    total_loss += loss", "memory", "out_of_memory_graph"),
        ("    loss.backward(retain_graph=True)", "memory", "out_of_memory_graph"),
        ("    grads = torch.autograd.grad(loss, weights, create_graph=True)", "memory", "out_of_memory_batch"),
        ("    ratio = torch.where(count > 0, total / count, 0.0)", "nan", "where_trap"),
        ("    share = scores.exp() / scores.exp().sum()", "nan", "nan_overflow"),
        ("    unit = x / x.pow(2).sum().sqrt()", "nan", "nan_root_at_zero"),
    ],
)
def test_the_failing_line_says_which_cause_is_the_likelier(line: str, said: str, first: str) -> None:
    text = f'Traceback (most recent call last):\n  File "train.py", line 12, in step\n{line}\n{SAID[said]}'
    assert recognise(read_pasted(text)).causes[0].name == first


def test_a_total_of_numbers_is_no_sign_of_a_kept_graph() -> None:
    line = "    total_loss += loss.item()"
    text = f'Traceback (most recent call last):\n  File "train.py", line 12, in step\n{line}\n{SAID["memory"]}'
    found = recognise(read_pasted(text))
    assert {ranked.likelihood.value for ranked in found.ranked} == {"possible"}


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("loss = F.cross_entropy(scores, labels)", "class_target_dtype"),
        ("return F.conv1d(x, weight)", "integer_operand"),
        ("out = torch.einsum('ij,jk->ik', a, b)", "integer_operand"),
    ],
)
def test_an_operation_that_wants_integers_is_a_loss_or_has_an_integer_operand(line: str, first: str) -> None:
    text = (
        f'Traceback (most recent call last):\n  File "train.py", line 9, in <module>\n    {line}\n'
        "RuntimeError: expected scalar type Long but found Float\n"
    )
    found = recognise(read_pasted(text))
    assert (found.ranked[0].cause.name, found.certain) == (first, False)


def test_what_the_rows_say_of_slopes_at_zero_is_what_torch_does() -> None:
    """torch's own norm, std and cdist have slope 0 at 0; the exponent of a power at base 0 has 0 or minus infinity."""
    zeros = torch.zeros(2, 3, requires_grad=True)
    for value in (torch.linalg.vector_norm(zeros), zeros.std(), torch.cdist(zeros, zeros).sum()):
        assert torch.autograd.grad(value, zeros)[0].eq(0).all()
    slopes = []
    for base, exponent in ((0.0, 2.0), (0.0, -1.0), (-1.0, 2.0)):
        p = torch.tensor(exponent, requires_grad=True)
        slopes.append(torch.autograd.grad(torch.tensor(base) ** p, p)[0].item())
    assert slopes[:2] == [0.0, -math.inf]
    assert math.isnan(slopes[2])
    assert torch.linalg.inv(torch.full((2, 2), math.nan)).isnan().all()


@pytest.mark.parametrize(("rows", "has"), [(25, False), (26, True)])
def test_cdist_has_a_second_derivative_from_26_rows_on(rows: int, has: bool) -> None:
    x = torch.linspace(0.0, 1.0, rows)[:, None].requires_grad_()
    (slope,) = torch.autograd.grad(torch.cdist(x, torch.full((4, 1), 2.0)).sum(), x, create_graph=True)
    if has:
        torch.autograd.grad(slope.sum(), x)
    else:
        with pytest.raises(RuntimeError, match="_cdist_backward"):
            torch.autograd.grad(slope.sum(), x)
