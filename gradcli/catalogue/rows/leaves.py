"""Tensors that were computed and are taken for leaves: their ``.grad``, their flags, their copies."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="grad_of_non_leaf",
        title="the .grad of a computed tensor was read, which backward() does not fill",
        text="backward() keeps gradients of leaf tensors only: those made by the user with requires_grad=True, and "
        "parameters. The tensor here is no leaf, it was computed from others, so that its .grad stays None, and "
        "whatever is done with that None raises.",
        how_to_tell="Print `tensor.is_leaf, tensor.grad_fn`. A weight that was scaled, moved (`.to(device)`, "
        "`.cuda()`) or reshaped after requires_grad was set is no leaf any more: the leaf is the tensor before.",
        fix="hidden.retain_grad()  # before backward(); then hidden.grad is filled\n"
        "(grad_hidden,) = torch.autograd.grad(loss, hidden)  # or ask for it\n"
        "w = (0.1 * torch.randn(3)).requires_grad_()  # set the flag last, and w is the leaf",
        program="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = torch.tanh(inputs)
hidden.pow(2).sum().backward()
print(hidden.grad.norm())
""",
        mended="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
hidden = torch.tanh(inputs)
hidden.retain_grad()
hidden.pow(2).sum().backward()
print(hidden.grad.norm())
""",
        command="gradcli explain 'h = tanh(x); sum(h**2)' x=0.5,-1",
        signs=(r"not a leaf Tensor is being accessed",),
    ),
    Cause(
        name="deepcopy_non_leaf",
        title="deepcopy met a tensor with a graph",
        text="copy.deepcopy copies leaf tensors only. The object holds a computed tensor, which hangs on a graph: an "
        "output or a loss that was kept as an attribute, or in a list, dict or replay buffer.",
        how_to_tell="For a module: `[(m, k) for m in model.modules() for k, v in vars(m).items() if isinstance(v, "
        "torch.Tensor) and v.grad_fn is not None]` names the attribute.",
        fix="self.last_output = output.detach()  # keep the numbers, not the graph\n"
        "copied = tensor.detach().clone()  # a copy of a single tensor",
        program="""\
import copy

import torch


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, x):
        self.last_output = self.linear(x)
        return self.last_output


encoder = Encoder()
encoder(torch.ones(3))
best = copy.deepcopy(encoder)
""",
        mended="""\
import copy

import torch


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, x):
        output = self.linear(x)
        self.last_output = output.detach()
        return output


encoder = Encoder()
encoder(torch.ones(3))
best = copy.deepcopy(encoder)
""",
        command="gradcli explain 'sum(W@x)' W='[[1,2],[3,4]]' x=1,-1",
    ),
    Cause(
        name="deepcopy_weight_norm",
        title="deepcopy met a weight that weight_norm computes",
        text="torch.nn.utils.weight_norm and spectral_norm replace a layer's parameter by a tensor that is computed "
        "from others and kept as an attribute. That tensor is no leaf, and copy.deepcopy refuses it.",
        how_to_tell="The model uses `torch.nn.utils.weight_norm` or `spectral_norm`: `layer.weight_g` or "
        "`layer.weight_orig` exists.",
        fix="from torch.nn.utils.parametrizations import weight_norm  # computes the weight anew, and may be copied",
        program="""\
import copy
import warnings

import torch

warnings.simplefilter("ignore")
layer = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))
layer(torch.ones(3))
average = copy.deepcopy(layer)
""",
        mended="""\
import copy

import torch

layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
layer(torch.ones(3))
average = copy.deepcopy(layer)
""",
        command="gradcli grad 'sum(g*v/norm(v)*x)' g=2 v=3,4 x=1,1 --wrt g,v",
        signs=(r"(?<!nn\.utils\.)\b(?:weight_norm|spectral_norm)\(|weight_g\b|weight_orig\b",),
    ),
    Cause(
        name="serialize_non_leaf",
        title="a tensor with a graph was sent to another process",
        text="The tensor was put on a queue, a pipe or into the arguments of another process. Its values can go there; "
        "its graph cannot, since autograd does not cross processes, and torch refuses to drop it silently.",
        how_to_tell="The tensor that is sent has a `grad_fn`. In a DataLoader it is what `__getitem__` or `collate_fn` "
        "of a worker returns: a model or a parameter is used there.",
        fix="queue.put(features.detach())  # the values only",
        program="""\
import torch
import torch.multiprocessing

receiver, sender = torch.multiprocessing.Pipe()
weight = torch.tensor([0.5, -1.0], requires_grad=True)
features = torch.tanh(weight)
sender.send(features)
""",
        mended="""\
import torch
import torch.multiprocessing

receiver, sender = torch.multiprocessing.Pipe()
weight = torch.tensor([0.5, -1.0], requires_grad=True)
features = torch.tanh(weight)
sender.send(features.detach())
""",
        command="gradcli explain 'sum(tanh(w))' w=0.5,-1",
    ),
    Cause(
        name="optimize_non_leaf",
        title="the optimizer was given a computed tensor",
        text="An optimizer changes leaf tensors: step() writes into them and reads their .grad. The tensor here is no "
        "leaf, it came out of an operation, often a scaling, `.to(device)`, `.cuda()`, `.double()` or a reshape after "
        "requires_grad=True was set.",
        how_to_tell="Print `tensor.is_leaf, tensor.grad_fn`: False and the operation that made it, such as "
        "MulBackward0 or ToCopyBackward0.",
        fix="w = (0.1 * torch.randn(3, device=device)).requires_grad_()  # the flag comes last\n"
        "w = torch.nn.Parameter(0.1 * torch.randn(3))  # the same\n"
        "w = computed.detach().requires_grad_()  # a new leaf that starts at a computed value",
        program="""\
