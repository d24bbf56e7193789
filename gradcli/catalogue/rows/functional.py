"""``torch.func`` and ``torch.autograd.functional``: what the function given to them takes and returns."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="func_non_scalar_output",
        title="the function under torch.func.grad returns several numbers",
        text="torch.func.grad differentiates functions whose output is a scalar of shape (). Here the function returns "
        "a tensor with axes; even shape (1,) is one axis too many. Reduce it inside the function, or ask for the "
        "Jacobian with jacrev.",
        how_to_tell="Call `f(x).shape` by itself: it has to be `torch.Size([])`. A `keepdim=True`, a Linear layer with "
        "one output, or a missing mean leaves an axis.",
        fix="torch.func.grad(lambda x: f(x).sum())(x)\ntorch.func.jacrev(f)(x)  # one row for each output\n"
        "torch.func.vmap(torch.func.grad(f))(batch)  # one scalar for each sample",
        program="""\
import torch

def energy(x):
    return x**2

print(torch.func.grad(energy)(torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch

def energy(x):
    return (x**2).sum()

print(torch.func.grad(energy)(torch.tensor([1.0, 2.0])))
""",
        command="gradcli jacobian 'x**2' x=1,2",
    ),
    Cause(
        name="func_number_output",
        title="the function returns a Python number",
        text="The function ends in .item(), float() or NumPy, so it returns a plain number that has left torch: "
        "nothing is there to differentiate. It has to return the tensor itself.",
        how_to_tell="Read the return statement: `.item()`, `float(...)`, `.tolist()`, `np.` or a missing `return` "
        "(which gives None).",
        fix="def loss(w):\n    return ((x @ w - y) ** 2).mean()  # no .item()",
        program="""\
import torch

def loss(w):
    return (w**2).mean().item()

print(torch.func.grad(loss)(torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch

def loss(w):
    return (w**2).mean()

print(torch.func.grad(loss)(torch.tensor([1.0, 2.0])))
""",
        command="gradcli grad 'mean(w**2)' w=1,2",
    ),
    Cause(
        name="func_aux_undeclared",
        title="the function returns more than the loss",
        text="The function returns a tuple, such as the loss with the predictions. torch.func.grad takes one scalar "
        "tensor, unless has_aux=True says that what follows the loss is to be passed through undifferentiated.",
        how_to_tell="Read the return statement: two values separated by a comma, or a model that returns its hidden "
        "state too.",
        fix="grads, prediction = torch.func.grad(loss, has_aux=True)(w)  # loss returns (loss, prediction)",
        program="""\
import torch

def loss(w):
    prediction = 3.0 * w
    return (prediction**2).mean(), prediction

print(torch.func.grad(loss)(torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch

def loss(w):
    prediction = 3.0 * w
    return (prediction**2).mean(), prediction

print(torch.func.grad(loss, has_aux=True)(torch.tensor([1.0, 2.0])))
""",
        command="gradcli grad 'mean((3*w)**2)' w=1,2",
        signs=(r"got <class '(?:tuple|list|dict)'>",),
    ),
    Cause(
        name="func_aux_missing",
        title="has_aux=True, but the function returns the loss alone",
        text="has_aux=True promises a pair: first the scalar to differentiate, then anything else. The function "
        "returns no such pair.",
        how_to_tell="Read the return statement of the function that was given to grad, vjp or jacrev: it has to be "
        "`return loss, extra`, with exactly two parts.",
        fix="return loss, {'accuracy': accuracy}  # several extras go into one object",
        program="""\
import torch

def loss(w):
    return (w**2).mean()

print(torch.func.grad(loss, has_aux=True)(torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch

def loss(w):
    return (w**2).mean(), w.norm()

print(torch.func.grad(loss, has_aux=True)(torch.tensor([1.0, 2.0])))
""",
        command="gradcli grad 'mean(w**2)' w=1,2",
    ),
    Cause(
        name="func_input_no_tensor",
        title="a number or a list is given where tensors are differentiated",
        text="The input is a Python number, a list of numbers or a NumPy array. torch differentiates with respect to "
        "tensors only: a number has no place where a derivative could be recorded.",
        how_to_tell="Look at the arguments of the outer call, `grad(f)(2.0)` or `jacobian(f, [1.0, 2.0])`. Lists and "
        "dicts may hold tensors for torch.func; torch.autograd.functional wants a tensor or a tuple of tensors. An "
        "argument that stays constant is left out with `argnums`.",
        fix="torch.func.grad(f)(torch.tensor(2.0))\n"
        "torch.autograd.functional.jacobian(f, torch.tensor([1.0, 2.0]))\n"
        "torch.func.grad(f, argnums=0)(x, 3)  # 3 is a constant",
        program="""\
import torch

def f(x):
    return x**3

print(torch.func.grad(f)(2.0))
""",
        mended="""\
import torch

def f(x):
    return x**3

print(torch.func.grad(f)(torch.tensor(2.0)))
""",
        command="gradcli grad 'x**3' x=2",
    ),
    Cause(
        name="hessian_non_scalar",
        title="the function under hessian, hvp or vhp is no scalar function",
        text="A Hessian is the matrix of second derivatives of one number. The function returns several numbers, each "
        "of which has a Hessian of its own. Reduce it to a scalar, or take the Jacobian of a Jacobian.",
        how_to_tell="Call `f(x).shape` by itself: it has to hold a single entry, and f has to return one tensor and no "
        "tuple.",
        fix="torch.autograd.functional.hessian(lambda x: f(x).sum(), x)\n"
        "torch.func.jacfwd(torch.func.jacrev(f))(x)  # a Hessian for each output: shape (m, n, n)",
        program="""\
import torch

def f(x):
    return x**3

print(torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch

def f(x):
    return (x**3).sum()

print(torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0])))
""",
        command="gradcli hessian 'sum(x**3)' x=1,2",
    ),
    Cause(
        name="functional_vector_missing",
        title="vjp or jvp of several numbers without its vector",
        text="torch.autograd.functional.vjp computes vᵀJ, and jvp computes Jv. Only where that side of J has a single "
        "entry is the vector plainly 1; here it has several, so v has to be given: for vjp of the output's shape, for "
        "jvp of the input's.",
        how_to_tell="The call has no third argument, and `f(x)` (for jvp: `x`) has more than one entry. Who wanted the "
        "whole matrix wants `jacobian`.",
        fix="torch.autograd.functional.vjp(f, x, torch.ones_like(f(x)))\n"
        "torch.autograd.functional.jvp(f, x, torch.ones_like(x))\n"
        "torch.autograd.functional.jacobian(f, x)",
        program="""\
import torch

def f(x):
    return x**3

print(torch.autograd.functional.vjp(f, torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch

def f(x):
    return x**3

print(torch.autograd.functional.vjp(f, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0])))
""",
        command="gradcli jacobian 'x**3' x=1,2 --vjp 1,1",
    ),
    Cause(
        name="functional_constant",
        title="strict=True, and the output does not depend on the input",
        text="With strict=True a derivative that is zero because nothing connects the output with the input is an "
        "error. The function detaches its input, rounds or compares it, reads a tensor from outside, or (for a "
        "Hessian) is linear, so that its first derivative is a constant.",
        how_to_tell="Call `f(x.requires_grad_())` and print `.requires_grad` of the result: False means that the input "
        "is cut off inside f. True, with a message about the jacobian, means that the first derivative is constant.",
        fix="torch.autograd.functional.hessian(f, x)  # strict=False: zeros where nothing depends",
        program="""\
import torch

def f(x):
    return 3.0 * x.sum()

print(torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0]), strict=True))
""",
        mended="""\
import torch

def f(x):
    return 3.0 * x.sum()

print(torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0])))
""",
        command="gradcli hessian '3*sum(x)' x=1,2",
    ),
    Cause(
        name="complex_input_jacobian",
        title="jacrev or jacfwd of a complex input",
        text="torch.func.jacrev and jacfwd take real inputs. A complex input has two real directions for each entry, "
        "and the Jacobian of a function that is not holomorphic needs both.",
        how_to_tell="Print `x.dtype` of each argument: the message counts them from 0 in order.",
        fix="jacobian = torch.func.jacrev(lambda p: torch.view_as_real(f(torch.view_as_complex(p))))\n"
        "jacobian(torch.view_as_real(z))  # real and imaginary parts as a last axis of 2",
        program="""\
