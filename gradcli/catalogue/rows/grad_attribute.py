"""``.grad`` is None, and a value was expected."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="backward_not_run",
        title="no backward has filled .grad yet",
        text="The .grad attribute is None until a backward pass reaches the tensor. Here it is read before the first "
        "backward: old gradients are zeroed at the top of the first step, or the call of backward was left out. Since "
        "torch 2.0 optimizer.zero_grad() sets .grad back to None too. torch fills it only for a leaf that requires "
        "grad.",
        how_to_tell="Look whether `backward()` ran between the last `zero_grad()` and this line. A line such as "
        "`w.grad.data.zero_()` that stands before `loss.backward()` fails in the first step only.",
        fix="if w.grad is not None:\n    w.grad.zero_()\n"
        "optimizer.zero_grad(set_to_none=False)  # zeros instead of None",
        program="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
for step in range(3):
    w.grad.data.zero_()
    loss = w.square().sum()
    loss.backward()
""",
        mended="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
for step in range(3):
    if w.grad is not None:
        w.grad.zero_()
    loss = w.square().sum()
    loss.backward()
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
        signs=(r"\.grad(?:\.data)?\.zero_\(",),
    ),
    Cause(
        name="leaf_replaced",
        title="the update made a new tensor, which is no leaf",
        text="w = w - lr * w.grad binds the name to a new tensor, computed from the old one. Under no_grad it does not "
        "require grad; outside it is no leaf, and backward fills the .grad of leaf tensors only. So .grad is None in "
        "the next step. The update has to change the same tensor in place.",
        how_to_tell="The first step works, the second fails. Print `w.is_leaf` and `w.requires_grad` after the update.",
        fix="with torch.no_grad():\n    w -= lr * w.grad  # in place: the same leaf\nw.grad = None",
        program="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
for step in range(3):
    loss = w.square().sum()
    loss.backward()
    w = w - 0.1 * w.grad
""",
        mended="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
for step in range(3):
    loss = w.square().sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
""",
        command="gradcli grad 'sum(w**2)' w=0.4,-0.8",
        signs=(r"\b(\w+)\s*=\s*\1\s*[-+].*\1\.grad", r"- ?(?:lr|learning_rate|alpha|eta|0\.\d+) ?\*", r"\*=?: 'float'"),
    ),
    Cause(
        name="grad_never_reached",
        title="backward ran, but did not reach this tensor",
        text="backward fills .grad only of a leaf that requires grad and that the output depends on. This tensor is "
        "frozen, was cut off (detach, no_grad, NumPy), belongs to a layer that this loss does not use, or is a copy "
        "(x.cuda(), x.to(device), 2 * x): then the original is the leaf, and the copy stays None.",
        how_to_tell="Print `t.requires_grad`, `t.is_leaf` and `t.grad_fn`. requires_grad False: frozen or detached. A "
        "grad_fn: not a leaf, call `t.retain_grad()` before backward. Neither: the loss does not depend on it.",
        fix="for name, p in model.named_parameters():\n    if p.grad is not None:\n        print(name, p.grad.norm())\n"
        "w = torch.randn(3, device='cuda', requires_grad=True)  # a leaf there, not a copy",
        program="""\
import torch
from torch import nn

body, spare = nn.Linear(3, 1), nn.Linear(3, 1)
loss = body(torch.ones(2, 3)).mean()
loss.backward()
for layer in (body, spare):
    print(layer.weight.grad.norm())
""",
        mended="""\
import torch
from torch import nn

body, spare = nn.Linear(3, 1), nn.Linear(3, 1)
loss = body(torch.ones(2, 3)).mean()
loss.backward()
for layer in (body, spare):
    if layer.weight.grad is not None:
        print(layer.weight.grad.norm())
""",
        command="gradcli grad 'mean(x@w)' x=[[1,1],[1,1]] w=1,2 spare=0 --wrt w,spare --allow-unused",
        signs=(r"named_parameters|\.parameters\(\)", r"\bp(?:aram)?\.grad\b"),
    ),
    Cause(
        name="grad_after_autograd_grad",
        title="autograd.grad returns the gradients, and leaves .grad alone",
        text="torch.autograd.grad hands the gradients back as a tuple. It accumulates nothing: the .grad of the "
        "tensors stays None, and an optimizer finds no gradient either.",
        how_to_tell="There is a call of `torch.autograd.grad` (or torch.func.grad) and no `backward()` before this "
        "line.",
        fix="(g,) = torch.autograd.grad(loss, w)  # use g\nloss.backward()  # or this: fills w.grad",
        program="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
loss = w.square().sum()
torch.autograd.grad(loss, w)
print(w.grad.norm())
""",
        mended="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
loss = w.square().sum()
(g,) = torch.autograd.grad(loss, w)
print(g.norm())
""",
        command="gradcli explain 'sum(w**2)' w=0.5,-1",
        signs=(r"autograd\.grad\(",),
    ),
    Cause(
        name="allow_unused_none",
        title="a gradient that allow_unused left None was used",
        text="With allow_unused=True autograd.grad gives None for every input that the output does not depend on. The "
        "next line takes each gradient for a tensor.",
        how_to_tell="The None comes out of the tuple of `torch.autograd.grad(..., allow_unused=True)`.",
        fix="grads = torch.autograd.grad(loss, params, materialize_grads=True)  # zeros instead of None\n"
        "steps = [p if g is None else p - lr * g for p, g in zip(params, grads)]",
        program="""\
import torch

w = torch.tensor(0.5, requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
grads = torch.autograd.grad(w**2, [w, b], allow_unused=True)
fast = [p - 0.1 * g for p, g in zip([w, b], grads)]
""",
        mended="""\
import torch

w = torch.tensor(0.5, requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
grads = torch.autograd.grad(w**2, [w, b], materialize_grads=True)
fast = [p - 0.1 * g for p, g in zip([w, b], grads)]
""",
        command="gradcli grad 'w**2' w=0.5 b=0.1 --allow-unused",
        signs=(r"allow_unused", r"\bzip\(", r"\bfast"),
    ),
)

_USES = (
    "data|norm|zero_|abs|sum|mean|sign|detach_?|clone|item|numpy|cpu|cuda|to|view|reshape|flatten|shape|size|dim|max|"
    "min|pow|square|sqrt|add_|sub_|mul_|div_|copy_|clamp_?|isnan|isfinite|any|all|float|dtype|device|is_sparse|layout|"
    "coalesce|T|t|tolist|std|var|nelement|numel|dot|fill_"
)

MESSAGES = (
    Message(
        name="grad_none",
        patterns=(
            rf"'NoneType' object has no attribute '(?P<attribute>{_USES})'",
            r"unsupported operand type\(s\) for (?P<op>\S+): '(?:NoneType)' and '[\w.]+'",
            r"unsupported operand type\(s\) for (?P<op>\S+): '[\w.]+' and 'NoneType'",
            r"bad operand type for (?P<op>unary [-+~]|abs\(\)): 'NoneType'",
            r"(?P<function>\w+)\(\): argument '(?P<argument>\w+)' \(position \d+\) must be Tensor, not NoneType",
            r"expected Tensor as element (?P<index>\d+) in argument \d+, but got NoneType",
        ),
        meaning="A value was None where a tensor was expected. In code that reads gradients it is nearly always a "
        "`.grad` that no backward pass has filled.",
        causes=(
            "backward_not_run",
            "grad_of_non_leaf",
            "grad_never_reached",
            "leaf_replaced",
            "grad_after_autograd_grad",
            "allow_unused_none",
            "backward_result_used",
        ),
        finder="unused",
    ),
)
