"""Distributed data parallel: a gradient is expected for every parameter, once a step, on every rank."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="ddp_unused_parameter",
        title="parameters that the loss does not use, under DistributedDataParallel",
        text="DistributedDataParallel waits until every parameter has got its gradient, then averages over the "
        "processes. Some parameters are unused in this step (a head that is switched off, a layer that "
        "forward() skips, an output that the loss ignores), so their gradient never came, and the next step finds "
        "the last one unfinished.",
        how_to_tell="Set `TORCH_DISTRIBUTED_DEBUG=DETAIL`: the message then names the parameters. Or, without "
        "DistributedDataParallel, after one backward: `[n for n, p in model.named_parameters() if p.grad is None]`.",
        fix="DistributedDataParallel(model, find_unused_parameters=True)  # where some steps do not use them all\n"
        "del model.aux_head                       # a part that is never used\n"
        "for p in model.aux_head.parameters():\n    p.requires_grad_(False)  # or freeze it, before wrapping\n"
        "loss = loss + 0 * aux.sum()              # or let each output take part",
        program="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 1)
        self.aux_head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.body(x))


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net())
for step in range(2):
    model(torch.ones(2, 3)).sum().backward()
""",
        mended="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 1)
        self.aux_head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.body(x))


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), find_unused_parameters=True)
for step in range(2):
    model(torch.ones(2, 3)).sum().backward()
dist.destroy_process_group()
""",
        command="gradcli grad 'a*x' a=2 b=3 x=1 --materialize-grads",
    ),
    Cause(
        name="ddp_output_not_in_loss",
        title="a part of forward's output does not take part in the loss",
        text="With find_unused_parameters=True, DistributedDataParallel finds the used parameters by following the "
        "graph from the outputs of forward(). A parameter that leads to an output which the loss then ignores counts "
        "as used, so its gradient is waited for and never comes.",
        how_to_tell="List what forward() returns and what the loss is made of. An output wrapped in an object of your "
        "own class hides its tensors from the search too.",
        fix="return logits                       # return only what the loss uses\n"
        "loss = criterion(logits, y) + 0 * features.sum()\n"
        'return {"logits": logits}           # tuples, lists, dicts and dataclasses are searched',
        program="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 1)
        self.aux_head = nn.Linear(4, 1)

    def forward(self, x):
        hidden = self.body(x)
        return self.head(hidden), self.aux_head(hidden)


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), find_unused_parameters=True)
for step in range(2):
    prediction, auxiliary = model(torch.ones(2, 3))
    prediction.sum().backward()
""",
        mended="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 1)
        self.aux_head = nn.Linear(4, 1)

    def forward(self, x):
        hidden = self.body(x)
        return self.head(hidden), self.aux_head(hidden)


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), find_unused_parameters=True)
for step in range(2):
    prediction, auxiliary = model(torch.ones(2, 3))
    (prediction.sum() + 0 * auxiliary.sum()).backward()
dist.destroy_process_group()
""",
        command="gradcli grad 'a*x + 0*b' a=2 b=3 x=1",
        signs=(r"Since `?find_unused_parameters=True`? is enabled",),
        beyond="needs torch 1: later versions wrap the outputs, and an ignored one is harmless",
    ),
    Cause(
        name="ddp_graph_changed",
        title="another set of parameters is used than in the first step, with static_graph=True",
        text="`static_graph=True` promises that every step uses the same parameters in the same way. "
        "DistributedDataParallel learns them in the first step; a later step left some out or used others.",
        how_to_tell="Look for branches in forward() that depend on the step, the phase or the data (layer drop, "
        "warm-up, freezing).",
        fix="DistributedDataParallel(model, find_unused_parameters=True)  # instead of static_graph=True",
        program="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.early, self.late = nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x, step):
        return (self.early if step == 0 else self.late)(self.body(x))


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), static_graph=True)
for step in range(3):
    model(torch.ones(2, 3), step).sum().backward()
""",
        mended="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.early, self.late = nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x, step):
        return (self.early if step == 0 else self.late)(self.body(x))


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), find_unused_parameters=True)
for step in range(3):
    model(torch.ones(2, 3), step).sum().backward()