import torch

def f(z):
    return z**2

print(torch.func.jacrev(f)(torch.tensor([1.0 + 2.0j])))
""",
        mended="""\
import torch

def f(parts):
    return torch.view_as_real(torch.view_as_complex(parts) ** 2)

print(torch.func.jacrev(f)(torch.tensor([[1.0, 2.0]])))
""",
        command="gradcli jacobian 'stack([a**2 - b**2, 2*a*b])' a=1 b=2",
    ),
    Cause(
        name="argnums_out_of_range",
        title="argnums counts past the positional arguments",
        text="argnums says which positional arguments are differentiated, counted from 0. Keyword arguments are not "
        "counted and never differentiated.",
        how_to_tell="Count the positional arguments of the outer call. An argument passed by name has to be passed by "
        "position to be differentiated.",
        fix="torch.func.grad(f, argnums=1)(x, w)  # not (x, w=w)",
        program="""\
import torch

def f(x, w):
    return (w * x).sum()

x, w = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
print(torch.func.grad(f, argnums=1)(x, w=w))
""",
        mended="""\
import torch

def f(x, w):
    return (w * x).sum()

x, w = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
print(torch.func.grad(f, argnums=1)(x, w))
""",
        command="gradcli grad 'sum(w*x)' x=1,2 w=3,4 --wrt w",
    ),
    Cause(
        name="name_overwritten",
        title="the loss function's name was given to its value",
        text="A line such as loss = loss(out, y) puts a tensor under the name of the function. The first pass works; "
        "in the second the name means a value, which cannot be called.",
        how_to_tell="Print `type(...)` of the name on the line that raised: it is a Tensor. Look for the line that "
        "assigns to it.",
        fix="criterion = nn.MSELoss()\nloss = criterion(output, target)  # two names",
        program="""\
