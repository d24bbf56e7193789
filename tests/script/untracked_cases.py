"""Programs whose loss has no graph, or is no tensor, in many styles: each with its cause and the line of the mistake.

A comment ``# here`` marks the line of the mistake, ``# or here`` another line that is as good. A program of several
files is divided by lines ``# file: name.py``; the last part is the script.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A program, the causes that are right, and the user's name of the tensor where it is held against one."""

    name: str
    causes: tuple[str, ...]
    program: str
    variable: str | None = None


def case(name: str, causes: str, program: str, variable: str | None = None) -> Case:
    return Case(name, tuple(causes.split()), program.strip("\n") + "\n", variable)


CASES = (
    case(
        "a trainer in a second file",
        "detached",
        """
# file: fitting.py
class Trainer:
    def __init__(self, module, batches):
        self.module, self.batches = module, batches

    def fit(self):
        for batch in self.batches:
            out = self.module.training_step(batch)
            out["loss"].backward()
# file: main.py
import torch
from torch import nn
from fitting import Trainer

class Lit(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(3, 1)

    def training_step(self, batch):
        x, y = batch
        loss = nn.functional.mse_loss(self.net(x), y)
        return {"loss": loss.detach(), "log": {"train": 1}}  # here

Trainer(Lit(), [(torch.ones(2, 3), torch.ones(2, 1))]).fit()
""",
    ),
    case(
        "a helper module that goes through numpy",
        "numpy_round_trip",
        """
# file: metrics.py
import torch

def to_np(t):
    return t.detach().cpu().numpy()  # or here

def dice(p, q):
    inter = (to_np(p) * to_np(q)).sum()
    return torch.tensor(1.0 - inter, requires_grad=False)
# file: main.py
import torch
import metrics

net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Sigmoid())
def main():
    prob = net(torch.rand(2, 4))
    loss = metrics.dice(prob, torch.ones(2, 4))
    loss.backward()

if __name__ == "__main__":
    main()
""",
    ),
    case(
        "a method under inference_mode",
        "grad_disabled",
        """
import torch

class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(4, 2)

    @torch.inference_mode()  # here
    def embed(self, x):
        return self.fc(x)

    def forward(self, x):
        return self.embed(x).relu()

enc = Encoder()
out = enc(torch.ones(3, 4))
loss = out.clone().sum()
loss.backward()
""",
    ),
    case(
        "grad mode left off by an evaluation",
        "grad_disabled",
        """
import torch

model = torch.nn.Linear(2, 1)

def evaluate(x):
    torch.set_grad_enabled(False)  # here
    return model(x).mean().item()

print(evaluate(torch.ones(3, 2)))
loss = model(torch.ones(3, 2)).mean()
loss.backward()
""",
    ),
    case(
        "set_grad_enabled of a condition",
        "grad_disabled",
        """
import torch

model = torch.nn.Linear(2, 1)
for phase in ["val", "train"]:
    with torch.set_grad_enabled(phase == "training"):  # here
        pred = model(torch.ones(3, 2))
        loss = pred.pow(2).mean()
    if phase == "train":
        loss.backward()
""",
    ),
    case(
        "a function that freezes",
        "parameter_frozen",
        """
import torch
from torch import nn

def freeze(net):
    for p in net.parameters():
        p.requires_grad_(False)  # here
    return net

body = freeze(nn.Linear(4, 3))
logits = body(torch.ones(5, 4))
loss = nn.functional.cross_entropy(logits, torch.zeros(5, dtype=torch.long))
loss.backward()
""",
    ),
    case(
        "a module frozen as a whole",
        "parameter_frozen",
        """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.dec = nn.Linear(4, 4)

    def forward(self, x):
        return self.dec(self.enc(x).tanh())

net = Net()
net.requires_grad_(False)  # here
x = torch.rand(2, 4)
rec = net(x)
(rec - x).square().mean().backward()
""",
    ),
    case(
        "losses in a Tensor",
        "tensor_rebuilt",
        """
import torch

heads = [torch.nn.Linear(3, 1) for _ in range(2)]
x = torch.ones(4, 3)
losses = []
for head in heads:
    losses.append(head(x).pow(2).mean())
total = torch.Tensor(losses).mean()  # here
total.backward()
""",
    ),
    case(
        "a loss wrapped again",
        "tensor_rebuilt",
        """
import torch
import torch.nn as nn

class Focal(nn.Module):
    def forward(self, logits, target):
        ce = nn.functional.cross_entropy(logits, target, reduction="none")
        pt = torch.exp(-ce)
        return torch.tensor(((1 - pt) ** 2 * ce).mean())  # here

criterion = Focal()
net = nn.Linear(2, 2)
criterion(net(torch.ones(3, 2)), torch.zeros(3, dtype=torch.long)).backward()
""",
    ),
    case(
        "items summed and made a tensor",
        "python_number",
        """
import torch

net = torch.nn.Linear(3, 1)
acc = 0.0
for x in torch.ones(4, 2, 3):
    step = net(x).abs().mean()
    acc = acc + step.item()  # here
loss = torch.tensor(acc / 4)
loss.backward()
""",
    ),
    case(
        "ranks by argsort",
        "non_differentiable_op",
        """
import torch

scores = torch.randn(6, requires_grad=True)
def ranks(s):
    order = s.argsort(descending=True)  # here
    return order.argsort().float()  # or here

def spearman(a, b):
    ra, rb = ranks(a), ranks(b)
    return 1 - ((ra - ra.mean()) * (rb - rb.mean())).mean()

spearman(scores, torch.arange(6.0)).backward()
""",
    ),
    case(
        "the second result of max",
        "non_differentiable_op",
        """
import torch

net = torch.nn.Linear(4, 3)
out = net(torch.rand(5, 4))
_, predicted = torch.max(out, 1)  # here
accuracy = (predicted == torch.tensor([0, 1, 2, 0, 1])).float().mean()  # or here
(1 - accuracy).backward()
""",
    ),
    case(
        "a cast to whole numbers",
        "non_differentiable_op",
        """
import torch

theta = torch.nn.Parameter(torch.tensor([0.3, 1.7]))
image = torch.rand(4, 4)

def lookup(coords):
    ij = coords.round().long()  # here
    return image[ij[0], ij[1]]

value = lookup(theta)
value.backward()
""",
    ),
    case(
        "a mask by to()",
        "non_differentiable_op",
        """
import torch

w = torch.rand(3, requires_grad=True)
probability = torch.sigmoid(w * 2)
decision = torch.where(probability > 0.5, torch.ones(3), torch.zeros(3))  # here
loss = (decision - 1).pow(2).sum()
loss.backward()
""",
    ),
    case(
        "a sample in an autoencoder",
        "sampled",
        """
import torch
from torch import nn
from torch.distributions import Normal

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu, self.logvar = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x):
        q = Normal(self.mu(x), torch.exp(0.5 * self.logvar(x)))
        z = q.sample()  # here
        return z

z = VAE()(torch.ones(3, 4))
loss = (z ** 2).mean()
loss.backward()
""",
    ),
    case(
        "plain tensors under an optimizer",
        "requires_grad_missing",
        """
import torch

target = torch.tensor([1.0, 2.0])
position = torch.zeros(2)  # here
optimizer = torch.optim.Adam([position], lr=0.1)

def closure():
    optimizer.zero_grad()
    energy = torch.sum((position - target) ** 2)
    energy.backward()
    return energy

optimizer.step(closure)
""",
        "position",
    ),
    case(
        "plain tensors in a class",
        "requires_grad_missing",
        """
import torch

class LinReg:
    def __init__(self, features):
        self.w = torch.randn(features, 1)  # here
        self.b = torch.zeros(1)  # or here

    def predict(self, X):
        return X @ self.w + self.b

    def fit(self, X, y, lr=0.1):
        for _ in range(3):
            loss = ((self.predict(X) - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                self.w -= lr * self.w.grad
                self.b -= lr * self.b.grad

LinReg(3).fit(torch.rand(8, 3), torch.rand(8, 1))
""",
    ),
    case(
        "parameters in a dictionary",
        "requires_grad_missing",
        """
import torch

def init(sizes):
    params = {}
    for k, (a, b) in enumerate(zip(sizes, sizes[1:])):
        params[f"w{k}"] = torch.randn(a, b) * 0.1  # here
    return params  # or here

def forward(params, x):
    for name in sorted(params):
        x = torch.tanh(x @ params[name])
    return x

params = init([2, 3, 1])  # or here
loss = forward(params, torch.ones(4, 2)).mean()
loss.backward()
""",
    ),
    case(
        "requires_grad after the forward pass",
        "requires_grad_too_late",
        """
import torch

image = torch.rand(1, 4)
weight = torch.rand(4, 2)
score = (image @ weight).max()
image.requires_grad_()  # here
score.backward()
""",
    ),
    case(
        "a gradient penalty in a class",
        "create_graph_missing",
        """
import torch
from torch import nn

class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x)

    def penalty(self, x):
        x = x.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(
            self(x).sum(),
            x,
        )
        return (slope.norm(2, dim=1) - 1).pow(2).mean()

critic = Critic()
loss = critic.penalty(torch.rand(5, 2))
loss.backward()
""".replace("(slope,) = torch.autograd.grad(\n", "(slope,) = torch.autograd.grad(  # here\n"),
    ),
    case(
        "the slope of a line",
        "derivative_constant",
        """
import torch

t = torch.linspace(0, 1, 5).requires_grad_()
y = 3 * t + 1
dy = torch.autograd.grad(y.sum(), t, create_graph=True)[0]  # here
d2y = torch.autograd.grad(dy.sum(), t)[0]  # or here
""",
    ),
    case(
        "a lambda in a partial",
        "detached",
        """
import functools
import torch

w = torch.ones(3, requires_grad=True)
def weighted(scale, f, x):
    return scale * f(x).sum()

smooth = lambda v: v.detach() ** 2  # here
loss_of = functools.partial(weighted, 2.0, smooth)
value = loss_of(w)
value.backward()
""",
    ),
    case(
        "a decorator of the user's own",
        "grad_disabled",
        """
import functools
import torch

def timed(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        with torch.no_grad():  # here
            return function(*args, **kwargs)
    return inner

net = torch.nn.Linear(2, 1)

@timed
def compute_loss(x):
    return net(x).mean()

loss = compute_loss(torch.ones(3, 2))
loss.backward()
""",
    ),
    case(
        "a method of a subclass",
        "data_attribute",
        """
import torch
from torch import nn

class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.head(self.encode(x))

    def encode(self, x):
        return self.fc(x)

class Child(Base):
    def encode(self, x):
        h = super().encode(x)
        h = h.data  # here
        return h

    def head(self, h):
        return h.sum(dim=1)

loss = Child()(torch.ones(2, 3)).mean()
loss.backward()
""",
    ),
    case(
        "a layer of the user's in a Sequential",
        "detached",
        """
import torch
from torch import nn

class Gate(nn.Module):
    def forward(self, x):
        return torch.sigmoid(x.detach())  # here

model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), Gate())
criterion = nn.BCELoss()
loss = criterion(model(torch.ones(2, 3)), torch.ones(2, 3))
loss.backward()
""",
    ),
    case(
        "the generator's loss on a detached fake",
        "detached",
        """
import torch
from torch import nn

G, D = nn.Linear(2, 3), nn.Linear(3, 1)
for p in D.parameters():
    p.requires_grad = False
noise = torch.randn(4, 2)
fake = G(noise)
score = D(fake.detach())  # here
g_loss = -score.mean()
g_loss.backward()
""",
        "fake",
    ),
    case(
        "items of log probabilities",
        "python_number",
        """
import torch
from torch.distributions import Categorical

policy = torch.nn.Linear(3, 2)
log_probs, rewards = [], []
for t in range(3):
    dist = Categorical(logits=policy(torch.ones(3)))
    action = dist.sample()
    log_probs.append(dist.log_prob(action).item())  # here
    rewards.append(1.0)
returns = torch.tensor(rewards)
loss = -(torch.tensor(log_probs) * returns).sum()
loss.backward()
""",
    ),
    case(
        "a sum of items",
        "python_number",
        """
import torch
from torch import nn

models = [nn.Linear(2, 1) for _ in range(3)]
mse = nn.MSELoss()
x, y = torch.ones(4, 2), torch.zeros(4, 1)
losses = [mse(m(x), y).item() for m in models]  # here
total = sum(losses) / len(losses)
total.backward()
""",
    ),
    case(
        "float of a loss",
        "python_number",
        """
import torch

w = torch.tensor(1.0, requires_grad=True)
def objective(w):
    value = (w - 3) ** 2
    return float(value)  # here

loss = objective(w)
loss.backward()
""",
    ),
    case(
        "a list of numbers from a tensor",
        "python_number",
        """
import math
import torch

w = torch.rand(3, requires_grad=True)
norm = math.sqrt((w ** 2).sum())  # here
loss = norm * 2
loss.backward()
""",
    ),
    case(
        "a loss with its logits",
        "loss_in_tuple",
        """
import torch
from torch import nn

net = nn.Linear(3, 2)
def compute(x, y):
    logits = net(x)
    return nn.functional.cross_entropy(logits, y), logits  # or here

loss = compute(torch.ones(2, 3), torch.tensor([0, 1]))  # here
loss.backward()
""",
    ),
    case(
        "a function without return",
        "function_returns_none",
        """
import torch

net = torch.nn.Linear(3, 2)

def total_loss(x):  # or here
    parts = [net(x).mean(), net(x).abs().mean()]
    loss = sum(parts)  # here

loss = total_loss(torch.ones(2, 3))
loss.backward()
""",
    ),
    case(
        "nothing added",
        "loss_never_added",
        """
import torch

net = torch.nn.Linear(3, 2)
loss = 0  # here
for mask, x in [(False, torch.ones(3)), (False, torch.zeros(3))]:
    if mask:
        loss = loss + net(x).sum()
loss.backward()
""",
    ),
    case(
        "a generator that detaches",
        "detached",
        """
import torch

layers = [torch.nn.Linear(3, 3) for _ in range(2)]
def activations(x):
    for layer in layers:
        x = layer(x).tanh()
        yield x.detach()  # here

energy = sum(a.pow(2).mean() for a in activations(torch.ones(1, 3)))
energy.backward()
""",
    ),
    case(
        "several statements on a line, and letters of many bytes",
        "detached",
        """
import torch

größe = torch.ones(2, requires_grad=True); σ = größe * 2; σ = σ.detach(); (σ ** 2).sum().backward()  # here
""",
    ),
    case(
        "a call over several lines",
        "numpy_round_trip",
        """
import numpy as np
import torch

net = torch.nn.Linear(2, 2)
loss = torch.as_tensor(
    np.square(
        net(torch.ones(3, 2)).detach().numpy()  # here
    ).mean()  # or here
)  # or here
loss.backward()
""",
    ),
    case(
        "a recursion",
        "detached",
        """
import torch

layers = torch.nn.ModuleList([torch.nn.Linear(2, 2) for _ in range(3)])
def run(x, depth=0):
    if depth == len(layers):
        return x.detach()  # here
    return run(layers[depth](x), depth + 1)

loss = run(torch.ones(1, 2)).sum()
loss.backward()
""",
    ),
    case(
        "the student's side detached",
        "detached",
        """
import torch
import torch.nn.functional as F

teacher, student = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
x = torch.ones(2, 3)
with torch.no_grad():
    target = teacher(x)
pred = student(x).detach()  # here
loss = F.mse_loss(pred, target)
loss.backward()
""",
    ),
    case(
        "the wrong tensor in the loss",
        "inputs_all_constant",
        """
import torch
from torch import nn

model = nn.Linear(3, 3)
inputs, targets = torch.ones(2, 3), torch.zeros(2, 3)
outputs = model(inputs)
loss = nn.functional.mse_loss(inputs, targets)  # here
loss.backward()
""",
    ),
    case(
        "a nested function that names what is outside",
        "grad_disabled",
        """
import torch

def train(steps):
    net = torch.nn.Linear(2, 1)
    history = []

    def step(x):
        nonlocal history
        with torch.no_grad():  # here
            y = net(x)
        history.append(float(y.mean()))
        return y

    for _ in range(steps):
        loss = step(torch.ones(3, 2)).pow(2).mean()
        loss.backward()

train(2)
""",
    ),
    case(
        "a call under no_grad of a function that is not",
        "grad_disabled",
        """
import torch

net = torch.nn.Linear(2, 1)

def predict(x):
    h = net(x)
    return h.relu()

@torch.no_grad()  # here
def rollout(x):
    return predict(x)

out = rollout(torch.ones(3, 2))
out.mean().backward()
""",
    ),
    case(
        "a checkpoint of constant inputs in a method",
        "checkpoint_inputs",
        """
import torch
from torch import nn
from torch.utils import checkpoint as cp

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ff = nn.Linear(4, 4)

    def forward(self, x):
        return cp.checkpoint(self.ff, x, use_reentrant=True)  # here

block = Block()
loss = block(torch.ones(2, 4)).sum()
loss.backward()
""",
    ),
    case(
        "a histogram",
        "derivative_unimplemented",
        """
import torch

class Histogram(torch.nn.Module):
    def forward(self, x):
        return torch.histc(x, bins=5, min=0, max=1)  # here

net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Sigmoid(), Histogram())
loss = net(torch.ones(2, 4)).var()
loss.backward()
""",
    ),
    case(
        "a gradient used in a loss",
        "create_graph_missing",
        """
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (w ** 3).sum()
loss.backward()  # or here
penalty = w.grad.norm()  # here
penalty.backward()
""",
    ),
    case(
        "an update under no_grad that makes a new tensor",
        "grad_disabled",
        """
import torch

x = torch.linspace(0, 1, 8)
w = torch.zeros(1, requires_grad=True)
for epoch in range(3):
    loss = ((w * x - 2 * x) ** 2).mean()
    loss.backward()
    with torch.no_grad():  # or here
        w = w - 0.1 * w.grad  # here
""",
    ),
    case(
        "an update that detaches",
        "detached",
        """
import torch

theta = torch.ones(2, requires_grad=True)
def cost(t):
    return (t ** 2).sum()

for _ in range(2):
    c = cost(theta)
    c.backward()
    theta = (theta - 0.1 * theta.grad).detach()  # here
""",
        "theta",
    ),
    case(
        "training inside of no_grad",
        "grad_disabled",
        """
import torch

model = torch.nn.Linear(2, 1)
def train_one(x):
    loss = model(x).pow(2).mean()
    loss.backward()

def main():
    with torch.no_grad():  # here
        for x in torch.ones(2, 3, 2):
            train_one(x)

main()
""",
    ),
    case(
        "a context that was chosen",
        "grad_disabled",
        """
import torch

model = torch.nn.Linear(2, 1)
def run(x, training=False):
    context = torch.enable_grad() if training else torch.no_grad()  # here
    with context:  # or here
        out = model(x)
    return out.mean()

loss = run(torch.ones(3, 2))
loss.backward()
""",
    ),
    case(
        "a condition that is not known afterwards",
        "detached",
        """
import torch

net = torch.nn.Linear(2, 2)
def features(x, warm):
    h = net(x)
    return h if not warm else h.detach()  # here

for step in range(2):
    loss = features(torch.ones(1, 2), step < 5).sum()
    loss.backward()
""",
        "h",
    ),
    case(
        "a branch that detaches",
        "detached",
        """
import torch

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 2)
        self.stop = True

    def forward(self, x):
        h = self.fc(x)
        if self.stop:
            h = h.detach()  # here
        else:
            h = h.relu()
        return h

model = Model()
out = model(torch.ones(1, 2))
out.sum().backward()
""",
    ),
    case(
        "a loss that another method made",
        "data_attribute",
        """
import torch

class Trainer:
    def __init__(self):
        self.net = torch.nn.Linear(2, 1)

    def forward(self, x):
        self.out = self.net(x).data  # here

    def compute(self):
        self.loss = self.out.pow(2).mean()

    def optimize(self, x):
        self.forward(x)
        self.compute()
        self.loss.backward()

Trainer().optimize(torch.ones(3, 2))
""",
        "self.out",
    ),
    case(
        "a helper that calls backward",
        "detached",
        """
# file: steps.py
def backward(loss, scale=1.0):
    (loss * scale).backward()
# file: main.py
import torch
from steps import backward

net = torch.nn.Linear(2, 1)
def compute(x, *, stop=True):
    y = net(x).mean()
    return y.detach()  # here

backward(compute(torch.ones(1, 2)), scale=2.0)
""",
        "y",
    ),
    case(
        "a property that reads data",
        "data_attribute",
        """
import torch

class Curve:
    def __init__(self):
        self._points = torch.rand(4, 2, requires_grad=True)

    @property
    def points(self):
        return self._points.data  # here

    def length(self):
        return (self.points[1:] - self.points[:-1]).norm(dim=1).sum()

curve = Curve()
curve.length().backward()
""",
    ),
    case(
        "static and class methods",
        "numpy_round_trip",
        """
import numpy as np
import torch

class Loss:
    @staticmethod
    def smooth(t):
        return torch.from_numpy(np.convolve(t.detach().numpy(), np.ones(3), "same"))  # here

    @classmethod
    def of(cls, t):
        return cls.smooth(t).pow(2).sum()

w = torch.rand(6, requires_grad=True)
Loss.of(w).backward()
""",
    ),
    case(
        "a cached function",
        "detached",
        """
import functools
import torch

net = torch.nn.Linear(1, 1)

@functools.lru_cache(maxsize=None)
def potential(k):
    return net(torch.tensor([float(k)])).detach()  # here

loss = potential(1) + potential(2)
loss.backward()
""",
    ),
    case(
        "a new head in the wrong place",
        "parameter_frozen",
        """
import torch
from torch import nn

class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(4, 4)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(self.features(x).relu())

model = Backbone()
for name, p in model.named_parameters():
    p.requires_grad = False  # here
model.classifier = nn.Linear(4, 2)
opt = torch.optim.SGD(model.classifier.parameters(), lr=0.1)
for x, y in [(torch.ones(2, 4), torch.tensor([0, 1]))]:
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
""",
    ),
    case(
        "a loader, arrays, and weights without requires_grad",
        "requires_grad_missing",
        """
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(0)
features = torch.from_numpy(rng.normal(size=(16, 3)).astype("float32"))
labels = (features.sum(1) > 0).float()
loader = DataLoader(TensorDataset(features, labels), batch_size=8)
theta = torch.zeros(3)  # here

def predict(batch):
    return torch.sigmoid(batch @ theta)

for inputs, target in loader:
    bce = torch.nn.functional.binary_cross_entropy(predict(inputs), target)
    bce.backward()
    with torch.no_grad():
        theta -= 0.1 * theta.grad
""",
        "theta",
    ),
    case(
        "a graph thresholded",
        "non_differentiable_op",
        """
import torch
from torch import nn

class Structure(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.logits = nn.Parameter(torch.randn(n, n))

    def adjacency(self):
        return (torch.sigmoid(self.logits) > 0.5).float()  # here

    def forward(self, x):
        return self.adjacency() @ x

s = Structure(4)
loss = (s(torch.ones(4, 2)) - 1).pow(2).mean()
loss.backward()
""",
    ),
    case(
        "one hot of a prediction",
        "non_differentiable_op",
        """
import torch
import torch.nn.functional as F

net = torch.nn.Linear(4, 3)
def hard(x):
    return F.one_hot(net(x).argmax(-1), 3).float()  # here

y = torch.eye(3)
loss = F.mse_loss(hard(torch.rand(3, 4)), y)
loss.backward()
""",
    ),
    case(
        "an output of an earlier network as a target",
        "detached",
        """
import torch

q_net, target_net = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
state, reward = torch.ones(4, 3), torch.ones(4)
q = q_net(state).max(1).values.detach()  # here
with torch.no_grad():
    target = reward + 0.9 * target_net(state).max(1).values
loss = torch.nn.functional.smooth_l1_loss(q, target)
loss.backward()
""",
    ),
    case(
        "a penalty alone",
        "data_attribute",
        """
import torch

net = torch.nn.Linear(3, 3)
penalty = 0.0
for name, p in net.named_parameters():
    if "weight" in name:
        penalty = penalty + p.data.abs().sum()  # here
penalty.backward()
""",
    ),
    case(
        "a loss of numbers in a dictionary",
        "python_number",
        """
import torch

net = torch.nn.Linear(2, 1)
def losses(x):
    out = net(x)
    return {"l1": out.abs().mean().item(), "l2": out.pow(2).mean().item()}  # here

total = sum(losses(torch.ones(1, 2)).values())
total.backward()
""",
    ),
    case(
        "a forward in a closure over a frozen copy",
        "parameter_frozen",
        """
import copy
import torch

net = torch.nn.Linear(2, 2)
frozen = copy.deepcopy(net).requires_grad_(False)  # here

def make(model):
    def loss(x):
        return model(x).pow(2).mean()
    return loss

objective = make(frozen)
objective(torch.ones(1, 2)).backward()
""",
    ),
    case(
        "a long forward",
        "detached",
        """
import torch
from torch import nn

class Deep(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        x = self.fc(x).detach()  # here
"""
        + "        x = x * 2 + x.tanh()\n" * 60
        + """        return x

Deep(3)(torch.ones(1, 3)).mean().backward()
""",
        "x",
    ),
)
