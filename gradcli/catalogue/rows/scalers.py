"""The gradient scaler of automatic mixed precision: its calls, and gradients in half precision."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="unscale_half_gradients",
        title="GradScaler with parameters that are in half precision themselves",
        text="GradScaler belongs to autocast: parameters stay float32, and only the operations run in float16. Here "
        "the model itself was cast to half, so its gradients are float16, in which unscaling would lose what the "
        "scaling saved.",
        how_to_tell="Print `{p.dtype for p in model.parameters() if p.requires_grad}`. Look for `.half()` and for "
        "`torch_dtype=torch.float16` in from_pretrained.",
        fix='model = model.float()\nwith torch.autocast("cuda", dtype=torch.float16):\n    loss = model(x).mean()\n'
        "scaler.scale(loss).backward()\n"
        "# or bfloat16 throughout, without a scaler: its range is that of float32",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1).half()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
scaler.scale(model(torch.ones(4, 3).half()).mean()).backward()
scaler.step(optimizer)
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
with torch.autocast("cpu", dtype=torch.bfloat16):
    loss = model(torch.ones(4, 3)).mean()
scaler.scale(loss).backward()
scaler.step(optimizer)
""",
        command="gradcli grad 'exp(x)' x=20 --dtype float16",
    ),
    Cause(
        name="scaler_order",
        title="GradScaler's calls come in the wrong order, or twice",
        text="For each optimizer and step GradScaler allows one unscale_(), then one step(), and after all optimizers "
        "one update(). A second call before update(), or one after step(), is refused, since it would divide the "
        "gradients by the scale once more.",
        how_to_tell="Look for `scaler.unscale_` and `scaler.step` in a loop over parts of a batch or over losses, and "
        "whether scaler.update() ends each step.",
        fix="scaler.scale(loss).backward()\nscaler.unscale_(optimizer)               # once, before clipping\n"
        "nn.utils.clip_grad_norm_(model.parameters(), 1.0)\nscaler.step(optimizer)                   # once\n"
        "scaler.update()                          # once, after all optimizers",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
for part in torch.ones(2, 4, 3):
    scaler.scale(model(part).mean()).backward()
    scaler.unscale_(optimizer)
scaler.step(optimizer)
scaler.update()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
for part in torch.ones(2, 4, 3):
    scaler.scale(model(part).mean()).backward()
scaler.unscale_(optimizer)
scaler.step(optimizer)
scaler.update()
""",
        command="gradcli grad 'sum(w*x)' w=1,2 x=3,4 --wrt w",
    ),
    Cause(
        name="scaler_unused",
        title="the loss was not scaled before GradScaler's step",
        text="GradScaler sets up its scale when scale() is called for the first time. step() or update() came without "
        "it, so the loss went into backward unscaled, or not at all.",
        how_to_tell="Look for `loss.backward()` where `scaler.scale(loss).backward()` should stand.",
        fix="scaler.scale(loss).backward()  # instead of loss.backward()",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
model(torch.ones(4, 3)).mean().backward()
scaler.step(optimizer)
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu")
scaler.scale(model(torch.ones(4, 3)).mean()).backward()
scaler.step(optimizer)
scaler.update()
""",
        command="gradcli grad '1024*sum(w*x)' w=1,2 x=3,4 --wrt w",
    ),
)

MESSAGES = (
    Message(
        name="unscale_half",
        patterns=(r"Attempting to unscale (?:FP16|BF16) gradients",),
        meaning="GradScaler was to divide gradients in half precision by the scale. It works on float32 gradients.",
        causes=("unscale_half_gradients",),
    ),
    Message(
        name="scaler_order",
        patterns=(
            r"(?:unscale_|step)\(\) has already been called (?:on this optimizer )?since the last update\(\)",
            r"unscale_\(\) is being called after step\(\)",
        ),
        meaning="GradScaler was called twice or in the wrong order between two calls of update().",
        causes=("scaler_order",),
    ),
    Message(
        name="scaler_unused",
        patterns=(r"Attempted (?P<call>\w+) but _scale is None",),
        meaning="GradScaler's `{call}` was called before any loss was scaled.",
        causes=("scaler_unused",),
    ),
)
