"""Parameters: what an optimizer takes, what may stand in a module, what may be assigned to ``.grad`` and ``.data``."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="optimizer_not_tensors",
        title="the optimizer was given something that is no list of tensors",
        text="An optimizer wants an iterable of tensors, or of dicts with the key 'params'. It got a generator inside "
        "a list, names, a dict of names, a module, a number, or one bare tensor.",
        how_to_tell="Print `type(params), [type(p) for p in params]`. `Module.parameters` or `generator` in the "
        "message is a list around `model.parameters()`; `str` is a dict or named tensors.",
        fix="torch.optim.SGD(model.parameters(), lr=0.1)  # no list around it\n"
        "torch.optim.SGD([*a.parameters(), *b.parameters()], lr=0.1)  # two modules\n"
        "torch.optim.SGD([weight], lr=0.1)  # one tensor stands in a list",
        program="""\
import torch

encoder, decoder = torch.nn.Linear(3, 2), torch.nn.Linear(2, 3)
optimizer = torch.optim.SGD([encoder.parameters(), decoder.parameters()], lr=0.1)
""",
        mended="""\
import torch

encoder, decoder = torch.nn.Linear(3, 2), torch.nn.Linear(2, 3)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.1)
""",
        command="gradcli grad 'sum((V@(W@x))**2)' W='[[1,2]]' V='[[3],[4]]' x=1,1 --wrt W,V",
    ),
    Cause(
        name="optimizer_no_parameters",
        title="the module has no registered parameters",
        text="model.parameters() is empty. Layers or tensors in a plain Python list or dict are not registered, a "
        "tensor with requires_grad=True is no nn.Parameter, and a generator that was looped over once is used up.",
        how_to_tell="`print(model)` shows the layers that are registered, `list(model.parameters())` the parameters. "
        "What is missing there the optimizer cannot change.",
        fix="self.layers = torch.nn.ModuleList([...])  # for a list; ModuleDict for a dict\n"
        "self.scale = torch.nn.Parameter(torch.ones(3))  # for a tensor\n"
        "params = list(model.parameters())  # if it is looped over twice",
        program="""\
import torch


