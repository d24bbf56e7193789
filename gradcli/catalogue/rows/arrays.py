"""Tensors handed to NumPy and to plain Python, and tensors asked whether they are true."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="numpy_on_grad",
        title="a tensor that requires grad is handed to NumPy",
        text="NumPy arrays know no gradients, so torch refuses to make one silently from a tensor that requires grad. "
        "detach() says that the history may be left behind, which is right for plots, metrics and logs. np.array, "
        "matplotlib and pandas ask for a numpy array as well, and raise the same.",
        how_to_tell="Look at the line of yours that raised: `.numpy()`, `np.array(x)`, `plt.plot(x)`. If the value "
        "is for a log or a plot, detach it. If the loss depends on what NumPy computes, it must not be detached: "
        "use torch's function.",
        fix="values = output.detach().cpu().numpy()\nhistory.append(loss.item())  # one number",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
output = model(torch.ones(2, 3))
print(output.numpy())
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
output = model(torch.ones(2, 3))
print(output.detach().numpy())
""",
        command="gradcli grad 'mean(w*x)' w=2 x=1,3 --wrt w",
    ),
    Cause(
        name="numpy_function_in_loss",
        title="a NumPy function stands inside the computation that is differentiated",
        text="np.exp, np.mean and the like turn the tensor into a numpy array first. detach() would end the error and "
        "cut the gradient: the step would be a constant to autograd. torch has the same function for tensors.",
        how_to_tell="The line that raised has `np.something(tensor)`, and its result goes into the loss.",
        fix="y = torch.exp(x)  # not np.exp(x)\nloss = torch.stack(losses).mean()  # not np.mean(losses)",
        program="""\
import numpy as np
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = np.exp(x).sum()
loss.backward()
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = torch.exp(x).sum()
loss.backward()
print(x.grad)
""",
        command="gradcli grad 'np.sum(np.exp(x))' x=1,2",
        signs=(r"\bnp\.(?!array\b|asarray\b|save)\w+\(", r"in __array_wrap__"),
    ),
    Cause(
        name="numpy_lazy_view",
        title="a tensor with a lazy conjugate or minus sign is handed to NumPy",
        text="conj() and the imaginary part of a conjugate do not compute anything: torch keeps a bit that says that "
        "the values in memory have still to be conjugated or negated. A numpy array would show the values without it.",
        how_to_tell="Print `x.is_conj()` and `x.is_neg()`.",
        fix="array = x.resolve_conj().resolve_neg().numpy()",
        program="""\
import torch

z = torch.tensor([1.0 + 2.0j])
print(z.conj().numpy())
""",
        mended="""\
import torch

z = torch.tensor([1.0 + 2.0j])
print(z.conj().resolve_conj().numpy())
""",
        command="gradcli grad 'a**2 + b**2' a=1 b=2",
    ),
    Cause(
        name="numpy_lacks_dtype",
        title="NumPy has no such dtype or layout",
        text="bfloat16, float8 and quantized types, and sparse layouts, have no counterpart in NumPy. Convert the "
        "values first; a copy in float32 holds every bfloat16 exactly.",
        how_to_tell="Print `x.dtype` and `x.layout`. A model under autocast or loaded in bfloat16 gives such outputs.",
        fix="array = output.detach().float().cpu().numpy()\narray = sparse.to_dense().numpy()",
        program="""\
import torch

output = torch.ones(3, dtype=torch.bfloat16)
print(output.numpy())
""",
        mended="""\
import torch

output = torch.ones(3, dtype=torch.bfloat16)
print(output.float().numpy())
""",
        command="gradcli grad 'sum(x**2)' x=1,2 --dtype bfloat16",
    ),
    Cause(
        name="truth_value",
        title="a tensor with several entries is asked whether it is true",
        text="if, and, or, not, assert and while need one truth value (a Python bool), and a comparison of tensors "
        "gives one for each entry. Say whether all or any entry counts, or choose entry by entry with torch.where, "
        "which has a gradient.",
        how_to_tell="Look for a condition on the line that raised: `if x > 0:`, `x and y`, `0 < x < 1`, `x == y`, or a "
        "`tensor or default` in an argument. Print the shape of what is asked.",
        fix="if (x > 0).all():\n    ...\ny = torch.where(x > 0, x, 0.1 * x)  # a choice for each entry\n"
        "mask = (0 < x) & (x < 1)  # not 0 < x < 1\nif x is not None:  # not: if x",
        program="""\
import torch

def leaky(x):
    if x > 0:
        return x
    return 0.1 * x

leaky(torch.tensor([1.0, -2.0], requires_grad=True)).sum().backward()
""",
        mended="""\
import torch

def leaky(x):
    return torch.where(x > 0, x, 0.1 * x)

leaky(torch.tensor([1.0, -2.0], requires_grad=True)).sum().backward()
""",
        command="gradcli grad 'sum(where(x > 0, x, 0.1*x))' x=1,-2",
    ),
    Cause(
        name="loss_class_called",
        title="the loss class was called with the tensors",
        text="nn.MSELoss, nn.CrossEntropyLoss and their kin are classes. The parentheses after the class name "
        "make an instance and take its settings (weight, reduction), not the output and the target: the constructor "
        "asks these tensors for a truth value, or keeps them and gives a module back, which is no loss. Make the "
        "instance first, and call that.",
        how_to_tell="Look for `nn.SomethingLoss(output, target)` with one pair of parentheses. With tensors of one "
        "entry the constructor succeeds, and `.backward()` or `.item()` fails on the module.",
        fix="criterion = nn.MSELoss()\nloss = criterion(output, target)\n"
        "loss = F.mse_loss(output, target)  # the function",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
loss = nn.MSELoss(model(torch.ones(2, 3)), torch.zeros(2, 1))
loss.backward()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
loss = nn.MSELoss()(model(torch.ones(2, 3)), torch.zeros(2, 1))
loss.backward()
""",
        command="gradcli grad 'mse_loss(w*x, y)' w=2 x=1,2 y=0,1 --wrt w",
        signs=(r"\b\w*Loss\(\s*[^)\s]", r"legacy_get_(?:string|enum)", r"nn[/.]modules[/.]loss\.py\D+\d+, in __init__"),
    ),
    Cause(
        name="python_comparison",
        title="Python's max, min, sorted, in or list.index compares tensors",
        text="These functions of Python compare the elements of a list and need one truth value for each comparison. "
        "On tensors with several entries a comparison gives a tensor of bool, which has no single truth value.",
        how_to_tell="The line that raised has `max(a, b)`, `min(...)`, `sorted(...)`, `x in list`, `list.index(x)` or "
        "`list.remove(x)` with tensors.",
        fix="torch.maximum(a, b)  # not max(a, b)\nany(x is t for t in tensors)  # not x in tensors\n"
        "sorted(rows, key=lambda row: row.sum().item())",
        program="""\
import torch

a = torch.tensor([1.0, 4.0], requires_grad=True)
b = torch.tensor([3.0, 2.0], requires_grad=True)
top = max(a, b)
""",
        mended="""\
import torch

a = torch.tensor([1.0, 4.0], requires_grad=True)
b = torch.tensor([3.0, 2.0], requires_grad=True)
top = torch.maximum(a, b)
top.sum().backward()
""",
        command="gradcli grad 'sum(maximum(a, b))' a=1,4 b=3,2",
        signs=(r"(?<![.\w])(?:max|min|sorted)\(", r"\.(?:index|remove|count)\(", r"\bif \w+(?: not)? in\b"),
    ),
    Cause(
        name="truth_value_of_nothing",
        title="an empty tensor is asked whether it is true",
        text="A tensor without entries has no truth value, not even False. A filter or a mask has kept nothing, and "
        "the condition that follows was written for at least one entry.",
        how_to_tell="Print `x.numel()`: 0.",
        fix="if x.numel() > 0 and bool((x > 0).all()):\n    ...",
        program="""\
import torch

scores = torch.tensor([0.1, 0.2])
kept = scores[scores > 0.5]
if kept > 0:
    print(kept)
""",
        mended="""\
import torch

scores = torch.tensor([0.1, 0.2])
kept = scores[scores > 0.5]
if kept.numel() > 0:
    print(kept)
""",
        command="gradcli grad 'sum(where(x > 0.5, x, 0))' x=0.1,0.2",
    ),
)

MESSAGES = (
    Message(
        name="numpy_on_grad",
        patterns=(
            r"Can't call numpy\(\) on (?:Tensor|Variable) that requires grad",
            r"Can't export tensors that require gradient",
            r"Can't get __cuda_array_interface__ on (?:Tensor|Variable) that requires grad",
        ),
        meaning="A tensor that requires grad was to become an array, which cannot carry the gradient.",
        causes=("numpy_on_grad", "numpy_function_in_loss"),
        finder="values",
    ),
    Message(
        name="numpy_lazy_view",
        patterns=(
            r"Can't call numpy\(\) on Tensor that has (?P<bit>conjugate|negative) bit set",
            r"Can't export tensors with the (?P<bit>conjugate) bit set",
        ),
        meaning="The values in memory lack their {bit} sign yet, and an array would show them so.",
        causes=("numpy_lazy_view",),
        finder="values",
    ),
    Message(
        name="numpy_lacks_dtype",
        patterns=(
            r"Got unsupported ScalarType (?P<dtype>\w+)",
            r"can't convert (?P<dtype>Sparse\w*|\w*[Ss]parse\w*) (?:layout )?tensor to numpy",
        ),
        meaning="NumPy has nothing for {dtype}.",
        causes=("numpy_lacks_dtype",),
        finder="values",
    ),
    Message(
        name="truth_value_of_nothing",
        patterns=(
            r"[Bb]ool(?:ean)? value of (?:a )?Tensor with no values is ambiguous",
            r"[Tt]ruth value of an empty array is ambiguous",
        ),
        meaning="A tensor without entries was used as a condition.",
        causes=("truth_value_of_nothing",),
        finder="values",
    ),
    Message(
        name="truth_value",
        patterns=(
            r"[Bb]ool(?:ean)? value of (?:a )?Tensor with more than one value is ambiguous",
            r"[Bb]ool(?:ean)? value of (?:non-empty torch\.\w+ objects|Variable objects containing non-empty "
            r"torch\.[\w.]+) is ambiguous",
            r"truth value of an array with more than one element is ambiguous",
        ),
        meaning="A tensor with several entries was used as a condition. Each entry has a truth value, the tensor as a "
        "whole has none.",
        causes=("truth_value", "loss_class_called", "python_comparison"),
        finder="values",
    ),
    Message(
        name="loss_module_for_tensor",
        patterns=(
            r"'(?P<name>\w*(?:Loss|Criterion|Entropy)\w*)' object has no attribute "
            r"'(?P<attribute>backward|item|detach|mean|sum|requires_grad|grad_fn|data|cpu|dim|size|shape)'",
            r"unsupported operand type\(s\) for (?P<op>\S+): '(?P<name>\w*Loss)' and '[\w.]+'",
            r"unsupported operand type\(s\) for (?P<op>\S+): '[\w.]+' and '(?P<name>\w*Loss)'",
        ),
        meaning="{name} is the loss module, and it was used as if it were the loss: a tensor.",
        causes=("loss_class_called",),
        finder="values",
    ),
)
