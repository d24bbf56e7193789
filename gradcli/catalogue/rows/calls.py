"""Custom Functions: how they are written, and how they are called."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="function_backward_arguments",
        title="the custom Function's backward takes another number of gradients than forward has outputs",
        text="backward gets one gradient for each output of forward, after ctx. Its signature has another number of "
        "arguments: an output was added to forward, or ctx or @staticmethod was left out.",
        how_to_tell="Count forward's outputs, and the arguments of backward after ctx.",
        fix="def forward(ctx, x):\n    return values, norms\n\n"
        "def backward(ctx, grad_values, grad_norms): ...  # one for each output",
        program="""\
import torch


class SinCos(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sin(x), torch.cos(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * torch.cos(x)


x = torch.tensor([0.5, -1.0], requires_grad=True)
sine, cosine = SinCos.apply(x)
sine.sum().backward()
""",
        mended="""\
import torch


class SinCos(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sin(x), torch.cos(x)

    @staticmethod
    def backward(ctx, grad_sine, grad_cosine):
        (x,) = ctx.saved_tensors
        return grad_sine * torch.cos(x) - grad_cosine * torch.sin(x)


x = torch.tensor([0.5, -1.0], requires_grad=True)
sine, cosine = SinCos.apply(x)
sine.sum().backward()
""",
        command="gradcli jacobian '[sin(x), cos(x)]' x=0.5",
        signs=(r"torch/autograd/function\.py|staticmethod|def backward\(ctx",),
    ),
    Cause(
        name="backward_own_method",
        title="a method of your own that is named backward was called with other arguments",
        text="The call did not reach a tensor but a class that defines a method backward itself: a layer, a trainer or "
        "an engine. It takes other arguments than it was given; the call has nothing to do with torch's graph.",
        how_to_tell="The name before `.backward()` in the message is a class of yours or of a library, and no "
        "torch.autograd.Function. The failing line is a call in your own code.",
        fix="loss.backward()  # of a tensor\nengine.backward(loss)  # an engine that wants the loss",
        program="""\
import torch


class Trainer:
    def backward(self):
        self.loss.backward()


trainer = Trainer()
trainer.loss = torch.tensor([0.5, -1.0], requires_grad=True).pow(2).sum()
trainer.backward(trainer.loss)
""",
        mended="""\
import torch


class Trainer:
    def backward(self):
        self.loss.backward()


trainer = Trainer()
trainer.loss = torch.tensor([0.5, -1.0], requires_grad=True).pow(2).sum()
trainer.backward()
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
        signs=(r"\.backward\(\w",),
    ),
    Cause(
        name="function_legacy",
        title="the custom Function is written in the legacy style, with methods that are not static",
        text="Until torch 1.2 a custom Function kept its tensors on self. Since then forward and backward are static "
        "methods, get a context `ctx` in its place, and the Function is called by `.apply`, never instantiated.",
        how_to_tell="`def forward(self, x)` without @staticmethod above it, and `MyFunction()(x)` at the call. Code or "
        "an extension that was written for torch 0.x.",
        fix="@staticmethod\ndef forward(ctx, x):\n    ctx.save_for_backward(x)  # was self.save_for_backward\n"
        "@staticmethod\ndef backward(ctx, grad): ...\n\ny = MyFunction.apply(x)  # was MyFunction()(x)",
        program="""\
import torch


class Square(torch.autograd.Function):
    def forward(self, x):
        self.save_for_backward(x)
        return x * x

    def backward(self, grad):
        (x,) = self.saved_tensors
        return 2 * grad * x


x = torch.tensor([0.5, -1.0], requires_grad=True)
Square()(x).sum().backward()
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


x = torch.tensor([0.5, -1.0], requires_grad=True)
Square.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(x**2)' x=0.5,-1",
        signs=(r"def (?:forward|backward)\(self",),
    ),
    Cause(
        name="function_apply_missing",
        title="the custom Function was called without .apply",
        text="forward and backward are static methods already, but the Function was instantiated, called like a "
        "module, or its forward was called by hand. Only `.apply` makes the context ctx and records the Function in "
        "the graph.",
        how_to_tell="The call is `MyFunction()(x)`, `MyFunction(x)` or `MyFunction.forward(...)`.",
        fix="y = MyFunction.apply(x)\nsquare = MyFunction.apply  # a name for it, if you like\ny = square(x)",
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
        return 2 * grad * x


x = torch.tensor([0.5, -1.0], requires_grad=True)
Square.forward(None, x).sum().backward()
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


x = torch.tensor([0.5, -1.0], requires_grad=True)
Square.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(x**2)' x=0.5,-1",
        signs=(r"\w\.forward\(",),
    ),
    Cause(
        name="function_forward_result",
        title="the custom Function's forward returns something that is no tensor",
        text="forward has to return a tensor, or a tuple of tensors. It returned nothing (a missing return), a number, "
        "a list, or a numpy array; newer versions of torch let that pass, and the result has no gradient.",
        how_to_tell="Look at the return statements of forward; the type in the message is what came back.",
        fix="return result  # a tensor\nreturn first, second  # several, not in a list\nreturn torch.from_numpy(array)",
        program="""\
import torch


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = 2 * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad


x = torch.tensor([0.5, -1.0], requires_grad=True)
Double.apply(x).sum().backward()
""",
        mended="""\
import torch


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad


x = torch.tensor([0.5, -1.0], requires_grad=True)
Double.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(2*x)' x=0.5,-1",
        beyond="a torch before 2",
    ),
    Cause(
        name="function_apply_keywords",
        title="a custom Function's apply was called with keyword arguments",
        text="apply hands its arguments to forward by position, since backward returns gradients by position. Before "
        "torch 2 it takes no keyword arguments at all.",
        how_to_tell="The call is `MyFunction.apply(x, name=value)`.",
        fix="y = MyFunction.apply(x, factor)  # by position, in the order of forward",
        program="""\
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
Scale.apply(x, factor=3.0).sum().backward()
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
        beyond="a torch before 2",
    ),
    Cause(
        name="function_method_missing",
        title="the custom Function lacks its forward or backward",
        text="A Function has a static forward and a static backward (or vjp, which is the same). One of them is "
        "missing, has another name, or stands at another indentation than the class; backward and vjp may not both be "
        "there.",
        how_to_tell="`MyFunction.backward is torch.autograd.Function.backward` is True where it is missing.",
        fix="class MyFunction(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): ...\n"
        "    @staticmethod\n    def backward(ctx, grad): ...",
        program="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backwards(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


x = torch.tensor([0.5, -1.0], requires_grad=True)
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


x = torch.tensor([0.5, -1.0], requires_grad=True)
Square.apply(x).sum().backward()
""",
        command="gradcli grad 'sum(x**2)' x=0.5,-1",
    ),
)

_CONTEXT = "save_for_backward|saved_tensors|needs_input_grad|mark_dirty|mark_non_differentiable|set_materialize_grads"

MESSAGES = (
    Message(
        name="function_backward_arguments",
        patterns=(
            r"\b(?:(?P<op>\w+)\.)?(?:backward|vjp)\(\) takes (?P<expected>\d+) positional arguments? but (?P<got>\d+) "
            r"(?:was|were) given",
            r"\b(?:(?P<op>\w+)\.)?(?:backward|vjp)\(\) missing (?P<missing>\d+) required positional arguments?",
        ),
        meaning="A method named backward was called with another number of arguments than it has. Autograd calls that "
        "of a custom Function, with one gradient for each output of its forward.",
        causes=("function_backward_arguments", "backward_own_method"),
        finder="function",
    ),
    Message(
        name="function_legacy",
        patterns=(
            r"Legacy autograd function with non-static forward method is deprecated",
            r"Attribute '(?P<name>\w+)' is invalid for this instance of _C\._FunctionBase",
        ),
        meaning="A custom Function was called in the way of torch 0.x, as an instance. Today its methods are static "
        "and it is called by .apply.",
        causes=("function_legacy", "function_apply_missing"),
        finder="function",
    ),
    Message(
        name="function_apply_missing",
        patterns=(
            r"should not be instantiated\. Methods on autograd functions are all static",
            rf"'\w+' object has no attribute '(?:{_CONTEXT})'",
        ),
        meaning="A custom Function's forward ran without a context. Only .apply gives it one.",
        causes=("function_apply_missing", "function_legacy"),
        finder="function",
    ),
    Message(
        name="function_forward_result",
        patterns=(
            r"(?:(?P<op>\w+)\.forward: )?expected (?:Variable|Tensor)(?: or tuple of (?:Variables|Tensors))? "
            r"\((?:but )?got (?P<got>[\w.]+)\) for return value",
        ),
        meaning="The forward of a custom Function returned a value of type {got}. It has to be a tensor, or a tuple of "
        "tensors.",
        causes=("function_forward_result",),
        finder="function",
    ),
    Message(
        name="function_apply_keywords",
        patterns=(r"\bapply\(\) takes no keyword arguments",),
        meaning="A custom Function's apply was called with a keyword argument. It takes them by position only.",
        causes=("function_apply_keywords",),
        finder="function",
    ),
    Message(
        name="function_method_missing",
        patterns=(
            r"You must implement (?:either )?the (?P<name>backward or vjp method|backward function|backward method|"
            r"forward function|forward method)",
            r"Implementing both '(?P<name>backward' and 'vjp)' for a custom Function is not allowed",
        ),
        meaning="The custom Function does not have the methods that it needs: {name}.",
        causes=("function_method_missing",),
        finder="function",
    ),
)