import torch

model, loss = torch.nn.Linear(2, 1), torch.nn.MSELoss()
for step in range(2):
    loss = loss(model(torch.ones(3, 2)), torch.zeros(3, 1))
    loss.backward()
""",
        mended="""\
import torch

model, criterion = torch.nn.Linear(2, 1), torch.nn.MSELoss()
for step in range(2):
    loss = criterion(model(torch.ones(3, 2)), torch.zeros(3, 1))
    loss.backward()
""",
        command="gradcli grad 'mse_loss(w*x, y)' w=2 x=1,2 y=0,1 --wrt w",
    ),
    Cause(
        name="func_given_tensor",
        title="a tensor is given where a function is wanted",
        text="torch.func.grad, jacrev and hessian take a function, and call it themselves. Here they got the output "
        "tensor of a function. torch.autograd.grad is the one that takes outputs.",
        how_to_tell="Look at the first argument of `grad(...)`, `jacrev(...)` or `hessian(...)`: `f(x)` where `f` "
        "was meant.",
        fix="torch.func.grad(f)(x)  # a function\ntorch.autograd.grad(f(x), x)  # an output; x requires grad",
        program="""\
import torch

def f(x):
    return (x**2).sum()

x = torch.tensor([1.0, 2.0])
print(torch.func.grad(f(x))(x))
""",
        mended="""\
import torch

def f(x):
    return (x**2).sum()

x = torch.tensor([1.0, 2.0])
print(torch.func.grad(f)(x))
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
        signs=(r"functorch", r"\bfunc\.(?:grad|jacrev|jacfwd|hessian|vjp)\(", r"autograd[/.]functional"),
    ),
)

