"""Forward mode: dual tensors, their levels, and operations without a forward formula."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

_CUBE = """\
import torch


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad
{jvp}

x = torch.tensor([0.5, -1.0])
print(torch.func.jvp(Cube.apply, (x,), (torch.ones(2),)))
"""
_JVP = """
    @staticmethod
    def jvp(ctx, tangent):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * tangent
"""

CAUSES = (
    Cause(
        name="function_jvp_missing",
        title="a custom Function has no jvp, which forward mode needs",
        text="Forward mode (forward AD: jvp, jacfwd, hessian, dual tensors) pushes a tangent through each operation. A "
        "custom Function has to say how, in a static method jvp; backward is of no use there.",
        how_to_tell="The class that `.apply` belongs to defines backward and no jvp. torch.func.hessian uses forward "
        "mode over reverse mode.",
        fix="@staticmethod\ndef jvp(ctx, tangent):\n    (x,) = ctx.saved_tensors  # kept by ctx.save_for_forward(x)\n"
        "    return 3 * x**2 * tangent\n\n"
        "torch.func.jacrev(torch.func.jacrev(f))(x)  # or reverse mode only",
        program=_CUBE.format(jvp=""),
        mended=_CUBE.format(jvp=_JVP),
        command="gradcli jacobian 'x**3' x=0.5,-1 --jvp 1,1",
    ),
    Cause(
        name="function_jvp_result",
        title="a custom Function's jvp returns the wrong tangents",
        text="jvp returns one tangent for each output of forward, a tensor of the output's shape. It returned another "
        "number of them; or forward changes its input in place, and then jvp has to change the tangent in place too, "
        "and return it.",
        how_to_tell="Count what forward and jvp return. Look for mark_dirty in forward.",
        fix="@staticmethod\ndef jvp(ctx, tangent):\n    return tangent * 2  # as many as forward has outputs\n"
        "    # forward in place: tangent.mul_(2); return tangent",
        program=_CUBE.format(jvp=_JVP.replace("* tangent", "* tangent, tangent")),
        mended=_CUBE.format(jvp=_JVP),
        command="gradcli jacobian 'x**3' x=0.5,-1 --jvp 1,1",
    ),
    Cause(
        name="forward_ad_unsupported",
        title="torch has no forward formula for this operation",
        text="The operation knows reverse mode only: nobody has written how it pushes a tangent forward. Forward mode "
        "(forward AD) is what jvp, jacfwd, hessian and dual tensors use. Fused kernels are the usual ones: efficient "
        "attention, RNN layers, embedding_bag, ctc_loss, cdist.",
        how_to_tell="The name in the message is the operation. Reverse mode (`jacrev`, `backward()`) passes it.",
        fix="torch.func.jacrev(f)(x)  # reverse mode, for jacfwd\n"
        "torch.func.jacrev(torch.func.jacrev(f))(x)  # for hessian\n"
        "_, pull = torch.func.vjp(f, x)  # for jvp: a vjp of the vjp\n"
        "(x[:, None] - y).pow(2).sum(-1).sqrt()  # or plain operations: here for cdist",
        program="""\
import torch

points = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
centre = torch.tensor([[4.0, -1.0]])
print(torch.func.jacfwd(lambda p: torch.cdist(p, centre))(points))
""",
        mended="""\
import torch

points = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
centre = torch.tensor([[4.0, -1.0]])
print(torch.func.jacrev(lambda p: torch.cdist(p, centre))(points))
""",
        command="gradcli jacobian 'norm(p - c)' p=0,1 c=4,-1 --wrt p --mode forward",
    ),
    Cause(
        name="forward_ad_out",
        title="a function with out= was used in forward mode",
        text="out= writes into a tensor that exists already, and that has no tangent. Forward mode (forward AD) needs "
        "the result as a new tensor.",
        how_to_tell="The line that raised has `out=`.",
        fix="result = torch.exp(x)  # without out=",
        program="""\
import torch

x = torch.tensor([0.5, -1.0])
result = torch.empty(2)
print(torch.func.jvp(lambda x: torch.exp(x, out=result), (x,), (torch.ones(2),)))
""",
        mended="""\
import torch

x = torch.tensor([0.5, -1.0])
print(torch.func.jvp(torch.exp, (x,), (torch.ones(2),)))
""",
        command="gradcli jacobian 'exp(x)' x=0.5,-1 --jvp 1,1",
    ),
    Cause(
        name="forward_ad_level",
        title="a dual tensor was used outside of its level",
        text="Dual tensors of forward mode (forward AD) live in a level, the block `with fwAD.dual_level():`. One was "
        "made, or a level was left, where no level is open, or where another one is.",
        how_to_tell="Look whether make_dual, unpack_dual and exit_dual_level stand inside the block, and whether each "
        "enter_dual_level() has its exit in reverse order.",
        fix="with fwAD.dual_level():\n    dual = fwAD.make_dual(x, tangent)\n"
        "    value, derivative = fwAD.unpack_dual(f(dual))  # still inside",
        program="""\
import torch
import torch.autograd.forward_ad as fwAD

x = torch.tensor([0.5, -1.0])
dual = fwAD.make_dual(x, torch.ones(2))
with fwAD.dual_level():
    print(fwAD.unpack_dual(torch.sin(dual)))
""",
        mended="""\
import torch
import torch.autograd.forward_ad as fwAD

x = torch.tensor([0.5, -1.0])
with fwAD.dual_level():
    dual = fwAD.make_dual(x, torch.ones(2))
    print(fwAD.unpack_dual(torch.sin(dual)))
