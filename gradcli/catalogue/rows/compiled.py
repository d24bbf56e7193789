"""torch.compile, export and TorchScript: what compiled code cannot do that eager code can."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="compile_double_backward",
        title="a second derivative through a compiled function",
        text="torch.compile prepares the backward pass of the compiled part ahead of time (aot_autograd), and does not "
        "prepare the backward pass of that backward pass. Second derivatives through it (gradient penalties, forces "
        "as a loss, Hessians, create_graph=True) are therefore refused.",
        how_to_tell="Look for `create_graph=True`, or a second `torch.autograd.grad`, on something that went through "
        "`torch.compile` (also `model.compile()` and `@torch.compile` deep in a library). `TORCH_COMPILE_DISABLE=1 "
        "python train.py` runs all of it uncompiled: if that works, it is this.",
        fix="penalty = gradient_penalty(model._orig_mod, x)  # the uncompiled model, for the penalty\n"
        'model = torch.compile(model, backend="eager")   # or a backend without aot_autograd\n'
        "hessian = torch.func.hessian(model._orig_mod)(x)",
        program="""\
import torch

energy = torch.compile(lambda x: (x**3).sum(), backend="aot_eager")
x = torch.tensor([1.0, 2.0], requires_grad=True)
(force,) = torch.autograd.grad(energy(x), x, create_graph=True)
force.square().sum().backward()
""",
        mended="""\
import torch


def energy(x):
    return (x**3).sum()


x = torch.tensor([1.0, 2.0], requires_grad=True)
(force,) = torch.autograd.grad(energy(x), x, create_graph=True)
force.square().sum().backward()
print(x.grad)
""",
        command="gradcli grad 'x**3' x=2 --order 2",
    ),
    Cause(
        name="compile_autograd_inside",
        title="autograd.grad or backward inside the compiled function",
        text="The compiled function itself calls `torch.autograd.grad` or `.backward()`. torch.compile does not trace "
        "these calls: it breaks the graph there and runs them uncompiled, and with `fullgraph=True` a graph break is "
        "an error.",
        how_to_tell="The frame under `from user code:` shows the line. Compile without `fullgraph=True` and run with "
        "`TORCH_LOGS=graph_breaks` to see all such places.",
        fix="value = compiled(x)\n(slope,) = torch.autograd.grad(value, x)  # differentiate outside\n"
        "torch.compile(torch.func.grad(f), fullgraph=True)  # or by torch.func, which is traced",
        program="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def slope(x):
    return torch.autograd.grad((x**3).sum(), x)[0]


print(slope(torch.tensor([1.0, 2.0], requires_grad=True)))
""",
        mended="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def slope(x):
    return torch.func.grad(lambda x: (x**3).sum())(x)


print(slope(torch.tensor([1.0, 2.0])))
""",
        command="gradcli grad 'sum(x**3)' x=1,2",
    ),
    Cause(
        name="compile_data_dependent",
        title="a branch or a size depends on tensor values in compiled code",
        text="torch.compile records one path through the function. A branch, an `.item()` or a size that depends on "
        "the values of a tensor (data-dependent control flow) has no fixed path, so the graph breaks there; with "
        "`fullgraph=True` and in torch.export that is an error.",
        how_to_tell="The frame under `from user code:` (or `User Stack`) shows the `if`, `while`, `.item()`, "
        "`nonzero` or mask.",
        fix="torch.where(x.sum() > 0, x, -x)         # both sides, then a choice\n"
        "torch.cond(x.sum() > 0, f, g, (x,))     # or a branch inside the graph\n"
        "torch.compile(f)                        # or no fullgraph=True: the break is allowed",
        program="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def flip(x):
    if x.sum() > 0:
        return x
    return -x


print(flip(torch.tensor([1.0, 2.0], requires_grad=True)))
""",
        mended="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def flip(x):
    return torch.where(x.sum() > 0, x, -x)


print(flip(torch.tensor([1.0, 2.0], requires_grad=True)))
""",
        command="gradcli grad 'sum(where(x > 0, x, -x))' x=1,-2",
    ),
    Cause(
        name="compile_hooks",
        title="retain_grad, hooks or requires_grad_ inside the compiled function",
        text="What a compiled function does inside becomes one step of the graph, so its inner tensors have no "
        "`.grad`, and marks set on them (`retain_grad()`, `requires_grad_()`) are lost. torch.compile stops at "
        "such a call.",
        how_to_tell="The frame under `from user code:` shows `retain_grad`, `register_hook` or `requires_grad_`.",
        fix="return y.sum(), y                        # return the inner tensor, and use it outside\n"
        "(gy,) = torch.autograd.grad(loss, y)     # with the uncompiled function",
        program="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def loss(x):
    hidden = x * 2
    hidden.retain_grad()
    return hidden.square().sum()


loss(torch.tensor([1.0, 2.0], requires_grad=True)).backward()
""",
        mended="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def loss(hidden):
    return hidden.square().sum()


