"""Programs with a mistake in a custom Function, under vmap, in a dtype, a checkpoint or a value that Python wants.

Marks as in untracked_cases; ``edit`` is what the proposed line has to hold.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A program, the cause that is right, a part of the changed line where one is proposed."""

    name: str
    cause: str
    program: str
    edit: str = ""


CASES = (
    Case(
        "one gradient for a weight and a constant",
        "function_gradient_count",
        """\
import torch

class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, power, shift):
        ctx.save_for_backward(x)
        ctx.power = power
        return x**power + shift

    @staticmethod
    def backward(ctx, cotangent):
        x, = ctx.saved_tensors
        if ctx.power == 0:
            return None, None, None
        return cotangent * ctx.power * x ** (ctx.power - 1)  # here

def run(x):
    return Scaled.apply(x, 3, 1.0).sum()

run(torch.ones(2, requires_grad=True)).backward()
""",
        "** (ctx.power - 1), None, None",
    ),
    Case(
        "a tuple in parentheses with one gradient too few",
        "function_gradient_count",
        """\
import torch

class Blend(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b, t):
        ctx.t = t
        return a * t + b * (1 - t)

    @staticmethod
    def backward(ctx, g):
        return (g * ctx.t, g * (1 - ctx.t))  # here

a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
Blend.apply(a, b, 0.3).sum().backward()
""",
        "g * (1 - ctx.t), None)",
    ),
    Case(
        "the gradient of a matrix lies",
        "function_gradient_shape",
        """\
import torch

class Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return x @ weight.t()

    @staticmethod
    def backward(ctx, g):
        x, weight = ctx.saved_tensors
        gx = g @ weight
        return gx, x.t() @ g  # here

w = torch.ones(2, 3, requires_grad=True)
Linear.apply(torch.ones(5, 3, requires_grad=True), w).sum().backward()
""",
        "(x.t() @ g).T",
    ),
    Case(
        "no setup_context, among classes that have one",
        "function_not_transformable",
        """\
import torch

class Fine(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, g):
        return g * 2

class Old(torch.autograd.Function):  # here
    @staticmethod
    def forward(ctx, x):
        return x * 3

    @staticmethod
    def backward(ctx, g):
        return g * 3

torch.func.grad(lambda x: (Fine.apply(x) + Old.apply(x)).sum())(torch.ones(3))
""",
    ),
    Case(
        "differentiated once alone",
        "once_differentiable",
        """\
import torch
from torch.autograd import Function
from torch.autograd import function as af

class Square(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @af.once_differentiable  # here
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g

x = torch.tensor(3.0, requires_grad=True)
g, = torch.autograd.grad(Square.apply(x), x, create_graph=True)
torch.autograd.grad(g, x)
""",
    ),
    Case(
        "noise under vmap, deep inside",
        "vmap_random",
        """\
import torch

class Noisy:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x):
        return x + self.scale * torch.randn_like(x)

def loss(x):
    return Noisy(0.1)(x).pow(2).sum()

def all_losses(xs):
    return torch.vmap(loss)(xs)  # here

all_losses(torch.ones(4, 2))
""",
        'torch.vmap(loss, randomness="different")(xs)',
    ),
    Case(
        "a number under vmap",
        "vmap_data_dependent",
        """\
import torch

def unit(v):
    size = v.norm().item()  # here
    return v / size

torch.func.vmap(unit)(torch.ones(3, 2))
""",
        "size = v.norm()",
    ),
    Case(
        "integers on the way to a parameter",
        "integer_parameter",
        """\
import torch
from torch import nn

class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.Parameter(torch.arange(6).reshape(2, 3))  # here

Table()
""",
        "nn.Parameter(torch.arange(6).reshape(2, 3).float())",
    ),
    Case(
        "numpy of a prediction",
        "numpy_on_grad",
        """\
import numpy as np
import torch

net = torch.nn.Linear(2, 1)

def score(batch):
    out = net(batch)
    return float(np.abs(out.numpy()).mean())  # here

score(torch.ones(3, 2))
""",
        "out.detach().numpy()",
    ),
    Case(
        "a loss class that is given the tensors",
        "loss_class_called",
        """\
import torch
import torch.nn as nn

def criterion(a, b):
    return nn.L1Loss(a, b)  # here

criterion(torch.ones(3), torch.zeros(3)).backward()
""",
        "nn.L1Loss()(a, b)",
    ),
    Case(
        "single precision in gradcheck",
        "gradcheck_precision",
        """\
import torch

x = torch.linspace(0.1, 2.0, 5, requires_grad=True)  # here
torch.autograd.gradcheck(lambda v: v.log() * v.sin(), [x])
""",
        "dtype=torch.float64",
    ),
    Case(
        "a wrong formula in gradcheck",
        "gradcheck_formula",
        """\
import torch

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] ** 2 * g  # here

x = torch.ones(2, dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(Cube.apply, (x,))
""",
    ),
    Case(
        "a reentrant checkpoint and grad",
        "checkpoint_reentrant",
        """\
import torch
from torch.utils import checkpoint as cp

layer = torch.nn.Linear(2, 2)

def energy(x):
    return cp.checkpoint(layer, x, use_reentrant=True).pow(2).sum()  # here

x = torch.ones(3, 2, requires_grad=True)
torch.autograd.grad(energy(x), x)
""",
        "use_reentrant=False",
    ),
    Case(
        "doubles from a list go into a layer",
        "dtype_mixed",
        """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
features = torch.tensor([[0.5, 1.5]], dtype=torch.double)  # here
net(features).sum().backward()
""",
        ".to(torch.float32)",
    ),
    Case(
        "anomaly mode in a function",
        "nan_root_at_zero",
        """\
import torch

def distance(a, b):
    return (a - b).pow(2).sum(-1).sqrt()  # here

with torch.autograd.detect_anomaly():
    a = torch.ones(3, 2, requires_grad=True)
    loss = (distance(a, torch.ones(3, 2)) * torch.zeros(3)).sum()
    loss.backward()
""",
    ),
    Case(
        "a number that is saved as a tensor",
        "function_save_type",
        """\
import torch

class Power(torch.autograd.Function):
    @staticmethod
    def forward(x, n):
        return x**n

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, n = inputs
        ctx.save_for_backward(x, n)  # here

    @staticmethod
    def backward(ctx, g):
        x, n = ctx.saved_tensors
        return g * n * x ** (n - 1), None

Power.apply(torch.ones(2, requires_grad=True), 3)
""",
    ),
    Case(
        "a second derivative of a distance",
        "double_backward_missing",
        """\
import torch

def energy(p, q):
    distances = torch.cdist(p, q)  # here
    return (distances - 1).square().sum()

p = torch.rand(3, 2, requires_grad=True)
force, = torch.autograd.grad(energy(p, torch.rand(4, 2) + 2), p, create_graph=True)
force.norm().backward()
""",
    ),
    Case(
        "an operation under another name of its own",
        "derivative_unimplemented",
        """\
import torch

k = torch.tensor(1.5, requires_grad=True)

def survival(k, t):
    return torch.special.gammaincc(k, t)  # here

survival(k, torch.tensor(2.0)).backward()
""",
    ),
    Case(
        "a branch on a value in compiled code",
        "compile_data_dependent",
        """\
import torch

def scaled(x):
    if x.sum() > 0:  # here
        return x * 2
    return x

torch.compile(scaled, backend="eager", fullgraph=True)(torch.ones(3))
""",
    ),
    Case(
        "a loss with its predictions under torch.func",
        "func_aux_undeclared",
        """\
import torch
from torch.func import grad

def loss(w, x):
    out = x @ w
    return out.pow(2).mean(), out

step = grad(loss)  # here

def train(w):
    for x in torch.ones(2, 3, 2):
        g, out = step(w, x)
        w = w - 0.1 * g
    return w

train(torch.ones(2))
""",
        "grad(loss, has_aux=True)",
    ),
    Case(
        "losses in a list, rebuilt by an old constructor",
        "tensor_rebuilt",
        """\
import torch

net = torch.nn.Linear(3, 1)

def total(x):
    losses = []
    for row in x:
        losses.append(net(row).abs().sum())
    return torch.FloatTensor(losses).sum()  # here

total(torch.ones(2, 3)).backward()
""",
        "torch.stack(losses)",
    ),
    Case(
        "a state that a module keeps from one call to the next",
        "hidden_state_kept",
        """\
import torch
from torch import nn

class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(2, 3)
        self.last = None

    def forward(self, x):
        out, self.last = self.cell(x, self.last)  # here
        return out.sum()

net = Memory()
for x in torch.ones(3, 4, 1, 2):
    net(x).backward()
""",
    ),
)
