"""In-place changes of leaves, of what the backward pass still needs, of shared memory, and writes to ``out=``."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="inplace_leaf",
        title="a leaf that requires grad was changed in place",
        text="A leaf that requires grad is where gradients are collected: it has no history, and an in-place operation "
        "(`+=`, `-=`, a method with an underscore) would give it one. torch refuses. Mostly it is a weight's update or "
        "initialisation by hand, outside no_grad.",
        how_to_tell="Print `tensor.is_leaf, tensor.requires_grad` before the line that raised: True, True.",
        fix="with torch.no_grad():\n    weight -= 0.1 * weight.grad  # an update is not part of the function\n"
        "y = x + 1  # a new tensor, where the change is part of the function",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.pow(2).sum().backward()
weight -= 0.1 * weight.grad
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.pow(2).sum().backward()
with torch.no_grad():
    weight -= 0.1 * weight.grad
""",
        command="gradcli grad 'sum((w - 0.1*2*w)**2)' w=0.5,-1",
    ),
    Cause(
        name="inplace_leaf_view",
        title="a part of a leaf that requires grad was changed in place",
        text="A row, a slice or another view of a leaf was written to. A view shares the leaf's memory, so that it is "
        "the leaf itself that would be changed in place, and a leaf that requires grad may not be.",
        how_to_tell="The line that raised assigns to an index (`weight[0] = ...`, `weight.data` left out), or calls a "
        "method with an underscore on a slice, a view or a loop variable that comes from a parameter.",
        fix="with torch.no_grad():\n    weight[0] = 0.0  # initialisation: not part of the function\n"
        "x = weight.clone()\nx[0] = 0.0  # part of the function: the copy is no leaf\n"
        "x = torch.where(mask, torch.zeros_like(weight), weight)  # or without writing at all",
        program="""\
import torch

embedding = torch.nn.Embedding(3, 2)
embedding.weight[0] = torch.zeros(2)
""",
        mended="""\
import torch

embedding = torch.nn.Embedding(3, 2)
with torch.no_grad():
    embedding.weight[0] = torch.zeros(2)
""",
        command="gradcli grad 'sum(where([1,0] > 0, 0, w)**2)' w=0.5,-1",
    ),
    Cause(
        name="inplace_saved",
        title="a tensor that the backward pass needs was changed in place",
        text="An operation had saved this tensor, its input or its result, to compute the derivative from it later. "
        "Before backward() came, an in-place operation overwrote it: `+=`, an assignment to an index, a method with an "
        "underscore, relu(inplace=True) or masked_fill_. The version counter tells torch.",
        how_to_tell="The message gives the shape, and the operation whose output was overwritten: sigmoid, tanh, exp, "
        "sqrt, softmax and relu need their own result, products and powers their inputs. Look at what is done to that "
        "result afterwards, or run with `torch.autograd.set_detect_anomaly(True)`, which shows the forward line.",
        fix="y = y + 1  # not y += 1\ny = y.masked_fill(mask, 0)  # not masked_fill_\n"
        "torch.nn.ReLU()  # not ReLU(inplace=True)\nz = y.clone()\nz[0] = 0.0  # write to a copy",
        program="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
gate = torch.sigmoid(inputs)
gate += 1
gate.sum().backward()
""",
        mended="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
gate = torch.sigmoid(inputs)
gate = gate + 1
gate.sum().backward()
""",
        command="gradcli explain 'sum(sigmoid(x) + 1)' x=0.5,-1",
        signs=(r"[Ee]rror detected in (?!Mm|Addmm|T?Linear|\w*Conv|\w*BatchNorm|\w*Slice|Select)\w+",),
    ),
    Cause(
        name="optimizer_step",
        title="optimizer.step() ran between the forward pass and a backward pass through it",
        text="An optimizer's step() changes the weights in place. A backward pass after it goes through a graph that "
        "was made with the old weights and needs them: two losses with a step() between their backward passes (GAN, "
        "actor and critic), or a graph that retain_graph=True kept over an iteration.",
        how_to_tell="The overwritten tensor is a weight: it has a layer's shape (a Linear's stands transposed, as "
        "output of T, AsStrided or TBackward), and the version grows by one with each step(). Look for `step()` "
        "between a forward pass and the backward() that raised.",
        fix="loss_d = critic(fake.detach()).mean()  # the first loss needs no gradient in the generator\n"
        "loss_d.backward()\noptimizer_d.step()\n"
        "loss_g = -critic(fake).mean()  # the second one is computed after the step, with the new weights\n"
        "loss_g.backward()\noptimizer_g.step()\n"
        "# losses that share no weights: all backward passes first, then all steps",
        program="""\
import torch

torch.manual_seed(0)
generator, critic = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)
optimizer_c = torch.optim.SGD(critic.parameters(), lr=0.1)
optimizer_g = torch.optim.SGD(generator.parameters(), lr=0.1)
score = critic(generator(torch.ones(4, 2))).mean()
score.backward(retain_graph=True)
optimizer_c.step()
(-score).backward()
optimizer_g.step()
""",
        mended="""\
import torch

torch.manual_seed(0)
generator, critic = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)
optimizer_c = torch.optim.SGD(critic.parameters(), lr=0.1)
optimizer_g = torch.optim.SGD(generator.parameters(), lr=0.1)
fake = generator(torch.ones(4, 2))
critic(fake.detach()).mean().backward()
optimizer_c.step()
(-critic(fake).mean()).backward()
optimizer_g.step()
""",
        command="gradcli grad 'sum((V@(W@x))**2)' W='[[1,2]]' V='[[3],[4]]' x=1,1 --wrt W,V",
        signs=(
            r"retain_graph\s*=\s*True",
            r"(?:Float|Half|BFloat16|Double)Tensor \[\d+, \d+\]\],? which is output 0 of "
            r"(?:AsStrided|T|Transpose)(?:Backward\d?)?,? is at version (?!1;)",
            r"(?:Float|Half|BFloat16|Double)Tensor \[\d+, \d+, \d+, \d+\]\] is at version [2-9]",
            r"(?i)(?:gan|generator|discriminator|critic|actor|err[dg]|[dg]_?loss|loss_?[dg])\b.*\.backward",
        ),
    ),
    Cause(
        name="inplace_slot",
        title="results were written into a tensor that is still read from",
        text="A recurrence writes each step into a slot of one tensor, and reads earlier slots of it. Each write to a "
        "slot is an in-place change of the whole tensor, so that the slots which earlier steps had saved count as "
        "modified.",
        how_to_tell="A tensor made with zeros or empty before the loop, `h[t + 1] = f(h[t])` within. The message names "
        "AsStrided, Select or Slice, and a version that is near the number of steps.",
        fix="steps = [h]\nfor t in range(n):\n    steps.append(f(steps[-1]))  # a list\n"
        "h = torch.stack(steps)  # one tensor",
        program="""\
import torch

weight = torch.eye(2, requires_grad=True)
states = torch.zeros(4, 2)
states[0] = 1.0
for t in range(3):
    states[t + 1] = torch.tanh(weight @ states[t])
states[-1].sum().backward()
""",
        mended="""\
import torch

weight = torch.eye(2, requires_grad=True)
states = [torch.ones(2)]
for t in range(3):
    states.append(torch.tanh(weight @ states[t]))
torch.stack(states)[-1].sum().backward()
""",
        command="gradcli grad 'sum(tanh(W@tanh(W@h)))' W='[[1,0],[0,1]]' h=1,1 --wrt W",
        signs=(
            r"output \d+ of (?:Select|Slice|CopySlices|Narrow|Index)\w*,? is at version",
            r"(?:Float|Half|BFloat16|Double)Tensor \[\d*\]\],? which is output 0 of AsStrided\w*,? is at version",
            r"rror detected in (?:Select|Slice|CopySlices)\w*",
        ),
    ),
    Cause(
        name="inplace_buffer",
        title="a buffer of the module was changed in place between forward and backward",
        text="forward() changes a buffer in place (running statistics, a moving average, a counter, a mask) after an "
        "operation had saved it. A second forward pass before backward() makes the saved one stale; "
        "DistributedDataParallel does so too, since it copies buffers in at each forward pass.",
        how_to_tell="The module runs twice before one backward(). Compare the shape in the message with `[(n, b.shape, "
        "b._version) for n, b in model.named_buffers()]`; integer tensors are such too.",
        fix="self.scale = 0.9 * self.scale  # a new tensor, not self.scale.mul_(0.9)\n"
        "out = y * self.scale.clone()  # or use a copy\n"
        "DistributedDataParallel(model, broadcast_buffers=False)  # there\n"
        "out = model(torch.cat([a, b]))  # or one forward pass for both",
        program="""\
import torch


class Gain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 2)
        self.register_buffer("gain", torch.ones(2))

    def forward(self, x):
        out = self.linear(x) * self.gain
        self.gain.mul_(0.9)
        return out


model = Gain()
loss = model(torch.ones(2)).sum() + model(torch.zeros(2)).sum()
loss.backward()
""",
        mended="""\
import torch


class Gain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 2)
        self.register_buffer("gain", torch.ones(2))

    def forward(self, x):
        out = self.linear(x) * self.gain
        self.gain = 0.9 * self.gain
        return out


model = Gain()
loss = model(torch.ones(2)).sum() + model(torch.zeros(2)).sum()
loss.backward()
""",
        command="gradcli grad 'sum((W@x)*s)' W='[[1,2],[3,4]]' x=1,1 s=1,1 --wrt W",
        signs=(
            r"broadcast_buffers|DistributedDataParallel|register_buffer|running_(?:mean|var)",
            r"rror detected in \w*BatchNorm\w*",
            r"\[torch\.(?:cuda\.)?(?:Long|Int|Bool|Byte)Tensor \[",
        ),
    ),
    Cause(
        name="inplace_expanded",
        title="an expanded tensor was written to",
        text="expand(), expand_as() and broadcast_to() repeat entries without copying: many entries share one place in "
        "memory. An in-place operation would write to that place several times, so torch refuses until the tensor is "
        "cloned.",
        how_to_tell="`tensor.stride()` has a 0 where the axis was expanded.",
        fix="x = row.expand(3, 2).clone()  # memory of its own\nx = row.repeat(3, 1)  # the same\n"
        "x = x * 2  # no write",
        program="""\
import torch

weight = torch.tensor([[0.5, -1.0]], requires_grad=True)
batch = torch.ones(1, 2).expand(3, 2)
batch.mul_(weight)
""",
        mended="""\
import torch

weight = torch.tensor([[0.5, -1.0]], requires_grad=True)
batch = torch.ones(1, 2).expand(3, 2).clone()
batch.mul_(weight)
""",
        command="gradcli grad 'sum(ones(3,2)*w)' w=0.5,-1",
    ),
    Cause(
        name="inplace_overlap",
        title="an in-place operation reads from the memory that it writes to",
        text="Source and target of the in-place operation overlap in memory: two shifted slices of one tensor. What is "
        "read would depend on what has been written already, so the source has to be cloned first.",
        how_to_tell="The line that raised has the same tensor on both sides, with different slices.",
        fix="x[1:] += x[:-1].clone()  # read from a copy\ny = torch.cat([x[:1], x[1:] + x[:-1]])  # no write",
        program="""\
import torch

steps = torch.tensor([1.0, 2.0, 3.0, 4.0])
steps[1:] += steps[:-1]
""",
        mended="""\
import torch

steps = torch.tensor([1.0, 2.0, 3.0, 4.0])
steps[1:] += steps[:-1].clone()
""",
        command="gradcli grad 'sum((x[1:] + x[:-1])**2)' x=1,2,3,4",
    ),
    Cause(
        name="out_argument",
        title="a function with out= was used where a gradient is needed",
        text="out= writes the result into a tensor that exists already, which autograd does not record. One of the "
        "arguments, or the out tensor itself, requires grad, so that the result would have no gradient: torch refuses.",
        how_to_tell="The line that raised has `out=`. See which of its tensors has `requires_grad`.",
        fix="result = torch.add(a, b)  # without out=\n"
        "with torch.no_grad():\n    torch.add(a, b, out=result)  # where no gradient is wanted",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
result = torch.empty(2)
torch.mul(weight, 2.0, out=result)
result.sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
result = torch.mul(weight, 2.0)
result.sum().backward()
""",
        command="gradcli grad 'sum(2*w)' w=0.5,-1",
    ),
    Cause(
        name="inplace_resize",
        title="a tensor that requires grad was resized in place",
        text="resize_() changes a tensor's shape in place, and entries that are new have no value and no gradient. A "
        "tensor that requires grad cannot be resized; a new view or a padded copy is differentiable.",
        how_to_tell="The line that raised calls resize_() or resize_as_(), or passes a tensor of another shape as "
        "out=.",
        fix="y = x.reshape(2, 2)  # other axes, the same entries\n"
        "y = torch.nn.functional.pad(x, (0, 1))  # more entries\ny = x[:3]  # fewer",
        program="""\
import torch

weight = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
weight.resize_(2, 2)
""",
        mended="""\
import torch

weight = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
square = weight.reshape(2, 2)
""",
        command="gradcli grad 'sum(reshape(w, 2, 2)@x)' w=1,2,3,4 x=1,1 --wrt w",
    ),
    Cause(
        name="apply_on_tracked",
        title="a Python function was applied to the entries of a tensor that requires grad",
        text="apply_() and map_() call a Python function on each entry. Autograd cannot see what the function does, so "
        "a tensor that requires grad is refused rather than left without a gradient.",
        how_to_tell="The line that raised calls apply_() or map_().",
        fix="y = torch.where(x > 0, x, 0.1 * x)  # torch operations on the whole tensor\n"
        "y = x.detach().clone().apply_(f)  # where no gradient is wanted",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.apply_(lambda entry: entry if entry > 0 else 0.1 * entry)
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
leaky = torch.where(weight > 0, weight, 0.1 * weight)
leaky.sum().backward()
""",
        command="gradcli grad 'sum(where(x > 0, x, 0.1*x))' x=0.5,-1",
    ),
    Cause(
        name="inplace_negative_slope",
        title="an in-place activation has a negative slope",
        text="leaky_relu_, elu_ and their like compute the derivative from their own result, since in place nothing "
        "else is left. With a negative slope the result does not tell on which side the input was, so there is no "
        "derivative.",
        how_to_tell="An activation with `inplace=True` whose `negative_slope` or `alpha` is below zero.",
        fix="y = torch.nn.functional.leaky_relu(x, negative_slope=-0.1)  # without inplace=True",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
bent = torch.nn.functional.leaky_relu(2 * weight, negative_slope=-0.1, inplace=True)
bent.sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
bent = torch.nn.functional.leaky_relu(2 * weight, negative_slope=-0.1)
bent.sum().backward()
""",
        command="gradcli grad 'sum(where(x > 0, x, -0.1*x))' x=0.5,-1",
    ),
)

_SAVED = ("inplace_saved", "optimizer_step", "inplace_slot", "inplace_buffer")

MESSAGES = (
    Message(
        name="inplace_leaf_view",
        patterns=(
            r"a view of a leaf (?:Variable|Tensor) that requires grad (?:is being|has been) used in an in-?place",
            r"leaf (?:variable|tensor) has been moved into the graph interior",
        ),
        meaning="A part of a leaf that requires grad was to be changed in place. It shares the leaf's memory.",
        causes=("inplace_leaf_view",),
        finder="leaf",
    ),
    Message(
        name="inplace_leaf",
        patterns=(
            r"a leaf (?:Variable|Tensor) that requires grad (?:is being|has been) used in an in-?place",
            r"leaf (?:variable|tensor) was used in an in-?place",
        ),
        meaning="A leaf that requires grad was to be changed in place. Outside no_grad a leaf may not be changed.",
        causes=("inplace_leaf",),
        finder="leaf",
    ),
    Message(
        name="inplace_saved",
        patterns=(
            r"variables needed for gradient computation has been modified by an in-?place operation"
            r"(?:: \[(?P<dtype>[\w.]+) \[(?P<shape>[\d, ]*)\]\](?:, which is output (?P<index>\d+) of (?P<op>\w+),)? "
            r"is at version (?P<version>\d+); expected version (?P<expected_version>\d+) instead)?",
        ),
        meaning="The derivative needs a tensor of shape [{shape}], made by {op}, as it was in the forward pass: at "
        "version {expected_version}. It has been changed in place since, and is at version {version}.",
        causes=_SAVED,
        defaults={
            "shape": "...",
            "op": "you or by an operation",
            "version": "a later one",
            "expected_version": "an earlier one",
        },
        finder="inplace",
    ),
    Message(
        name="inplace_expanded",
        patterns=(r"more than one element of the written-to tensor refers to a single memory location",),
        meaning="A tensor was to be written to whose entries share memory. It was expanded and not copied.",
        causes=("inplace_expanded",),
        finder="inplace",
    ),
    Message(
        name="inplace_overlap",
        patterns=(r"some elements of the input tensor and the written-to tensor refer to a single memory location",),
        meaning="An in-place operation would read from the memory that it writes to. The result would depend on the "
        "order.",
        causes=("inplace_overlap",),
        finder="inplace",
    ),
    Message(
        name="out_argument",
        patterns=(
            r"(?:(?P<function>\w+)\(\): )?functions with out=\.\.\. arguments don't support automatic differentiation",
            r"out=\.\.\. arguments don't support automatic differentiation",
        ),
        meaning="{function} was called with out=, and one of its tensors requires grad. A result that is written to "
        "out= has no gradient.",
        causes=("out_argument",),
        defaults={"function": "A function"},
        finder="inplace",
    ),
    Message(
        name="inplace_resize",
        patterns=(
            r"cannot resize variables that (?:require grad|has grad)",
            r"cannot resize tensors that require grad",
        ),
        meaning="A tensor that requires grad was to be given another size in place. That has no derivative.",
        causes=("inplace_resize",),
    ),
    Message(
        name="apply_on_tracked",
        patterns=(r"Can't call (?P<function>apply_|map2?_)\(\) on (?:Variable|Tensor) that requires grad",),
        meaning="{function}() was called on a tensor that requires grad. It runs Python on each entry, which autograd "
        "cannot follow.",
        causes=("apply_on_tracked",),
    ),
    Message(
        name="inplace_negative_slope",
        patterns=(r"In-?place (?P<function>\w+) backward calculation is triggered with a negative slope",),
        meaning="{function} ran in place with a negative slope. Its derivative cannot be told from its result.",
        causes=("inplace_negative_slope",),
    ),
)
