"""What torch.autograd.gradcheck and gradgradcheck find wrong, or cannot check."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

_WRONG_SQUARE = """\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return {formula}


x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(Square.apply, x)
"""

CAUSES = (
    Cause(
        name="gradcheck_precision",
        title="gradcheck was given inputs that are not in double precision",
        text="gradcheck moves each input by eps = 1e-6 and divides the difference of the outputs by it. In float32 the "
        "rounding of the outputs, about 1e-7, is a tenth of that: the numerical Jacobian is noise in its second digit, "
        "and differs from the analytical one although the formula is right. It needs float64.",
        how_to_tell="Print the dtypes of the inputs. The two Jacobians agree in the first digit or two, and the "
        "printed tensors have no `dtype=torch.float64`. A warning on double precision comes first.",
        fix="torch.autograd.gradcheck(f, x.detach().double().requires_grad_())\n"
        "module = module.double()  # the parameters as well",
        program="""\
import torch

x = torch.tensor([0.3, -0.7], requires_grad=True)
torch.autograd.gradcheck(lambda x: torch.sigmoid(x) ** 3, x)
""",
        mended="""\
import torch

x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda x: torch.sigmoid(x) ** 3, x)
""",
        command="gradcli grad 'sum(sigmoid(x)**3)' x=0.3,-0.7 --dtype float32",
        signs=(r"not of double precision|not a double precision", r"float32|float16|\.float\(\)|\.half\(\)"),
    ),
    Cause(
        name="gradcheck_formula",
        title="the backward formula is wrong",
        text="The analytical Jacobian, from backward, differs from the numerical one, from differences of outputs. "
        "With float64 inputs that means that the backward formula is wrong: a missing factor, sign or transpose, a "
        "detach() or .data in forward, or a term that was forgotten.",
        how_to_tell="Divide the two: a constant factor, a sign, a transpose or zeros tell what is missing. With "
        "gradgradcheck it is the derivative of backward: backward has to use differentiable operations of saved "
        "inputs.",
        fix="return 2 * grad * x  # the derivative of x*x, times grad\n"
        "# gradcli check 'x**2' '2*x' tells whether the formula on paper is right",
        program=_WRONG_SQUARE.format(formula="grad * x"),
        mended=_WRONG_SQUARE.format(formula="2 * grad * x"),
        command="gradcli check 'x**2' x",
        signs=(r"dtype=torch\.float64", r"autograd\.Function|\.apply"),
    ),
    Cause(
        name="gradcheck_kink",
        title="the function has a kink at the input",
        text="At a kink (relu at 0, abs at 0, a maximum that two entries share, a rounding) the numerical Jacobian is "
        "the mean of both sides, and the analytical one a single side. Neither the backward formula nor the difference "
        "is wrong: the derivative does not exist there.",
        how_to_tell="The entries that differ are halves of each other or lie between two slopes, and the inputs there "
        "are 0, equal, or whole numbers.",
        fix="x = torch.randn(3, dtype=torch.float64, requires_grad=True)  # not zeros, not arange",
        program="""\
import torch

x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(torch.relu, x)
""",
        mended="""\
import torch

x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(torch.relu, x)
""",
        command="gradcli grad 'relu(x)' x=0",
        signs=(r"0\.5000, 0\.0000", r"gradcheck\(.*(?:relu|abs|max|clamp|round|floor|sign|hard)"),
    ),
    Cause(
        name="gradcheck_random",
        title="the function under gradcheck draws random numbers",
        text="gradcheck calls the function many times and compares the outputs. Dropout, noise or a sampled index make "
        "them differ for another reason than the input, and the difference over eps is huge; the backward formula is "
        "not to blame.",
        how_to_tell="The numerical Jacobian has entries of 1e4 and more. Call the function twice with the same input.",
        fix="model.eval()  # no dropout\n"
        "def f(x):\n    torch.manual_seed(0)  # the same draw at each call\n    return g(x)",
        program="""\
import torch

torch.manual_seed(0)
x = torch.linspace(1.0, 2.0, 8, dtype=torch.float64).requires_grad_()
torch.autograd.gradcheck(lambda x: torch.nn.functional.dropout(x, 0.5), x)
""",
        mended="""\