dist.destroy_process_group()
""",
        command="gradcli grad 'a*x' a=2 b=3 x=1 --materialize-grads",
        signs=(r"static_graph",),
    ),
    Cause(
        name="ddp_marked_twice",
        title="a parameter gets its gradient twice in one step, under DistributedDataParallel",
        text="DistributedDataParallel counts one gradient for each parameter and step, and sends it off when it comes. "
        "Reentrant gradient checkpointing of a part that is used twice (shared weights), or a parameter used outside "
        "of forward(), makes it come twice: the parameter is marked as ready a second time.",
        how_to_tell="Look for `checkpoint(...)`, `gradient_checkpointing=True` (in transformers and peft), weights "
        "that two layers share, and for `model.module.layer(...)` called in the loss. Switch checkpointing off: if "
        "the error goes away, it is that.",
        fix="checkpoint(block, x, use_reentrant=False)\n"
        'model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})\n'
        "DistributedDataParallel(model, static_graph=True)  # where every step uses the same graph",
        program="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.block = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        x = checkpoint(self.block, self.stem(x), use_reentrant=True)
        return checkpoint(self.block, x, use_reentrant=True)


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net())
model(torch.ones(2, 3)).sum().backward()
""",
        mended="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.block = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        x = checkpoint(self.block, self.stem(x), use_reentrant=False)
        return checkpoint(self.block, x, use_reentrant=False)


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net())
model(torch.ones(2, 3)).sum().backward()
dist.destroy_process_group()
""",
        command="gradcli grad 'w*(w*x)' w=3 x=1",
    ),
    Cause(
        name="ddp_output_hidden",
        title="a tensor leaves forward() by a way that DistributedDataParallel does not see",
        text="With find_unused_parameters=True, DistributedDataParallel follows the graph from what forward() returns, "
        "and marks at once every parameter that it does not reach as unused. A tensor that leaves in an object of "
        "your own class, or as an attribute, is overlooked: its parameters are marked, and then their gradients come "
        "after all.",
        how_to_tell="Print what forward() returns. Tensors are found in tuples, lists, dicts and dataclasses, nowhere "
        "else; `self.features = ...` is not found.",
        fix='return {"logits": logits, "features": features}  # instead of an object or an attribute',
        program="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head, self.aux_head = nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x):
        hidden = self.body(x)
        self.auxiliary = self.aux_head(hidden)
        return self.head(hidden)


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), find_unused_parameters=True)
prediction = model(torch.ones(2, 3))
(prediction.sum() + model.module.auxiliary.sum()).backward()
""",
        mended="""\
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head, self.aux_head = nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x):
        hidden = self.body(x)
        return self.head(hidden), self.aux_head(hidden)


dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
model = DistributedDataParallel(Net(), find_unused_parameters=True)
prediction, auxiliary = model(torch.ones(2, 3))
(prediction.sum() + auxiliary.sum()).backward()
dist.destroy_process_group()
""",
        command="gradcli grad 'a*x + b*x' a=2 b=3 x=1",
        signs=(r"find_unused_parameters\s*=\s*True\s*[,)]",),
    ),
    Cause(
        name="ddp_no_trainable_parameter",
        title="DistributedDataParallel around a module without trainable parameters",
        text="DistributedDataParallel averages gradients. A module whose parameters are all frozen, or that has none "
        "(a loss, an evaluation model), has no gradient to average.",
        how_to_tell="Print `sum(p.requires_grad for p in model.parameters())`.",
        fix="if any(p.requires_grad for p in model.parameters()):\n    model = DistributedDataParallel(model)",
        program="""\
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
teacher = nn.Linear(3, 1).requires_grad_(False)
teacher = DistributedDataParallel(teacher)
""",
        mended="""\
from torch import nn

teacher = nn.Linear(3, 1).requires_grad_(False)
""",
        command="gradcli grad 'sum(w*x)' w=1,2 x=3,4 --wrt x",
    ),
)

MESSAGES = (
    Message(
        name="ddp_unused",
        patterns=(
            r"Expected to have finished reduction in the prior iteration before starting a new one\. This error "
            r"indicates that your module has parameters that were not used in producing loss"
            r"(?:.*?Parameter(?: indice)?s which did not receive grad for rank \d+: ?(?P<parameters>[\w., ]*\w))?",
            r"[Pp]arameters that were not used in producing (?:the )?loss",
            r"Parameter(?: indice)?s which did not receive grad for rank \d+: ?(?P<parameters>[\w., ]*\w)",
        ),
        meaning="Since the last step DistributedDataParallel still waits for the gradients of some parameters "
        "({parameters}): the loss did not use them.",
        causes=("ddp_unused_parameter", "ddp_output_not_in_loss"),
        defaults={"parameters": "TORCH_DISTRIBUTED_DEBUG=DETAIL names them"},
        finder="ddp",
    ),
    Message(
        name="ddp_graph_changed",
        patterns=(r"[Yy]our training graph has changed in this iteration",),
        meaning="DistributedDataParallel was told that every step uses the same graph, and this step uses another.",
        causes=("ddp_graph_changed",),
        finder="ddp",
    ),
    Message(
        name="ddp_unfinished",
        patterns=(r"Expected to have finished reduction in the prior iteration before starting a new one",),
        meaning="A new step began before DistributedDataParallel had the gradients of all parameters of the last one.",
        causes=("ddp_unused_parameter", "ddp_output_not_in_loss", "ddp_graph_changed"),
        finder="ddp",
    ),
    Message(
        name="ddp_marked_twice",
        patterns=(
            r"Expected to mark a variable ready only once"
            r"(?:.*?Parameter at index (?P<index>\d+)(?: with name (?P<parameter>[\w.]+))? has been marked as ready "
            r"twice)?",
            r"Parameter at index (?P<index>\d+)(?: with name (?P<parameter>[\w.]+))? has been marked as ready twice",
        ),
        meaning="In one step two gradients came for the same parameter ({parameter}). DistributedDataParallel expects "
        "one.",
        causes=("ddp_marked_twice", "ddp_output_hidden"),
        defaults={"parameter": "its index is in the message"},
        finder="ddp",
    ),
    Message(
        name="ddp_needless",
        patterns=(
            r"DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient",
        ),
        meaning="The module given to DistributedDataParallel has no parameter that requires grad.",
        causes=("ddp_no_trainable_parameter",),
        finder="ddp",
    ),
)