class Stack(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [torch.nn.Linear(3, 3) for _ in range(2)]


optimizer = torch.optim.SGD(Stack().parameters(), lr=0.1)
""",
        mended="""\
import torch


class Stack(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(3, 3) for _ in range(2))


optimizer = torch.optim.SGD(Stack().parameters(), lr=0.1)
""",
        command="gradcli grad 'sum((V@(W@x))**2)' W='[[1,2]]' V='[[3],[4]]' x=1,1 --wrt W,V",
    ),
    Cause(
        name="optimizer_parameter_twice",
        title="a parameter stands in two parameter groups",
        text="Each parameter may stand in one group of an optimizer, or it would be changed twice. Two groups have the "
        "same parameter: weights that two layers share, or a group of all parameters beside one of some.",
        how_to_tell="`len(ids) - len(set(ids))` of `[id(p) for g in groups for p in g['params']]` counts them.",
        fix="head = set(model.head.parameters())\n"
        "rest = [p for p in model.parameters() if p not in head]  # all others\n"
        "torch.optim.SGD([{'params': rest}, {'params': list(head), 'lr': 1.0}], lr=0.1)",
        program="""\
import torch

model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
groups = [{"params": model.parameters()}, {"params": model[1].parameters(), "lr": 1.0}]
optimizer = torch.optim.SGD(groups, lr=0.1)
""",
        mended="""\
import torch

model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
groups = [{"params": model[0].parameters()}, {"params": model[1].parameters(), "lr": 1.0}]
optimizer = torch.optim.SGD(groups, lr=0.1)
""",
        command="gradcli grad 'sum((V@(W@x))**2)' W='[[1,2]]' V='[[3],[4]]' x=1,1 --wrt W,V",
    ),
    Cause(
        name="optimizer_closure_missing",
        title="LBFGS.step() was called without a closure",
        text="LBFGS evaluates the loss and its gradient several times in one step, at other weights each time. It "
        "needs a function that computes both anew; one backward() before step() is not enough.",
        how_to_tell="The optimizer is LBFGS, and `step()` has no argument.",
        fix="def closure():\n    optimizer.zero_grad()\n    loss = criterion(model(x), y)\n    loss.backward()\n"
        "    return loss\n\noptimizer.step(closure)",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
optimizer = torch.optim.LBFGS([weight])
weight.pow(2).sum().backward()
optimizer.step()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
optimizer = torch.optim.LBFGS([weight])


def closure():
    optimizer.zero_grad()
    loss = weight.pow(2).sum()
    loss.backward()
    return loss


optimizer.step(closure)
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
    ),
    Cause(
        name="optimizer_sparse",
        title="the optimizer cannot use sparse gradients, or wants only such",
        text="Embedding(sparse=True) has a sparse gradient, which holds the rows that were looked up. Adam and most "
        "other optimizers take dense gradients; SparseAdam takes sparse ones only; SGD and Adagrad take both.",
        how_to_tell="Print `[(n, p.grad.is_sparse) for n, p in model.named_parameters() if p.grad is not None]`.",
        fix="torch.nn.Embedding(1000, 8)  # without sparse=True\n"
        "torch.optim.SparseAdam(embedding.parameters())  # and another optimizer for the rest",
        program="""\
import torch

embedding = torch.nn.Embedding(3, 2, sparse=True)
optimizer = torch.optim.Adam(embedding.parameters())
embedding(torch.tensor([0])).sum().backward()
optimizer.step()
""",
        mended="""\
import torch

embedding = torch.nn.Embedding(3, 2, sparse=True)
optimizer = torch.optim.SparseAdam(embedding.parameters())
embedding(torch.tensor([0])).sum().backward()
optimizer.step()
""",
        command="gradcli grad 'sum(W[0])' W='[[1,2],[3,4],[5,6]]'",
    ),
    Cause(
        name="parameter_replaced",
        title="a computed tensor was assigned over a parameter",
        text="A module's attribute that is a registered nn.Parameter may only be replaced by another nn.Parameter, "
        "which is a leaf. A computed tensor (an updated weight, the output of a hypernetwork) is no leaf and cannot be "
        "one.",
        how_to_tell="The line that raised assigns to `module.weight`, `module.bias` or registers a parameter, and what "
        "is assigned has a `grad_fn` or is a plain tensor.",
        fix="with torch.no_grad():\n    layer.weight.copy_(new_weight)  # new numbers, the same leaf\n"
        "out = torch.func.functional_call(layer, {'weight': computed, 'bias': layer.bias}, x)  # with the graph",
        program="""\
import torch

layer = torch.nn.Linear(2, 2)
scale = torch.tensor(0.5, requires_grad=True)
layer.weight = scale * torch.ones(2, 2)
layer(torch.ones(2)).sum().backward()
""",
        mended="""\
import torch

layer = torch.nn.Linear(2, 2)
scale = torch.tensor(0.5, requires_grad=True)
weights = {"weight": scale * torch.ones(2, 2), "bias": layer.bias}
torch.func.functional_call(layer, weights, torch.ones(2)).sum().backward()
""",
        command="gradcli grad 'W = s*ones(2,2); sum(W@x)' s=0.5 x=1,1 --wrt s",
    ),
    Cause(
        name="grad_assigned_shape",
        title="a .grad of another shape was assigned",
        text="A tensor's .grad has its own shape, always. What was assigned has another one: a missing sum over the "
        "batch, a missing transpose, an axis of length 1, or the gradient of another parameter.",
        how_to_tell="Print `p.shape, gradient.shape` before the assignment.",
        fix="p.grad = gradient.sum(0)  # over the axis of the batch\n"
        "p.grad = gradient.reshape(p.shape)  # where only axes of length 1 differ",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
inputs = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
weight.grad = 2 * inputs
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
inputs = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
weight.grad = (2 * inputs).sum(0)
""",
        command="gradcli grad 'sum(2*X@w)' X='[[1,2],[3,4],[5,6]]' w=0.5,-1 --wrt w",
        signs=(r"different size|gradient of size",),
    ),
    Cause(
        name="grad_assigned_dtype",
        title="a .grad of another dtype was assigned",
        text="A tensor's .grad has its own dtype. What was assigned has another one: float64 from numpy against a "
        "float32 parameter, or float32 against a half-precision one.",
        how_to_tell="Print `p.dtype, gradient.dtype` before the assignment.",
        fix="p.grad = gradient.to(p.dtype)",
        program="""\
import numpy
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.grad = torch.from_numpy(numpy.array([1.0, 2.0]))
""",
        mended="""\
import numpy
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.grad = torch.from_numpy(numpy.array([1.0, 2.0])).to(weight.dtype)
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1 --dtype float32",
        signs=(r"different type|gradient with dtype",),
    ),
    Cause(
        name="grad_assigned_device",
        title="a .grad on another device was assigned",
        text="A tensor's .grad lies on its own device. What was assigned lies on another one: a gradient on the CPU "
        "for a parameter on the GPU, or on another GPU.",
        how_to_tell="Print `p.device, gradient.device` before the assignment.",
        fix="p.grad = gradient.to(p.device)",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], device="cuda", requires_grad=True)
weight.grad = torch.tensor([1.0, 2.0])
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], device="cuda", requires_grad=True)
weight.grad = torch.tensor([1.0, 2.0]).to(weight.device)
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1 --device cpu",
        signs=(r"different device|device type|located on device",),
        beyond="CUDA",
    ),
    Cause(
        name="grad_assigned_type",
        title="something that is no tensor was assigned to .grad",
        text="A tensor's .grad is a tensor or None. A number or a numpy array was assigned; to clear a gradient, None "
        "is the value, or zero_() on the tensor that is there.",
        how_to_tell="The line that raised assigns to `.grad`.",
        fix="p.grad = None  # cleared\np.grad = torch.zeros_like(p)  # zeros\np.grad = torch.as_tensor(array).to(p)",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.pow(2).sum().backward()
weight.grad = 0.0
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.pow(2).sum().backward()
weight.grad = None
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
        signs=(r"\.grad\s*=[^=]",),
    ),
    Cause(
        name="data_replaced_by_integer",
        title="the .data of a tensor that requires grad was replaced by integers",
        text="A tensor that requires grad has a floating point or complex dtype, since integers have no derivative. "
        "Its .data was set to a tensor of whole numbers: a mask, a quantised or rounded weight, or an integer literal.",
        how_to_tell="Print the dtype of what is assigned: int64, int32, uint8 or bool.",
        fix="p.data = new_values.to(p.dtype)\nwith torch.no_grad():\n    p.copy_(new_values)  # converts by itself",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.data = torch.tensor([1, 0])
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.no_grad():
    weight.copy_(torch.tensor([1, 0]))
""",
        command="gradcli grad 'sum(w**2)' w=1,0",
    ),
)

