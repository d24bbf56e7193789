"""Inputs that the output does not depend on."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="unused_input",
        title="the output does not depend on one of the inputs",
        text="One of the tensors that you differentiate in requires grad, but is not used on the way to this output: "
        "no path of the graph leads from the output to it. Its gradient would be zero; torch raises, since mostly "
        "something was forgotten: a layer that forward does not call, a term left out of the loss, an input that is "
        "replaced before it is used.",
        how_to_tell="Call again with `allow_unused=True`: the inputs whose gradient is None are the unused ones. For a "
        "model, zip the result with `model.named_parameters()`. Then ask whether that tensor should have been used.",
        fix="loss = (x @ w + b).square().mean()  # use it, if it was forgotten\n"
        "torch.autograd.grad(loss, [w, b], allow_unused=True)  # None for the unused one\n"
        "torch.autograd.grad(loss, [w, b], materialize_grads=True)  # zeros for it",
        program="""\
import torch

x = torch.ones(4, 2)
w = torch.tensor([0.5, -1.0], requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
loss = (x @ w).square().mean()
torch.autograd.grad(loss, [w, b])
""",
        mended="""\
import torch

x = torch.ones(4, 2)
w = torch.tensor([0.5, -1.0], requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
loss = (x @ w + b).square().mean()
print(torch.autograd.grad(loss, [w, b]))
""",
        command="gradcli grad 'mean((x@w)**2)' x=[[1,2],[3,4]] w=1,2 b=0 --wrt w,b --allow-unused",
    ),
    Cause(
        name="differentiated_view",
        title="the input is a view or a copy, and the output was made from the original",
        text="x.view(...), x[0], x.clone(), x.to(device) and x.reshape(...) are new nodes of the graph. The output was "
        "computed from x itself, so it does not depend on the new tensor, although the values are the same: the new "
        "one is not used. The tensor to differentiate in is the one that went into the model.",
        how_to_tell="Print `input.grad_fn`: ViewBackward0, SelectBackward0, CloneBackward0 or ToCopyBackward0 means "
        "that the input was made from another tensor. Or the name was bound again after the output was computed.",
        fix="flat = x.view(2, -1)\nscore = model(flat)  # first the view, then the model\n"
        "torch.autograd.grad(score, flat)\n"
        "torch.autograd.grad(model(x), x)[0][:, 0]  # or slice the gradient, not the input",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.square().sum()
torch.autograd.grad(y, x[0])
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.square().sum()
(g,) = torch.autograd.grad(y, x)
print(g[0])
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
        signs=(r"grad\([^,]+,\s*\w+(?:\[|\.view|\.reshape|\.clone|\.to\b|\.flatten|\.T\b)",),
    ),
    Cause(
        name="second_derivative_vanishes",
        title="the first derivative does not depend on the input any more",
        text="Where the output is linear in an input, the first derivative in it is a constant, or depends on the "
        "weights alone. The second derivative is zero, and torch, which finds no path to the input, calls it unused.",
        how_to_tell="The output is itself a derivative, made with create_graph=True, and it is linear in this input: a "
        "model of Linear layers without activation, a factor `t`, a sum. (A network of ReLU gives zeros without an "
        "error; only a smooth activation such as tanh has a second derivative worth having.)",
        fix="net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))  # has a second derivative\n"
        "torch.autograd.grad(u_x.sum(), x, materialize_grads=True)  # zeros, if zero is right",
        program="""\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1, 8), nn.Linear(8, 1))
