"""Outputs that are no scalar, and ``grad_outputs`` that do not fit them."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="non_scalar_output",
        title="the output is no scalar",
        text="Reverse mode starts from one number. An output with several entries has a Jacobian, and torch does not "
        "guess which row, or which weighted sum of rows, you mean.",
        how_to_tell="Print `loss.shape` before the call: anything but `torch.Size([])` or a single entry is too many. "
        "Often a reduction is missing (`reduction='none'`, a loss for each sample or device).",
        fix="loss.sum().backward()  # or .mean(): one number\n"
        "torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y))  # the same as the sum",
        program="import torch\n\nx = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x**2\ny.backward()\n",
        mended="import torch\n\nx = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x**2\ny.sum().backward()\n",
        command="gradcli explain 'x**2' x=1,2",
    ),
)

MESSAGES = (
    Message(
        name="non_scalar",
        patterns=(r"grad can be implicitly created only for scalar outputs",),
        meaning="You asked for the gradient of an output with more than one entry. torch starts a backward pass with "
        "the number 1 only where the output is a single number.",
        causes=("non_scalar_output",),
        finder="scalar",
    ),
)
