"""What transforms ask of custom Functions, and autograd of custom operators."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="function_not_transformable",
        title="torch.func is applied to a custom Function whose forward takes ctx",
        text="torch.func.grad, vmap, jacrev and jvp have to run forward without a context and to set the context up by "
        "themselves. The Function has to be split: forward(x) without ctx, and setup_context(ctx, inputs, output), "
        "which saves. checkpoint with use_reentrant=True is such a Function too.",
        how_to_tell="The Function's forward has ctx as its first argument and there is no setup_context. It may be a "
        "library's: the last frames of the traceback name it.",
        fix="@staticmethod\ndef forward(x): ...\n@staticmethod\ndef setup_context(ctx, inputs, output):\n"
        "    (x,) = inputs\n    ctx.save_for_backward(x)\n"
        "checkpoint(f, x, use_reentrant=False)  # for checkpoint\ngenerate_vmap_rule = True  # in the class, for vmap",
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


print(torch.func.grad(lambda x: Square.apply(x).sum())(torch.tensor([0.5, -1.0])))
""",
        mended="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


print(torch.func.grad(lambda x: Square.apply(x).sum())(torch.tensor([0.5, -1.0])))
""",
        command="gradcli grad 'sum(x**2)' x=0.5,-1",
    ),
    Cause(
        name="function_vmap_missing",
        title="a custom Function has no rule for vmap",
        text="torch.vmap cannot look into a custom Function: it needs its `vmap` staticmethod, or generate_vmap_rule = "
        "True, which lets torch map over forward and backward as they are, if they are made of torch operations.",
        how_to_tell="The class in the message defines neither. jacrev, jacfwd and hessian use vmap inside.",
        fix="class MyFunction(torch.autograd.Function):\n    generate_vmap_rule = True",
        program="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


print(torch.vmap(Square.apply)(torch.tensor([0.5, -1.0])))
""",
        mended="""\
import torch


class Square(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


print(torch.vmap(Square.apply)(torch.tensor([0.5, -1.0])))
""",
        command="gradcli jacobian 'x**2' x=0.5,-1",
    ),
    Cause(
        name="function_vmap_rule",
        title="a custom Function's rule for vmap is given twice, or returns the wrong thing",
        text="The vmap staticmethod gets info, the mapped axis of each input, and the inputs; it has to return a pair, "
        "the output and the output's mapped axis. It returned something else, or it stands beside generate_vmap_rule = "
        "True, of which only one may be there.",
        how_to_tell="Look at the return statements of `def vmap(info, in_dims, ...)` in the class that the message "
        "names, and whether `generate_vmap_rule = True` stands there too.",
        fix="@staticmethod\ndef vmap(info, in_dims, x):\n"
        "    return MyFunction.apply(x), in_dims[0]  # the output, its axis",
        program="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def vmap(info, in_dims, x):
        return Square.apply(x)


print(torch.vmap(Square.apply)(torch.tensor([0.5, -1.0, 2.0])))
""",
        mended="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def vmap(info, in_dims, x):
        return Square.apply(x), in_dims[0]


print(torch.vmap(Square.apply)(torch.tensor([0.5, -1.0, 2.0])))
""",
        command="gradcli jacobian 'x**2' x=0.5,-1,2",
    ),
    Cause(
        name="custom_op_no_formula",
        title="a custom operator has no backward formula",
        text="An operator made with torch.library.custom_op, or in C++, is a black box to autograd. It has no "
        "derivative until one is registered for it; the backward pass came to it and cannot go on.",
        how_to_tell="The name in the message is the operator, `namespace.name`. No `register_autograd` is called for "
        "it.",
        fix="def setup_context(ctx, inputs, output):\n    ctx.save_for_backward(*inputs)\n\n"
        "def backward(ctx, grad):\n    (x,) = ctx.saved_tensors\n    return grad * 3 * x**2\n\n"
        "torch.library.register_autograd('demo::cube', backward, setup_context=setup_context)",
        program="""\
import torch


@torch.library.custom_op("demo::cube", mutates_args=())
def cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


x = torch.tensor([0.5, -1.0], requires_grad=True)
cube(x).sum().backward()
""",
        mended="""\
import torch


@torch.library.custom_op("demo::cube", mutates_args=())
def cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


def setup_context(ctx, inputs, output):
    ctx.save_for_backward(*inputs)


def backward(ctx, grad):
    (x,) = ctx.saved_tensors
    return grad * 3 * x**2


cube.register_autograd(backward, setup_context=setup_context)
x = torch.tensor([0.5, -1.0], requires_grad=True)
cube(x).sum().backward()
""",
        command="gradcli grad 'sum(x**3)' x=0.5,-1",
    ),
)


MESSAGES = (
    Message(
        name="function_not_transformable",
        patterns=(
            r"[Ii]n order to use an autograd\.Function with functorch transforms .*it must override the setup_context",
            r"functorch transforms? .*(?:do not|don't|doesn't) (?:yet )?support .*autograd\.Function",
            r"autograd\.Function .*(?:not|n't) (?:yet )?support(?:ed)? .*functorch",
        ),
        meaning="A transform of torch.func came to a custom Function that has no setup_context. It cannot run its "
        "forward, which wants a context.",
        causes=("function_not_transformable",),
        finder="function",
    ),
    Message(
        name="function_vmap_rule",
        patterns=(
            r"vmap over (?P<op>\w+), but it has both generate_vmap_rule=True and an overridden vmap",
            r"Expected the vmap staticmethod to have two returns",
            r"vmap staticmethod returned an incompatible \(output, out_dims\) tuple",
        ),
        meaning="The rule for vmap of the custom Function {op} cannot be used: it is given twice, or does not return "
        "an output with its mapped axis.",
        causes=("function_vmap_rule",),
        defaults={"op": ""},
        finder="function",
    ),
    Message(
        name="function_vmap_missing",
        patterns=(
            r"You tried to vmap over (?P<op>\w+), but it does not have vmap support",
            r"To use autograd\.Function with vmap, you must either override the vmap staticmethod",
        ),
        meaning="torch.vmap, or a Jacobian, came to the custom Function {op}, which does not say how it is mapped.",
        causes=("function_vmap_missing",),
        defaults={"op": ""},
        finder="function",
    ),
    Message(
        name="custom_op_no_formula",
        patterns=(
            r"Trying to backward through (?P<op>[\w.:]+) but no autograd formula was registered",
            r"(?P<op>[\w.:]+): an autograd kernel was not registered to the Autograd key",
        ),
        meaning="The backward pass came to the custom operator {op}, which has no derivative.",
        causes=("custom_op_no_formula",),
        finder="function",
    ),
)
