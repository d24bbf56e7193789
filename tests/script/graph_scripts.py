"""Scripts whose mistake is about a graph: changed in place, freed, leaves, inference mode. ``#!`` marks the line."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """source: without the marks; lines: those that name the mistake; causes: those that are right.

    plain: whether the plain run is expected to find the line, too
    variable: the user's name that has to be given
    """

    id: str
    source: str
    lines: frozenset[int]
    causes: tuple[str, ...]
    plain: bool = True
    variable: str | None = None


def _script(id: str, causes: str, text: str, *, plain: bool = True, variable: str | None = None) -> Script:  # noqa: A002
    source = text.lstrip("\n")
    lines = [n for n, line in enumerate(source.splitlines(), 1) if "#!" in line]
    clean = re.sub(r" *#!", "", source)
    return Script(id, clean, frozenset(lines), tuple(causes.split()), plain, variable)


INPLACE = (
    _script(
        "relu-in-forward",
        "inplace_saved",
        """
import torch
import torch.nn as nn

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        h *= 2  #!
        return self.second(h) + x

def main():
    net = Block(4)
    out = net(torch.randn(3, 4))
    out.pow(2).mean().backward()

if __name__ == "__main__":
    main()
""",
        variable="h",
    ),
    _script(
        "inplace-layer-after-sigmoid",
        "inplace_saved",
        """
import torch
from torch import nn
model = nn.Sequential(
    nn.Linear(3, 3),
    nn.Sigmoid(),
    nn.ReLU(inplace=True),  #!
    nn.Linear(3, 1),
)
model(torch.rand(5, 3)).sum().backward()
""",
    ),
    _script(
        "exp-then-clamp",
        "inplace_saved",
        """
import torch as t
w = t.randn(10, requires_grad=True)
e = t.exp(w); e.clamp_(max=2.0)  #!
t.sum(e).backward()
""",
        variable="e",
    ),
    _script(
        "functional-inplace-flag",
        "inplace_saved",
        """
import torch
import torch.nn.functional as F
x = torch.randn(2, 8, requires_grad=True)
y = x ** 2
z = torch.sqrt(y + 1)
F.dropout(z, p=0.5, training=True, inplace=True)  #!
(z * 3).sum().backward()
""",
        variable="z",
    ),
    _script(
        "state-written-by-steps",
        "inplace_slot",
        """
import torch

def simulate(k, n=6):
    path = torch.zeros(n)
    path = path + k * 0 + 1
    for i in range(1, n):
        path[i] = path[i - 1] * torch.exp(-k)  #!
    return path

k = torch.tensor(0.3, requires_grad=True)
loss = (simulate(k) - 0.5).pow(2).sum()
loss.backward()
""",
        variable="path",
    ),
    _script(
        "mask-by-index-in-method",
        "inplace_saved",
        """
import torch
from torch import nn

class Attention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.qkv = nn.Linear(d, 3 * d)

    def scores(self, q, k):
        return (q @ k.mT).softmax(-1)

    def forward(self, x, mask):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        a = self.scores(q, k)
        a[mask] = 0.0  #!
        return a @ v

x = torch.randn(2, 5, 8)
mask = torch.ones(2, 5, 5).triu(1).bool()
Attention(8)(x, mask).sum().backward()
""",
    ),
    _script(
        "target-network-by-copy",
        "inplace_saved",
        """
import torch
from torch import nn

online, target = nn.Linear(4, 2), nn.Linear(4, 2)
for p in target.parameters():
    p.requires_grad_(True)
s = torch.randn(8, 4, requires_grad=True)
hidden = target(s).relu()
error = (online(s) - target(s) * hidden).pow(2).mean()
with torch.no_grad():
    for p, q in zip(target.parameters(), online.parameters()):
        p.mul_(0.99).add_(q, alpha=0.01)  #!
error.backward()
""",
        plain=False,
    ),
    _script(
        "actor-critic-two-steps",
        "optimizer_step",
        """
import torch
from torch import nn, optim

torch.manual_seed(0)
body = nn.Sequential(nn.Linear(6, 12), nn.Tanh())
pi, v = nn.Linear(12, 3), nn.Linear(12, 1)
opt_v = optim.SGD([*body.parameters(), *v.parameters()], lr=0.1)
opt_pi = optim.SGD([*body.parameters(), *pi.parameters()], lr=0.1)