_GRADS = ("grad_assigned_shape", "grad_assigned_dtype", "grad_assigned_device")

MESSAGES = (
    Message(
        name="optimizer_not_tensors",
        patterns=(
            r"optimizer can only optimize (?:Tensors|Variables), but one of the params is (?P<got>[\w.\[\]]+)",
            r"params argument given to the optimizer should be an iterable of (?:Tensors|Variables) or dicts, "
            r"but got (?P<got>[\w.\[\]]+)",
        ),
        meaning="An optimizer wants tensors, or dicts of tensors. It was given {got}.",
        causes=("optimizer_not_tensors",),
        finder="nonleaf",
    ),
    Message(
        name="optimizer_no_parameters",
        patterns=(r"optimizer got an empty parameter list",),
        meaning="An optimizer was given no parameters at all: the list or generator was empty.",
        causes=("optimizer_no_parameters",),
    ),
    Message(
        name="optimizer_parameter_twice",
        patterns=(r"some parameters appear in more than one parameter group",),
        meaning="The same parameter was given to an optimizer in two groups.",
        causes=("optimizer_parameter_twice",),
    ),
    Message(
        name="optimizer_closure_missing",
        patterns=(r"step\(\) missing 1 required positional argument: 'closure'",),
        meaning="The optimizer's step() needs a function that computes the loss and its gradient.",
        causes=("optimizer_closure_missing",),
    ),
    Message(
        name="optimizer_sparse",
        patterns=(r"(?P<name>\w+) does not support (?P<what>sparse|dense) gradients",),
        meaning="The optimizer {name} found {what} gradients, which it cannot use.",
        causes=("optimizer_sparse",),
    ),
    Message(
        name="parameter_replaced",
        patterns=(
            r"[Cc]annot assign non-leaf (?:Tensor|Variable) to parameter '(?P<name>[^']*)'",
            r"[Cc]annot assign '(?P<got>[^']*)'(?: object)? (?:as|to) parameter '(?P<name>[^']*)' "
            r"\(torch\.nn\.Parameter or None (?:expected|required)\)",
        ),
        meaning="The module's parameter {name} was to be replaced by a tensor that is no nn.Parameter. Only a "
        "parameter, which is a leaf, can stand there.",
        causes=("parameter_replaced",),
        finder="nonleaf",
    ),
    Message(
        name="grad_assigned",
        patterns=(
            r"assign(?:ed|ing)(?: a)? grad(?:ient)? (?:to a tensor that )?has data of a different (?P<what>size|type)",
            r"assign(?:ed|ing)(?: a)? grad(?:ient)? to a tensor that has data of a different (?P<what>size|type)",
            r"assigned grad has data located on a (?P<what>different device)",
            r"attempting to assign a gradient of (?P<what>size) '(?P<got>[^']*)' to a tensor of size "
            r"'(?P<expected>[^']*)'",
            r"attempting to assign a gradient with (?P<what>dtype) '(?P<got>[^']*)' to a tensor with (?:grad_)?dtype "
            r"'(?P<expected>[^']*)'",
            r"attempting to assign a gradient (?:with|located on) (?P<what>device)(?: type| with index)? "
            r"'(?P<got>[^']*)' to a tensor (?:with|located on) device(?: type| with index)? '(?P<expected>[^']*)'",
        ),
        meaning="A .grad was assigned that does not fit its tensor in {what}: it is {got}, and the tensor's is "
        "{expected}. A gradient has the shape, dtype and device of its tensor.",
        causes=_GRADS,
        defaults={"got": "another one", "expected": "different"},
        finder="shapes",
    ),
    Message(
        name="grad_assigned_type",
        patterns=(
            r"assigned grad expected to be a (?:Tensor|Variable) or None but got grad of type (?P<got>[\w.]+)",
            r"can't assign Variable as its own (?P<got>grad)",
        ),
        meaning="A value of type {got} was assigned to .grad. Only a tensor or None may stand there.",
        causes=("grad_assigned_type",),
    ),
    Message(
        name="data_replaced_by_integer",
        patterns=(r"data set to a tensor that requires gradients must be floating point",),
        meaning="The .data of a tensor that requires grad was set to numbers of an integer type. These have no "
        "gradient.",
        causes=("data_replaced_by_integer",),
    ),
)