import torch


def dropped(x):
    torch.manual_seed(0)
    return torch.nn.functional.dropout(x, 0.5)


x = torch.linspace(1.0, 2.0, 8, dtype=torch.float64).requires_grad_()
torch.autograd.gradcheck(dropped, x)
""",
        command="gradcli grad 'sum(m*x)' m=0,2,0 x=1,1.5,2 --wrt x",
        signs=(r"\de\+0[4-9]", r"(?i)dropout|randn|bernoulli|multinomial"),
    ),
    Cause(
        name="gradcheck_nondeterministic",
        title="backward gives another result each time",
        text="gradcheck runs backward twice with the same gradient, and the results differ. Backward uses an operation "
        "that is not deterministic (adding up in any order, on a GPU), random numbers, or a state that it changes.",
        how_to_tell="Differences of the size of rounding come from the order of summation; larger ones from a state, a "
        "counter, or a gradient that backward changes in place.",
        fix="torch.autograd.gradcheck(f, x, nondet_tol=1e-10)  # where it is rounding\n"
        "torch.use_deterministic_algorithms(True)\ngrad = grad.clone()  # in backward, before it is changed",
        program="""\
import torch


class Square(torch.autograd.Function):
    calls = 0

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        Square.calls += 1
        return grad * (2 * x + 1e-9 * Square.calls)


x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(Square.apply, x)
""",
        mended=_WRONG_SQUARE.format(formula="grad * 2 * x"),
        command="gradcli grad 'sum(x**2)' x=0.5,-1",
    ),
    Cause(
        name="gradcheck_grad_output_unused",
        title="backward does not use the gradient that it is given",
        text="By the chain rule backward returns the incoming gradient times the function's own derivative. With an "
        "incoming gradient of zeros it still returned something else than zeros: the factor grad is missing.",
        how_to_tell="backward's first argument after ctx does not stand in what it returns.",
        fix="return grad * 2 * x  # not 2 * x",
        program=_WRONG_SQUARE.format(formula="2 * x").replace("[0.5, -1.0]", "[0.5]"),
        mended=_WRONG_SQUARE.format(formula="grad * 2 * x").replace("[0.5, -1.0]", "[0.5]"),
        command="gradcli explain '3*x**2' x=0.5",
    ),
    Cause(
        name="gradcheck_no_input",
        title="no input of gradcheck requires grad",
        text="gradcheck compares derivatives in those inputs that require grad. None does: the flag was not set, or "
        "was lost when the input was converted, since `.double()` and `.to()` of a tensor give a computed one only "
        "where grad is on.",
        how_to_tell="Print `[t.requires_grad for t in inputs]`.",
        fix="x = torch.randn(3, dtype=torch.float64, requires_grad=True)\nx = x.double().detach().requires_grad_()",
        program="""\
import torch

x = torch.tensor([0.3, -0.7], dtype=torch.float64)
torch.autograd.gradcheck(torch.sin, x)
""",
        mended="""\
import torch

x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(torch.sin, x)
""",
        command="gradcli grad 'sum(sin(x))' x=0.3,-0.7",
    ),
    Cause(
        name="gradcheck_overlapping_input",
        title="gradcheck was given an expanded input",
        text="gradcheck moves each entry of the input in turn. In an expanded tensor many entries share one place in "
        "memory, so that moving one moves them all.",
        how_to_tell="`x.stride()` of the input has a 0.",
        fix="x = row.expand(3, 2).contiguous().detach().requires_grad_()",
        program="""\
import torch

x = torch.tensor([0.3], dtype=torch.float64, requires_grad=True).expand(3)
torch.autograd.gradcheck(torch.sin, x)
""",
        mended="""\
import torch

x = torch.tensor([0.3], dtype=torch.float64).expand(3).contiguous().requires_grad_()
torch.autograd.gradcheck(torch.sin, x)
""",
        command="gradcli grad 'sum(sin(x*ones(3)))' x=0.3",
    ),
    Cause(
        name="gradcheck_detached",
        title="the output does not require grad, although it depends on the input",
        text="The output has no graph, so its gradient would be zero, but moving the input moves the output. Somewhere "
        "in the function the tensor is cut off its graph: detach(), .data, numpy, no_grad, or a new tensor made of it.",
        how_to_tell="Print `f(x).requires_grad`: False.",
        fix="return torch.sin(x)  # without detach(), .data, .item() or numpy on the way",
        program="""\