obs, ret = torch.randn(10, 6, requires_grad=True), torch.randn(10)
feat = body(obs)
value_loss = (v(feat).squeeze(-1) - ret).pow(2).mean()
policy_loss = -pi(feat).log_softmax(-1)[:, 0].mean()
value_loss.backward(retain_graph=True)
opt_v.step()  #!
policy_loss.backward()
opt_pi.step()
""",
    ),
    _script(
        "retained-over-steps",
        "optimizer_step",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), 1e-2)
x = torch.randn(16, 2)
loss = net(x).pow(2).mean()  #!
for epoch in range(3):
    opt.zero_grad()
    loss.backward(retain_graph=True)
    opt.step()  #!
""",
    ),
    _script(
        "trainer-class-steps-early",
        "optimizer_step",
        """
import torch
from torch import nn

class Trainer:
    def __init__(self):
        self.g = nn.Linear(3, 3)
        self.d = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
        self.optimizers = {n: torch.optim.SGD(getattr(self, n).parameters(), lr=0.1) for n in "gd"}

    def losses(self, z, x):
        fake = self.g(z)
        score = self.d(fake)
        return self.d(x).mean() - score.mean(), score.mean()

    def update(self, name, loss, **kw):
        self.optimizers[name].zero_grad()
        loss.backward(**kw)
        self.optimizers[name].step()  #!

    def run(self):
        for _ in range(2):
            ld, lg = self.losses(torch.randn(4, 3), torch.randn(4, 3))
            self.update("d", ld, retain_graph=True)
            self.update("g", lg)

Trainer().run()
""",
    ),
    _script(
        "buffer-of-a-layer",
        "inplace_buffer inplace_saved",
        """
import torch
from torch import nn

class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("bank", torch.randn(5, 4))
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x):
        out = (x * self.scale) @ self.bank.t()
        self.bank.mul_(0.9)  #!
        self.bank[0] += 1
        return out

m = Memory()
m(torch.randn(2, 4)).sum().backward()
""",
    ),
    _script(
        "second-forward-renews-a-buffer",
        "inplace_buffer inplace_saved",
        """
import torch

class Norm(torch.nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("mean", torch.zeros(n))
        self.w = torch.nn.Parameter(torch.ones(n))

    def forward(self, x):
        self.mean.copy_(0.9 * self.mean + 0.1 * x.mean(0).detach())  #!
        return (x - self.mean) * self.w * self.mean

norm = Norm(3)
first = norm(torch.randn(4, 3))
second = norm(torch.randn(4, 3))
(first.sum() + second.sum()).backward()
""",
    ),
    _script(
        "input-changed-after-use",
        "inplace_saved",
        """
import torch
from torch import nn
layer = nn.Linear(3, 2)
batch = torch.randn(4, 3)
pred = layer(batch)
batch.normal_()  #!
pred.sum().backward()
""",
        variable="batch",
    ),
    _script(
        "out-into-what-is-needed",
        "inplace_saved",
        """
import torch
scale = torch.ones(3, requires_grad=True)
buffer = torch.arange(3.0)
y = scale * buffer
torch.add(torch.ones(3), 1, out=buffer)  #!
y.sum().backward()
""",
        variable="buffer",
    ),
    _script(
        "division-in-a-helper",
        "inplace_saved",
        """
import torch

def normalise(v):
    n = v.norm()
    v /= n  #!
    return v

w = torch.randn(5, requires_grad=True)
u = w * 2
loss = normalise(u).sum()
loss.backward()
""",
        variable="v",
    ),
    _script(
        "two-names-two-writes",
        "inplace_saved",
        """
import torch
a = torch.randn(3, requires_grad=True)
b = a.exp()
c = a.sin()
c += 1
b += 1  #!
(b * c).sum().backward()
""",
        variable="b",
    ),
    _script(
        "written-before-and-after",
        "inplace_saved",
        """
import torch
x = torch.randn(4, requires_grad=True)
h = x * 3
h += 1
y = h.pow(2)
h -= 1  #!
y.sum().backward()
""",
        variable="h",
    ),
    _script(
        "umlaute-and-semicolons",
        "inplace_saved",
        """
import torch
größe = torch.ones(2, requires_grad=True)
übergang = größe.tanh(); übergang.add_(1); summe = übergang.sum()  #!
summe.backward()
""",
        variable="übergang",
    ),
    _script(
        "views-of-chunk",
        "inplace_multi_view",
        """
import torch
x = torch.randn(4, 6, requires_grad=True)
h = x * 2
left, right = h.chunk(2, dim=1)
left.add_(1)  #!
(left * right).sum().backward()
""",
        variable="left",
    ),
    _script(
        "rows-by-iteration",
        "inplace_multi_view",
        """
import torch
h = torch.randn(3, 2, requires_grad=True).exp()
for row in h:
    row /= row.norm()  #!
h.sum().backward()
""",
        variable="row",
    ),
    _script(
        "base-changed-after-split",
        "inplace_view_base inplace_multi_view",
        """
import torch
x = torch.randn(4, requires_grad=True)
h = x * 2
a, b = h.split(2)
h.mul_(3)  #!
(a + b).sum().backward()
""",
    ),
    _script(
        "view-in-no-grad-function",
        "inplace_no_grad_view",
        """
import torch

@torch.no_grad()
def head(t):
    return t[:1]

base = torch.zeros(3)
w = torch.ones(1, requires_grad=True)
first = head(base)
first += w  #!
first.sum().backward()
""",
        variable="first",
    ),
    _script(
        "write-to-expanded",
        "inplace_expanded",
        """
import torch
m = torch.zeros(1, 3).expand(4, 3)
m += torch.ones(3)  #!
""",
    ),
    _script(
        "out-with-grad",
        "out_argument",
        """
import torch
w = torch.randn(3, 3, requires_grad=True)
x = torch.randn(3, 3)
result = torch.empty(3, 3)
torch.mm(x, w, out=result)  #!
result.sum().backward()
""",
    ),
)

