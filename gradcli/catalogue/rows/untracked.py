"""Outputs and inputs without a graph: nothing that requires grad is connected with them."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="requires_grad_missing",
        title="no tensor that the output was made from requires grad",
        text="torch records a graph only for tensors that have requires_grad set. Nothing that this output was "
        "computed from has it, so to autograd the output is a constant and there is no graph to go back through. "
        "Tensors are made without requires_grad; only nn.Parameter sets it by itself.",
        how_to_tell="Print `requires_grad` of the tensors that you want gradients for, where they are made. Plain "
        "tensors used as weights (`torch.randn(...)` in a list or an attribute) and inputs of a network whose own "
        "gradient is wanted are the usual ones.",
        fix="x = torch.tensor([1.0, 2.0], requires_grad=True)\nweight = nn.Parameter(torch.randn(3, 2))\n"
        "images.requires_grad_()  # before the forward pass",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0])
x, y = torch.ones(4, 2), torch.zeros(4)
loss = (x @ weight - y).square().mean()
loss.backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
x, y = torch.ones(4, 2), torch.zeros(4)
loss = (x @ weight - y).square().mean()
loss.backward()
print(weight.grad)
""",
        command="gradcli explain 'mean((x@w - y)**2)' x=[[1,1],[1,2]] w=0.5,-1 y=0,0 --wrt w",
    ),
    Cause(
        name="parameter_frozen",
        title="every parameter on the way is frozen",
        text="All parameters that the output depends on have requires_grad=False, so no graph is recorded. A loop that "
        "froze the whole model instead of its backbone, an adapter or a new head that was never unfrozen, or a head "
        "put in before the loop that freezes everything, leaves nothing to train.",
        how_to_tell="Print `[name for name, p in model.named_parameters() if p.requires_grad]`. An empty list, or a "
        "list of parameters that this loss does not use, is this cause.",
        fix="for p in model.backbone.parameters():\n    p.requires_grad_(False)\n"
        "model.head = nn.Linear(512, 10)  # made after the loop: its parameters require grad",
        program="""\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
for parameter in model.parameters():
    parameter.requires_grad = False
loss = model(torch.ones(2, 3)).mean()
loss.backward()
""",
        mended="""\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
for parameter in model[0].parameters():
    parameter.requires_grad = False
loss = model(torch.ones(2, 3)).mean()
loss.backward()
""",
        command="gradcli grad 'sum((w2@relu(w1@x))**2)' w1=[[1,2],[3,4]] w2=1,1 x=1,1 --wrt w2",
        signs=(r"requires_grad_?\s*(?:=|\()\s*False", r"freez|(?<!<)frozen", r"\bpeft\b|\blora\b"),
    ),
    Cause(
        name="grad_disabled",
        title="the output was computed with grad mode switched off",
        text="Under torch.no_grad, torch.inference_mode or torch.set_grad_enabled(False) torch records no graph, so "
        "what is computed there is a constant. Grad mode may have been disabled around the forward pass, by a "
        "decorator on the function that makes the output, or for the rest of the program by a call of "
        "set_grad_enabled(False) that was never taken back. Calling backward outside the block does not help: the "
        "forward pass has to be outside.",
        how_to_tell="Print `torch.is_grad_enabled()` on the line that computes the output. False: look upwards for "
        "`with torch.no_grad():`, `@torch.no_grad()` on a method, or an evaluation function that switched it off.",
        fix="output = model(batch)  # outside of no_grad\nwith torch.no_grad():\n    accuracy = measure(output)\n"
        "with torch.enable_grad():  # in the middle of a block that has to stay\n    loss = criterion(output, target)",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
with torch.no_grad():
    loss = model(torch.ones(2, 3)).mean()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
loss = model(torch.ones(2, 3)).mean()
loss.backward()
print(model.weight.grad)
""",
        command="gradcli check 'x**2' 0",
        signs=(r"no_grad", r"set_grad_enabled", r"in decorate_context\b(?![\s\S]*closure)", r"volatile"),
    ),
    Cause(
        name="detached",
        title="detach() cuts the graph between the parameters and the output",
        text="detach returns the same values without their history: whatever is computed from them is a constant to "
        "autograd. A detach that was meant for a log, a target or a hidden state stands on the only way from the "
        "parameters to the loss.",
        how_to_tell="Search for `.detach()` between the forward pass and the loss. Print `requires_grad` after each "
        "step: the first one that says False, where its operands say True, is the cut.",
        fix="loss = criterion(output, target.detach())  # the target, not the output\n"
        "history.append(loss.detach())  # a copy for the log; loss itself keeps its graph",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
features = model(torch.ones(2, 3)).detach()
loss = features.square().mean()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
features = model(torch.ones(2, 3))
loss = features.square().mean()
loss.backward()
""",
        command="gradcli check 'x**2' 'x'",
        signs=(r"(?<!sourceTensor)(?<!sourceTensor\.clone\(\))(?<!using tensor)\.detach_?\(",),
    ),
    Cause(
        name="non_differentiable_op",
        title="a step gives integers or truth values, which have no derivative",
        text="argmax, argsort, comparisons, casts to an integer or bool dtype, one_hot and indices are not "
        "differentiable: their values jump, so torch gives them no history and what follows is a constant. An accuracy "
        "or a thresholded prediction cannot be trained on; a smooth loss on the scores can.",
        how_to_tell="Print `dtype` and `requires_grad` after each step. The first step with an integer or bool dtype "
        "is the one: `.argmax()`, `.max(1)[1]`, `x > 0.5`, `.long()`, `.int()`, `topk(...).indices`. Setting "
        "requires_grad on its result silences the error and gives no gradient to the model.",
        fix="loss = F.cross_entropy(logits, target)  # on the scores, not on their argmax\n"
        "soft = torch.sigmoid(20.0 * (score - 0.5))  # instead of (score > 0.5).float()\n"
        "hard = F.gumbel_softmax(logits, hard=True)  # one-hot values with a gradient",
        program="""\
import torch

model = torch.nn.Linear(3, 2)
target = torch.tensor([0, 1])
prediction = model(torch.ones(2, 3)).argmax(dim=1)
loss = (prediction != target).float().mean()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 2)
target = torch.tensor([0, 1])
logits = model(torch.ones(2, 3))
loss = torch.nn.functional.cross_entropy(logits, target)
loss.backward()
""",
        command="gradcli grad 'x > 0.5' x=0.7",
        signs=(r"arg(?:max|min|sort)\b", r"\.(?:long|int|bool|byte)\(\)", r"one_hot|\.indices\b"),
    ),
    Cause(
        name="tensor_rebuilt",
        title="a new tensor was made from the values of another",
        text="The constructor torch.tensor (like torch.Tensor, as_tensor of a list, new_tensor) copies values and "
        "begins a new tensor without history. A loss that is wrapped in it, or a list of losses that is turned into a "
        "tensor with it, is a constant. torch.stack joins tensors and keeps their graph.",
        how_to_tell="Search for `torch.tensor(...)`, `torch.Tensor([...])` or `Variable(...)` around a loss or an "
        "output, and for the warning 'To copy construct from a tensor, it is recommended to use "
        "sourceTensor.clone().detach()'. requires_grad=True on the new tensor ends the error, and the model gets no "
        "gradient.",
        fix="loss = torch.stack(losses).mean()  # not torch.tensor(losses)\n"
        "row = torch.stack([torch.cos(angle), -torch.sin(angle)])  # not torch.tensor([...])",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
losses = [model(batch).square().mean() for batch in torch.ones(4, 2, 3)]
loss = torch.tensor(losses).mean()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
losses = [model(batch).square().mean() for batch in torch.ones(4, 2, 3)]
loss = torch.stack(losses).mean()
loss.backward()
""",
        command="gradcli grad 'mean(stack([a**2, a*b]))' a=1 b=2",
        signs=(
            r"To copy construct from a tensor",
            r"Converting a tensor with requires_grad=True to a scalar",
            r"torch\.(?:tensor|as_tensor|Tensor|FloatTensor)\(",
            r"new_tensor",
        ),
    ),
    Cause(
        name="numpy_round_trip",
        title="the computation goes through NumPy and back",
        text="NumPy knows nothing of autograd: .numpy() gives bare values, and torch.from_numpy begins a new tensor "
        "without history. What comes back is a constant, whatever numpy did in between.",
        how_to_tell="Search for `.numpy()`, `np.` and `torch.from_numpy` between the parameters and the loss, also "
        "inside helpers (metrics, SciPy, OpenCV, sklearn).",
        fix="clipped = output.clamp(0.0, 1.0)  # torch's own function, not np.clip\n"
        "# where none exists: a torch.autograd.Function with its own backward",
        program="""\
import numpy as np
import torch

model = torch.nn.Linear(3, 1)
output = model(torch.ones(2, 3))
clipped = torch.from_numpy(np.clip(output.detach().numpy(), 0.0, 1.0))
loss = clipped.mean()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
output = model(torch.ones(2, 3))
clipped = output.clamp(0.0, 1.0)
loss = clipped.mean()
loss.backward()
""",
        command="gradcli grad 'mean(np.clip(w*x, 0, 1))' w=0.5 x=1,3 --wrt w",
        signs=(r"\.numpy\(", r"from_numpy", r"\bnp\.\w+\("),
    ),
    Cause(
        name="data_attribute",
        title="the .data attribute was used in the computation",
        text="The data attribute (x.data) is a relic of Variable: it gives the same memory without history, as detach "
        "does, and switches off the check of in-place changes as well. What is computed from it is a constant.",
        how_to_tell="Search for `.data` in the forward pass and in the loss; code from before torch 0.4 has it often.",
        fix="probability = torch.sigmoid(logits)  # not logits.data\n"
        "with torch.no_grad():\n    weight -= lr * weight.grad  # an update by hand, instead of weight.data",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
logits = model(torch.ones(2, 3))
loss = torch.sigmoid(logits.data).mean()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
logits = model(torch.ones(2, 3))
loss = torch.sigmoid(logits).mean()
loss.backward()
""",
        command="gradcli grad 'sigmoid(w*x)' w=0.5 x=1",
        signs=(r"\w\.data\b(?!\.py)",),
    ),
    Cause(
        name="create_graph_missing",
        title="a derivative is differentiated again, and create_graph was left out",
        text="autograd.grad and backward give gradients without a graph unless create_graph=True: the first derivative "
        "is a constant, and the second has nothing to go back through. A gradient penalty, a Hessian, a differential "
        "equation as a loss and a step of meta-learning all differentiate a derivative.",
        how_to_tell="The tensor that is differentiated came out of `torch.autograd.grad(...)` or is a `.grad`. Print "
        "its `requires_grad`: False means that the inner call had no create_graph.",
        fix="(g,) = torch.autograd.grad(y, x, create_graph=True)\ntorch.autograd.grad(g.sum(), x)",
        program="""\
import torch

x = torch.tensor(2.0, requires_grad=True)
(slope,) = torch.autograd.grad(x**3, x)
(curvature,) = torch.autograd.grad(slope, x)
""",
        mended="""\
import torch

x = torch.tensor(2.0, requires_grad=True)
(slope,) = torch.autograd.grad(x**3, x, create_graph=True)
(curvature,) = torch.autograd.grad(slope, x)
print(curvature)
""",
        command="gradcli grad 'x**3' x=2 --order 2",
        signs=(
            r"penalty",
            r"\w_(?:xx|yy|zz|tt)\b",
            r"hessian|laplac",
            r"\bgrad\(\s*(?:outputs\s*=\s*)?(?:g|gr?ads?\w*|dy?_?d\w+|\w+_[xyzt]|jac\w*|slope\w*|\w+_prime)\s*[,.\[)]",
        ),
    ),
    Cause(
        name="derivative_constant",
        title="the first derivative is a constant",
        text="create_graph=True was given, and still the first derivative does not require grad: the function is "
        "linear, so its slope does not depend on anything, and torch returns a plain constant. Its derivative is zero.",
        how_to_tell="Print the first derivative at two inputs: it is the same. `y = 3 * x`, a sum, a single Linear "
        "layer with frozen weights.",
        fix="if slope.requires_grad:\n    (curvature,) = torch.autograd.grad(slope, x)\nelse:\n"
        "    curvature = torch.zeros_like(x)\n"
        "torch.func.hessian(f)(x)  # gives the zeros by itself",
        program="""\
import torch

x = torch.tensor(2.0, requires_grad=True)
(slope,) = torch.autograd.grad(3.0 * x, x, create_graph=True)
(curvature,) = torch.autograd.grad(slope, x)
""",
        mended="""\
import torch

print(torch.func.grad(torch.func.grad(lambda x: 3.0 * x))(torch.tensor(2.0)))
""",
        command="gradcli grad '3*x' x=2 --order 2",
    ),
    Cause(
        name="requires_grad_too_late",
        title="requires_grad was set after the output was computed",
        text="torch records while it computes. requires_grad that is set on the input after the forward pass changes "
        "nothing in what exists already: the output stays a constant.",
        how_to_tell="Find the line with `requires_grad_()` or `requires_grad = True`: it stands below the forward "
        "pass, or in a loop that computes the output before it.",
        fix="image.requires_grad_()  # first\noutput = model(image)  # then",
        program="""\
import torch

image = torch.tensor([0.2, 0.8])
score = image.square().sum()
image.requires_grad_()
score.backward()
""",
        mended="""\
import torch

image = torch.tensor([0.2, 0.8])
image.requires_grad_()
score = image.square().sum()
score.backward()
print(image.grad)
""",
        command="gradcli grad 'sum(x**2)' x=0.2,0.8",
    ),
    Cause(
        name="sampled",
        title="a random sample has no gradient",
        text="sample() draws without recording, so a loss computed from it does not reach the parameters of the "
        "distribution: the sample is a constant. rsample() writes the sample as a differentiable function of the "
        "parameters; for discrete draws the gradient goes through log_prob.",
        how_to_tell="Search for `.sample()`, `torch.normal`, `torch.multinomial` or `torch.bernoulli` between "
        "parameters and loss.",
        fix="z = Normal(mu, sigma).rsample()  # mu + sigma * noise\n"
        "loss = -(policy.log_prob(action) * reward).mean()  # action = policy.sample()",
        program="""\
import torch
from torch.distributions import Normal

mu = torch.tensor(0.5, requires_grad=True)
z = Normal(mu, 1.0).sample((8,))
loss = z.square().mean()
loss.backward()
""",
        mended="""\
import torch
from torch.distributions import Normal

mu = torch.tensor(0.5, requires_grad=True)
z = Normal(mu, 1.0).rsample((8,))
loss = z.square().mean()
loss.backward()
""",
        command="gradcli grad 'mean((mu + sigma*noise)**2)' mu=0.5 sigma=1 noise=0.3,-1.2",
        signs=(r"\.sample\(", r"multinomial|bernoulli"),
    ),
    Cause(
        name="inputs_all_constant",
        title="the output was computed from data alone",
        text="There are parameters that require grad, but this output was not made from them: the loss compares the "
        "target with itself, takes the input instead of the output, or belongs to a variable of an earlier cell. To "
        "autograd it is a constant.",
        how_to_tell="Read the arguments of the loss: none of them came out of the model. Print their `requires_grad`.",
        fix="loss = criterion(model(batch), target)",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
batch, target = torch.ones(2, 3), torch.zeros(2, 3)
output = model(batch)
loss = nn.functional.mse_loss(batch, target)
loss.backward()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
batch, target = torch.ones(2, 3), torch.zeros(2, 1)
output = model(batch)
loss = nn.functional.mse_loss(output, target)
loss.backward()
""",
        command="gradcli grad 'mse_loss(w*x, y)' w=2 x=1,2 y=0,1 --wrt w",
    ),
)

_NO_GRAPH = (
    "requires_grad_missing",
    "parameter_frozen",
    "detached",
    "grad_disabled",
    "non_differentiable_op",
    "tensor_rebuilt",
    "numpy_round_trip",
    "create_graph_missing",
    "data_attribute",
    "requires_grad_too_late",
    "sampled",
    "derivative_constant",
    "inputs_all_constant",
    "checkpoint_inputs",
)
"""What leaves an output without a graph, as often as people write of it."""

MESSAGES = (
    Message(
        name="no_graph",
        patterns=(
            r"element (?P<index>\d+) of (?:tensors|variables|the input tensors)(?: tuple)? does not require grad",
            r"there are no graph nodes that require computing gradients",
        ),
        meaning="Output {index} (counted from 0) has no history: it neither requires grad nor was computed from "
        "anything that does. There is nothing to go back through.",
        causes=_NO_GRAPH,
        defaults={"index": "0"},
        finder="untracked",
    ),
    Message(
        name="volatile",
        patterns=(r"element (?P<index>\d+) of (?:variables|tensors)(?: tuple)? is volatile",),
        meaning="Output {index} was computed from a volatile Variable, which is what torch before 0.4 had in the place "
        "of no_grad: nothing is recorded from it on.",
        causes=("grad_disabled",),
        finder="untracked",
    ),
)
