"""torch.utils.checkpoint, which computes a part of the forward pass again during backward."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="checkpoint_inputs",
        title="no input of a reentrant checkpoint requires grad",
        text="checkpoint with use_reentrant=True runs its function under no_grad, and its output requires grad only if "
        "one of its inputs does. Here none does, as with the first block behind the data, or a frozen embedding: the "
        "parameters inside get no gradient.",
        how_to_tell="The warning `None of the inputs have requires_grad=True. Gradients will be None` stands above the "
        "error, or the text names checkpoint. Print `x.requires_grad` of what is passed in.",
        fix="checkpoint(block, x, use_reentrant=False)  # looks at the parameters as well\n"
        "model.enable_input_require_grads()  # transformers with frozen embeddings, where it must be reentrant",
        program="""\
import torch
from torch.utils.checkpoint import checkpoint

block = torch.nn.Linear(3, 2)
output = checkpoint(block, torch.ones(1, 3), use_reentrant=True)
output.sum().backward()
""",
        mended="""\
import torch
from torch.utils.checkpoint import checkpoint

block = torch.nn.Linear(3, 2)
output = checkpoint(block, torch.ones(1, 3), use_reentrant=False)
output.sum().backward()
""",
        command="gradcli grad 'sum(W@x)' W='[[1,2],[3,4]]' x=1,1 --wrt W",
        signs=(r"None of the inputs have requires_grad=True",),
    ),
    Cause(
        name="checkpoint_output",
        title="the output of a reentrant checkpoint requires no grad when it is computed again",
        text="During backward the checkpointed function was computed again, with gradients on, and no output requires "
        "grad: the function detaches, runs under no_grad, or everything in it is frozen. There is nothing to "
        "checkpoint.",
        how_to_tell="Call the function by itself and print `requires_grad` of its output.",
        fix="output = block(x)  # without checkpoint, if the block has no gradient\n"
        "checkpoint(block, x, use_reentrant=False)  # and without detach() inside",
        program="""\
import torch
from torch.utils.checkpoint import checkpoint

x = torch.tensor([0.5, -1.0], requires_grad=True)
output = checkpoint(lambda x: torch.tanh(x.detach()), x, use_reentrant=True)
output.sum().backward()
""",
        mended="""\
import torch
from torch.utils.checkpoint import checkpoint

x = torch.tensor([0.5, -1.0], requires_grad=True)
output = checkpoint(lambda x: torch.tanh(x), x, use_reentrant=True)
output.sum().backward()
""",
        command="gradcli grad 'sum(tanh(x))' x=0.5,-1",
    ),
    Cause(
        name="checkpoint_reentrant",
        title="autograd.grad(), or backward(inputs=...), goes through a reentrant checkpoint",
        text="checkpoint with use_reentrant=True calls backward() within the backward pass, which fills .grad of all "
        "leaves. That does not fit torch.autograd.grad, which wants the gradients of some tensors only. It was the "
        "default for long.",
        how_to_tell="Look for `checkpoint(`, `checkpoint_sequential(` or `gradient_checkpointing_enable()`, and for "
        "autograd.grad in a gradient penalty, a Hessian or a physics-informed loss.",
        fix="checkpoint(block, x, use_reentrant=False)\n"
        "model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={'use_reentrant': False})",
        program="""\
import torch
from torch.utils.checkpoint import checkpoint

x = torch.tensor([0.5, -1.0], requires_grad=True)
output = checkpoint(torch.tanh, x, use_reentrant=True)
print(torch.autograd.grad(output.sum(), x))
""",
        mended="""\
import torch
from torch.utils.checkpoint import checkpoint