LEAVES = (
    _script(
        "sgd-by-hand-in-function",
        "inplace_leaf",
        """
import torch

def sgd(params, lr):
    for p in params:
        p.sub_(lr * p.grad)  #!

w, b = torch.randn(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
x, y = torch.randn(8, 2), torch.randn(8, 1)
((x @ w + b - y) ** 2).mean().backward()
sgd([w, b], 0.1)
""",
        variable="p",
    ),
    _script(
        "normalise-the-weights",
        "inplace_leaf",
        """
import torch
from torch import nn
net = nn.Linear(3, 2)
net.weight.div_(net.weight.norm(dim=1, keepdim=True))  #!
""",
        variable="net.weight",
    ),
    _script(
        "fill-a-leaf-by-parts",
        "inplace_leaf_view",
        """
import torch
image = torch.zeros(2, 4, requires_grad=True)
image[:, 1:3] = torch.rand(2, 2)  #!
image.sum().backward()
""",
        variable="image",
    ),
    _script(
        "relu-of-an-input",
        "inplace_leaf",
        """
import torch
from torch import nn
x = torch.randn(3, requires_grad=True)
y = nn.functional.relu(x, inplace=True)  #!
y.sum().backward()
""",
        variable="x",
    ),
    _script(
        "write-tracked-into-leaf",
        "inplace_leaf_view",
        """
import torch
theta = torch.tensor(0.1, requires_grad=True)
R = torch.eye(2, requires_grad=True)
R[0, 0] = torch.cos(theta)  #!
R.sum().backward()
""",
        variable="R",
    ),
)

FREED = (
    _script(
        "grad-after-backward",
        "second_backward",
        """
import torch
x = torch.randn(3, requires_grad=True)
loss = (x ** 3).sum()
loss.backward()  #!
(g,) = torch.autograd.grad(loss, x)  #!
""",
        variable="loss",
    ),
    _script(
        "two-heads-one-trunk-in-function",
        "shared_graph",
        """
import torch
from torch import nn

def train_step(trunk, heads, x):
    z = trunk(x).sigmoid()
    for p in trunk.parameters():
        p.grad = None
    a, b = heads[0](z), heads[1](z)
    a.sum().backward()  #!
    b.sum().backward()  #!

trunk = nn.Linear(5, 5)
heads = nn.ModuleList([nn.Linear(5, 1), nn.Linear(5, 1)])
train_step(trunk, heads, torch.randn(2, 5))
""",
    ),
    _script(
        "losses-in-a-loop-over-tasks",
        "shared_graph loss_outside_loop",
        """
import torch
from torch import nn
encoder = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
tasks = [nn.Linear(4, 1) for _ in range(3)]
x = torch.randn(6, 4)
code = encoder(x)  #!
for task in tasks:
    loss = task(code).pow(2).mean()
    loss.backward()  #!
""",
    ),
    _script(
        "features-once-many-epochs",
        "loss_outside_loop",
        """
import torch
from torch import nn
backbone, head = nn.Linear(7, 3), nn.Linear(3, 2)
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
data, target = torch.randn(20, 7), torch.randint(0, 2, (20,))
features = backbone(data).relu()  #!
for epoch in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(head(features), target)
    loss.backward()
    optimizer.step()
""",
        variable="features",
    ),
    _script(
        "penalty-in-init",
        "loss_outside_loop",
        """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.randn(3))
        self.positive = self.a.exp()  #!

    def forward(self, x):
        return (x * self.positive).sum()

model = Model()
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(3):
    opt.zero_grad()
    model(torch.randn(3)).backward()
    opt.step()
""",
    ),
    _script(
        "lstm-state-tuple",
        "hidden_state_kept",
        """
import torch
from torch import nn

lstm = nn.LSTM(2, 4)
head = nn.Linear(4, 1)
params = list(lstm.parameters()) + list(head.parameters())
opt = torch.optim.SGD(params, lr=0.1)
state = None
for step in range(4):
    x = torch.randn(5, 1, 2)
    out, state = lstm(x, state)  #!
    loss = head(out).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        variable="state",
    ),
    _script(
        "state-in-the-module",
        "hidden_state_kept",
        """
import torch
from torch import nn

class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 5)
        self.out = nn.Linear(5, 2)
        self.h = torch.zeros(1, 5)

    def forward(self, obs):
        self.h = self.cell(obs, self.h)  #!
        return self.out(self.h)

agent = Agent()
opt = torch.optim.Adam(agent.parameters())
for t in range(3):
    loss = agent(torch.randn(1, 3)).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ),
    _script(
        "state-returned-by-step",
        "hidden_state_kept",
        """
import torch
from torch import nn

rnn = nn.RNN(3, 4, batch_first=True)
opt = torch.optim.SGD(rnn.parameters(), lr=0.01)

def train_on(batch, h):
    out, h = rnn(batch, h)
    loss = out.square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item(), h

h = torch.zeros(1, 2, 4)
for batch in torch.randn(3, 2, 5, 3):
    value, h = train_on(batch, h)  #!
""",
    ),
    _script(
        "running-total",
        "losses_accumulated",
        """
import torch
from torch import nn
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
total = 0
for i in range(4):
    x = torch.randn(2, 3)
    loss = net(x).pow(2).mean()
    total = total + loss  #!
    opt.zero_grad()
    total.backward()
    opt.step()
""",
        variable="total",
    ),
    _script(
        "list-of-losses",
        "losses_accumulated",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
losses = []
for i in range(3):
    losses.append(net(torch.randn(2, 3)).pow(2).mean())  #!
    total = torch.stack(losses).sum()
    total.backward()
""",
    ),
    _script(
        "unrolled-with-one-parameter",
        "hidden_state_kept",
        """
import torch
alpha = torch.tensor(0.5, requires_grad=True)
opt = torch.optim.SGD([alpha], lr=0.1)
position = torch.tensor(1.0)
for t in range(3):
    position = position * alpha  #!
    loss = (position - 2) ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        variable="position",
    ),
    _script(
        "pair-of-gradients",
        "second_backward",
        """
import torch
def gradients(f, *xs):
    y = f(*xs)
    return [torch.autograd.grad(y, x)[0] for x in xs]  #!
a, b = (torch.randn(3, requires_grad=True) for _ in range(2))
print(gradients(lambda u, v: (u * v).exp().sum(), a, b))
""",
    ),
    _script(
        "saved-read-late",
        "saved_tensors_freed",
        """
import torch
x = torch.randn(3, requires_grad=True)
y = x.exp()
y.sum().backward()
print(y.grad_fn._saved_result)  #!
""",
    ),
)