hidden = torch.tensor([1.0, 2.0], requires_grad=True) * 2
hidden.retain_grad()
loss(hidden).backward()
print(hidden.grad)
""",
        command="gradcli explain 'sum((2*x)**2)' x=1,2",
    ),
    Cause(
        name="compile_inplace",
        title="the compiled function changes a leaf in place",
        text="The function under torch.compile changes an input or a parameter in place that requires grad. Compiled "
        "or not, autograd does not allow an in-place operation on a leaf; torch.compile only wraps that error into "
        "its own.",
        how_to_tell="Run once with `TORCH_COMPILE_DISABLE=1`: the plain error appears. The frame under `from user "
        "code:` shows the in-place call.",
        fix="x = x + 1                 # a new tensor inside the function\n"
        "with torch.no_grad():\n    weight.add_(update)   # an update by hand, outside of the graph",
        program="""\
import torch


@torch.compile(backend="aot_eager")
def shifted(x):
    x.add_(1)
    return x.square().sum()


shifted(torch.tensor([1.0, 2.0], requires_grad=True)).backward()
""",
        mended="""\
import torch


@torch.compile(backend="aot_eager")
def shifted(x):
    return (x + 1).square().sum()


shifted(torch.tensor([1.0, 2.0], requires_grad=True)).backward()
""",
        command="gradcli grad 'sum((x + 1)**2)' x=1,2",
    ),
    Cause(
        name="compile_unsupported",
        title="something in the compiled function cannot be traced",
        text="torch.compile met a call that it cannot put into a graph: printing, NumPy objects, C extensions, "
        "generators, an operation of a library. It usually breaks the graph and goes on; with `fullgraph=True` the "
        "break is an error. The derivative itself is not at fault.",
        how_to_tell="Read the frame under `from user code:`. `TORCH_LOGS=graph_breaks` lists all such places, "
        "`TORCH_COMPILE_DISABLE=1` runs without compiling.",
        fix="@torch.compiler.disable      # leave this part uncompiled\ndef log(x): print(x.mean())\n\n"
        "torch.compile(f)             # and no fullgraph=True",
        program="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def loss(x):
    print(x.mean())
    return x.square().sum()


loss(torch.tensor([1.0, 2.0], requires_grad=True)).backward()
""",
        mended="""\
import torch


@torch.compile(backend="aot_eager", fullgraph=True)
def loss(x):
    return x.square().sum()


loss(torch.tensor([1.0, 2.0], requires_grad=True)).backward()
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
    ),
    Cause(
        name="compile_retain_graph",
        title="retain_graph on a compiled backward pass that reuses memory",
        text="The compiled backward pass overwrites saved tensors (donated buffers) to save memory. Then it can run "
        "only once, and `retain_graph=True`, `create_graph=True` or two losses over the same compiled part are "
        "refused.",
        how_to_tell="Look for `retain_graph=True`, `create_graph=True` and for two `backward()` calls that share a "
        "compiled function.",
        fix="(loss_a + loss_b).backward()                     # one pass for both\n"
        "torch._functorch.config.donated_buffer = False   # or keep the buffers, before compiling",
        program="""\
import torch

model = torch.compile(torch.nn.Linear(3, 1))
hidden = model(torch.ones(2, 3))
hidden.sum().backward(retain_graph=True)
hidden.square().sum().backward()
""",
        mended="""\
import torch

model = torch.compile(torch.nn.Linear(3, 1))
hidden = model(torch.ones(2, 3))
(hidden.sum() + hidden.square().sum()).backward()
""",
        command="gradcli grad 'sum(W @ x) + sum((W @ x)**2)' W=[[1,2]] x=1,1 --wrt W",
        beyond="needs the inductor backend's donated buffers, which the C++ compiler of the machine decides",
    ),
    Cause(
        name="script_constant_requires_grad",
        title="a traced function uses a tensor with grad that is not its input",
        text="torch.jit.trace and export store tensors from outside (globals, closure variables, attributes that are "
        "no parameters) as constants in the graph. A tensor that requires grad is no constant, so it has to come in "
        "as an input, be a parameter, or be detached.",
        how_to_tell="The message prints the tensor's values. Look for the global or attribute that has them.",
        fix="self.scale = nn.Parameter(scale)           # a parameter of the module\n"
        "torch.jit.trace(f, (x, scale))             # or an input\n"
        "scale = scale.detach()                     # or a constant without gradient",
        program="""\
