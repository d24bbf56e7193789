"""Derivatives that torch lacks, or gives only once."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="once_differentiable",
        title="the custom Function's backward may be differentiated only once",
        text="The backward of a custom Function stands under @once_differentiable: it computes with plain numbers and "
        "records no graph. A second derivative (double backward) through it has nothing to go through, so torch "
        "refuses rather than give a wrong one.",
        how_to_tell="The first derivative was taken with `create_graph=True`, and the second reached the Function. "
        "`gradient.grad_fn` of the first derivative ends in `torch.autograd.function.ErrorBackward` or `Error`.",
        fix="# write backward with differentiable torch operations, and take the decorator away\n"
        "@staticmethod\ndef backward(ctx, grad):\n    (x,) = ctx.saved_tensors\n    return grad * 2 * x",
        program="""\
import torch
from torch.autograd.function import once_differentiable


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


x = torch.tensor([1.0, 2.0], requires_grad=True)
(slope,) = torch.autograd.grad(Square.apply(x).pow(2).sum(), x, create_graph=True)
slope.sum().backward()
""",
        mended="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


x = torch.tensor([1.0, 2.0], requires_grad=True)
(slope,) = torch.autograd.grad(Square.apply(x).pow(2).sum(), x, create_graph=True)
slope.sum().backward()
""",
        command="gradcli grad 'x**4' x=2 --order 2",
    ),
    Cause(
        name="double_backward_missing",
        title="torch has no second derivative of this operation",
        text="The operation has a backward formula, but nobody has written the derivative of that formula. A second "
        "derivative (double backward: a gradient penalty, a Hessian, meta-learning) has to pass it and cannot. Fused "
        "kernels are the usual ones: efficient and flash attention, cuDNN's RNNs, ctc_loss, cdist (with "
        "p=2 it has one from 26 rows on).",
        how_to_tell="The name in the message ends in `_backward`, and somewhere above stands `create_graph=True`, "
        "`hessian` or `gradgradcheck`. It does not happen with the first derivative alone.",
        fix="with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):  # attention\n"
        "    out = F.scaled_dot_product_attention(q, k, v)\n"
        "with torch.backends.cudnn.flags(enabled=False):  # cuDNN's LSTM, GRU, RNN\n    out, _ = lstm(x)\n"
        "# others: write the same function with plain operations",
        program="""\
import torch

torch.manual_seed(0)
query = torch.rand(1, 1, 4, 8, requires_grad=True)
output = torch.nn.functional.scaled_dot_product_attention(query, query, query)
(slope,) = torch.autograd.grad(output.pow(2).sum(), query, create_graph=True)
slope.pow(2).sum().backward()
""",
        mended="""\
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

torch.manual_seed(0)
query = torch.rand(1, 1, 4, 8, requires_grad=True)
with sdpa_kernel(SDPBackend.MATH):
    output = torch.nn.functional.scaled_dot_product_attention(query, query, query)
(slope,) = torch.autograd.grad(output.pow(2).sum(), query, create_graph=True)
slope.pow(2).sum().backward()
""",
        command="gradcli hessian 'sum(softmax(Q@Q.T, dim=1)@Q)' Q='[[1,0],[0.5,2]]'",
    ),
    Cause(
        name="derivative_unimplemented",
        title="torch has no derivative of this operation in this argument",
        text="The operation is not differentiable in torch: no backward formula was written for it, or for the "
        "argument that requires grad. Some are steps or counts whose derivative is zero almost everywhere; others, "
        "such as igamma in its first argument or zeta, have one that torch lacks.",
        how_to_tell="The name in the message is the operation, or the operation and its argument. See which of the "
        "arguments has `requires_grad`; often it is one that you do not need a gradient of.",
        fix="out = torch.igamma(a.detach(), x)  # if that gradient is not wanted\n"
        "step = torch.sigmoid(x / width)  # a smooth stand-in for a step, a count or a histogram\n"
        "# or a torch.autograd.Function with your own backward",
        program="""\
import torch

potential = torch.tensor([-0.5, 0.2], requires_grad=True)
spikes = torch.heaviside(potential, torch.zeros(1))
spikes.sum().backward()
""",
        mended="""\
import torch

potential = torch.tensor([-0.5, 0.2], requires_grad=True)
spikes = torch.sigmoid(potential / 0.1)
spikes.sum().backward()
""",
        command="gradcli grad 'sum(sigmoid(x/0.1))' x=-0.5,0.2",
    ),
    Cause(
        name="target_requires_grad",
        title="the loss's target requires grad",
        text="The loss function has no derivative in its target, and the target requires grad. Mostly prediction and "
        "target are swapped; otherwise the target was computed by a network and still hangs on its graph.",
        how_to_tell="Print `prediction.requires_grad, target.requires_grad`: it has to be True, False. The order is "
        "`criterion(prediction, target)`.",
        fix="loss = criterion(prediction, target)  # the prediction first\n"
        "loss = criterion(prediction, target.detach())  # a computed target",
        program="""\
import torch

prediction = torch.tensor([0.5, -1.0], requires_grad=True)
target = torch.tensor([1.0, -1.0])
loss = torch.nn.functional.soft_margin_loss(target, prediction)
loss.backward()
""",
        mended="""\
import torch

prediction = torch.tensor([0.5, -1.0], requires_grad=True)
target = torch.tensor([1.0, -1.0])
loss = torch.nn.functional.soft_margin_loss(prediction, target)
loss.backward()
""",
        command="gradcli grad 'mean(log(1 + exp(-t*p)))' p=0.5,-1 t=1,-1 --wrt p",
    ),
    Cause(
        name="recurrent_eval_backward",
        title="an RNN on the GPU was run in eval() mode and then differentiated",
        text="cuDNN keeps what the backward pass of an LSTM, GRU or RNN needs only in training mode. The module, or "
        "one that holds it, was in eval() mode during the forward pass, so there is nothing to go back through.",
        how_to_tell="Print `rnn.training` just before the forward pass: it is False. Look for a `model.eval()` (a "
        "validation loop, a saliency map) that no `model.train()` follows.",
        fix="rnn.train()  # before the forward pass; set its dropout to 0 if it has any\n"
        "with torch.backends.cudnn.flags(enabled=False):  # or without cuDNN, in eval() mode\n    out, _ = rnn(x)",
        program="""\
import torch

rnn = torch.nn.LSTM(2, 3).cuda().eval()
inputs = torch.ones(4, 1, 2, device="cuda", requires_grad=True)
output, _ = rnn(inputs)
output.sum().backward()
""",
        mended="""\
import torch

rnn = torch.nn.LSTM(2, 3).cuda().train()
inputs = torch.ones(4, 1, 2, device="cuda", requires_grad=True)
output, _ = rnn(inputs)
output.sum().backward()
""",
        command="gradcli grad 'sum(tanh(u*x))' u=0.5 x=1,2",
        beyond="cuDNN",
    ),
)

