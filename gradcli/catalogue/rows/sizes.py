"""Sizes that do not fit: no errors of autograd, but met on the way to a gradient."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="sizes_broadcast",
        title="the shapes do not fit each other",
        text="This is no error of autograd: an elementwise operation got two shapes that do not broadcast. From the "
        "right, sizes must be equal or 1.",
        how_to_tell="Print both shapes. Often a batch dimension is missing (`unsqueeze`), a last batch is smaller, or "
        "rows and columns are exchanged.",
        fix="a[:, None] * b  # a new axis of size 1, that broadcasts",
        program="""\
import torch

prediction = torch.ones(3, requires_grad=True)
target = torch.ones(4)
((prediction - target) ** 2).mean().backward()
""",
        mended="""\
import torch

prediction = torch.ones(4, requires_grad=True)
target = torch.ones(4)
((prediction - target) ** 2).mean().backward()
""",
        command="gradcli grad 'sum(a*b)' a=1,2,3 b=1,2",
    ),
    Cause(
        name="sizes_matmul",
        title="the inner sizes of a matrix product differ",
        text="This is no error of autograd: in a matrix product the columns of the first matrix must be as many as the "
        "rows of the second. For a Linear layer that is `in_features`, which has to be the last size of its input.",
        how_to_tell="Print the shape of the input and of the weight. After convolutions, `x.flatten(1).shape[1]` is "
        "what `in_features` has to be.",
        fix="nn.Linear(x.flatten(1).shape[1], 10)  # the size that arrives\na @ b.T",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
model(torch.ones(4, 5)).sum().backward()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(5, 1)
model(torch.ones(4, 5)).sum().backward()
""",
        command="gradcli grad 'sum(W @ x)' W=[[1,2],[3,4]] x=1,1,1",
    ),
    Cause(
        name="sizes_target",
        title="a loss got predictions and targets of different shapes",
        text="This is no error of autograd: the loss compares predictions with targets entry by entry, or sample by "
        "sample, and their shapes differ. A trailing size of 1 is the usual reason: (batch, 1) against (batch,). Where "
        "the batch sizes themselves differ, a reshape such as view(-1, n) has mixed samples and entries.",
        how_to_tell="Print `prediction.shape, target.shape`. The first size is the batch's.",
        fix="criterion(prediction.squeeze(1), target)\ncriterion(prediction, target[:, None])\n"
        "x = x.flatten(1)  # not x.view(-1, n), which may change the size of the batch\n"
        "F.cross_entropy(scores, labels.squeeze(1))  # class numbers of shape (batch, 1)",
        program="""\
import torch
from torch import nn

prediction = torch.zeros(4, 1, requires_grad=True)
target = torch.ones(4)
nn.BCEWithLogitsLoss()(prediction, target).backward()
""",
        mended="""\
import torch
from torch import nn

prediction = torch.zeros(4, 1, requires_grad=True)
target = torch.ones(4)
nn.BCEWithLogitsLoss()(prediction.squeeze(1), target).backward()
""",
        command="gradcli grad 'mean((p - y)**2)' p=1,2 y=0,1 --wrt p",
    ),
    Cause(
        name="sizes_inplace",
        title="an in-place operation whose result is larger than its target",
        text="This is no error of autograd: an in-place operation (`+=`, `add_`, `copy_`) keeps the shape of its "
        "target, and the other operand would make it larger by broadcasting. A running sum of shape (n,) got a batch "
        "of shape (batch, n), for instance.",
        how_to_tell="Print the shape of the target and of what is added to it.",
        fix="total += x.sum(0)  # reduce the batch first\ntotal = total + x   # or out of place: the larger shape",
        program="""\
import torch

total = torch.zeros(3)
total += torch.ones(4, 3)
""",
        mended="""\
import torch

total = torch.zeros(3)
total += torch.ones(4, 3).sum(0)
""",
        command="gradcli grad 'sum(a + b)' a=1,2,3 b=[[1,2,3],[4,5,6]]",
    ),
    Cause(
        name="class_out_of_range",
        title="a class number is not below the number of classes",
        text="cross_entropy and embeddings use the targets as indices: with C scores per sample, class numbers go from "
        "0 to C - 1. Labels that start at 1, a padding value such as -1, or a last layer with too few outputs leave "
        "that range. On a GPU the same mistake comes as a device-side assert, and is reported at a later line.",
        how_to_tell="Print `labels.min(), labels.max(), scores.shape`. On a GPU, run the failing batch on the CPU or "
        "with `CUDA_LAUNCH_BLOCKING=1` to see the line.",
        fix="loss = F.cross_entropy(scores, labels - 1)                 # labels from 1 on\n"
        "loss = F.cross_entropy(scores, labels, ignore_index=-1)    # padding",
        program="""\
import torch
import torch.nn.functional as F

scores = torch.zeros(4, 3, requires_grad=True)
labels = torch.tensor([1, 2, 3, 1])
F.cross_entropy(scores, labels).backward()
""",
        mended="""\
import torch
import torch.nn.functional as F

scores = torch.zeros(4, 3, requires_grad=True)
labels = torch.tensor([1, 2, 3, 1])
F.cross_entropy(scores, labels - 1).backward()
""",
        command="gradcli grad 'logsumexp(s) - s[1]' s=1,2,3",
    ),
)