import torch

torch.manual_seed(0)
weight = 0.1 * torch.randn(3, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
""",
        mended="""\
import torch

torch.manual_seed(0)
weight = (0.1 * torch.randn(3)).requires_grad_()
optimizer = torch.optim.SGD([weight], lr=0.1)
""",
        command="gradcli grad 'sum((0.1*w)**2)' w=1,2",
    ),
    Cause(
        name="requires_grad_of_non_leaf",
        title="requires_grad of a computed tensor was set to False",
        text="Whether a computed tensor requires grad follows from what it was computed from; only a leaf's flag can "
        "be changed. The tensor here is no leaf: it has a grad_fn. To go on without a gradient is what detach() is "
        "for.",
        how_to_tell="Print `tensor.is_leaf, tensor.grad_fn`. To freeze a layer, its parameters have to be named, not "
        "its output.",
        fix="features = features.detach()  # go on without the graph\n"
        "for p in encoder.parameters():\n    p.requires_grad_(False)  # freeze the layer, before the forward pass",
        program="""\
import torch

encoder, head = torch.nn.Linear(3, 2), torch.nn.Linear(2, 1)
features = encoder(torch.ones(3))
features.requires_grad = False
head(features).sum().backward()
""",
        mended="""\
import torch

encoder, head = torch.nn.Linear(3, 2), torch.nn.Linear(2, 1)
features = encoder(torch.ones(3)).detach()
head(features).sum().backward()
""",
        command="gradcli grad 'sum(V@h)' V='[[3,4]]' h=1,2 --wrt V",
    ),
    Cause(
        name="detach_view_inplace",
        title="a view was detached in place",
        text="detach_() cuts a tensor off its graph in place. A view shares its graph with its base, so that a view "
        "cannot be cut off alone; the copy-free detach() gives a new tensor instead. With DistributedDataParallel and "
        "gradient_as_bucket_view=True the gradients are such views.",
        how_to_tell="`tensor._is_view()` is True: it was made by indexing, view(), reshape(), chunk() or expand().",
        fix="state = batch[0].detach()  # without the underscore\n"
        "optimizer.zero_grad(set_to_none=True)  # for gradients under DistributedDataParallel",
        program="""\
import torch

weight = torch.tensor([[0.5, -1.0]], requires_grad=True)
states = torch.tanh(weight)
last = states[0]
last.detach_()
""",
        mended="""\
import torch

weight = torch.tensor([[0.5, -1.0]], requires_grad=True)
states = torch.tanh(weight)
last = states[0].detach()
""",
        command="gradcli explain 'sum(tanh(w)[0])' w='[[0.5,-1]]'",
    ),
)

_DEEPCOPIES = ("deepcopy_non_leaf", "deepcopy_weight_norm")

MESSAGES = (
    Message(
        name="grad_of_non_leaf",
        patterns=(
            r"The \.grad attribute of a (?:Tensor|Variable) that is not a leaf (?:Tensor|Variable) is being accessed",
        ),
        meaning="The .grad of a computed tensor was read. backward() fills .grad of leaves only, so it is None.",
        causes=("grad_of_non_leaf",),
        finder="nonleaf",
    ),
    Message(
        name="deepcopy_non_leaf",
        patterns=(
            r"Only (?:Tensors|Variables) created explicitly by the user \(graph leaves\) support the deepcopy",
            r"__setstate__ can be only called on leaf (?:Tensors|Variables)",
        ),
        meaning="A tensor that was computed, and hangs on a graph, was to be copied by deepcopy. Only leaves can be.",
        causes=_DEEPCOPIES,
        finder="nonleaf",
    ),
    Message(
        name="serialize_non_leaf",
        patterns=(r"refusing to serialize non-leaf (?:tensor|variable) which requires_grad",),
        meaning="A tensor with a graph was to be sent to another process. Its graph cannot go there.",
        causes=("serialize_non_leaf",),
        finder="nonleaf",
    ),
    Message(
        name="optimize_non_leaf",
        patterns=(r"can't optimize a non-leaf (?:Tensor|Variable)",),
        meaning="An optimizer was given a tensor that was computed from others. It can only change leaves.",
        causes=("optimize_non_leaf",),
        finder="nonleaf",
    ),
    Message(
        name="requires_grad_of_non_leaf",
        patterns=(r"you can only change requires_grad flags of leaf (?:variables|tensors)",),
        meaning="The flag requires_grad of a computed tensor was to be changed. Only a leaf's can be.",
        causes=("requires_grad_of_non_leaf",),
        finder="nonleaf",
    ),
    Message(
        name="detach_view_inplace",
        patterns=(r"Can't detach views in-?place",),
        meaning="detach_() was called on a view of another tensor. A view cannot be cut off its base's graph in place.",
        causes=("detach_view_inplace",),
        finder="nonleaf",
    ),
)