x = torch.linspace(0.0, 1.0, 5).reshape(-1, 1).requires_grad_()
(u_x,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
(u_xx,) = torch.autograd.grad(u_x.sum(), x)
""",
        mended="""\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.linspace(0.0, 1.0, 5).reshape(-1, 1).requires_grad_()
(u_x,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
(u_xx,) = torch.autograd.grad(u_x.sum(), x)
""",
        command="gradcli grad 'w*x' x=2 w=3 --wrt x --order 2",
        signs=(r"\w_(?:xx|yy|zz|tt)\b", r"hessian|laplac"),
    ),
    Cause(
        name="materialize_conflict",
        title="materialize_grads=True together with allow_unused=False",
        text="materialize_grads puts zeros in the place of the gradients of unused inputs, so it has to allow them. "
        "allow_unused=False forbids them: the two contradict each other.",
        how_to_tell="Both arguments stand in the call, often one of them in a helper that passes defaults on.",
        fix="torch.autograd.grad(y, [x, b], materialize_grads=True)  # zeros\n"
        "torch.autograd.grad(y, [x, b], allow_unused=True)  # None",
        program="""\
import torch

x = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
torch.autograd.grad(x**2, [x, b], allow_unused=False, materialize_grads=True)
""",
        mended="""\
import torch

x = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
print(torch.autograd.grad(x**2, [x, b], materialize_grads=True))
""",
        command="gradcli grad 'x**2' x=2 b=1 --materialize-grads",
    ),
    Cause(
        name="input_requires_grad_missing",
        title="an input that is to be differentiated in does not require grad",
        text="The output has a graph, but one of the inputs is not part of it, because it does not have requires_grad "
        "set: data from a loader, a buffer, a frozen parameter, or a tensor that was detached. torch recorded nothing "
        "for it. requires_grad has to be set before the forward pass.",
        how_to_tell="Print `[t.requires_grad for t in inputs]`. In a list of parameters one may be frozen: keep those "
        "that require grad.",
        fix="batch.requires_grad_()  # before the output is computed\n"
        "params = [p for p in model.parameters() if p.requires_grad]",
        program="""\
import torch

model = torch.nn.Linear(2, 1)
image = torch.tensor([[0.2, 0.8]])
score = model(image).sum()
torch.autograd.grad(score, image)
""",
        mended="""\
import torch

model = torch.nn.Linear(2, 1)
image = torch.tensor([[0.2, 0.8]]).requires_grad_()
score = model(image).sum()
print(torch.autograd.grad(score, image))
""",
        command="gradcli grad 'sum(w*x)' w=1,2 x=0.2,0.8 --wrt x",
    ),
    Cause(
        name="input_frozen_later",
        title="an input was frozen after the output was computed",
        text="The input required grad while the output was computed, and requires_grad was taken away before the call: "
        "by a loop that freezes a part of the model, or by a helper that toggles it, as two networks that are trained "
        "in turn do.",
        how_to_tell="Look for `requires_grad_(False)` or `requires_grad = False` between the forward pass and "
        "the call.",
        fix="grads = torch.autograd.grad(loss, params)  # first\nfor p in params:\n    p.requires_grad_(False)  # then",
        program="""\
import torch

critic = torch.nn.Linear(2, 1)
loss = critic(torch.ones(3, 2)).mean()
critic.requires_grad_(False)
torch.autograd.grad(loss, list(critic.parameters()))
""",
        mended="""\
import torch

critic = torch.nn.Linear(2, 1)
loss = critic(torch.ones(3, 2)).mean()
grads = torch.autograd.grad(loss, list(critic.parameters()))
critic.requires_grad_(False)
""",
        command="gradcli grad 'mean(x@w + b)' x=[[1,1],[1,1]] w=1,2 b=0 --wrt w,b",
        signs=(r"requires_grad_?\s*(?:=|\()\s*False", r"freez"),
    ),
)

_UNUSED = ("unused_input", "differentiated_view", "second_derivative_vanishes")

MESSAGES = (
    Message(
        name="unused_input_at",
        patterns=(
            r"The differentiated (?:Tensor|Variable) at index (?P<index>\d+) appears to not have been used in the",
        ),
        meaning="The output does not depend on input {index} (counted from 0). torch would have to invent a gradient "
        "of zero, and asks first.",
        causes=_UNUSED,
        finder="unused",
    ),
    Message(
        name="unused_input",
        patterns=(
            r"[Oo]ne of the differentiated (?:Tensors|Variables) appears to not have been used in the",
            r"differentiated input is unreachable",
        ),
        meaning="The output does not depend on one of the inputs. torch would have to invent a gradient of zero, and "
        "asks first; newer versions say which input it is.",
        causes=_UNUSED,
        finder="unused",
    ),
    Message(
        name="materialize_conflict",
        patterns=(r"Expected allow_unused to be True or not passed when materialize_grads=True",),
        meaning="Zeros were asked for in the place of missing gradients, and missing gradients were forbidden.",
        causes=("materialize_conflict",),
    ),
    Message(
        name="input_untracked",
        patterns=(r"[Oo]ne of the differentiated (?:Tensors|Variables) does not require grad",),
        meaning="One of the inputs is a constant to autograd: it does not require grad, so no derivative in it was "
        "recorded.",
        causes=("input_requires_grad_missing", "input_frozen_later"),
        finder="unused",
    ),
)