MESSAGES = (
    Message(
        name="sizes_broadcast",
        patterns=(
            r"The size of tensor a \((?P<size>\d+)\) must match the size of tensor b \((?P<other_size>\d+)\)"
            r"(?: at non-singleton dimension (?P<dimension>\d+))?",
            r"inconsistent tensor size, expected tensor \[(?P<size>[^\]]*)\] and src \[(?P<other_size>[^\]]*)\]",
            r"The expanded size of the tensor \((?P<size>\d+)\) must match the existing size \((?P<other_size>\d+)\)",
        ),
        meaning="Two tensors of different sizes, {size} and {other_size}, met in an elementwise operation.",
        causes=("sizes_broadcast",),
    ),
    Message(
        name="sizes_matmul",
        patterns=(
            r"mat1 and mat2 shapes cannot be multiplied \((?P<shape>\w+) and (?P<other_shape>\w+)\)",
            r"size mismatch, m1: \[(?P<shape>[^\]]*)\], m2: \[(?P<other_shape>[^\]]*)\]",
            r"size mismatch, got input \((?P<shape>\d+)\), mat \((?P<other_shape>\w+)\)",
            r"Expected size for first two dimensions of batch2 tensor to be: \[(?P<shape>[^\]]*)\] but got: "
            r"\[(?P<other_shape>[^\]]*)\]",
        ),
        meaning="A matrix product of the shapes {shape} and {other_shape} does not exist.",
        causes=("sizes_matmul",),
    ),
    Message(
        name="sizes_target",
        patterns=(
            r"[Tt]arget size \(torch\.Size\((?P<other_shape>\[[^\]]*\])\)\) (?:must be the same as|that is different "
            r"to) (?:the )?input size \(torch\.Size\((?P<shape>\[[^\]]*\])\)\)",
            r"Expected input batch_size \((?P<shape>\d+)\) to match target batch_size \((?P<other_shape>\d+)\)",
            r"(?:0D or )?1D target tensor expected, multi-target not supported",
        ),
        meaning="The loss got predictions of size {shape} and targets of size {other_shape}.",
        causes=("sizes_target",),
        defaults={"shape": "one shape", "other_shape": "another"},
    ),
    Message(
        name="sizes_inplace",
        patterns=(
            r"output with shape \[(?P<size>[^\]]*)\] doesn't match the broadcast shape \[(?P<other_size>[^\]]*)\]",
        ),
        meaning="An in-place operation would have to turn shape ({size}) into ({other_size}).",
        causes=("sizes_inplace", "vmap_inplace"),
    ),
    Message(
        name="class_out_of_range",
        patterns=(
            r"Target (?P<index>-?\d+) is out of bounds",
            r"Assertion [`']?(?:t|cur_target) >= 0 && (?:t|cur_target) < n_classes[`']? failed",
        ),
        meaning="A class number ({index}) is outside of the range that the scores of a loss have.",
        causes=("class_out_of_range",),
        defaults={"index": "the message does not say which"},
    ),
    Message(
        name="index_out_of_range",
        patterns=(
            r"CUDA error: device-side assert triggered",
            r"cuda runtime error \(\d+\) ?: device-side assert triggered",
            r"index out of range in self",
            r"Assertion [`']?\w*[Ii]ndex\w* .{0,80} failed",
        ),
        meaning="An index is outside of the table that it points into: class numbers of a loss, the rows of an "
        "embedding, or an index of your own. On a GPU the line that raised is often a later one.",
        causes=("class_out_of_range",),
        sure=False,
    ),
)