import torch

x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda x: 2 * x.detach(), x)
""",
        mended="""\
import torch

x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda x: 2 * x, x)
""",
        command="gradcli grad 'sum(2*x)' x=0.3,-0.7",
    ),
    Cause(
        name="gradcheck_batched",
        title="backward cannot be mapped by vmap",
        text="With check_batched_grad=True gradcheck maps backward over a batch of gradients with vmap. backward does "
        "something that vmap cannot map: it reads a value with .item(), branches on it, or writes in place.",
        how_to_tell="The text after `got:` in the message is vmap's own complaint.",
        fix="torch.autograd.gradcheck(f, x)  # without check_batched_grad\n"
        "return torch.where(grad > 0, grad, 0)  # in backward: no .item(), no branch on values",
        program="""\
import torch


class Positive(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad if grad.sum().item() < 1e6 else grad


x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(Positive.apply, x, check_batched_grad=True)
""",
        mended="""\
import torch


class Positive(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return torch.where(grad.sum() < 1e6, 2 * grad, grad)


x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(Positive.apply, x, check_batched_grad=True)
""",
        command="gradcli jacobian '2*x' x=0.3,-0.7",
    ),
)

MESSAGES = (
    Message(
        name="gradcheck_batched",
        patterns=(r"While computing batched gradients, got: (?P<got>[^.]*)",),
        meaning="gradcheck ran backward under vmap, which could not map it. It does not say that the gradient is "
        "wrong.",
        causes=("gradcheck_batched",),
        finder="gradcheck",
    ),
    Message(
        name="gradcheck_mismatch",
        patterns=(
            r"Jacobian (?:computed with forward mode )?mismatch for output (?:no\. )?(?P<index>\d+) with respect to "
            r"input (?:no\. )?(?P<input>\d+)",
            r"(?:While considering the (?:imaginary|real) part of complex (?:inputs|outputs) only, )?[Jj]acobian "
            r"(?:computed with forward mode )?mismatch for output",
        ),
        meaning="gradcheck computed the Jacobian of output {index} in input {input} twice, from backward and from "
        "differences of outputs. They differ.",
        causes=("gradcheck_precision", "gradcheck_formula", "gradcheck_kink", "gradcheck_random"),
        defaults={"index": "0", "input": "0"},
        finder="gradcheck",
    ),
    Message(
        name="gradcheck_nondeterministic",
        patterns=(r"Backward is not reentrant, i\.e\., running backward with same input",),
        meaning="gradcheck ran backward twice with the same gradient, and got two results.",
        causes=("gradcheck_nondeterministic",),
        finder="gradcheck",
    ),
    Message(
        name="gradcheck_grad_output_unused",
        patterns=(r"backward not multiplied by grad_output",),
        meaning="gradcheck gave backward a gradient of zeros, and got something else than zeros back.",
        causes=("gradcheck_grad_output_unused",),
        finder="gradcheck",
    ),
    Message(
        name="gradcheck_no_input",
        patterns=(
            r"gradcheck expects at least one input tensor to require gradient",
            r"gradcheck expects .*but none of them have requires_grad=True",
            r"no Tensors requiring grad found in input",
        ),
        meaning="gradcheck was given inputs of which none requires grad. There is nothing to check.",
        causes=("gradcheck_no_input",),
        finder="gradcheck",
    ),
    Message(
        name="gradcheck_overlapping_input",
        patterns=(r"The (?P<index>\d+)th input has a dimension with stride 0\. gradcheck only supports",),
        meaning="Input {index} of gradcheck, counted from 0, is an expanded tensor. Its entries cannot be moved one by "
        "one.",
        causes=("gradcheck_overlapping_input",),
        finder="gradcheck",
    ),
    Message(
        name="gradcheck_detached",
        patterns=(r"Numerical gradient for function expected to be zero",),
        meaning="gradcheck found an output without a graph that moves with the input all the same.",
        causes=("gradcheck_detached",),
        finder="gradcheck",
    ),
)