MESSAGES = (
    Message(
        name="once_differentiable",
        patterns=(r"trying to differentiate twice a function that was marked with ?@?once_differentiable",),
        meaning="A second derivative went through a custom Function whose backward is marked to be differentiated once "
        "only. Its first derivative carries no graph.",
        causes=("once_differentiable",),
        finder="function",
    ),
    Message(
        name="recurrent_eval_backward",
        patterns=(
            r"(?:(?:cudnn|miopen) )?RNN backward can only be called in train(?:ing)? mode",
            r"backward_(?:input|weight|parameters) can only be called in train(?:ing)? mode",
        ),
        meaning="The backward pass reached an RNN that had run in eval() mode. cuDNN keeps what it needs for backward "
        "only in training mode.",
        causes=("recurrent_eval_backward",),
    ),
    Message(
        name="double_backward_missing",
        patterns=(
            r"[Dd]ouble backwards? (?:is )?not supported for (?P<op>\w+(?: RNNs)?)",
            r"derivative for '?(?:aten::)?(?P<op>\w*backward\w*)(?:: (?P<argument>\w+))?'? is not implemented",
            r"(?P<op>\w+)(?:\(\))?:? does not support (?:double backwards?|automatic differentiation for outputs with "
            r"complex dtype twice)",
        ),
        meaning="A second derivative was asked for, and it has to pass {op}, the backward formula of an operation. "
        "torch knows the first derivative of that operation and not the second.",
        causes=("double_backward_missing",),
        defaults={"op": "an operation"},
        finder="function",
    ),
    Message(
        name="target_requires_grad",
        patterns=(
            r"The function '(?P<op>\w+)' is not differentiable with respect to argument 'target'",
            r"derivative for '(?:(?P<op>\w+): )?target' is not implemented",
            r"nn criterions don't compute the gradient w\.?r\.?t\.? targets",
        ),
        meaning="The loss function {op} would have to give a gradient in its target. It has one in the prediction "
        "only.",
        causes=("target_requires_grad",),
        defaults={"op": ""},
    ),
    Message(
        name="derivative_unimplemented",
        patterns=(
            r"derivative for '(?P<op>[^':]+)(?:: (?P<argument>\w+))?' is not implemented",
            r"derivative for (?:aten::)?(?P<op>\w+) is not implemented",
            r"The function '(?P<op>\w+)' is not differentiable with respect to argument '(?P<argument>\w+)'",
            r"(?P<op>\w+)\(\) does not support automatic differentiation",
        ),
        meaning="A tensor that requires grad went into {op}, which has no backward formula in torch for {argument}. "
        "There is no derivative to compute.",
        causes=("derivative_unimplemented",),
        defaults={"argument": "that argument"},
        finder="function",
    ),
)
