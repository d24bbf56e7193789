"""What custom Functions and hooks save for the backward pass, and what they change in place."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="function_save_type",
        title="something that is no tensor was given to save_for_backward",
        text="save_for_backward keeps tensors and None. A number, a shape, a list of tensors or a flag is no tensor: "
        "it belongs on ctx as an attribute, and the tensors of a list are given one by one.",
        how_to_tell="The position in the message counts the arguments of save_for_backward from 0, the type says what "
        "stands there.",
        fix="ctx.save_for_backward(x, *weights)  # tensors, one by one\nctx.factor = factor  # anything else",
        program="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x, factor)
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        x, factor = ctx.saved_tensors
        return grad * factor, None


x = torch.tensor([0.5, -1.0], requires_grad=True)
Scale.apply(x, 3.0).sum().backward()
""",
        mended="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


x = torch.tensor([0.5, -1.0], requires_grad=True)
Scale.apply(x, 3.0).sum().backward()
""",
        command="gradcli grad 'sum(x*factor)' x=0.5,-1 factor=3 --wrt x",
    ),
    Cause(
        name="function_saved_late",
        title="backward reads an attribute of ctx that forward has not set",
        text="backward gets the same ctx that forward had, and finds on it what forward, or setup_context, put there. "
        "The attribute was never set: it has another name, was set on self or on the class, or only in a branch.",
        how_to_tell="Compare the names after `ctx.` in forward (or setup_context) with those in backward. What is "
        "returned by save_for_backward is read as `ctx.saved_tensors`.",
        fix="def forward(ctx, x, scale):\n    ctx.scale = scale  # the same name as in backward",
        program="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


x = torch.tensor([0.5, -1.0], requires_grad=True)
Scale.apply(x, 3.0).sum().backward()
""",
        mended="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


x = torch.tensor([0.5, -1.0], requires_grad=True)
Scale.apply(x, 3.0).sum().backward()
""",
        command="gradcli grad 'sum(x*factor)' x=0.5,-1 factor=3 --wrt x",
    ),
    Cause(
        name="function_saved_alias",
        title="a Function returns its input as it is, and saves it in setup_context",
        text="forward returned one of its inputs as it is. Autograd then makes the output from the input, and which of "
        "the two setup_context saves is not defined. A view of the input is a tensor of its own.",
        how_to_tell="forward has `return x`, and setup_context saves x or output.",
        fix="@staticmethod\ndef forward(x):\n    return x.view_as(x)  # not x itself",
        program="""\
import torch


class ClipGradient(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad):
        return grad.clamp(-1, 1)


x = torch.tensor([0.5, -1.0], requires_grad=True)
ClipGradient.apply(x).sum().backward()
""",
        mended="""\
import torch


class ClipGradient(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad):
        return grad.clamp(-1, 1)


x = torch.tensor([0.5, -1.0], requires_grad=True)
ClipGradient.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(x)' x=0.5,-1",
    ),
    Cause(
        name="function_dirty_not_returned",
        title="an input that a Function changes in place is not among its outputs",
        text="ctx.mark_dirty says that forward changes an input in place. Autograd then takes that input for an output "
        "of the Function, so it has to be returned; or it was given something that is no input tensor.",
        how_to_tell="The arguments of mark_dirty have to be inputs of forward, and each has to stand in `return`.",
        fix="x.add_(1)\nctx.mark_dirty(x)\nreturn x  # the changed input itself\n# or x = x + 1, without mark_dirty",
        program="""\
import torch


class AddOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad


weight = torch.tensor([0.5, -1.0], requires_grad=True)
AddOne.apply(2 * weight).sum().backward()
""",
        mended="""\
import torch


class AddOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, grad):
        return grad


weight = torch.tensor([0.5, -1.0], requires_grad=True)
(2 * AddOne.apply(2 * weight)).sum().backward()
""",
        command="gradcli grad 'sum(2*(2*w + 1))' w=0.5,-1",
    ),
    Cause(
        name="function_dirty_view",
        title="a Function changes a view in place and returns several tensors",
        text="The input that forward changes in place is a view of another tensor. Autograd can follow that only where "
        "the Function returns nothing but that one tensor.",
        how_to_tell="The argument of apply() is a slice, a row or another view, and forward returns more than the "
        "changed input.",
        fix="y, other = MyFunction.apply(x[:2].clone())  # no view goes in\n"
        "# or two Functions: one changes and returns x, the other computes the rest",
        program="""\
import torch


class AddOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x, x * 2

    @staticmethod
    def backward(ctx, grad, grad_double):
        return grad + 2 * grad_double


weight = torch.tensor([0.5, -1.0], requires_grad=True)
row, double = AddOne.apply((2 * weight)[:1])
double.sum().backward()
""",
        mended="""\
import torch


class AddOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x, x * 2

    @staticmethod
    def backward(ctx, grad, grad_double):
        return grad + 2 * grad_double


weight = torch.tensor([0.5, -1.0], requires_grad=True)
row, double = AddOne.apply((2 * weight)[:1].clone())
double.sum().backward()
""",
        command="gradcli grad '2*(2*w + 1)' w=0.5",
    ),
    Cause(
        name="detached_in_place",
        title="a tensor that the backward pass needs was cut off its graph by detach_()",
        text="detach_() with an underscore takes the tensor itself off its graph. An operation had saved this tensor "
        "for its backward pass, which now finds it without the history that it had.",
        how_to_tell="Look for `detach_()` between the forward pass and backward(): at the end of a loop over time, or "
        "in a loop over hidden states.",
        fix="hidden = hidden.detach()  # a new tensor; the graph keeps the old one\n"
        "loss.backward()  # or backward() first, then detach_()",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = 2 * weight
loss = (hidden * hidden).sum()
hidden.detach_()
loss.backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = 2 * weight
loss = (hidden * hidden).sum()
hidden = hidden.detach()
loss.backward()
""",
        command="gradcli grad 'h = 2*w; sum(h*h)' w=0.5,-1",
    ),
    Cause(
        name="saved_hook_type",
        title="a hook on saved tensors returns something that is no tensor",
        text="saved_tensors_hooks(pack, unpack): pack may make anything of a saved tensor, unpack has to make a tensor "
        "of it again. unpack returned a numpy array, a path, or None.",
        how_to_tell="Look at what unpack returns; `lambda x: x` returns what pack made.",
        fix="hooks = torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(), torch.from_numpy)",
        program="""\
import torch

x = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy(), lambda array: array):
    y = x.exp()