""",
        command="gradcli jacobian 'sin(x)' x=0.5,-1 --jvp 1,1",
    ),
    Cause(
        name="forward_ad_nested",
        title="forward mode was nested in forward mode by hand",
        text="torch.autograd.forward_ad has one level only: no dual_level within a dual_level, and no dual tensor made "
        "of a dual tensor. torch.func.jvp and jacfwd can be nested.",
        how_to_tell="Look for two `dual_level()` around the same line, one of them perhaps in a function that is "
        "called, or left open by an earlier error in a notebook; or for make_dual of something that is dual already.",
        fix="first = lambda x: torch.func.jvp(f, (x,), (v,))[1]\n"
        "torch.func.jvp(first, (x,), (v,))  # the second derivative",
        program="""\
import torch
import torch.autograd.forward_ad as fwAD

x, ones = torch.tensor([0.5, -1.0]), torch.ones(2)
with fwAD.dual_level():
    outer = fwAD.make_dual(x, ones)
    with fwAD.dual_level():
        inner = fwAD.make_dual(torch.sin(outer), ones)
""",
        mended="""\
import torch

x, ones = torch.tensor([0.5, -1.0]), torch.ones(2)


def slope(x):
    return torch.func.jvp(torch.sin, (x,), (ones,))[1]


print(torch.func.jvp(slope, (x,), (ones,)))
""",
        command="gradcli grad 'sin(x)' x=0.5 --order 2",
    ),
    Cause(
        name="forward_ad_tangent",
        title="a tangent does not fit its tensor",
        text="In forward mode (forward AD) a tangent has the shape of its tensor, and both are floating point or "
        "complex. The tangent has another shape, or one of the two is integer.",
        how_to_tell="Print `x.shape, x.dtype, tangent.shape, tangent.dtype`. A jvp of your own that sums or broadcasts "
        "returns a tangent of the wrong shape too.",
        fix="tangent = torch.ones_like(x)  # the shape and dtype of x\nx = x.float()  # an integer has no derivative",
        program="""\
import torch

x = torch.tensor([0.5, -1.0])
print(torch.func.jvp(torch.sin, (x,), (torch.ones(1),)))
""",
        mended="""\
import torch

x = torch.tensor([0.5, -1.0])
print(torch.func.jvp(torch.sin, (x,), (torch.ones_like(x),)))
""",
        command="gradcli jacobian 'sin(x)' x=0.5,-1 --jvp 1,1",
    ),
)

MESSAGES = (
    Message(
        name="function_jvp_missing",
        patterns=(r"You must implement the jvp (?:function|method) for custom autograd\.Function",),
        meaning="Forward mode came to a custom Function without a jvp method. It does not know how to push a tangent "
        "through it.",
        causes=("function_jvp_missing",),
        finder="function",
    ),
    Message(
        name="function_jvp_result",
        patterns=(
            r"Function's jvp returned an invalid number of forward gradients \(expected (?P<expected>\d+) but got "
            r"(?P<got>\d+)\)",
            r"An in-?place custom Function is not (?P<got>modifying|returning) the forward mode gradients",
        ),
        meaning="The jvp of a custom Function did not return the tangents of its outputs.",
        causes=("function_jvp_result",),
    ),
    Message(
        name="forward_ad_out",
        patterns=(
            r"Trying to use forward AD with (?P<op>\w+) that does not support it because it is an out= function",
        ),
        meaning="In forward mode {op} was to write to out=. A tensor that exists already has no tangent.",
        causes=("forward_ad_out",),
    ),
    Message(
        name="forward_ad_unsupported",
        patterns=(r"Trying to use forward AD with (?P<op>\w+) that does not support it",),
        meaning="Forward mode came to {op}, which has no forward formula in torch. Its reverse mode may be there.",
        causes=("forward_ad_unsupported",),
    ),
    Message(
        name="forward_ad_nested",
        patterns=(
            r"Nested forward mode AD is not supported at the moment",
            r"Making a dual Tensor based on a Tensor that already has a forward gradient at the same level",
            r"Setting a forward grad that itself has a forward gradient at the same level",
        ),
        meaning="A second level of forward mode was opened within the first by hand. There is only one.",
        causes=("forward_ad_nested",),
    ),
    Message(
        name="forward_ad_level",
        patterns=(
            r"Trying to create a dual Tensor for forward AD but no level exists",
            r"Trying to exit a forward AD level that was not the last",
            r"Exiting a forward AD level that is not the last",
            r"Trying to access a forward AD level with an invalid index",
            r"Entering a new forward AD level but the current level is not valid",
            r"Dual level must be a positive number",
        ),
        meaning="A dual tensor, or a level of forward mode, was used where that level is not open.",
        causes=("forward_ad_level",),
    ),
    Message(
        name="forward_ad_tangent",
        patterns=(
            r"forward gradient that has a different size than that of the original Tensor, this is not supported\. "
            r"Tensor is of size (?P<expected>\[[^\]]*\]) while the given forward gradient is of size "
            r"(?P<got>\[[^\]]*\])",
            r"Expected (?:primal|tangent) to be floating point or complex, but got: (?P<got>[\w.]+)",
            r"Expected both tensor and its forward grad to be floating point or complex",
        ),
        meaning="A tangent has to be like its tensor: {expected}. Found was {got}.",
        causes=("forward_ad_tangent", "transform_structure"),
        defaults={"expected": "of its shape, and floating point", "got": "something else"},
    ),
)