x = torch.tensor([0.5, -1.0], requires_grad=True)
output = checkpoint(torch.tanh, x, use_reentrant=False)
print(torch.autograd.grad(output.sum(), x))
""",
        command="gradcli grad 'sum(tanh(x))' x=0.5,-1",
    ),
    Cause(
        name="checkpoint_recomputed",
        title="a checkpointed function did something else when it was computed again",
        text="checkpoint throws intermediate tensors away and computes them again during backward. The second time "
        "other tensors came out, in number, shape or dtype: the function depends on something that changed in between, "
        "such as train() or eval() mode, a cache, a counter, a random branch, autocast, or a sharded parameter.",
        how_to_tell="The message gives shapes or numbers of both times; `checkpoint(..., debug=True)` shows the "
        "operations of both. Look for state that the function reads or changes: `self.cache`, `use_cache=True`, `if "
        "self.training`, `random.random()`.",
        fix="block.train()  # the same mode until after backward()\nmodel.config.use_cache = False  # transformers\n"
        "checkpoint(block, x, flag, use_reentrant=False)  # what it depends on is passed in",
        program="""\
import torch
from torch.utils.checkpoint import checkpoint

block = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Dropout(0.5), torch.nn.Tanh())
x = torch.ones(1, 3, requires_grad=True)
loss = checkpoint(block, x, use_reentrant=False).sum()
block.eval()
loss.backward()
""",
        mended="""\
import torch
from torch.utils.checkpoint import checkpoint

block = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Dropout(0.5), torch.nn.Tanh())
x = torch.ones(1, 3, requires_grad=True)
loss = checkpoint(block, x, use_reentrant=False).sum()
loss.backward()
block.eval()
""",
        command="gradcli grad 'sum(tanh(W@x))' W='[[1,2],[3,4]]' x=1,1 --wrt W",
    ),
    Cause(
        name="checkpoint_read_twice",
        title="a Function within a checkpoint reads ctx.saved_tensors twice",
        text="checkpoint gives each saved tensor once, as it computes it again. A custom Function inside reads "
        "ctx.saved_tensors several times in its backward, or something else unpacks a saved tensor a second time.",
        how_to_tell="`ctx.saved_tensors` stands more than once in a backward; or backward runs twice through the same "
        "checkpoint.",
        fix="a, b = ctx.saved_tensors  # once, at the top of backward",
        program="""\
import torch
from torch.utils.checkpoint import checkpoint


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad):
        if ctx.saved_tensors[0].dim() == 0:
            return grad
        return grad * ctx.saved_tensors[0]


x = torch.tensor([0.5, -1.0], requires_grad=True)
checkpoint(lambda x: Exp.apply(x).tanh(), x, use_reentrant=False).sum().backward()
""",
        mended="""\
import torch
from torch.utils.checkpoint import checkpoint


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad):
        (result,) = ctx.saved_tensors
        return grad * result


x = torch.tensor([0.5, -1.0], requires_grad=True)
checkpoint(lambda x: Exp.apply(x).tanh(), x, use_reentrant=False).sum().backward()
""",
        command="gradcli grad 'sum(tanh(exp(x)))' x=0.5,-1",
    ),
    Cause(
        name="checkpoint_cached_changed",
        title="a tensor that a selective checkpoint keeps was changed in place",
        text="Selective checkpointing keeps the results of some operations for the time when the rest is computed "
        "again. One of them was changed in place after it was kept, so that the second time would start from another "
        "value.",
        how_to_tell="Look for `+=`, an underscore method or inplace=True right after an operation that the policy "
        "saves.",
        fix="h = h + bias  # not h += bias, in the checkpointed function",
        program="""\
import functools

import torch
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

keep = functools.partial(create_selective_checkpoint_contexts, [torch.ops.aten.mm.default])


def block(x):
    h = x @ x
    h += 1
    return h.sin()


x = torch.eye(2, requires_grad=True)
checkpoint(block, x, use_reentrant=False, context_fn=keep).sum().backward()
""",
        mended="""\
import functools

import torch
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

keep = functools.partial(create_selective_checkpoint_contexts, [torch.ops.aten.mm.default])


def block(x):
    h = x @ x
    h = h + 1
    return h.sin()