y.sum().backward()
""",
        mended="""\
import torch

x = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy(), torch.from_numpy):
    y = x.exp()
y.sum().backward()
""",
        command="gradcli explain 'sum(exp(x))' x=0.5,-1",
    ),
    Cause(
        name="saved_hook_inplace",
        title="a hook on saved tensors changes the tensor in place",
        text="pack gets the very tensor that the forward pass goes on with. An in-place operation in pack would change "
        "the function's value, so torch forbids it.",
        how_to_tell="The pack hook has an operation with an underscore, or `+=`.",
        fix="def pack(t):\n    return t.half()  # a new tensor, not an in-place one",
        program="""\
import torch

x = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clamp_(-1, 1), lambda t: t):
    y = (2 * x).exp()
y.sum().backward()
""",
        mended="""\
import torch

x = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clamp(-1, 1), lambda t: t):
    y = (2 * x).exp()
y.sum().backward()
""",
        command="gradcli explain 'sum(exp(2*x))' x=0.5,-1",
    ),
)

MESSAGES = (
    Message(
        name="function_save_type",
        patterns=(
            r"save_for_backward can only save (?:variables|tensors|input or output tensors), but argument "
            r"(?P<index>\d+) (?:is of type (?P<got>[\w.]+)|doesn't satisfy this condition)",
            r"save_for_forward expects all arguments to be tensors",
        ),
        meaning="Argument {index} of save_for_backward, counted from 0, is {got}. Only tensors can be saved so.",
        causes=("function_save_type",),
        defaults={"index": "0 or another", "got": "no tensor that it can keep"},
        finder="function",
    ),
    Message(
        name="function_saved_late",
        patterns=(r"'(?P<op>\w+Backward)' object has no attribute '(?P<name>\w+)'",),
        meaning="The backward of the Function {op} read `ctx.{name}`, which forward has not set.",
        causes=("function_saved_late",),
        finder="function",
    ),
    Message(
        name="function_saved_alias",
        patterns=(r"An input that has been returned as-is as output is being saved for backward",),
        meaning="A custom Function returned its input as it is, and setup_context saved it. Which tensor that is "
        "cannot be told.",
        causes=("function_saved_alias",),
        finder="function",
    ),
    Message(
        name="function_dirty_not_returned",
        patterns=(
            r"elements marked as dirty during the forward method were not returned as output",
            r"mark_dirty can only accept (?:input |variable|tensor)",
        ),
        meaning="A custom Function said that it changes a tensor in place, and did not return that tensor.",
        causes=("function_dirty_not_returned",),
        finder="function",
    ),
    Message(
        name="function_dirty_view",
        patterns=(
            r"Function modifies in-?place an input that is a view of another Tensor, your Function cannot return more",
            r"Functions which modify views in-?place must return a single (?:Variable|Tensor)",
        ),
        meaning="A custom Function changed a view in place and returned more than that view. Autograd cannot follow "
        "both.",
        causes=("function_dirty_view",),
        finder="function",
    ),
    Message(
        name="detached_in_place",
        patterns=(r"saved tensor that has been detached in-? ?place",),
        meaning="The backward pass needs a tensor as it was in the graph. It has been taken off the graph by detach_() "
        "since.",
        causes=("detached_in_place",),
        finder="inplace",
    ),
    Message(
        name="saved_hook_type",
        patterns=(
            r"Output of saved tensor unpack_hook expected to be a Tensor but got result of type (?P<got>[\w.]+)",
        ),
        meaning="An unpack hook for saved tensors returned a value of type {got}. The backward pass needs the tensor.",
        causes=("saved_hook_type",),
    ),
    Message(
        name="saved_hook_inplace",
        patterns=(r"saved tensor pack hook is modifying its input in-? ?place",),
        meaning="A pack hook for saved tensors changed its tensor in place. The forward pass still uses that tensor.",
        causes=("saved_hook_inplace",),
    ),
)