MESSAGES = (
    Message(
        name="func_non_scalar",
        patterns=(r"Expected f\(\*args\) ?to return a scalar [Tt]ensor, got tensor with (?P<ndim>\d+) dims",),
        meaning="torch.func.grad differentiates a function that returns one number. This one returns a tensor with "
        "{ndim} axes.",
        causes=("func_non_scalar_output",),
        finder="scalar",
    ),
    Message(
        name="func_output_kind",
        patterns=(
            r"Expected f\(\*args\) ?to return a [Tt]ensor, got <class '(?P<kind>[\w.]+)'>",
            r"expected f\(\*(?:primals|args)\) to return only tensors, got unsupported type <class '(?P<kind>[\w.]+)'>",
            r"Expected output of f to be a Tensor or Tensors, got (?:<class ')?(?P<kind>[\w.]+)",
            r"The outputs of the user-provided function given to \w+ must be either a Tensor or a tuple of Tensors "
            r"but the (?:given outputs of the user-provided function|value at index \d+) has type "
            r"<class '(?P<kind>[\w.]+)'>",
        ),
        meaning="The function that you gave returned an object of type {kind}. What is differentiated has to be "
        "a tensor.",
        causes=("func_number_output", "func_aux_undeclared"),
        finder="functional",
    ),
    Message(
        name="func_aux",
        patterns=(r"output of function f should be a tuple: \(output, aux\) if has_aux is True",),
        meaning="has_aux=True was set, so the function has to return a pair (output, extra). It returned something "
        "else.",
        causes=("func_aux_missing",),
        finder="scalar",
    ),
    Message(
        name="func_input_kind",
        patterns=(
            r"Thing passed to transform API must be [Tt]ensor, got <class '(?P<kind>[\w.]+)'>",
            r"The inputs given to \w+ must be either a Tensor or a tuple of Tensors but the "
            r"(?:given inputs|value at index \d+) has type <class '(?P<kind>[\w.]+)'>",
        ),
        meaning="What is to be differentiated in is an object of type {kind}. torch differentiates with respect to "
        "tensors.",
        causes=("func_input_no_tensor",),
        finder="scalar",
    ),
    Message(
        name="hessian_non_scalar",
        patterns=(
            r"The Tensor returned by the function given to (?P<function>\w+) should contain a single element",
            r"The function given to (?P<function>\w+) should return a single Tensor",
        ),
        meaning="{function} is defined for a function with one number as its value. This function returns more.",
        causes=("hessian_non_scalar",),
        finder="scalar",
    ),
    Message(
        name="functional_vector",
        patterns=(r"The vector v can only be None if the (?:user-provided function|input to the user-provided)",),
        meaning="The product of a vector with the Jacobian was asked for, and no vector was given. It can be left out "
        "only where it would be the single number 1.",
        causes=("functional_vector_missing",),
        finder="scalar",
    ),
    Message(
        name="functional_strict",
        patterns=(
            r"(?:Output (?P<index>\d+) of|The output of|The (?:hessian|jacobian) of) the user-provided function.*"
            r"not allowed (?:with|in|when running in) strict",
            r"Output (?P<index>\d+) of the user-provided function does not require gradients",
            r"The gradient with respect to (?:the )?input.* is independent of .*strict mode",
            r"found that the jacobian of the user-provided function with respect to input (?P<index>\d+) is "
            r"independent of the input",
            r"The output of f is independent of the inputs\. This is not allowed with strict=True",
        ),
        meaning="strict=True forbids derivatives that are zero because output and input are not connected, and here "
        "they are not.",
        causes=("functional_constant",),
        finder="untracked",
    ),
    Message(
        name="complex_input",
        patterns=(r"(?P<function>jac(?:rev|fwd)): Expected all inputs to be real but received complex tensor",),
        meaning="{function} was given a complex input, and it differentiates in real ones only.",
        causes=("complex_input_jacobian",),
        finder="scalar",
    ),
    Message(
        name="argnums",
        patterns=(
            r"Got argnum=(?P<index>-?\d+), but only (?P<count>\d+) positional inputs",
            r"argnums? must be int",
            r"argnums (?:must be non-empty|elements must be unique)",
        ),
        meaning="argnums names positional arguments by their numbers from 0. It asked for number {index}, and the call "
        "has {count} positional arguments.",
        causes=("argnums_out_of_range",),
        defaults={"index": "something else", "count": "other"},
    ),
    Message(
        name="tensor_called",
        patterns=(r"'(?:Tensor|Variable|torch\.\w*Tensor)' object is not callable",),
        meaning="A tensor was called as if it were a function.",
        causes=("name_overwritten", "func_given_tensor"),
    ),
)
