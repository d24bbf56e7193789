"""Programs as people write them for a purpose: policies, diffusion, style, embeddings. See ``untracked_cases``."""

from __future__ import annotations

from script.untracked_cases import case

CASES = (
    case(
        "a policy's log probabilities",
        "detached",
        """
import torch
from torch import nn
class AC(nn.Module):
    def __init__(self):
        super().__init__()
        self.pi = nn.Linear(4, 2)
        self.v = nn.Linear(4, 1)
    def act(self, obs):
        dist = torch.distributions.Categorical(logits=self.pi(obs))
        a = dist.sample()
        return a, dist.log_prob(a).detach(), self.v(obs).squeeze(-1)  # here
ac = AC()
opt = torch.optim.Adam(ac.parameters(), 1e-3)
buf = []
for t in range(4):
    obs = torch.randn(4)
    a, logp, v = ac.act(obs)
    buf.append((logp, 1.0))
loss = -torch.stack([lp * r for lp, r in buf]).mean()
opt.zero_grad()
loss.backward()
""",
    ),
    case(
        "a diffusion loss",
        "grad_disabled",
        """
import torch
import torch.nn.functional as F
class Diffusion:
    def __init__(self, net, T=10):
        self.net = net
        self.betas = torch.linspace(1e-4, 0.02, T)
        self.abar = torch.cumprod(1 - self.betas, 0)
    @torch.no_grad()  # here
    def p_losses(self, x0, t):
        noise = torch.randn_like(x0)
        a = self.abar[t].view(-1, 1)
        xt = a.sqrt() * x0 + (1 - a).sqrt() * noise
        return F.mse_loss(self.net(xt), noise)
net = torch.nn.Linear(3, 3)
d = Diffusion(net)
opt = torch.optim.Adam(net.parameters())
for i in range(2):
    x = torch.randn(5, 3)
    t = torch.randint(0, 10, (5,))
    loss = d.p_losses(x, t)
    loss.backward()
    opt.step()
""",
    ),
    case(
        "a picture under LBFGS",
        "requires_grad_missing",
        """
import torch
from torch import nn, optim
cnn = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval()
for p in cnn.parameters():
    p.requires_grad_(False)
content = torch.rand(1, 3, 8, 8)
target = cnn(content)
input_img = content.clone()  # here
optimizer = optim.LBFGS([input_img])
def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(cnn(input_img), target)
    loss.backward()
    return loss
optimizer.step(closure)
""",
    ),
    case(
        "a mixture's parameters",
        "requires_grad_missing",
        """
import math
import torch
data = torch.cat([torch.randn(20) - 2, torch.randn(20) + 2])
mu = torch.tensor([-1.0, 1.0])  # here
log_sigma = torch.zeros(2)  # or here
def nll(mu, log_sigma):
    z = (data[:, None] - mu) / log_sigma.exp()
    return -torch.logsumexp(-0.5 * z ** 2 - log_sigma - 0.5 * math.log(2 * math.pi), 1).mean()
for _ in range(5):
    loss = nll(mu, log_sigma)
    loss.backward()
    mu.data -= 0.1 * mu.grad
    log_sigma.data -= 0.1 * log_sigma.grad
""",
    ),
    case(
        "a matrix of similarities",
        "tensor_rebuilt",
        """
import torch
import torch.nn.functional as F
enc = torch.nn.Linear(8, 4)
def info_nce(za, zb, tau=0.1):
    rows = []
    for i in range(len(za)):
        sims = [F.cosine_similarity(za[i], zb[j], dim=0) / tau for j in range(len(zb))]
        rows.append(sims)
    logits = torch.tensor(rows)  # here
    return F.cross_entropy(logits, torch.arange(len(za)))
x = torch.randn(3, 8)
loss = info_nce(enc(x), enc(x + 0.1))
loss.backward()
""",
    ),
    case(
        "a model in numpy",
        "numpy_round_trip",
        """
import numpy as np
import torch
w = torch.nn.Parameter(torch.randn(3))
A = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
def model():
    coeffs = w.detach().numpy()  # here
    return A @ coeffs  # or here
pred = torch.as_tensor(model())  # or here
loss = (pred ** 2).sum()
loss.backward()
""",
    ),
    case(
        "a frozen transformer",
        "parameter_frozen",
        """
import torch
from torch import nn
class Classifier(nn.Module):
    def __init__(self, freeze=True):
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.enc = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        self.head = nn.Linear(4, 2)
        if freeze:
            for name, p in self.named_parameters():
                p.requires_grad = False  # here
    def forward(self, ids):
        return self.head(self.enc(self.embed(ids)).mean(1))
m = Classifier()
loss = nn.CrossEntropyLoss()(m(torch.randint(0, 10, (2, 5))), torch.tensor([0, 1]))
loss.backward()
""",
    ),
    case(
        "an overlap of masks",
        "non_differentiable_op",
        """
import torch
def iou_loss(pred, target):
    p = (pred > 0.5).int()  # here
    t = target.int()
    inter = (p & t).sum().float()
    union = (p | t).sum().float()
    return 1 - inter / union
mask = torch.sigmoid(torch.randn(4, 4, requires_grad=True))
loss = iou_loss(mask, torch.ones(4, 4))
loss.backward()
""",
    ),
    case(
        "a perplexity",
        "python_number",
        """
import torch, math
lm = torch.nn.Linear(4, 6)
x, y = torch.randn(3, 4), torch.tensor([1, 2, 3])
nll = torch.nn.functional.cross_entropy(lm(x), y)
ppl = math.exp(nll)  # here
ppl.backward()
""",
    ),
    case(
        "a rounded metric",
        "python_number",
        """
import torch
net = torch.nn.Linear(4, 1)
def metric(x):
    out = net(x).mean()
    return round(out.item(), 4)  # here
loss = metric(torch.ones(2, 4))
loss.backward()
""",
    ),
    case(
        "a cache in a module",
        "detached",
        """
import torch
from torch import nn
class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.cache = {}
    def forward(self, a, b):
        for key, x in (("a", a), ("b", b)):
            self.cache[key] = self.branch(x).detach()  # here
        return torch.norm(self.cache["a"] - self.cache["b"], dim=1)
net = Siamese()
d = net(torch.randn(3, 4), torch.randn(3, 4))
loss = torch.relu(1.0 - d).mean()
loss.backward()
""",
    ),
    case(
        "a Hessian by hand",
        "create_graph_missing",
        """
import torch
def f(x):
    return (x[0] ** 2 * x[1]).sum()
def hessian(f, x):
    g, = torch.autograd.grad(f(x), x)  # here
    return torch.stack([torch.autograd.grad(gi, x, retain_graph=True)[0] for gi in g])
x = torch.tensor([1.0, 2.0], requires_grad=True)
print(hessian(f, x))
""",
    ),
    case(
        "an inner step",
        "create_graph_missing detached",
        """
import torch
w = torch.nn.Parameter(torch.randn(2))
def inner(w, x):
    loss = (w * x).pow(2).sum()
    loss.backward()
    return w - 0.1 * w.grad
fast = inner(w, torch.ones(2)).detach()  # here
outer = (fast * 3).sum()
outer.backward()
""",
    ),
    case(
        "a weighted loss for each sample",
        "loss_not_reduced non_scalar_output",
        """
import torch
from torch import nn
net = nn.Linear(3, 1)
crit = nn.MSELoss(reduction='none')  # or here
def weighted(x, y, w):
    return crit(net(x), y) * w  # or here
l = weighted(torch.ones(4, 3), torch.zeros(4, 1), torch.rand(4, 1))
l.backward()  # here
""",
    ),
    case(
        "a normalised embedding",
        "numpy_round_trip",
        """
import torch
import numpy as np
from torch import nn
enc, head = nn.Linear(4, 3), nn.Linear(3, 1)
for p in head.parameters():
    p.requires_grad_(False)
def embed(x):
    e = enc(x)
    arr = e.data.numpy()  # here
    arr = arr / np.linalg.norm(arr, axis=1, keepdims=True)
    return torch.Tensor(arr)
z = embed(torch.randn(2, 4))
out = head(z).sum()
out.backward()
""",
    ),
    case(
        "a branch of forward that is not taken",
        "unused_input",
        """
import torch
from torch import nn
class M(nn.Module):
    def __init__(self, use_extra=False):
        super().__init__()
        self.base, self.extra = nn.Linear(2, 2), nn.Linear(2, 2)
        self.use_extra = use_extra
    def forward(self, x):
        h = self.base(x)
        if self.use_extra:
            h = h + self.extra(x)
        return h
m = M()
loss = m(torch.ones(1, 2)).sum()
params = [p for p in m.parameters() if p.requires_grad]
grads = torch.autograd.grad(loss, params)  # here
""",
    ),
    case(
        "an adversarial step",
        "requires_grad_missing",
        """
import torch
net = torch.nn.Linear(4, 2).requires_grad_(False)
x, y = torch.rand(1, 4), torch.tensor([1])
delta = torch.zeros_like(x)  # here
for _ in range(3):
    loss = -torch.nn.functional.cross_entropy(net(x + delta), y)
    loss.backward()
    delta.data = (delta + 0.1 * delta.grad.sign()).clamp(-0.1, 0.1)
    delta.grad.zero_()
""",
    ),
    case(
        "a prompt before a frozen model",
        "requires_grad_missing",
        """
import torch
from torch import nn
class Prompted(nn.Module):
    def __init__(self, lm):
        super().__init__()
        self.lm = lm
        for p in self.lm.parameters():
            p.requires_grad = False
        self.prompt = torch.randn(2, 4)  # here
    def forward(self, x):
        return self.lm(torch.cat([self.prompt, x]))
m = Prompted(nn.Linear(4, 3))
opt = torch.optim.Adam([m.prompt], lr=0.1)
loss = m(torch.ones(3, 4)).logsumexp(1).mean()
loss.backward()
""",
    ),
    case(
        "a hidden state",
        "detached",
        """
import torch
from torch import nn
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(4, 2)
        for p in self.out.parameters():
            p.requires_grad = False
    def forward(self, x):
        hs, (h, c) = self.rnn(x)
        return self.out(h[-1].detach())  # here
net = Tagger()
for batch in [torch.ones(2, 5, 3)]:
    logits = net(batch)
    loss = nn.functional.cross_entropy(logits, torch.tensor([0, 1]))
    loss.backward()
""",
    ),
    case(
        "a meter's mean",
        "detached python_number",
        """
import torch
from torch import nn
from collections import defaultdict
class Meter:
    def __init__(self):
        self.values = defaultdict(list)
    def add(self, key, value):
        self.values[key].append(value.detach())  # here
    def mean(self, key):
        return torch.stack(self.values[key]).mean()
meter = Meter()
net = nn.Linear(2, 1)
for x in torch.ones(3, 2, 2):
    meter.add("loss", net(x).pow(2).mean())
total = meter.mean("loss")
total.backward()
""",
    ),
    case(
        "a context manager of the user's own",
        "grad_disabled",
        """
import torch
from contextlib import contextmanager
@contextmanager
def evaluating(net):
    was = net.training
    try:
        net.eval()
        with torch.no_grad():  # here
            yield net
    finally:
        net.train(was)
net = torch.nn.Linear(2, 1)
with evaluating(net) as m:  # or here
    loss = m(torch.ones(3, 2)).mean()
loss.backward()
""",
    ),
)
