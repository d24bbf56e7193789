"""Graphs that a first backward pass has freed, and graphs that are kept for too long."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="hidden_state_kept",
        title="a value of the previous iteration is still joined to its graph",
        text="A hidden state, a memory or another tensor is carried over from the previous iteration with its graph. "
        "backward() of this iteration walks on into the graph of the last one, whose saved values were freed when that "
        "one's backward() had run: a second time through the same graph.",
        how_to_tell="The first iteration passes and the second one raises. Look for a variable that is set in the loop "
        "and read in the next round (`hidden`, `state`, `h`, `memory`, `prev`), and print its `grad_fn` at the top of "
        "the loop: it has to be None.",
        fix="hidden = hidden.detach()  # at the top of the loop: truncated backpropagation\n"
        "hidden = tuple(h.detach() for h in hidden)  # an LSTM's pair",
        program="""\
import torch

torch.manual_seed(0)
rnn = torch.nn.RNN(2, 3)
hidden = torch.zeros(1, 1, 3)
for chunk in torch.ones(2, 4, 1, 2):
    output, hidden = rnn(chunk, hidden)
    loss = output.pow(2).mean()
    loss.backward()
""",
        mended="""\
import torch

torch.manual_seed(0)
rnn = torch.nn.RNN(2, 3)
hidden = torch.zeros(1, 1, 3)
for chunk in torch.ones(2, 4, 1, 2):
    output, hidden = rnn(chunk, hidden.detach())
    loss = output.pow(2).mean()
    loss.backward()
""",
        command="gradcli explain 'tanh(u*tanh(u*h))' u=0.5 h=1 --wrt u",
        signs=(r"(?i)\bhidden|\bh_?[0nt]\b|\blstm\b|\bgru\b|\brnn\b|bptt|prev_(?:state|hidden)",),
    ),
    Cause(
        name="shared_graph",
        title="two losses share a part of the graph",
        text="Two losses were made from the same intermediate tensor. backward() of the first one freed the values "
        "that the shared part had saved, and the second loss has to pass the same part a second time.",
        how_to_tell="Two calls of backward(), on two losses, in one iteration. Follow both losses back: the tensor at "
        "which they meet (features, an encoder's output, a generator's image) is the shared part.",
        fix="(loss_a + loss_b).backward()  # one pass gives the sum of both gradients\n"
        "loss_a.backward(retain_graph=True); loss_b.backward()  # two passes; only the last one may free\n"
        "loss_d = criterion(discriminator(fake.detach()), zeros)  # if the first loss is not for the shared part",
        program="""\
import torch

torch.manual_seed(0)
encoder, head_a, head_b = (torch.nn.Linear(3, 3) for _ in range(3))
features = torch.tanh(encoder(torch.ones(5, 3)))
loss_a = head_a(features).pow(2).mean()
loss_b = head_b(features).abs().mean()
loss_a.backward()
loss_b.backward()
""",
        mended="""\
import torch