import torch

scale = torch.tensor([2.0, 3.0], requires_grad=True)
torch.jit.trace(lambda x: x * scale, (torch.ones(2),))
""",
        mended="""\
import torch

scale = torch.tensor([2.0, 3.0], requires_grad=True)
torch.jit.trace(lambda x, scale: x * scale, (torch.ones(2), scale))
""",
        command="gradcli grad 'sum(x*s)' x=1,1 s=2,3",
    ),
)

MESSAGES = (
    Message(
        name="compile_double_backward",
        patterns=(r"torch\.compile with aot_?autograd does not (?:currently )?support double backward",),
        meaning="A second derivative was asked of something that torch.compile has compiled. The compiled backward "
        "pass cannot itself be differentiated.",
        causes=("compile_double_backward",),
        finder="compile",
    ),
    Message(
        name="compile_donated",
        patterns=(r"compiled with non-empty donated buffers which requires create_graph=False and retain_graph=False",),
        meaning="The compiled backward pass gives its saved tensors away while it runs. It cannot be kept for another "
        "pass.",
        causes=("compile_retain_graph", "compile_double_backward"),
        finder="compile",
    ),
    Message(
        name="compile_autograd_call",
        patterns=(
            r"using `?torch\.autograd\.grad`? with `?torch\._dynamo\.config\.trace_autograd_ops",
            r"Unsupported Tensor\.backward\(\) call",
            r"(?:skip function grad in file|skipped function).*torch/autograd/__init__\.py",
            r"(?:Unsupported|torch\.\* op returned non-Tensor).{0,80}(?:autograd\.grad|Tensor\.backward)",
        ),
        meaning="torch.compile met a call of autograd inside the function that it compiles, which it does not trace.",
        causes=("compile_autograd_inside",),
        finder="compile",
    ),
    Message(
        name="compile_retain_grad",
        patterns=(
            r"Tensor\.retain_grad\(\)`? with AOTDispatcher",
            r"returning intermediate with requires_grad_\(\)",
            r"Unsupported.{0,60}(?:retain_grad|requires_grad_|register_hook)",
        ),
        meaning="A tensor inside a compiled function was marked (retain_grad, requires_grad_, a hook). Compiled code "
        "has no such tensors.",
        causes=("compile_hooks",),
        finder="compile",
    ),
    Message(
        name="compile_branch",
        patterns=(
            r"Data-dependent (?:branching|control flow)",
            r"generic_jump TensorVariable",
            r"Could not (?:guard on|extract specialized integer from) data-dependent (?:expression|symbol)",
            r"Dynamic control flow is not supported at the moment",
            r"data dependent operator: aten\.\w+",
            r"dynamic shape operator: aten\.\w+",
        ),
        meaning="The path of the compiled function depends on the values of a tensor. torch.compile and torch.export "
        "record one path only.",
        causes=("compile_data_dependent",),
        finder="compile",
    ),
    Message(
        name="compile_inplace",
        patterns=(
            r"(?:Failed running call_\w+|failed to run FX node with fake tensors).*"
            r"a (?:view of a )?leaf Variable that requires grad is being used in an in-place operation",
        ),
        meaning="The compiled function changed a leaf that requires grad in place. torch.compile repeats autograd's "
        "own error.",
        causes=("compile_inplace",),
        finder="compile",
    ),
    Message(
        name="compile_graph_break",
        patterns=(
            r"torch\._dynamo\.exc\.Unsupported",
            r"For more details about this graph break, please visit",
            r"graph-break-site",
            r"Cannot access data pointer of Tensor \(e\.g\. FakeTensor, FunctionalTensor\)",
            r"call_function BuiltinVariable\(\w+\)",
        ),
        meaning="torch.compile could not trace a part of the function, and was told (by `fullgraph=True` or export) "
        "not to leave anything out.",
        causes=("compile_unsupported", "compile_autograd_inside", "compile_data_dependent"),
        finder="compile",
    ),
    Message(
        name="script_constant",
        patterns=(r"Cannot insert a Tensor that requires grad as a constant",),
        meaning="While it traced the function, torch met a tensor from outside that requires grad. A graph can keep "
        "constants, and this is none.",
        causes=("script_constant_requires_grad",),
    ),
)