NONLEAF = (
    _script(
        "weights-moved-to-double",
        "optimize_non_leaf",
        """
import torch
w = torch.randn(3, requires_grad=True).to(torch.float64)  #!
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.Adam([w, b], lr=0.1)
""",
        variable="w",
    ),
    _script(
        "scaled-in-a-class",
        "optimize_non_leaf",
        """
import torch

class Perceptron:
    def __init__(self, n):
        self.w = 0.1 * torch.randn(n, requires_grad=True)  #!
        self.b = torch.zeros(1, requires_grad=True)

    def parameters(self):
        return [self.w, self.b]

model = Perceptron(4)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
""",
    ),
    _script(
        "param-groups",
        "optimize_non_leaf",
        """
import torch
scale = torch.ones(2, requires_grad=True)
angles = torch.rand(4, requires_grad=True).mul(3.14)  #!
groups = [{"params": [scale]}, {"params": [angles], "lr": 0.5}]
opt = torch.optim.SGD(groups, lr=0.1)
""",
        variable="angles",
    ),
    _script(
        "copy-a-list-of-outputs",
        "deepcopy_non_leaf",
        """
import copy
import torch
w = torch.ones(2, requires_grad=True)
history = []
for k in range(2):
    history.append(w * k)  #!
frozen = copy.deepcopy(history)
""",
    ),
    _script(
        "copy-the-loss",
        "deepcopy_non_leaf",
        """
from copy import deepcopy
import torch
w = torch.ones(2, requires_grad=True)
best = None
loss = (w ** 2).sum()
best = deepcopy(loss)  #!
""",
    ),
    _script(
        "grad-of-a-product",
        "grad_of_non_leaf",
        """
import torch
x = torch.ones(2, requires_grad=True)
y = 3 * x  #!
z = (y ** 2).sum()
z.backward()
step = 0.1 * y.grad  #!
""",
        variable="y",
    ),
    _script(
        "update-with-a-moved-leaf",
        "grad_of_non_leaf",
        """
import torch
device = torch.device("cpu")
W = torch.randn(3, 2, requires_grad=True).double()  #!
x = torch.randn(4, 3).to(device).double()
for _ in range(2):
    loss = (x @ W).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        W -= 0.1 * W.grad  #!
        W.grad.zero_()
""",
        variable="W",
    ),
    _script(
        "freeze-an-output",
        "requires_grad_of_non_leaf",
        """
import torch
from torch import nn
body = nn.Linear(3, 3)
out = body(torch.randn(1, 3))
out.requires_grad_(False)  #!
""",
        variable="out",
    ),
    _script(
        "hook-on-data",
        "hook_of_constant",
        """
import torch
data = torch.rand(4)  #!
data.register_hook(lambda g: print(g))  #!
""",
    ),
)

INFERENCE = (
    _script(
        "frozen-encoder-decorator",
        "inference_tensor_saved",
        """
import torch
from torch import nn
encoder, probe = nn.Linear(5, 4), nn.Linear(4, 2)

@torch.inference_mode()  #!
def embed(x):
    return encoder(x).tanh()

z = embed(torch.randn(3, 5))
probe(z).sum().backward()
""",
        variable="z",
    ),
    _script(
        "model-made-in-inference",
        "inference_tensor_saved",
        """
import torch
from torch import nn
with torch.inference_mode():
    net = nn.Linear(2, 2)  #!
x = torch.randn(1, 2, requires_grad=True)
y = net(x).sum()
y.backward()
""",
    ),
    _script(
        "adding-to-an-inference-sum",
        "inference_tensor_inplace",
        """
import torch
with torch.inference_mode():
    total = torch.zeros(2)
for k in range(2):
    total += k  #!
""",
        variable="total",
    ),
    _script(
        "inference-data-needs-grad",
        "inference_tensor_requires_grad",
        """
import torch
with torch.inference_mode():
    x = torch.rand(3)
x.requires_grad_()  #!
""",
    ),
)

