"""Custom Functions: the gradients that their backward has to return."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="function_gradient_count",
        title="the custom Function's backward returns too few or too many gradients",
        text="backward has to return one gradient for each input of forward (ctx not counted), in the same order, and "
        "None for each input that needs none, such as a number or a flag. The number of gradients returned is another.",
        how_to_tell="Count the arguments of forward after ctx, and the values that backward returns. An argument that "
        "was added to forward later is the usual reason.",
        fix="def forward(ctx, x, weight, scale): ...\n"
        "def backward(ctx, grad):\n    return grad_x, grad_weight, None  # as many as forward has inputs",
        program="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor


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
        name="function_gradient_for_constant",
        title="the custom Function's backward returns a gradient for an input that is no tensor",
        text="backward returned a tensor in the place of an input that was a number, a flag, a list or another object. "
        "Such an input has no gradient: None has to stand in its place.",
        how_to_tell="The position in the message counts forward's inputs from 1. Look what was passed there to "
        "apply(): a tensor inside a list or dict is no input of its own either, autograd does not see it.",
        fix="return grad_x, None  # None for an input that is no tensor\n"
        "Function.apply(x, *tensors)  # tensors one by one, not in a list, where they need gradients",
        program="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, grad.sum()


x = torch.tensor([0.5, -1.0], requires_grad=True)
Scale.apply(x, 3.0).sum().backward()
""",
        mended="""\
import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x, factor)
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        x, factor = ctx.saved_tensors
        return grad * factor, (grad * x).sum()


x = torch.tensor([0.5, -1.0], requires_grad=True)
Scale.apply(x, torch.tensor(3.0, requires_grad=True)).sum().backward()
""",
        command="gradcli grad 'sum(x*factor)' x=0.5,-1 factor=3",
    ),
    Cause(
        name="function_gradient_shape",
        title="a gradient that the custom Function's backward returns has the wrong shape",
        text="The gradient for an input has that input's shape. What backward returned has another one: a missing "
        "transpose in a matrix product, a missing sum over an axis that was broadcast, or gradients in the wrong "
        "order.",
        how_to_tell="The index in the message counts forward's inputs from 0. `gradcli explain EXPR` shows the rule of "
        "each operation with its transposes: for `x @ w` they are `grad @ w.mT` and `x.mT @ grad`.",
        fix="return grad @ w.mT, x.mT @ grad  # the shapes of x and of w\n"
        "return grad.sum_to_size(bias.shape)  # an input that was broadcast",
        program="""\
import torch


class MatMul(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        return grad @ w.mT, grad.mT @ x


x = torch.ones(4, 3, requires_grad=True)
w = torch.ones(3, 2, requires_grad=True)
MatMul.apply(x, w).sum().backward()
""",
        mended="""\
import torch


class MatMul(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        return grad @ w.mT, x.mT @ grad


x = torch.ones(4, 3, requires_grad=True)
w = torch.ones(3, 2, requires_grad=True)
MatMul.apply(x, w).sum().backward()
""",
        command="gradcli explain 'sum(X@W)' X='[[1,2,3]]' W='[[1,2],[3,4],[5,6]]'",
        signs=(r"Function (?!\w+Backward\d)\w+Backward returned an invalid gradient", r"torch\.autograd\.Function\b"),
    ),
    Cause(
        name="data_replaced_by_shape",
        title="a parameter's .data was given another shape while its old graph was alive",
        text="The parameter was cut or extended through .data (pruning, growing a vocabulary, loading other weights). "
        "Autograd's node that collects its gradient lives as long as a graph or a hook uses it, and it still expects "
        "the old shape.",
        how_to_tell="The Function in the message is torch's own (AddmmBackward0, ConvolutionBackward0), the shape got "
        "is the parameter's new one, the shape expected its old one.",
        fix="layer.weight = torch.nn.Parameter(layer.weight.detach()[:1])  # a new parameter, a new node\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)  # which the optimizer has to be told of",
        program="""\
import torch

layer = torch.nn.Linear(2, 2)
before = layer(torch.ones(1, 2)).sum()
layer.weight.data = layer.weight.data[:1]
layer.bias.data = layer.bias.data[:1]
layer(torch.ones(1, 2)).sum().backward()
""",
        mended="""\
import torch

layer = torch.nn.Linear(2, 2)
before = layer(torch.ones(1, 2)).sum()
layer.weight = torch.nn.Parameter(layer.weight.detach()[:1])
layer.bias = torch.nn.Parameter(layer.bias.detach()[:1])
layer(torch.ones(1, 2)).sum().backward()
""",
        command="gradcli grad 'sum(W@x + b)' W='[[1,2]]' b=0 x=1,1 --wrt W,b",
        signs=(r"Function \w+Backward\d returned an invalid gradient", r"\.data\s*=[^=]", r"prun"),
    ),
    Cause(
        name="function_gradient_device",
        title="a gradient came back on another device than its tensor",
        text="The gradient for an input has to lie on that input's device. A custom Function's backward made it on "
        "another one (torch.zeros without device=, a way through numpy), or a model's parts were spread over devices, "
        "or left on meta, by device_map.",
        how_to_tell="`meta` in the message is a model that was loaded with device_map='auto' and not all of it fits. "
        "Otherwise look for tensors that backward makes without `device=`.",
        fix="grad_x = torch.zeros_like(x)  # not torch.zeros(x.shape)\nreturn grad_x.to(grad.device)\n"
        "model = Model.from_pretrained(name)  # without device_map, to train on one device",
        program="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return torch.tensor((2 * grad * x).tolist())


x = torch.tensor([0.5, -1.0], device="cuda", requires_grad=True)
Square.apply(x).sum().backward()
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


x = torch.tensor([0.5, -1.0], device="cuda", requires_grad=True)
Square.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(x**2)' x=0.5,-1 --device cpu",
        beyond="CUDA",
    ),
    Cause(
        name="function_gradient_dtype",
        title="a complex gradient came back for a real tensor",
        text="The gradient for a real input is real. A custom Function's backward returned a complex one, or a real "
        "one for a complex input: the real part, or a conjugate, is missing in its formula.",
        how_to_tell="Print the dtypes of forward's inputs and of what backward returns.",
        fix="return grad_x if x.is_complex() else grad_x.real",
        program="""\
import torch


class Rotate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1j

    @staticmethod
    def backward(ctx, grad):
        return grad * -1j


x = torch.tensor([0.5, -1.0], requires_grad=True)
Rotate.apply(x).imag.sum().backward()
""",
        mended="""\
import torch


class Rotate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1j

    @staticmethod
    def backward(ctx, grad):
        return (grad * -1j).real


x = torch.tensor([0.5, -1.0], requires_grad=True)
Rotate.apply(x).imag.sum().backward()
""",
        command="gradcli grad 'sum(x)' x=0.5,-1",
    ),
    Cause(
        name="function_gradient_type",
        title="the custom Function's backward, or jvp, returns something that is no tensor",
        text="backward has to return tensors, or None. A Python number, a numpy array, or a list or tuple within the "
        "tuple came back. Several gradients are returned side by side, not in a list.",
        how_to_tell="The type in the message is what came back. `return [a, b]` is one value, a list; a value that was "
        "made by numpy, `.item()` or `float()` is no tensor.",
        fix="return grad * 2.0  # a tensor of the input's shape\nreturn torch.from_numpy(array).to(grad)\n"
        "return grad_x, grad_w  # not [grad_x, grad_w], not ((grad_x, grad_w),)",
        program="""\
import numpy
import torch


class Sine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return numpy.cos(x.numpy()) * grad.numpy()


x = torch.tensor([0.5, -1.0], requires_grad=True)
Sine.apply(x).sum().backward()
""",
        mended="""\
import numpy
import torch


class Sine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return torch.from_numpy(numpy.cos(x.numpy()) * grad.numpy())


x = torch.tensor([0.5, -1.0], requires_grad=True)
Sine.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(sin(x))' x=0.5,-1",
    ),
)

_COUNT = r"returned an (?:incorrect|invalid) number of gradients?(?: tensors)?(?: -)? \(?expected (?P<expected>\d+),?"
_INVALID = r"[Ff]unction (?P<op>\w+) returned an invalid gradient at index (?P<index>\d+) - "

MESSAGES = (
    Message(
        name="function_gradient_count",
        patterns=(rf"(?P<op>\w+) {_COUNT} (?:but )?got (?P<got>\d+)",),
        meaning="The backward of the Function {op} returned {got} gradients, and its forward has {expected} inputs. "
        "Each input needs one, or None.",
        causes=("function_gradient_count",),
        finder="function",
    ),
    Message(
        name="function_gradient_for_constant",
        patterns=(
            r"(?P<op>\w+) returned a gradient different than None at position (?P<index>\d+), but the corresponding "
            r"forward input was not a (?:Variable|Tensor)",
        ),
        meaning="The backward of the Function {op} returned a gradient in place {index}, counted from 1. What was "
        "passed to forward there is no tensor.",
        causes=("function_gradient_for_constant",),
        finder="function",
    ),
    Message(
        name="function_gradient_device",
        patterns=(rf"{_INVALID}expected device (?P<device>[\w:]+) but got (?P<other_device>[\w:]+)",),
        meaning="The backward of {op} returned a gradient on {other_device} for input {index}, which lies on {device}.",
        causes=("function_gradient_device",),
        finder="function",
    ),
    Message(
        name="function_gradient_dtype",
        patterns=(
            rf"{_INVALID}expected type (?P<expected>[\w.]+) but got (?P<got>[\w.]+)",
            r"Expected isFloatingType\(grad\.scalar_type\(\)\) \|\| \(?input_is_complex == grad_is_complex",
        ),
        meaning="The backward of {op} returned a gradient of type {got} for an input of type {expected}. A real tensor "
        "has a real gradient, a complex one a complex gradient.",
        causes=("function_gradient_dtype",),
        defaults={"op": "a Function", "index": "", "got": "complex or real", "expected": "the other kind"},
        finder="function",
    ),
    Message(
        name="function_gradient_shape",
        patterns=(
            rf"{_INVALID}got (?P<got>\[[^\]]*\]) but expected (?:shape compatible with )?(?P<expected>\[[^\]]*\])",
            rf"{_INVALID}expected shape (?P<expected>\[[^\]]*\]) but got (?P<got>\[[^\]]*\])",
            r"[Ff]unction (?P<op>\w+) returned an invalid gradient at index (?P<index>\d+)",
        ),
        meaning="The backward of {op} returned a gradient of shape {got} for input {index}, which has shape "
        "{expected}. A gradient has the shape of its input.",
        causes=("function_gradient_shape", "data_replaced_by_shape"),
        defaults={"got": "that does not fit", "expected": "another one"},
        finder="function",
    ),
    Message(
        name="function_gradient_type",
        patterns=(r"expected (?:Variable(?: or None)?|Tensor or None),? \(?(?:but )?got (?P<got>[\w.]+)\)?",),
        meaning="A value of type {got} came out of a custom Function's backward or jvp. It has to be a tensor, or "
        "None.",
        causes=("function_gradient_type", "grad_assigned_type"),
        finder="function",
    ),
)