torch.manual_seed(0)
encoder, head_a, head_b = (torch.nn.Linear(3, 3) for _ in range(3))
features = torch.tanh(encoder(torch.ones(5, 3)))
loss_a = head_a(features).pow(2).mean()
loss_b = head_b(features).abs().mean()
(loss_a + loss_b).backward()
""",
        command="gradcli explain 'h = exp(w); h**2 + sin(h)' w=0.5",
        signs=(
            r"(?i)(?:loss\w*_?(?:[ab]|[1-9]|[dgq]|critic|actor|policy|value|gen\w*|disc\w*|adv\w*)|[dg]_loss|"
            r"(?:gen\w*|disc\w*|critic|actor|policy|value)_loss|err_?[dg])\w*\.backward",
        ),
    ),
    Cause(
        name="losses_accumulated",
        title="a running total of losses is differentiated in every iteration",
        text="The loss of each iteration is added to a total, and backward() runs on the total each time. The total "
        "contains the graphs of all earlier iterations, which the earlier calls have freed, so that the second call "
        "walks through the first iteration's graph a second time.",
        how_to_tell="The tensor before `.backward()` is built with `+=` or `sum(losses)` over iterations. Its "
        "`grad_fn` is AddBackward0, whose `next_functions` lead to losses of earlier iterations.",
        fix="loss.backward()  # each loss once; .grad accumulates by itself\n"
        "total += loss.item()  # the total is for printing: a number, no graph",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
total = 0.0
for sample in torch.tensor([[1.0, 2.0], [3.0, 4.0]]):
    total = total + (sample * weight).exp().sum()
    total.backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
total = 0.0
for sample in torch.tensor([[1.0, 2.0], [3.0, 4.0]]):
    loss = (sample * weight).exp().sum()
    loss.backward()
    total += loss.item()
""",
        command="gradcli grad 'exp(w) + exp(2*w)' w=0.5",
        signs=(
            r"(?i)(?:total|running|sum|epoch|all|acc\w*|cum\w*)_?loss\w*\.backward|losses\)?\.backward|total\.backward",
        ),
    ),
    Cause(
        name="loss_outside_loop",
        title="a loss, or a tensor that it needs, was computed once before the loop",
        text="The forward pass stands before the loop, or outside the closure, and the loop only calls backward(). The "
        "graph belongs to one forward pass: the first backward() has freed it, the second finds nothing, and it would "
        "give the gradient at the old weights even if it were kept.",
        how_to_tell="Within the loop, nothing between two calls of backward() computes the loss anew. Also look for a "
        "part only: an embedding, a normalised weight, a kernel matrix or a regulariser, made once from parameters "
        "above the loop.",
        fix="for step in range(steps):\n    loss = criterion(model(inputs), targets)  # in the loop\n"
        "    loss.backward()",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
loss = (weight.exp() - 1).pow(2).sum()
for _ in range(2):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
for _ in range(2):
    loss = (weight.exp() - 1).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
        command="gradcli grad 'sum((exp(w) - 1)**2)' w=0.5,-1",
        signs=(r"def closure\b|in closure\b|\(closure\)",),
    ),
    Cause(
        name="second_backward",
        title="backward() was called twice on the same loss",
        text="backward() and autograd.grad() free what the forward pass has saved as soon as it is used, to give the "
        "memory back. The same loss was differentiated a second time, after its saved values were freed.",
        how_to_tell="Count the calls of backward() and autograd.grad() that the loss passes through: also those of a "
        "hook, of a trainer, of `scaler.scale(loss)`, or of a second notebook cell that is run again.",
        fix="loss.backward(retain_graph=True)  # the first call keeps the graph, and its memory\n"
        "loss.backward()  # the second adds to .grad: zero it in between, unless the sum is meant",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
loss = weight.exp().sum()
(slope,) = torch.autograd.grad(loss, weight)
loss.backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
loss = weight.exp().sum()
(slope,) = torch.autograd.grad(loss, weight, retain_graph=True)
loss.backward()
""",
        command="gradcli explain 'sum(exp(w))' w=0.5,-1",
    ),
    Cause(
        name="saved_tensors_freed",
        title="saved tensors were read after the backward pass that freed them",
        text="A tensor that the forward pass had saved was asked for after backward(), through `grad_fn._saved_...`, "
        "`ctx.saved_tensors` or a hook on saved tensors. It was freed by that backward pass; only retain_graph keeps "
        "it.",
        how_to_tell="The line that raised is no backward() but reads `_saved_self`, `_saved_result`, `_raw_saved_...` "
        "or `ctx.saved_tensors` of a node that has been passed already.",
        fix="saved = output.grad_fn._saved_result.clone()  # read it before backward()\n"
        "loss.backward(retain_graph=True)  # or keep it",
        program="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
outputs = inputs.exp()
outputs.sum().backward()
print(outputs.grad_fn._saved_result)
""",
        mended="""\
import torch

inputs = torch.tensor([0.5, -1.0], requires_grad=True)
outputs = inputs.exp()
outputs.sum().backward(retain_graph=True)
print(outputs.grad_fn._saved_result)
""",
        command="gradcli explain 'sum(exp(x))' x=0.5,-1",
        signs=(r"\._(?:raw_)?saved_\w+|\.register_hooks\(",),
    ),
    Cause(
        name="create_graph_cycle",
        title="backward(create_graph=True) left gradients that hold their own graph",
        text="With create_graph=True the gradient has a graph of its own, which leads back to the parameter. "
        "backward() stores it in the parameter's .grad, and the two keep each other alive: the memory of every "
        "iteration stays in use until .grad is reset.",
        how_to_tell="Memory grows from step to step. The line that warns calls backward() with create_graph=True.",
        fix="(slope,) = torch.autograd.grad(loss, weight, create_graph=True)  # nothing is stored in .grad\n"
        "optimizer.zero_grad(set_to_none=True)  # or .grad = None after use",
        program="""\
import warnings

import torch

warnings.simplefilter("error")
weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.pow(3).sum().backward(create_graph=True)
print(weight.grad.pow(2).sum())
""",
        mended="""\
import warnings

import torch

warnings.simplefilter("error")
weight = torch.tensor([0.5, -1.0], requires_grad=True)
(slope,) = torch.autograd.grad(weight.pow(3).sum(), weight, create_graph=True)
print(slope.pow(2).sum())
""",
        command="gradcli grad 'sum(w**3)' w=0.5,-1 --order 1",
    ),
)

_FREED = (
    "hidden_state_kept",
    "shared_graph",
    "losses_accumulated",
    "loss_outside_loop",
    "second_backward",
    "saved_tensors_freed",
)

MESSAGES = (
    Message(
        name="graph_freed",
        patterns=(
            r"Trying to backward through the graph (?:a )?second time",
            r"Calling register_hooks on a saved tensor after it has been freed",
            r"saved (?:tensors|variables|intermediate results|intermediate values) have already been freed",
            r"Trying to backward an extra time\. You are only allowed to backward once",
        ),
        meaning="A backward pass came to a part of the graph that an earlier one had already passed. The values that "
        "the forward pass had saved there were freed the first time, so the derivative cannot be computed again.",
        causes=_FREED,
        finder="freed",
    ),
    Message(
        name="create_graph_cycle",
        patterns=(r"backward\(\) with create_graph=True will create a reference cycle",),
        meaning="A gradient with a graph was stored in .grad. Parameter and gradient now keep each other alive.",
        causes=("create_graph_cycle",),
        finder="freed",
    ),
)