OTHERS = (
    _script(
        "conv-block-positional-flag",
        "inplace_saved",
        """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.gate = nn.Sigmoid()
        self.act = nn.LeakyReLU(0.1, True)  #!
    def forward(self, x):
        y = self.gate(self.conv(x))
        return self.act(y).mean()
Net()(torch.randn(2, 1, 6, 6)).backward()
""",
    ),
    _script(
        "advantages",
        "inplace_saved",
        """
import torch
values = torch.randn(6, requires_grad=True)
returns = torch.randn(6)
adv = (returns - values).exp()
policy = adv.log()
adv -= adv.mean()  #!
(adv * policy).sum().backward()
""",
        variable="adv",
    ),
    _script(
        "moco-queue",
        "inplace_buffer inplace_saved",
        """
import torch
from torch import nn
import torch.nn.functional as F

class MoCo(nn.Module):
    def __init__(self, dim=4, K=8):
        super().__init__()
        self.enc = nn.Linear(3, dim)
        self.register_buffer("queue", F.normalize(torch.randn(dim, K), dim=0))
        self.ptr = 0

    @torch.no_grad()
    def enqueue(self, keys):
        n = keys.shape[0]
        self.queue[:, self.ptr:self.ptr + n] = keys.T  #!
        self.ptr = (self.ptr + n) % self.queue.shape[1]

    def forward(self, x):
        q = F.normalize(self.enc(x), dim=1)
        logits = q @ self.queue
        self.enqueue(q.detach())
        return logits

m = MoCo()
loss = F.cross_entropy(m(torch.randn(2, 3)), torch.zeros(2, dtype=torch.long))
loss.backward()
""",
    ),
    _script(
        "wgan-two-critic-steps",
        "optimizer_step",
        """
import torch
from torch import nn
from torch.optim import RMSprop

gen = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
og, oc = RMSprop(gen.parameters(), 1e-3), RMSprop(critic.parameters(), 1e-3)

def train(real, z):
    fake = gen(z)
    fake_score = critic(fake)
    loss_c = fake_score.mean() - critic(real).mean()
    oc.zero_grad()
    loss_c.backward(retain_graph=True)
    oc.step()  #!
    loss_g = -fake_score.mean()
    og.zero_grad()
    loss_g.backward()
    og.step()

train(torch.randn(4, 2), torch.randn(4, 2))
""",
    ),
    _script(
        "rnn-by-hand-outer-loop",
        "hidden_state_kept",
        """
import torch
from torch import nn
cell = nn.RNNCell(4, 8)
out = nn.Linear(8, 4)
opt = torch.optim.SGD([*cell.parameters(), *out.parameters()], lr=.1)
h = torch.zeros(3, 8)
for epoch in range(2):
    seq = torch.randn(5, 3, 4)
    loss = 0
    for x in seq:
        h = cell(x, h)  #!
        loss = loss + out(h).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        variable="h",
    ),
    _script(
        "state-renamed-at-the-end",
        "hidden_state_kept",
        """
import torch
from torch import nn
rnn = nn.GRU(2, 3)
opt = torch.optim.Adam(rnn.parameters())
prev = torch.zeros(1, 1, 3)
for i in range(3):
    y, new = rnn(torch.randn(4, 1, 2), prev)  #!
    loss = y.sum()
    opt.zero_grad(); loss.backward(); opt.step()
    prev = new  #!
""",
    ),
    _script(
        "dict-of-states",
        "hidden_state_kept",
        """
import torch
from torch import nn
rnn = nn.LSTMCell(2, 3)
opt = torch.optim.Adam(rnn.parameters())
memory = {"h": torch.zeros(1, 3), "c": torch.zeros(1, 3)}
for i in range(3):
    memory["h"], memory["c"] = rnn(torch.randn(1, 2), (memory["h"], memory["c"]))  #!
    loss = memory["h"].sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ),
    _script(
        "accumulate-inplace-epoch-loss",
        "losses_accumulated",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1))
opt = torch.optim.SGD(net.parameters(), lr=.01)
epoch_loss = torch.tensor(0.0)
for batch in torch.randn(4, 5, 3):
    loss = (net(batch) ** 2).mean()
    epoch_loss += loss  #!
    opt.zero_grad()
    epoch_loss.backward()
    opt.step()
""",
        variable="epoch_loss",
    ),
    _script(
        "regulariser-before-loop",
        "loss_outside_loop",
        """