x = torch.eye(2, requires_grad=True)
checkpoint(block, x, use_reentrant=False, context_fn=keep).sum().backward()
""",
        command="gradcli grad 'sum(sin(X@X + 1))' X='[[1,0],[0,1]]'",
    ),
    Cause(
        name="checkpoint_use_reentrant",
        title="checkpoint was called without use_reentrant",
        text="There are two ways to checkpoint, and torch wants one to be named. use_reentrant=False is the newer one: "
        "it works with autograd.grad, needs no input that requires grad, and keeps less. Without the argument torch "
        "warns, and later versions raise.",
        how_to_tell="The line that warns calls `checkpoint(` or `checkpoint_sequential(`; in transformers it is inside "
        "the library.",
        fix="checkpoint(block, x, use_reentrant=False)\n"
        "model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={'use_reentrant': False})",
        program="""\
import warnings

import torch
from torch.utils.checkpoint import checkpoint

warnings.simplefilter("error")
x = torch.tensor([0.5, -1.0], requires_grad=True)
checkpoint(torch.tanh, x).sum().backward()
""",
        mended="""\
import warnings

import torch
from torch.utils.checkpoint import checkpoint

warnings.simplefilter("error")
x = torch.tensor([0.5, -1.0], requires_grad=True)
checkpoint(torch.tanh, x, use_reentrant=False).sum().backward()
""",
        command="gradcli grad 'sum(tanh(x))' x=0.5,-1",
    ),
)

MESSAGES = (
    Message(
        name="checkpoint_inputs",
        patterns=(r"None of the inputs have requires_grad=True\. Gradients will be None",),
        meaning="A reentrant checkpoint got inputs of which none requires grad. Its output will not require grad "
        "either.",
        causes=("checkpoint_inputs",),
        finder="checkpoint",
    ),
    Message(
        name="checkpoint_output",
        patterns=(r"none of output has requires_grad=True, this checkpoint\(\) is not necessary",),
        meaning="A checkpointed function was computed again, and its output requires no grad.",
        causes=("checkpoint_output",),
        finder="checkpoint",
    ),
    Message(
        name="checkpoint_reentrant",
        patterns=(
            r"torch\.utils\.checkpoint is incompatible with \.grad\(\)",
            r"Checkpointing is not compatible with \.grad\(\)",
        ),
        meaning="Gradients of some tensors only were asked for, through a checkpoint with use_reentrant=True. It can "
        "only fill .grad of all leaves.",
        causes=("checkpoint_reentrant",),
        finder="checkpoint",
    ),
    Message(
        name="checkpoint_recomputed",
        patterns=(
            r"Recomputed values for the following tensors have different metadata than during the forward pass",
            r"A different number of tensors was saved during the original forward and recomputation"
            r"(?:\. Number of tensors saved during forward: (?P<expected>\d+) Number of tensors saved during "
            r"recomputation: (?P<got>\d+))?",
            r"trying to save more tensors during recomputation than during the original forward",
            r"encountered during backward but not found in storage",
        ),
        meaning="A checkpointed function was computed again for the backward pass, and did not do the same as the "
        "first time.",
        causes=("checkpoint_recomputed",),
        finder="checkpoint",
    ),
    Message(
        name="checkpoint_read_twice",
        patterns=(
            r"Unpack is being triggered for a tensor that was (?:already unpacked once|either never re-?computed)",
        ),
        meaning="A tensor that a checkpoint computes again was asked for a second time. It is given out once.",
        causes=("checkpoint_read_twice",),
        finder="checkpoint",
    ),
    Message(
        name="checkpoint_cached_changed",
        patterns=(r"Tensor cached during selective activation checkpoint has been mutated",),
        meaning="A tensor that a selective checkpoint had kept was changed in place before it was needed again.",
        causes=("checkpoint_cached_changed",),
        finder="checkpoint",
    ),
    Message(
        name="checkpoint_use_reentrant",
        patterns=(
            r"use_reentrant parameter should be passed explicitly",
            r"please pass in use_reentrant=(?:True|False)",
        ),
        meaning="checkpoint was called without saying which of its two ways is meant.",
        causes=("checkpoint_use_reentrant",),
        finder="checkpoint",
    ),
)
