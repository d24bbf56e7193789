"""Hooks: what they can be put on, and what they may return."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="retain_grad_of_constant",
        title="retain_grad() was called on a tensor without requires_grad",
        text="retain_grad() asks backward() to keep the gradient of a computed tensor. This tensor requires no grad: "
        "it was made under no_grad, detached, or computed from constants only, so that no gradient will reach it.",
        how_to_tell="Print `tensor.requires_grad` and that of what it was computed from, one by one. Hooks and "
        "retain_grad() in a model's forward also run at validation, under no_grad.",
        fix="x.requires_grad_()  # on the input, before the computation\n"
        "if hidden.requires_grad:\n    hidden.retain_grad()  # for code that also runs under no_grad",
        program="""\
import torch

inputs = torch.tensor([0.5, -1.0])
hidden = torch.tanh(inputs)
hidden.retain_grad()
hidden.sum().backward()
""",
        mended="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = torch.tanh(inputs)
hidden.retain_grad()
hidden.sum().backward()
""",
        command="gradcli grad 'sum(tanh(x))' x=0.5,-1",
    ),
    Cause(
        name="hook_of_constant",
        title="a hook was registered on a tensor without requires_grad",
        text="A hook on a tensor runs when its gradient is computed. This tensor requires no grad: it was made under "
        "no_grad, detached, frozen, or computed from constants only, so that there never will be one.",
        how_to_tell="Print `tensor.requires_grad`. Hooks in a model's forward (Grad-CAM) also run at validation, under "
        "no_grad; a layer's output has a gradient only if its parameters or its input require grad.",
        fix="image.requires_grad_()  # on the input, before the computation\n"
        "if features.requires_grad:\n    features.register_hook(save)  # for code that also runs under no_grad",
        program="""\
import torch

image = torch.ones(2, 2)
features = torch.tanh(image)
features.register_hook(print)
features.sum().backward()
""",
        mended="""\
import torch

image = torch.ones(2, 2, requires_grad=True)
features = torch.tanh(image)
features.register_hook(print)
features.sum().backward()
""",
        command="gradcli grad 'sum(tanh(x))' x='[[1,1],[1,1]]'",
    ),
    Cause(
        name="accumulate_hook_of_non_leaf",
        title="a hook for accumulated gradients was registered on a computed tensor",
        text="register_post_accumulate_grad_hook runs after a leaf's .grad was added to. A computed tensor is no leaf "
        "and has no .grad to add to; register_hook is the hook for it.",
        how_to_tell="Print `tensor.is_leaf`: False. A parameter that was moved, scaled or cast is no leaf.",
        fix="parameter.register_post_accumulate_grad_hook(hook)  # a parameter, a leaf\n"
        "hidden.register_hook(hook)  # a computed tensor; the hook gets the gradient",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = torch.tanh(weight)
hidden.register_post_accumulate_grad_hook(lambda tensor: print(tensor.grad))
hidden.sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = torch.tanh(weight)
weight.register_post_accumulate_grad_hook(lambda tensor: print(tensor.grad))
hidden.sum().backward()
""",
        command="gradcli explain 'sum(tanh(w))' w=0.5,-1",
    ),
    Cause(
        name="hook_return_type",
        title="a hook returned something that is no gradient",
        text="What a hook returns takes the gradient's place, so that it has to be a tensor (on a tensor) or a tuple "
        "(on a grad_fn or a module), or None. A lambda returns whatever it computes, often by accident.",
        how_to_tell="Look for lambdas: `lambda g: print(g)` returns None and is fine, `lambda g: "
        "norms.append(g.norm())` too; `lambda g: g.norm().item()` or `lambda g: grads.setdefault('w', g.shape)` is "
        "not.",
        fix="def hook(grad):\n    norms.append(grad.norm().item())  # and returns None: the gradient stays\n"
        "handle = x.register_hook(lambda grad: grad.clamp(-1, 1))  # a tensor of the same shape",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
norms = {}
weight.register_hook(lambda grad: norms.setdefault("weight", grad.norm().item()))
weight.pow(2).sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
norms = {}
weight.register_hook(lambda grad: norms.update(weight=grad.norm().item()))
weight.pow(2).sum().backward()
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
    ),
    Cause(
        name="hook_return_shape",
        title="a hook returned a gradient of another shape, dtype or device",
        text="What a hook returns takes the gradient's place, and has to have its shape, dtype and device. A hook that "
        "takes a norm, a mean, a slice, or converts with double(), half() or cpu() changes them.",
        how_to_tell="Print `grad.shape, grad.dtype, grad.device` at the hook's beginning, and those of what it "
        "returns.",
        fix="x.register_hook(lambda grad: grad / grad.norm())  # the same shape\n"
        "x.register_hook(lambda grad: f(grad.double()).to(grad.dtype))  # back to the dtype",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.register_hook(lambda grad: grad.norm())
weight.pow(2).sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.register_hook(lambda grad: grad / grad.norm())
weight.pow(2).sum().backward()
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
    ),
    Cause(
        name="hook_return_count",
        title="a hook returned another number of gradients",
        text="A hook on a grad_fn or a module gets tuples, one gradient for each input or output, and what it returns "
        "in their place has to be a tuple of the same length. A tensor in place of a tuple is split along its first "
        "axis; a single gradient needs its comma.",
        how_to_tell="Print `len(grad_input), len(grad_output)` in the hook, and look for a missing comma.",
        fix="def hook(module, grad_input, grad_output):\n"
        "    return (grad_input[0] * 0.5,)  # a tuple of as many as grad_input has",
        program="""\
import torch

layer = torch.nn.Linear(2, 2)
layer.register_full_backward_hook(lambda module, grad_input, grad_output: 0.5 * grad_input[0])
layer(torch.ones(3, 2, requires_grad=True)).sum().backward()
""",
        mended="""\
import torch

layer = torch.nn.Linear(2, 2)
layer.register_full_backward_hook(lambda module, grad_input, grad_output: (0.5 * grad_input[0],))
layer(torch.ones(3, 2, requires_grad=True)).sum().backward()
""",
        command="gradcli grad 'sum(W@x)' W='[[1,2],[3,4]]' x=1,1 --wrt x",
    ),
    Cause(
        name="hooks_mixed",
        title="a module has an old and a full backward hook",
        text="register_backward_hook is the old hook, register_full_backward_hook the new one. They see different "
        "gradients, and a module may have hooks of one kind only.",
        how_to_tell="Look for both names, also in libraries that hook your model (Grad-CAM, SHAP, profilers).",
        fix="module.register_full_backward_hook(hook)  # everywhere",
        program="""\
import warnings

import torch

warnings.simplefilter("ignore")
layer = torch.nn.Linear(2, 2)
layer.register_backward_hook(lambda module, grad_input, grad_output: None)
layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
""",
        mended="""\
import torch

layer = torch.nn.Linear(2, 2)
layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
""",
        command="gradcli grad 'sum(W@x)' W='[[1,2],[3,4]]' x=1,1",
    ),
)

MESSAGES = (
    Message(
        name="retain_grad_of_constant",
        patterns=(r"can't retain_grad on (?:Tensor|Variable) that has requires_grad=False",),
        meaning="retain_grad() was called on a tensor that requires no grad. No gradient will reach it.",
        causes=("retain_grad_of_constant",),
        finder="nonleaf",
    ),
    Message(
        name="hook_of_constant",
        patterns=(
            r"cannot register a hook on a (?:tensor|variable|volatile variable)(?: that doesn't require gradient)?",
            r"not possible to get the gradient edge for a Tensor that does not require gradients",
        ),
        meaning="A hook, or a place in the graph, was asked of a tensor that requires no grad. It has no gradient and "
        "no place in a graph.",
        causes=("hook_of_constant",),
        finder="nonleaf",
    ),
    Message(
        name="accumulate_hook_of_non_leaf",
        patterns=(r"post accumulate grad hooks cannot be registered on non-leaf tensors",),
        meaning="A hook for accumulated gradients was put on a computed tensor. Gradients accumulate in leaves only.",
        causes=("accumulate_hook_of_non_leaf",),
        finder="nonleaf",
    ),
    Message(
        name="hook_return_type",
        patterns=(r"expected (?:Variable|Tensor|tuple)(?: or None)?, but hook returned '(?P<got>[^']+)'",),
        meaning="A hook returned a value of type {got}. What it returns replaces the gradient.",
        causes=("hook_return_type",),
    ),
    Message(
        name="hook_return_count",
        patterns=(
            r"hook '(?P<name>.*?)' has returned an incorrect number of values \(got (?P<got>\d+), but expected "
            r"(?P<expected>\d+)\)",
            r"Backward (?:pre )?hook returned an invalid number of grad_(?:input|output), got (?P<got>\d+), but "
            r"expected (?P<expected>\d+)",
        ),
        meaning="A hook returned {got} gradients in the place of {expected}.",
        causes=("hook_return_count",),
    ),
    Message(
        name="hook_return_shape",
        patterns=(
            r"hook '(?P<name>.*?)' has changed the (?P<what>size|type) of value",
            r"can't replace a (?P<what>None) gradient with a non-None value",
        ),
        meaning="A hook returned a gradient that does not fit in its place: it differs in {what}.",
        causes=("hook_return_shape",),
    ),
    Message(
        name="hooks_mixed",
        patterns=(r"Cannot use both regular backward hooks and full backward hooks",),
        meaning="Two kinds of backward hooks were put on one module. Only one kind is allowed.",
        causes=("hooks_mixed",),
    ),
)