import torch
from torch import nn
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=.01)
penalty = 0.1 * sum(p.pow(2).sum() for p in net.parameters())  #!
for _ in range(3):
    loss = net(torch.randn(5, 3)).abs().mean() + penalty
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        variable="penalty",
    ),
    _script(
        "closure-lbfgs",
        "loss_outside_loop",
        """
import torch
x = torch.tensor([1.5, 1.5], requires_grad=True)
opt = torch.optim.LBFGS([x])
loss = (x ** 4).sum()  #!
def closure():
    opt.zero_grad()
    loss.backward()
    return loss
opt.step(closure)
""",
        plain=False,
    ),
    _script(
        "class-train-epoch-emb",
        "loss_outside_loop hidden_state_kept",
        """
import torch
from torch import nn

class GNN:
    def __init__(self):
        self.emb = nn.Parameter(torch.randn(4, 3))
        self.lin = nn.Linear(3, 2)
        self.opt = torch.optim.Adam([self.emb, *self.lin.parameters()])
        self.nodes = self.emb.softmax(-1)  #!

    def step(self):
        loss = self.lin(self.nodes).square().mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()

g = GNN()
for _ in range(2):
    g.step()
""",
    ),
    _script(
        "jacobian-rows",
        "second_backward",
        """
import torch
x = torch.randn(3, requires_grad=True)
y = x.exp() * x.sum()
rows = []
for i in range(3):
    rows.append(torch.autograd.grad(y[i], x)[0])  #!
""",
    ),
    _script(
        "maml-inner",
        "inplace_leaf",
        """
import torch
from torch import nn
net = nn.Linear(2, 1)
loss = net(torch.randn(3, 2)).mean()
grads = torch.autograd.grad(loss, list(net.parameters()))
for p, g in zip(net.parameters(), grads):
    p += -0.1 * g  #!
""",
    ),
    _script(
        "clamp-weights",
        "inplace_leaf",
        """
import torch
from torch import nn
critic = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
for p in critic.parameters():
    p.clamp_(-0.01, 0.01)  #!
""",
    ),
    _script(
        "init-loop-in-class",
        "inplace_leaf_view",
        """
import torch
from torch import nn
class E(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 3)
        self._init()
    def _init(self):
        self.emb.weight[0].fill_(0)  #!
E()
""",
    ),
    _script(
        "deepcopy-cache-dict",
        "deepcopy_non_leaf",
        """
import copy
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.cache = {}
    def forward(self, x):
        y = self.fc(x)
        self.cache["out"] = y  #!
        return y
net = Net()
net(torch.randn(1, 2)).sum().backward()
best = copy.deepcopy(net)
""",
    ),
    _script(
        "optim-of-cuda-like",
        "optimize_non_leaf",
        """
import torch
def make(shape):
    return torch.nn.init.normal_(torch.empty(shape)).requires_grad_().clone()  #!
z = make((2, 2))  #!
opt = torch.optim.Adam([z])
""",
    ),
    _script(
        "inference-teacher-in-loop",
        "inference_tensor_saved",
        """
import torch
from torch import nn
teacher, student = nn.Linear(4, 4), nn.Linear(4, 4)
opt = torch.optim.SGD(student.parameters(), lr=.1)
for _ in range(2):
    x = torch.randn(3, 4)
    with torch.inference_mode():
        target = teacher(x)  #!
    pred = student(x)
    loss = (pred * target).sum()
    opt.zero_grad(); loss.backward(); opt.step()
""",
    ),
    _script(
        "exec-without-source",
        "inplace_saved",
        """
import torch
exec('''  #!
x = torch.randn(3, requires_grad=True)
y = x.exp()
y += 1
y.sum().backward()
''')
""",
        plain=False,
    ),
    _script(
        "hostile-objects",
        "inplace_saved",
        """
import torch
class Evil:
    def __getattr__(self, name): raise KeyError(name)
    def __eq__(self, other): raise TypeError("no")
    def __hash__(self): raise TypeError("no")
    def __repr__(self): raise ValueError
    def __iter__(self): raise OSError
    def __len__(self): raise OSError
    __class__ = property(lambda self: 1 / 0)
evil = Evil()
bag = [evil, {"a": evil}, (evil,)]
class T(torch.Tensor):
    def __repr__(self): raise ValueError
t = torch.randn(2).as_subclass(T)
x = torch.randn(3, requires_grad=True)
y = x.exp()
y += 1  #!
y.sum().backward()
""",
        variable="y",
    ),
    _script(
        "decorated-train-step-with-kept",
        "shared_graph",
        """
import functools, torch
from torch import nn
def logged(f):
    @functools.wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner
enc, a, b = nn.Linear(2, 4), nn.Linear(4, 1), nn.Linear(4, 1)
@logged
def forward(x):
    z = enc(x).tanh()
    return a(z).mean(), b(z).mean()
opt = torch.optim.SGD(enc.parameters(), lr=.1)
for _ in range(2):
    la, lb = forward(torch.randn(3, 2))
    opt.zero_grad()
    la.backward()  #!
    lb.backward()  #!
    opt.step()
""",
    ),
    _script(
        "list-of-hiddens-tuple",
        "hidden_state_kept",
        """
import torch
from torch import nn
cells = [nn.GRUCell(2, 2) for _ in range(2)]
params = [p for c in cells for p in c.parameters()]
opt = torch.optim.SGD(params, lr=.1)
hs = [torch.zeros(1, 2) for _ in cells]
for t in range(2):
    inp = torch.randn(1, 2)
    for k, cell in enumerate(cells):
        hs[k] = cell(inp, hs[k])  #!
        inp = hs[k]
    opt.zero_grad()
    inp.sum().backward()
    opt.step()
""",
    ),
)

