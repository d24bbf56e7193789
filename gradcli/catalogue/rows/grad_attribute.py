"""A ``.grad`` that is None, and gradients asked of what has none: modules, generators, flags."""

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
        signs=(r"\b(\w+)\s*=\s*\1\s*[-+].*\1\.grad", r"\*=?: 'float'"),
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
    Cause(
        name="scaler_without_gradients",
        title="no parameter of the optimizer has a gradient",
        text="GradScaler.step looks through the gradients of the optimizer's parameters for infinities, and finds that "
        "all of them are None. No backward reached these parameters: the loss was rebuilt as a new constant, the "
        "parameters are frozen, or the optimizer holds parameters of another copy of the model.",
        how_to_tell="Before `scaler.step(optimizer)` print `[p.grad is not None for g in optimizer.param_groups for p "
        "in g['params']]`. All False: look for `zero_grad` after backward, for a loss made with torch.tensor, or for a "
        "model that was replaced or moved after the optimizer was made.",
        fix="scaler.scale(loss).backward()  # loss comes out of this model\nscaler.step(optimizer)\nscaler.update()\n"
        "optimizer.zero_grad()  # last",
        program="""\
import torch

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
loss = torch.tensor(1.5, requires_grad=True)  # a number from elsewhere
scaler.scale(loss).backward()
scaler.step(optimizer)
""",
        mended="""\
import torch

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
loss = model(torch.ones(3, 2)).square().mean()
scaler.scale(loss).backward()
scaler.step(optimizer)
scaler.update()
""",
        command="gradcli grad 'mean((w*x)**2)' w=0.5 x=1,2 --wrt w",
    ),
    Cause(
        name="module_for_tensor",
        title="a module was taken for one of its tensors",
        text="A layer or a model is a container: the tensors with a gradient are its parameters. A module has no .grad "
        "and no backward of its own; requires_grad set on it as an attribute has no effect at all.",
        how_to_tell="The type in the message is a module's. Say which of its tensors is meant: `.weight`, `.bias`, or "
        "all of `parameters()`.",
        fix="layer.weight.grad\nmodel.requires_grad_(False)  # the method sets all parameters\n"
        "for p in model.parameters():\n    print(p.grad)",
        program="""\
import torch

layer = torch.nn.Linear(2, 1)
layer(torch.ones(3, 2)).mean().backward()
print(layer.grad)
""",
        mended="""\
import torch

layer = torch.nn.Linear(2, 1)
layer(torch.ones(3, 2)).mean().backward()
print(layer.weight.grad)
""",
        command="gradcli grad 'mean(x@w + b)' x=[[1,1],[1,1]] w=1,2 b=0 --wrt w,b",
    ),
    Cause(
        name="generator_for_tensor",
        title="all parameters at once were taken for one tensor",
        text="model.parameters() is a generator: it gives the tensors one after the other, and has itself neither "
        "requires_grad nor .grad. Go through it, or use the module's own methods.",
        how_to_tell="Look for `parameters()` followed by a dot on the line that raised.",
        fix="model.requires_grad_(False)\ntotal = sum(p.grad.norm() ** 2 for p in model.parameters()) ** 0.5",
        program="""\
import torch

model = torch.nn.Linear(2, 1)
print(model.parameters().requires_grad)
""",
        mended="""\
import torch

model = torch.nn.Linear(2, 1)
print([p.requires_grad for p in model.parameters()])
""",
        command="gradcli grad 'mean(x@w + b)' x=[[1,1],[1,1]] w=1,2 b=0 --wrt w,b",
        signs=(r"'generator' object",),
    ),
    Cause(
        name="zero_grad_of_tensor",
        title="zero_grad was called on a tensor",
        text="zero_grad belongs to optimizers and modules. The gradient of a single tensor is cleared by setting its "
        ".grad to None.",
        how_to_tell="The object before `.zero_grad()` is a tensor.",
        fix="w.grad = None",
        program="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
w.square().sum().backward()
w.zero_grad()
""",
        mended="""\
import torch

w = torch.tensor([0.5, -1.0], requires_grad=True)
w.square().sum().backward()
w.grad = None
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
    ),
    Cause(
        name="requires_grad_called",
        title="requires_grad and is_leaf are flags, not methods",
        text="x.requires_grad is True or False, and a bool cannot be called. The method that sets the flag has an "
        "underscore at its end, requires_grad_().",
        how_to_tell="Look for `.requires_grad(`, `.is_leaf(` or `.is_sparse(` on the line that raised.",
        fix="x.requires_grad_()\nx.requires_grad = True",
        program="""\
import torch

x = torch.tensor([1.0, 2.0])
x.requires_grad(True)
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0])
x.requires_grad_(True)
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
        signs=(r"\.requires_grad\(", r"\.is_leaf\("),
    ),
    Cause(
        name="retain_variables",
        title="retain_variables has become retain_graph",
        text="backward took retain_variables before torch 0.3. It is called retain_graph now, and keeps the graph for "
        "a second backward through it.",
        how_to_tell="The name stands in the call of backward.",
        fix="loss.backward(retain_graph=True)",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
x.square().sum().backward(retain_variables=True)
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
x.square().sum().backward(retain_graph=True)
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
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
            r"expected (?:Tensor|Variable) as element (?P<index>\d+) in argument \d+, but got NoneType",
        ),
        meaning="A value was None where a tensor was expected. In code that reads gradients it is nearly always a "
        "`.grad` that no backward pass has filled; elsewhere a function without a return, or a file that was not read.",
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
    Message(
        name="scaler_without_gradients",
        patterns=(r"No inf checks were recorded (?:for this optimizer|prior to update)",),
        meaning="The gradient scaler found not a single gradient among the optimizer's parameters.",
        causes=("scaler_without_gradients",),
        finder="unused",
    ),
    Message(
        name="module_for_tensor",
        patterns=(
            r"'(?P<kind>Linear|Conv\w+|Embedding\w*|Sequential|Module\w*|Parameter(?:List|Dict)|LSTM|GRU|RNN|"
            r"\w*Norm\w*|\w*Net\w*|\w*Model\w*|\w*Layer\w*|\w*Parallel)' object has no attribute "
            r"'(?P<attribute>grad|backward|requires_grad|grad_fn|is_leaf|detach|retain_grad)'",
        ),
        meaning="`{attribute}` was asked of a {kind}, which is a module and no tensor.",
        causes=("module_for_tensor",),
        finder="number",
    ),
    Message(
        name="zero_grad_of_tensor",
        patterns=(r"'(?:Tensor|Parameter)' object has no attribute 'zero_grad'",),
        meaning="A tensor has no zero_grad; optimizers and modules have.",
        causes=("zero_grad_of_tensor",),
    ),
    Message(
        name="flag_called",
        patterns=(r"'bool' object is not callable",),
        meaning="A truth value was called as if it were a function.",
        causes=("requires_grad_called", "name_overwritten"),
    ),
    Message(
        name="retain_variables",
        patterns=(r"got an unexpected keyword argument 'retain_variables'",),
        meaning="backward does not know an argument of this name any more.",
        causes=("retain_variables",),
    ),
)
