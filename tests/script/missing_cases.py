"""Programs whose output is no scalar, whose weights do not fit, whose gradient is not there: see ``untracked_cases``."""

from __future__ import annotations

from script.untracked_cases import case

CASES = (
    case(
        "a loss for each sample in a training step",
        "loss_not_reduced non_scalar_output",
        """
import torch
from torch import nn

class Learner:
    def __init__(self):
        self.net = nn.Linear(4, 2)
        self.loss = nn.CrossEntropyLoss(reduction="none")  # or here
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def step(self, x, y):
        loss = self.loss(self.net(x), y)  # or here
        self.opt.zero_grad()
        loss.backward()  # here
        self.opt.step()

Learner().step(torch.ones(3, 4), torch.tensor([0, 1, 1]))
""",
        "loss",
    ),
    case(
        "a residual without a mean",
        "non_scalar_output",
        """
import torch

def residual(theta, data):
    return (theta * data - 1) ** 2

theta = torch.ones(1, requires_grad=True)
data = torch.arange(4.0)
residual(theta, data).backward()  # here
""",
    ),
    case(
        "a derivative at collocation points",
        "pointwise_derivative",
        """
import torch

net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
def pde(xt):
    u = net(xt)
    g = torch.autograd.grad(u, xt, create_graph=True)[0]  # here
    return (g[:, 0] + u.squeeze() * g[:, 1]).pow(2).mean()

pde(torch.rand(6, 2, requires_grad=True)).backward()
""",
        "u",
    ),
    case(
        "a complex energy",
        "complex_output",
        """
import torch

amplitude = torch.rand(4, requires_grad=True)
def energy(a):
    psi = a * torch.exp(1j * torch.arange(4.0))
    return (psi * psi).sum()  # or here

e = energy(amplitude)  # here
e.backward()
""",
        "e",
    ),
    case(
        "weights of the wrong shape",
        "grad_outputs_shape",
        """
import torch

x = torch.rand(3, requires_grad=True)
W = torch.rand(2, 3)
v = torch.ones(3)  # or here
y = W @ x
vjp = torch.autograd.grad(y, x, grad_outputs=v)  # here
""",
        "v",
    ),
    case(
        "weights for a scalar",
        "grad_outputs_scalar grad_outputs_shape",
        """
import torch

model = torch.nn.Linear(3, 1)
loss = model(torch.ones(2, 3)).mean()
loss.backward(gradient=torch.tensor([1.0]))  # here
""",
    ),
    case(
        "complex weights of a real output",
        "grad_outputs_dtype",
        """
import torch

x = torch.rand(3, requires_grad=True)
y = x ** 2
seed = torch.ones(3, dtype=torch.complex64)  # or here
y.backward(seed)  # here
""",
    ),
    case(
        "a head that forward leaves out",
        "unused_input",
        """
import torch
from torch import nn

class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x):
        return self.a(x)  # or here

net = Two()
loss = net(torch.ones(3, 2)).sum()
grads = torch.autograd.grad(loss, list(net.parameters()))  # here
""",
    ),
    case(
        "a copy that was differentiated",
        "differentiated_view",
        """
import torch

net = torch.nn.Linear(4, 1)
def attack(image):
    adv = image.clone().detach().requires_grad_(True)
    score = net(adv).sum()
    return torch.autograd.grad(score, image)[0]  # here

attack(torch.rand(1, 4, requires_grad=True))
""",
        "image",
    ),
    case(
        "a name that was given anew",
        "differentiated_view",
        """
import torch

x = torch.rand(3, requires_grad=True)
energy = (x ** 2).sum()
x = x.double()  # here
forces = -torch.autograd.grad(energy, x)[0]  # or here
""",
        "x",
    ),
    case(
        "a row of the input",
        "differentiated_view",
        """
import torch

positions = torch.rand(5, 3, requires_grad=True)
distances = torch.cdist(positions, positions)
potential = distances.sum()
first = positions[0]
force = torch.autograd.grad(potential, first)  # here
""",
        "first",
    ),
    case(
        "a second derivative of a line",
        "second_derivative_vanishes",
        """
import torch

net = torch.nn.Linear(1, 1)
t = torch.linspace(0, 1, 4).reshape(-1, 1).requires_grad_()
u = net(t) * net.weight.sum()
u_t = torch.autograd.grad(u.sum(), t, create_graph=True)[0]
u_tt = torch.autograd.grad(u_t.sum(), t)[0]  # here
""",
    ),
    case(
        "an input off the graph by detach",
        "unused_input",
        """
import torch

w = torch.rand(3, requires_grad=True)
b = torch.rand(1, requires_grad=True)
def model(x):
    return x @ w.detach() + b  # here

loss = model(torch.ones(2, 3)).sum()
torch.autograd.grad(loss, (w, b))  # or here
""",
        "w",
    ),
    case(
        "an input that does not require grad",
        "input_requires_grad_missing",
        """
import torch

net = torch.nn.Linear(2, 1)
batch = torch.rand(4, 2)  # here
scores = net(batch)
saliency = torch.autograd.grad(scores.sum(), batch)
""",
        "batch",
    ),
    case(
        "latents of an encoder",
        "input_requires_grad_missing",
        """
import torch

enc, dec = torch.nn.Linear(3, 2), torch.nn.Linear(2, 3)
def jacobian_penalty(x):
    z = enc(x).detach()  # here
    out = dec(z)
    return torch.autograd.grad(out.sum(), z, create_graph=True)[0].norm()

jacobian_penalty(torch.ones(1, 3)).backward()
""",
        "z",
    ),
    case(
        "a module frozen after the loss",
        "input_frozen_later",
        """
import torch

critic = torch.nn.Linear(2, 1)
loss = critic(torch.ones(3, 2)).mean()
for p in critic.parameters():
    p.requires_grad_(False)  # here
grads = torch.autograd.grad(loss, list(critic.parameters()))
""",
    ),
    case(
        "an update that makes a new tensor",
        "leaf_replaced",
        """
import torch

w = torch.ones(2, requires_grad=True)
for step in range(3):
    loss = (w * torch.tensor([1.0, 2.0])).pow(2).sum()
    loss.backward()
    w = w - 0.1 * w.grad  # here
""",
        "w",
    ),
    case(
        "no backward yet",
        "backward_not_run",
        """
import torch

net = torch.nn.Linear(2, 1)
loss = net(torch.ones(1, 2)).sum()
print(net.weight.grad.norm())  # here
""",
        "net.weight",
    ),
    case(
        "grad after autograd.grad",
        "grad_after_autograd_grad",
        """
import torch

x = torch.ones(3, requires_grad=True)
y = (x ** 2).sum()
torch.autograd.grad(y, x)  # or here
print(x.grad.sum())  # here
""",
        "x",
    ),
    case(
        "a parameter that the loss does not reach",
        "grad_never_reached",
        """
import torch

a = torch.ones(2, requires_grad=True)
b = torch.ones(2, requires_grad=True)
loss = (a * 2).sum()
loss.backward()
for p in (a, b):
    print(p.grad.norm())  # here
""",
    ),
    case(
        "a gradient that is allowed to be missing",
        "allow_unused_none",
        """
import torch

a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
ga, gb = torch.autograd.grad((a * 3).sum(), (a, b), allow_unused=True)
print(ga.norm() + gb.norm())  # here
""",
        "gb",
    ),
    case(
        "gradients in a tuple",
        "gradients_in_tuple",
        """
import torch

x = torch.ones(3, requires_grad=True)
g = torch.autograd.grad((x ** 2).sum(), x, create_graph=True)  # here
penalty = g.norm()  # or here
""",
        "g",
    ),
    case(
        "losses in a list",
        "losses_in_list",
        """
import torch

net = torch.nn.Linear(2, 1)
losses = []
for x in torch.ones(3, 1, 2):
    losses.append(net(x).mean())
losses.backward()  # here
""",
        "losses",
    ),
    case(
        "a loss function that is not called",
        "loss_not_called",
        """
import torch

net = torch.nn.Linear(2, 1)
def objective():
    return net(torch.ones(1, 2)).sum()

loss = objective  # here
loss.backward()
""",
        "loss",
    ),
    case(
        "the result of backward",
        "backward_result_used",
        """
import torch

net = torch.nn.Linear(2, 1)
loss = net(torch.ones(1, 2)).sum().backward()  # here
loss.backward()
""",
        "loss",
    ),
    case(
        "a metric of numpy",
        "numpy_loss",
        """
import numpy as np
import torch

net = torch.nn.Linear(2, 1)
def rmse(a, b):
    return np.sqrt(np.mean((a - b) ** 2))

pred = net(torch.ones(3, 2)).detach().numpy()  # here
loss = rmse(pred, np.zeros((3, 1)))  # or here
loss.backward()
""",
        "loss",
    ),
    case(
        "a number given to grad",
        "outputs_no_tensor",
        """
import torch

x = torch.ones(3, requires_grad=True)
y = (x ** 2).sum().item()  # here
g = torch.autograd.grad(y, x)  # or here
""",
    ),
)