MORE = (
    _script(
        "vae-inplace-exp",
        "inplace_saved",
        """
import torch
from torch import nn
import torch.nn.functional as F

class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(6, 4)
        self.dec = nn.Linear(2, 6)

    def reparameterize(self, mu, logvar):
        std = logvar.mul(0.5).exp_()
        eps = torch.randn_like(std)
        return eps.mul(std).add_(mu)

    def forward(self, x):
        mu, logvar = self.enc(x).chunk(2, -1)
        return torch.sigmoid(self.dec(self.reparameterize(mu, logvar))), mu, logvar

vae = VAE()
opt = torch.optim.Adam(vae.parameters())
x = torch.rand(3, 6)
recon, mu, logvar = vae(x)
recon.clamp_(1e-6, 1 - 1e-6)  #!
loss = F.binary_cross_entropy(recon, x)
opt.zero_grad()
loss.backward()
opt.step()
""",
        variable="recon",
    ),
    _script(
        "manual-ema-of-weights-no-grad",
        "inplace_saved optimizer_step",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
x = torch.randn(4, 3)
loss = net(x).pow(2).mean()
loss.backward(retain_graph=True)
with torch.no_grad():
    for p in net.parameters():
        p.sub_(0.1 * p.grad)  #!
loss.backward()
""",
    ),
    _script(
        "ppo-old-logprob",
        "shared_graph loss_outside_loop",
        """
import torch
from torch import nn
policy = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.Adam(policy.parameters())
obs, act, adv = torch.randn(6, 4), torch.randint(0, 2, (6,)), torch.randn(6)
old_logp = torch.distributions.Categorical(logits=policy(obs)).log_prob(act)  #!
for _ in range(3):
    logp = torch.distributions.Categorical(logits=policy(obs)).log_prob(act)
    ratio = (logp - old_logp).exp()
    loss = -(ratio * adv).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        variable="old_logp",
    ),
    _script(
        "seq2seq-attention-cache",
        "hidden_state_kept",
        """
import torch
from torch import nn

class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(4, 4)
        self.keys = None

    def forward(self, x):
        k = self.proj(x)
        if self.keys is None:
            self.keys = k
        else:
            self.keys = torch.cat([self.keys, k])  #!
        return (x @ self.keys.T).softmax(-1).sum() + k.pow(2).sum()

dec = Decoder()
opt = torch.optim.SGD(dec.parameters(), lr=1e-2)
for t in range(3):
    loss = dec(torch.randn(2, 4))
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ),
    _script(
        "neural-ode-euler",
        "inplace_saved inplace_slot",
        """
import torch
from torch import nn
f = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
y = torch.zeros(1, 2)
y = y + f(y)
traj = [y]
for _ in range(3):
    dy = f(y)
    y += 0.1 * dy  #!
    traj.append(y)
loss = torch.stack(traj).pow(2).sum()
loss.backward()
""",
        variable="y",
    ),
    _script(
        "gradient-penalty-then-critic",
        "shared_graph",
        """
import torch
from torch import nn
D = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
x = torch.randn(3, 2, requires_grad=True)
score = D(x)
grads = torch.autograd.grad(score.sum(), x)[0]  #!
penalty = (grads.norm(dim=1) - 1).pow(2).mean()
loss = score.mean() + penalty
loss.backward()
""",
    ),
    _script(
        "multi-loss-list",
        "shared_graph second_backward",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), nn.Linear(3, 2))
out = net(torch.randn(4, 3)).exp()
losses = [out[:, 0].mean(), out[:, 1].mean()]
for l in losses:
    l.backward()  #!
""",
    ),
    _script(
        "normalise-rows-of-parameter-data-view",
        "inplace_leaf inplace_leaf_view",
        """
import torch
from torch import nn
class Proto(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Parameter(torch.randn(4, 3))
    def renorm(self):
        for i in range(4):
            self.p[i] /= self.p[i].norm()  #!
Proto().renorm()
""",
    ),
    _script(
        "saved-in-list-then-zeroed",
        "inplace_saved",
        """
import torch
w = torch.randn(3, requires_grad=True)
buf = torch.zeros(3)
terms = []
for k in range(2):
    buf.fill_(k)  #!
    terms.append((w * buf).sum())
sum(terms).backward()
""",
        variable="buf",
    ),
    _script(
        "retain-in-training-loop-with-hidden",
        "optimizer_step",
        """
import torch
from torch import nn
rnn = nn.RNN(2, 3)
opt = torch.optim.SGD(rnn.parameters(), lr=.1)
h = torch.zeros(1, 1, 3)
for i in range(3):
    y, h = rnn(torch.randn(4, 1, 2), h)
    loss = y.pow(2).sum()
    opt.zero_grad()
    loss.backward(retain_graph=True)
    opt.step()  #!
""",
    ),
    _script(
        "copy-model-with-kept-loss",
        "deepcopy_non_leaf",
        """
import torch
from torch import nn
from copy import deepcopy

class Learner(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def loss(self, x):
        self.last_loss = self.layer(x).mean()  #!
        return self.last_loss

def snapshot(model):
    return deepcopy(model)

m = Learner()
m.loss(torch.randn(3, 2)).backward()
best = snapshot(m)
""",
    ),
    _script(
        "unsqueeze-inplace-on-output",
        "inplace_saved",
        """
import torch
from torch import nn
lin = nn.Linear(2, 2)
a = lin(torch.randn(3, 2)).tanh()
b = a * a
a.neg_()  #!
(a + b).sum().backward()
""",
        variable="a",
    ),
    _script(
        "optimizer-of-module-attr-computed",
        "optimize_non_leaf",
        """
import torch
from torch import nn
base = nn.Parameter(torch.randn(2))
deltas = [base * k for k in range(2)]  #!
opt = torch.optim.SGD(deltas, lr=.1)
""",
    ),
    _script(
        "decay-by-hand-before-backward",
        "inplace_saved",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for x in torch.randn(3, 4, 3):
    loss = net(x).pow(2).mean()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(0.99)  #!
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        variable="p",
    ),
    _script(
        "step-after-it-never-ran",
        "inplace_saved",
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
opt = torch.optim.Adam(net.parameters())
loss = net(torch.randn(2, 3)).pow(2).mean()
with torch.no_grad():
    net[2].weight.clamp_(-0.1, 0.1)  #!
loss.backward()
opt.step()
""",
        variable="net[2].weight",
    ),
    _script(
        "siamese-inplace-l2",
        "inplace_saved",
        """
import torch
import torch.nn as nn
import torch.nn.functional as F
class Emb(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4))
    def forward(self, x):
        z = self.net(x)
        z /= z.norm(dim=-1, keepdim=True)  #!
        return z
e = Emb()
a, b = e(torch.randn(3, 4)), e(torch.randn(3, 4))
loss = (1 - F.cosine_similarity(a, b)).mean()
loss.backward()
""",
    ),
    _script(
        "unet-skip-inplace-add",
        "inplace_saved",
        """
import torch
from torch import nn
class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)
    def forward(self, x):
        y = torch.sigmoid(self.c1(x))
        z = self.c2(y)
        y += z  #!
        return y
