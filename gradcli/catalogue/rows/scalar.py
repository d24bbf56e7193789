"""Outputs that are no real scalar, where a gradient was asked for."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="non_scalar_output",
        title="the output is no scalar",
        text="Reverse mode starts from one number. An output with several entries has a Jacobian, and torch does not "
        "guess which row, or which weighted sum of rows, you mean. Reduce it to a scalar, or say the weights.",
        how_to_tell="Print `loss.shape` on the line before the call. Anything but `torch.Size([])` or a single entry "
        "is too many. A model output, a loss for each sample and a loss for each device are the usual ones.",
        fix="loss.mean().backward()  # or .sum(): one number\n"
        "torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y))  # the same as y.sum()\n"
        "torch.func.jacrev(f)(x)  # all rows",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x**2
y.backward()
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x**2
y.sum().backward()
print(x.grad)
""",
        command="gradcli explain 'x**2' x=1,2",
    ),
    Cause(
        name="loss_not_reduced",
        title="the loss keeps one number for each sample",
        text="The loss was computed with reduction='none', or by arithmetic without a mean at the end, so it has one "
        "entry for each sample. A backward pass needs a scalar: weigh the samples if you like, then take the mean or "
        "the sum.",
        how_to_tell="Look for `reduction='none'` (old code: `reduce=False`) where the loss is made, and print "
        "`loss.shape`: it is the batch size.",
        fix="losses = nn.CrossEntropyLoss(reduction='none')(logits, target)\nloss = (losses * weights).mean()\n"
        "loss.backward()",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 2)
logits, target = model(torch.ones(4, 3)), torch.tensor([0, 1, 1, 0])
loss = nn.CrossEntropyLoss(reduction="none")(logits, target)
loss.backward()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 2)
logits, target = model(torch.ones(4, 3)), torch.tensor([0, 1, 1, 0])
loss = nn.CrossEntropyLoss(reduction="none")(logits, target)
loss.mean().backward()
""",
        command="gradcli grad '(x - y)**2' x=1,2 y=0,5 --wrt x",
        signs=(r"reduction\s*=\s*['\"]none", r"\breduce\s*=\s*False"),
    ),
    Cause(
        name="pointwise_derivative",
        title="the derivative was wanted at each point of a batch",
        text="u has one value for each point of the batch, and autograd.grad wants a scalar output. Where each value "
        "depends on its own point alone, the gradient of the sum is the derivative at every point at once; "
        "grad_outputs of ones says the same.",
        how_to_tell="The call is `torch.autograd.grad(u, x)` with `u` of shape (N,) or (N, 1), as in a network that "
        "solves a differential equation. If values of u depend on other points too (batch norm, attention over the "
        "batch), the sum mixes them: use `torch.func.vmap(torch.func.grad(f))`.",
        fix="u_x = torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), create_graph=True)[0]",
        program="""\
import torch

x = torch.linspace(0.0, 1.0, 5).reshape(-1, 1).requires_grad_()
u = torch.sin(x)
(u_x,) = torch.autograd.grad(u, x, create_graph=True)
""",
        mended="""\
import torch

x = torch.linspace(0.0, 1.0, 5).reshape(-1, 1).requires_grad_()
u = torch.sin(x)
(u_x,) = torch.autograd.grad(u, x, grad_outputs=torch.ones_like(u), create_graph=True)
print(u_x)
""",
        command="gradcli grad 'sin(x)' x=0,0.5,1 --grad-outputs 1,1,1",
        signs=(r"autograd\.grad\((?!.*\b(?:sum|mean)\()", r"\bgrad\(\s*\w+\s*,\s*\w+\s*,\s*create_graph"),
    ),
    Cause(
        name="loss_per_device",
        title="data parallel gathered one loss for each device",
        text="The model returns its loss, and nn.DataParallel gathers what every device returned: the result is a "
        "vector with one loss for each GPU, not a scalar. With one GPU the same script runs.",
        how_to_tell="`loss.shape` is `torch.Size([N])` for N devices, often after the warning 'Was asked to gather "
        "along dimension 0, but all input tensors were scalars'.",
        fix="loss = model(batch).mean()  # over the devices\nloss.backward()",
        program="""\
import torch

w = torch.tensor(2.0, requires_grad=True)
replicas = [w * batch.mean() for batch in torch.ones(8, 3).chunk(2)]
loss = torch.stack(replicas)  # what DataParallel returns
loss.backward()
""",
        mended="""\
import torch

w = torch.tensor(2.0, requires_grad=True)
replicas = [w * batch.mean() for batch in torch.ones(8, 3).chunk(2)]
loss = torch.stack(replicas)  # what DataParallel returns
loss.mean().backward()
""",
        command="gradcli grad 'mean(w*x)' w=2,2 x=1,3 --wrt w",
        signs=(r"DataParallel", r"gather along dimension 0", r"parallel/data_parallel\.py"),
    ),
    Cause(
        name="complex_output",
        title="the output is complex",
        text="The gradient of a complex number is not one thing: torch gives a gradient only of a real scalar, such as "
        "the real part, the absolute value or the squared modulus. An FFT, torch.linalg.eig, or a complex constant "
        "makes a loss complex, even where its imaginary part is 0.",
        how_to_tell="Print `loss.dtype`: it is torch.complex64 or torch.complex128. Follow it back to the step that "
        "made it complex (torch.fft, torch.linalg.eigvals, torch.view_as_complex, a factor `1j`).",
        fix="loss = spectrum.abs().square().sum()  # or .real where the imaginary part is 0\nloss.backward()",
        program="""\
import torch

signal = torch.tensor([1.0, 2.0, 0.5, -1.0], requires_grad=True)
loss = torch.fft.fft(signal).pow(2).sum()
loss.backward()
""",
        mended="""\
import torch

signal = torch.tensor([1.0, 2.0, 0.5, -1.0], requires_grad=True)
loss = torch.fft.fft(signal).abs().pow(2).sum()
loss.backward()
print(signal.grad)
""",
        command="gradcli grad 'hypot(a, b)**2' a=3 b=4",
    ),
)

MESSAGES = (
    Message(
        name="complex_scalar",
        patterns=(
            r"grad can be (?:implicitly created|computed) only for real scalar outputs"
            r"(?: but got (?P<dtype>[\w.]+))?",
            r"grad can be created only for real scalar outputs(?: but got (?P<dtype>[\w.]+))?",
        ),
        meaning="The output is one number, but a complex one ({dtype}). torch starts a backward pass by itself only "
        "from a real number.",
        causes=("complex_output",),
        defaults={"dtype": "not a real dtype"},
        finder="scalar",
    ),
    Message(
        name="non_scalar",
        patterns=(
            r"grad(?:ients?)? can be (?:implicitly )?created only for (?:scalar|one.element) outputs",
            r"backward should be called only on a scalar \(i\.e\. 1-element tensor\)",
        ),
        meaning="You asked for the gradient of an output with more than one entry. torch starts a backward pass with "
        "the number 1 only where the output is a single number.",
        causes=("non_scalar_output", "loss_not_reduced", "pointwise_derivative", "loss_per_device"),
        finder="scalar",
    ),
)
