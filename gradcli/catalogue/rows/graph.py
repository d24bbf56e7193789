"""Graphs that a first backward pass has freed, and derivatives of derivatives that nobody has written."""

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
        name="once_differentiable",
        title="the custom Function's backward may be differentiated only once",
        text="The backward of a custom Function stands under @once_differentiable: it computes with plain numbers and "
        "records no graph. A second derivative (double backward) through it has nothing to go through, so torch "
        "refuses rather than give a wrong one.",
        how_to_tell="The first derivative was taken with `create_graph=True`, and the second reached the Function. "
        "`gradient.grad_fn` of the first derivative ends in `torch.autograd.function.ErrorBackward` or `Error`.",
        fix="# write backward with differentiable torch operations, and take the decorator away\n"
        "@staticmethod\ndef backward(ctx, grad):\n    (x,) = ctx.saved_tensors\n    return grad * 2 * x",
        program="""\
import torch
from torch.autograd.function import once_differentiable


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


x = torch.tensor([1.0, 2.0], requires_grad=True)
(slope,) = torch.autograd.grad(Square.apply(x).pow(2).sum(), x, create_graph=True)
slope.sum().backward()
""",
        mended="""\
import torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x


x = torch.tensor([1.0, 2.0], requires_grad=True)
(slope,) = torch.autograd.grad(Square.apply(x).pow(2).sum(), x, create_graph=True)
slope.sum().backward()
""",
        command="gradcli grad 'x**4' x=2 --order 2",
    ),
    Cause(
        name="double_backward_missing",
        title="torch has no second derivative of this operation",
        text="The operation has a backward formula, but nobody has written the derivative of that formula. A second "
        "derivative (double backward: a gradient penalty, a Hessian, meta-learning) has to pass it and cannot. Fused "
        "kernels are the usual ones: efficient and flash attention, cuDNN's RNNs, ctc_loss, cdist with p other than 2.",
        how_to_tell="The name in the message ends in `_backward`, and somewhere above stands `create_graph=True`, "
        "`hessian` or `gradgradcheck`. It does not happen with the first derivative alone.",
        fix="with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):  # attention\n"
        "    out = F.scaled_dot_product_attention(q, k, v)\n"
        "with torch.backends.cudnn.flags(enabled=False):  # cuDNN's LSTM, GRU, RNN\n    out, _ = lstm(x)\n"
        "# others: write the same function with plain operations",
        program="""\
import torch

torch.manual_seed(0)
query = torch.rand(1, 1, 4, 8, requires_grad=True)
output = torch.nn.functional.scaled_dot_product_attention(query, query, query)
(slope,) = torch.autograd.grad(output.pow(2).sum(), query, create_graph=True)
slope.pow(2).sum().backward()
""",
        mended="""\
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

torch.manual_seed(0)
query = torch.rand(1, 1, 4, 8, requires_grad=True)
with sdpa_kernel(SDPBackend.MATH):
    output = torch.nn.functional.scaled_dot_product_attention(query, query, query)
(slope,) = torch.autograd.grad(output.pow(2).sum(), query, create_graph=True)
slope.pow(2).sum().backward()
""",
        command="gradcli hessian 'sum(softmax(Q@Q.T, dim=1)@Q)' Q='[[1,0],[0.5,2]]'",
    ),
    Cause(
        name="derivative_unimplemented",
        title="torch has no derivative of this operation in this argument",
        text="The operation is not differentiable in torch: no backward formula was written for it, or for the "
        "argument that requires grad. Some are steps or counts whose derivative is zero almost everywhere; others, "
        "such as igamma in its first argument or zeta, have one that torch lacks.",
        how_to_tell="The name in the message is the operation, or the operation and its argument. See which of the "
        "arguments has `requires_grad`; often it is one that you do not need a gradient of.",
        fix="out = torch.igamma(a.detach(), x)  # if that gradient is not wanted\n"
        "step = torch.sigmoid(x / width)  # a smooth stand-in for a step, a count or a histogram\n"
        "# or a torch.autograd.Function with your own backward",
        program="""\
import torch

potential = torch.tensor([-0.5, 0.2], requires_grad=True)
spikes = torch.heaviside(potential, torch.zeros(1))
spikes.sum().backward()
""",
        mended="""\
import torch

potential = torch.tensor([-0.5, 0.2], requires_grad=True)
spikes = torch.sigmoid(potential / 0.1)
spikes.sum().backward()
""",
        command="gradcli grad 'sum(sigmoid(x/0.1))' x=-0.5,0.2",
    ),
    Cause(
        name="target_requires_grad",
        title="the loss's target requires grad",
        text="The loss function has no derivative in its target, and the target requires grad. Mostly prediction and "
        "target are swapped; otherwise the target was computed by a network and still hangs on its graph.",
        how_to_tell="Print `prediction.requires_grad, target.requires_grad`: it has to be True, False. The order is "
        "`criterion(prediction, target)`.",
        fix="loss = criterion(prediction, target)  # the prediction first\n"
        "loss = criterion(prediction, target.detach())  # a computed target",
        program="""\
import torch

prediction = torch.tensor([0.5, -1.0], requires_grad=True)
target = torch.tensor([1.0, -1.0])
loss = torch.nn.functional.soft_margin_loss(target, prediction)
loss.backward()
""",
        mended="""\
import torch

prediction = torch.tensor([0.5, -1.0], requires_grad=True)
target = torch.tensor([1.0, -1.0])
loss = torch.nn.functional.soft_margin_loss(prediction, target)
loss.backward()
""",
        command="gradcli grad 'mean(log(1 + exp(-t*p)))' p=0.5,-1 t=1,-1 --wrt p",
    ),
    Cause(
        name="recurrent_eval_backward",
        title="an RNN on the GPU was run in eval() mode and then differentiated",
        text="cuDNN keeps what the backward pass of an LSTM, GRU or RNN needs only in training mode. The module, or "
        "one that holds it, was in eval() mode during the forward pass, so there is nothing to go back through.",
        how_to_tell="Print `rnn.training` just before the forward pass: it is False. Look for a `model.eval()` (a "
        "validation loop, a saliency map) that no `model.train()` follows.",
        fix="rnn.train()  # before the forward pass; set its dropout to 0 if it has any\n"
        "with torch.backends.cudnn.flags(enabled=False):  # or without cuDNN, in eval() mode\n    out, _ = rnn(x)",
        program="""\
import torch

rnn = torch.nn.LSTM(2, 3).cuda().eval()
inputs = torch.ones(4, 1, 2, device="cuda", requires_grad=True)
output, _ = rnn(inputs)
output.sum().backward()
""",
        mended="""\
import torch

rnn = torch.nn.LSTM(2, 3).cuda().train()
inputs = torch.ones(4, 1, 2, device="cuda", requires_grad=True)
output, _ = rnn(inputs)
output.sum().backward()
""",
        command="gradcli grad 'sum(tanh(u*x))' u=0.5 x=1,2",
        beyond="cuDNN",
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
        name="once_differentiable",
        patterns=(r"trying to differentiate twice a function that was marked with ?@?once_differentiable",),
        meaning="A second derivative went through a custom Function whose backward is marked to be differentiated once "
        "only. Its first derivative carries no graph.",
        causes=("once_differentiable",),
        finder="function",
    ),
    Message(
        name="recurrent_eval_backward",
        patterns=(
            r"(?:(?:cudnn|miopen) )?RNN backward can only be called in train(?:ing)? mode",
            r"backward_(?:input|weight|parameters) can only be called in train(?:ing)? mode",
        ),
        meaning="The backward pass reached an RNN that had run in eval() mode. cuDNN keeps what it needs for backward "
        "only in training mode.",
        causes=("recurrent_eval_backward",),
    ),
    Message(
        name="double_backward_missing",
        patterns=(
            r"[Dd]ouble backwards? (?:is )?not supported for (?P<op>\w+(?: RNNs)?)",
            r"derivative for '?(?:aten::)?(?P<op>\w*backward\w*)(?:: (?P<argument>\w+))?'? is not implemented",
            r"(?P<op>\w+)(?:\(\))?:? does not support (?:double backwards?|automatic differentiation for outputs with "
            r"complex dtype twice)",
        ),
        meaning="A second derivative was asked for, and it has to pass {op}, the backward formula of an operation. "
        "torch knows the first derivative of that operation and not the second.",
        causes=("double_backward_missing",),
        defaults={"op": "an operation"},
        finder="function",
    ),
    Message(
        name="target_requires_grad",
        patterns=(
            r"The function '(?P<op>\w+)' is not differentiable with respect to argument 'target'",
            r"derivative for '(?:(?P<op>\w+): )?target' is not implemented",
            r"nn criterions don't compute the gradient w\.?r\.?t\.? targets",
        ),
        meaning="The loss function {op} would have to give a gradient in its target. It has one in the prediction "
        "only.",
        causes=("target_requires_grad",),
        defaults={"op": ""},
    ),
    Message(
        name="derivative_unimplemented",
        patterns=(
            r"derivative for '(?P<op>[^':]+)(?:: (?P<argument>\w+))?' is not implemented",
            r"derivative for (?:aten::)?(?P<op>\w+) is not implemented",
            r"The function '(?P<op>\w+)' is not differentiable with respect to argument '(?P<argument>\w+)'",
            r"(?P<op>\w+)\(\) does not support automatic differentiation",
        ),
        meaning="A tensor that requires grad went into {op}, which has no backward formula in torch for {argument}. "
        "There is no derivative to compute.",
        causes=("derivative_unimplemented",),
        defaults={"argument": "that argument"},
        finder="function",
    ),
)
