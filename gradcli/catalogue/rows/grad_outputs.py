"""``grad_outputs``, the vector v of vᵀJ, that does not fit the outputs: shape, dtype, kind, count, batches."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="grad_outputs_shape",
        title="grad_outputs has another shape than the output",
        text="grad_outputs (the argument gradient of backward) is the weight of every entry of the output, so its "
        "shape has to be the output's shape exactly. It is not broadcast, and it has nothing to do with the shape of "
        "the input.",
        how_to_tell="Print `y.shape` and `v.shape`. Often v was made for another batch size, with ones of the size of "
        "x, or with a column (N, 1) where y is (N,).",
        fix="torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y))\ny.backward(torch.ones_like(y))",
        program="""\
import torch

x = torch.ones(4, 3, requires_grad=True)
y = x.pow(2).sum(dim=1)
torch.autograd.grad(y, x, grad_outputs=torch.ones(4, 1))
""",
        mended="""\
import torch

x = torch.ones(4, 3, requires_grad=True)
y = x.pow(2).sum(dim=1)
print(torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y)))
""",
        command="gradcli grad 'x**2' x=1,2 --grad-outputs 1,1,1",
    ),
    Cause(
        name="grad_outputs_scalar",
        title="grad_outputs of shape (1,) for a scalar",
        text="The output has the empty shape (), grad_outputs the shape (1,): both hold one number, but the shapes "
        "differ, and torch compares shapes. A scalar needs no grad_outputs at all. torch before 1.1 let the size pass, "
        "so older scripts still have it.",
        how_to_tell="`y.shape` is `torch.Size([])`, and v is `torch.ones(1)`, `torch.tensor([1.0])` or "
        "`torch.FloatTensor([1])`.",
        fix="loss.backward()  # starts with 1\nloss.backward(torch.tensor(2.0))  # another factor: shape ()",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.pow(2).sum()
loss.backward(torch.ones(1))
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.pow(2).sum()
loss.backward(torch.tensor(1.0))
""",
        command="gradcli grad 'sum(x**2)' x=1,2 --grad-outputs 2",
        signs=(r"has a shape of torch\.Size\(\[1\]\) and output\[\d+\] has a shape of torch\.Size\(\[\]\)",),
    ),
    Cause(
        name="grad_outputs_dtype",
        title="real and complex are mixed between grad_outputs and the output",
        text="A complex output needs complex grad_outputs, and a real output needs real ones: the dtype says which "
        "space the weights live in. Float widths may differ; complex against real may not.",
        how_to_tell="Print `y.dtype` and `v.dtype`: one is complex, the other is not. Weights made by torch.ones, or "
        "by an FFT, are the usual ones.",
        fix="v = torch.ones_like(y)  # has the dtype of y\ntorch.autograd.grad(y, x, grad_outputs=v)",
        program="""\
import torch

signal = torch.ones(4, requires_grad=True)
spectrum = torch.fft.fft(signal)
torch.autograd.grad(spectrum, signal, grad_outputs=torch.ones(4))
""",
        mended="""\
import torch

signal = torch.ones(4, requires_grad=True)
spectrum = torch.fft.fft(signal)
print(torch.autograd.grad(spectrum, signal, grad_outputs=torch.ones_like(spectrum)))
""",
        command="gradcli grad 'x**2' x=1,2 --grad-outputs 1,0",
    ),
    Cause(
        name="grad_outputs_number",
        title="grad_outputs is a Python number or an array, not a tensor",
        text="grad_outputs (gradient in backward) has to be a tensor, a sequence of tensors, or None. A Python number, "
        "a list of numbers or a NumPy array is taken for a sequence, and its elements are no tensors.",
        how_to_tell="Look at the second argument of `backward`, or the third of `grad`: `1.0`, `[1.0, 1.0]`, "
        "`np.ones(3)`. Positional arguments slip too: `backward(True)` sets gradient, not retain_graph.",
        fix="y.backward(torch.ones_like(y))\nloss.backward(retain_graph=True)  # by name",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x**2
y.backward([1.0, 1.0])
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x**2
y.backward(torch.tensor([1.0, 1.0]))
""",
        command="gradcli grad 'x**2' x=1,2 --grad-outputs 1,1",
        signs=(r"in _tensor_or_tensors_to_tuple", r"return tuple\(tensors\)", r"\.backward\((?:True|False|[\d.]+)\)"),
    ),
    Cause(
        name="grad_outputs_count",
        title="as many grad_outputs as outputs are needed",
        text="Each output needs its own entry of grad_outputs, in the same order; None stands for 1 where that output "
        "is a scalar. With several outputs a single tensor is not shared among them.",
        how_to_tell="Count both lists on the line of the call. A tensor passed where a list was meant counts as one.",
        fix="torch.autograd.grad([y, z], x, grad_outputs=[torch.ones_like(y), None])  # z is a scalar",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y, z = x**2, x.sum()
torch.autograd.grad([y, z], x, grad_outputs=[torch.ones_like(y)])
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y, z = x**2, x.sum()
print(torch.autograd.grad([y, z], x, grad_outputs=[torch.ones_like(y), None]))
""",
        command="gradcli grad 'x**2 + sum(x)' x=1,2 --grad-outputs 1,1",
    ),
    Cause(
        name="grads_batched",
        title="is_grads_batched without a batch axis in front",
        text="With is_grads_batched=True the first axis of every grad_outputs counts the vectors, and what follows has "
        "to be the shape of the output: shape (B, *y.shape), the same B for all outputs. The call then does B "
        "backward passes at once and gives gradients of shape (B, *x.shape).",
        how_to_tell="Print `v.shape` and `y.shape`: `v.shape[1:]` has to equal `y.shape`. For the whole Jacobian v is "
        "the identity.",
        fix="v = torch.eye(y.numel()).reshape(-1, *y.shape)  # one row of the Jacobian each\n"
        "torch.autograd.grad(y, x, grad_outputs=v, is_grads_batched=True)",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x**2
torch.autograd.grad(y, x, grad_outputs=torch.ones(2), is_grads_batched=True)
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x**2
print(torch.autograd.grad(y, x, grad_outputs=torch.eye(2), is_grads_batched=True))
""",
        command="gradcli jacobian 'x**2' x=1,2",
    ),
)

_SIZE = r"torch\.Size\(\[[^\]]*\]\)|\([^)]*\)|\[[^\]]*\]"

MESSAGES = (
    Message(
        name="grads_batched_shape",
        patterns=(
            r"If `?is_grads_batched=True`?, we interpret the first dimension of each grad_output.*"
            rf"grad_output\[(?P<index>\d+)\] has a shape of (?P<got>{_SIZE}) and output\[\d+\] has a shape of "
            rf"(?P<expected>{_SIZE})",
            r"If `?is_grads_batched=True`?, we interpret the first dimension",
            r"Batched grads are not supported with",
            r"vmap\(vjp, in_dims=0, \.\.\.\)",
        ),
        meaning="is_grads_batched reads the first axis of grad_outputs as a batch of vectors. Without that axis each "
        "vector has shape {got}, where the output has shape {expected}.",
        causes=("grads_batched",),
        defaults={"index": "0", "got": "(of another shape)", "expected": "(its own)"},
        finder="shapes",
    ),
    Message(
        name="grad_outputs_shape",
        patterns=(
            rf"Mismatch in shape: grad_output\[(?P<index>\d+)\] has a shape of (?P<got>{_SIZE}) and "
            rf"output\[\d+\] has a shape of (?P<expected>{_SIZE})",
            rf"v has invalid size: should be (?P<expected>{_SIZE}) but got (?P<got>{_SIZE})",
            rf"(?<!an )invalid gradient at index (?P<index>\d+) - got (?P<got>{_SIZE}) but expected shape "
            rf"compatible with (?P<expected>{_SIZE})",
            rf"(?<!an )invalid gradient at index (?P<index>\d+) - expected shape (?P<expected>{_SIZE}) but got "
            rf"(?P<got>{_SIZE})",
        ),
        meaning="The weights for output {index} have shape {got}, and the output itself has shape {expected}. Each "
        "entry of the output needs exactly one weight.",
        causes=("grad_outputs_shape", "grad_outputs_scalar"),
        defaults={"index": "0"},
        finder="shapes",
    ),
    Message(
        name="grad_outputs_dtype",
        patterns=(
            r"Mismatch in dtype: grad_output\[(?P<index>\d+)\] has a dtype of (?P<got>[\w.]+) and output\[\d+\] has a "
            r"dtype of (?P<expected>\w+(?:\.\w+)?)",
            r"For complex Tensors, both grad_output and output are required to have the same dtype",
            r"(?<!an )invalid gradient at index (?P<index>\d+) - expected type (?P<expected>\w+(?:\.\w+)*) but got "
            r"(?P<got>\w+(?:\.\w+)*)",
        ),
        meaning="The weights for output {index} are {got}, and the output is {expected}.",
        causes=("grad_outputs_dtype",),
        defaults={"index": "0", "got": "of one kind", "expected": "of the other (real, complex)"},
        finder="shapes",
    ),
    Message(
        name="grad_outputs_kind",
        patterns=(
            r"gradients can be either Tensors(?:, Variables)? or None, but got (?P<kind>\w+)",
            r"gradients argument is expected to be a tuple, but got (?P<kind>[\w.]+)",
            r"grad_tensors argument is expected to be a tuple, but got (?P<kind>[\w.]+)",
            r"element (?P<index>\d+) of gradients tuple is not a (?:Tensor|Variable)",
        ),
        meaning="A starting gradient is a {kind}. torch takes tensors, or None for an output of one entry.",
        causes=("grad_outputs_number",),
        defaults={"kind": "value of another type"},
        finder="shapes",
    ),
    Message(
        name="grad_outputs_count",
        patterns=(
            r"got (?P<expected>\d+) tensors and (?P<got>\d+) gradients",
            r"v is a tuple of invalid length: should be (?P<expected>\d+) but got (?P<got>\d+)",
            r"The given v should contain a single Tensor",
            r"element (?P<index>\d+) of gradients tuple is None, but the corresponding (?:Tensor|Variable) requires",
        ),
        meaning="There are {expected} outputs, and {got} grad_outputs for them. They are paired one to one.",
        causes=("grad_outputs_count",),
        defaults={"expected": "several", "got": "another number of"},
        finder="shapes",
    ),
)