print(Res(2)(torch.randn(1, 2, 4, 4)).sum().backward())
""",
    ),
    _script(
        "positional-encoding-buffer-grow",
        "inplace_saved inplace_buffer",
        """
import torch
x = torch.randn(2, 3, requires_grad=True)
freq = torch.arange(3.)
angles = x * freq
freq *= 2  #!
angles.sin().sum().backward()
""",
        variable="freq",
    ),
    _script(
        "alternating-optimisers-in-epoch-function",
        "optimizer_step",
        """
import torch
from torch import nn
def epoch(f, g, of, og, data):
    for x in data:
        h = f(x)
        r = g(h)
        l1 = (r - x).pow(2).mean()
        l2 = l1 + h.abs().mean()
        of.zero_grad()
        l1.backward(retain_graph=True)
        of.step()  #!
        og.zero_grad()
        l2.backward()
        og.step()
f, g = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2)), nn.Linear(2, 4)
epoch(f, g, torch.optim.SGD(f.parameters(), lr=.1), torch.optim.SGD(g.parameters(), lr=.1), torch.randn(2, 5, 4))
""",
    ),
    _script(
        "backward-in-both-branches",
        "shared_graph second_backward",
        """
import torch
from torch import nn
m = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
def loss_fn(out, reg):
    base = out.pow(2).mean()
    base.backward()  #!
    if reg:
        (base + out.abs().mean()).backward()  #!
loss_fn(m(torch.randn(3, 2)), True)
""",
    ),
    _script(
        "q-learning-target-kept",
        "hidden_state_kept",
        """
import torch
from torch import nn
q = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.Adam(q.parameters())
last_value = None
state = torch.randn(1, 2)
for step in range(4):
    value = q(state).max()
    if last_value is not None:
        td = (last_value - (1.0 + 0.9 * value)).pow(2)
        opt.zero_grad()
        td.backward()
        opt.step()
    last_value = value  #!
    state = torch.randn(1, 2)
""",
    ),
    _script(
        "generator-of-states",
        "hidden_state_kept",
        """
import torch
from torch import nn

class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTMCell(3, 4)
        self.head = nn.Linear(4, 1)
        self.reset()

    def reset(self):
        self.hx = torch.zeros(1, 4)
        self.cx = torch.zeros(1, 4)

    def act(self, obs):
        self.hx, self.cx = self.rnn(obs, (self.hx, self.cx))  #!
        return self.head(self.hx)

pi = Policy()
opt = torch.optim.Adam(pi.parameters())
for episode in range(2):
    total = 0
    for t in range(3):
        total = total + pi.act(torch.randn(1, 3)).sum()
    opt.zero_grad()
    total.backward()
    opt.step()
""",
    ),
    _script(
        "early-computed-mask-weights",
        "loss_outside_loop",
        """
import torch
from torch import nn
logits = nn.Parameter(torch.zeros(3))
weights = torch.softmax(logits, 0)  #!
opt = torch.optim.SGD([logits], lr=0.1)
def objective(xs):
    return (weights * xs).sum()
for i in range(2):
    opt.zero_grad()
    objective(torch.randn(3)).backward()
    opt.step()
""",
        variable="weights",
    ),
    _script(
        "leaf-augmented-input",
        "inplace_leaf",
        """
import torch
x = torch.linspace(0, 1, 5, requires_grad=True)
x += 1  #!
y = (x ** 2).sum()
y.backward()
print(x.grad)
""",
        variable="x",
    ),
    _script(
        "rowwise-bias-init",
        "inplace_leaf_view inplace_leaf",
        """
import torch
from torch import nn
lstm = nn.LSTM(3, 4)
for name, param in lstm.named_parameters():
    if "bias" in name:
        n = param.size(0)
        param[n // 4:n // 2].fill_(1.0)  #!
""",
        variable="param",
    ),
    _script(
        "split-heads-write",
        "inplace_multi_view",
        """
import torch
from torch import nn
lin = nn.Linear(4, 8)
z = lin(torch.randn(2, 4))
mu, log = torch.split(z, 4, dim=1)
log.clamp_(-5, 5)  #!
(mu * log).sum().backward()
""",
        variable="log",
    ),
    _script(
        "adversarial-input-grad",
        "grad_of_non_leaf leaf_replaced",
        """
import torch
from torch import nn
net = nn.Linear(3, 2)
x = torch.rand(1, 3, requires_grad=True)
x = x * 2 - 1  #!
net(x).sum().backward()
adv = x + 0.1 * x.grad.sign()  #!
""",
    ),
    _script(
        "freeze-loop-on-outputs",
        "requires_grad_of_non_leaf",
        """
import torch
from torch import nn
a, b = nn.Linear(2, 2), nn.Linear(2, 2)
h1 = a(torch.ones(1, 2))
h2 = b(h1)
for t in (h1, h2):
    t.requires_grad = False  #!
""",
    ),
    _script(
        "inference-then-finetune-function",
        "inference_tensor_saved",
        """
import torch
from torch import nn
class Extract:
    def __init__(self, net):
        self.net = net
    @torch.inference_mode()  #!
    def __call__(self, x):
        return self.net(x).relu()  #!
ex = Extract(nn.Linear(2, 3))
head = nn.Linear(3, 1)
f = ex(torch.randn(4, 2))  #!
loss = head(f).mean()
loss.backward()
""",
    ),
)

SCRIPTS = (*INPLACE, *LEAVES, *FREED, *NONLEAF, *INFERENCE, *OTHERS, *MORE)
