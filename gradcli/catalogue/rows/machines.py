"""Devices, processes and memory: tensors in the wrong place, and gradients across machines."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="device_mixed",
        title="tensors on different devices meet in one operation",
        text="One tensor is on the CPU, another on a CUDA device (or two on different GPUs), and an operation needs "
        "both on the same device. torch never copies between devices by itself. The model was moved and the batch, "
        "the targets or a tensor made in forward() were not, or the other way round.",
        how_to_tell="Print `x.device` of each operand of the failing line and `next(model.parameters()).device`. A "
        "tensor made by `torch.zeros(...)` in forward(), a plain attribute that is no buffer, and layers kept in a "
        "Python list instead of nn.ModuleList stay where they were made.",
        fix="model = model.to(device)\n"
        "x, y = x.to(device), y.to(device)     # .to returns the moved tensor: assign it\n"
        "noise = torch.randn_like(x)           # or torch.zeros(n, device=x.device): made where x is\n"
        'self.register_buffer("mask", mask)    # moves with the module',
        program="""\
import torch
from torch import nn

device = torch.device("meta")  # stands for "cuda", on every machine
model = nn.Linear(3, 1).to(device)
batch = torch.ones(4, 3)
loss = model(batch).mean()
loss.backward()
""",
        mended="""\
import torch
from torch import nn

device = torch.device("meta")  # stands for "cuda", on every machine
model = nn.Linear(3, 1).to(device)
batch = torch.ones(4, 3).to(device)
loss = model(batch).mean()
loss.backward()
""",
        command="gradcli grad 'sum(W @ x)' W=[[1,2]] x=3,4 --device cpu",
    ),
    Cause(
        name="numpy_of_cuda",
        title="numpy() on a tensor that is on a GPU",
        text="NumPy arrays live in the memory of the CPU. A tensor on a CUDA (or MPS) device has to be copied there "
        "first, and if it requires grad it has to be detached as well, since NumPy knows no graph.",
        how_to_tell="Print `x.device`. Plotting, sklearn metrics, pandas and `np.array(x)` call numpy() for you.",
        fix="x.detach().cpu().numpy()\nloss.item()  # of one number",
        program="""\
import torch

prediction = torch.ones(3, device="meta")  # stands for "cuda", on every machine
print(prediction.numpy())
""",
        mended="""\
import torch

prediction = torch.ones(3, requires_grad=True)
print(prediction.detach().cpu().numpy())
""",
        command="gradcli grad 'sum(x**2)' x=1,2,3 --json",
    ),
    Cause(
        name="cuda_fork",
        title="CUDA is used in a forked worker process",
        text="A process that was made by fork inherits CUDA in a state that cannot be used. A DataLoader worker, a "
        "multiprocessing.Pool or an initialiser of yours touches a CUDA tensor in the child after the parent has "
        "used CUDA. Start workers with spawn, or keep CUDA out of them.",
        how_to_tell="Look in the Dataset's `__getitem__`, in `collate_fn` and in `worker_init_fn` for `.cuda()`, "
        '`.to("cuda")` and for tensors that are on the GPU already. With `num_workers=0` it works.',
        fix="# in the worker: CPU tensors only; in the training loop:\n"
        "x = x.to(device, non_blocking=True)\n\n"
        "# or start the workers anew instead of forking:\n"
        'DataLoader(data, num_workers=4, multiprocessing_context="spawn")\n'
        'torch.multiprocessing.set_start_method("spawn")  # under if __name__ == "__main__":',
        program="""\
import torch
from torch.utils.data import DataLoader, Dataset


class Points(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return torch.tensor([float(index)]).cuda()


torch.ones(1).cuda()
for batch in DataLoader(Points(), num_workers=2):
    print(batch)
""",
        mended="""\
import torch
from torch.utils.data import DataLoader, Dataset


class Points(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return torch.tensor([float(index)])


for batch in DataLoader(Points(), num_workers=2):
    print(batch.cuda())
""",
        command="gradcli grad 'x**2' x=3 --device cpu",
        beyond="needs a CUDA device",
    ),
    Cause(
        name="autograd_fork",
        title="backward in a child process that was forked after a backward in the parent",
        text="autograd runs backward passes on threads of its own once a GPU has been used. fork copies a process "
        "without its threads, so a backward pass in the child would wait for threads that do not exist.",
        how_to_tell='Print `torch.multiprocessing.get_start_method()`: "fork" is the default on Linux. Look whether '
        "the parent calls backward() before it starts the children.",
        fix='torch.multiprocessing.set_start_method("spawn")\n'
        "# or: do not call backward() in the parent before the children start",
        program="""\
import torch
import torch.multiprocessing as mp


def work():
    x = torch.ones(3, requires_grad=True, device="cuda")
    x.sum().backward()


work()
child = mp.get_context("fork").Process(target=work)
child.start()
child.join()
""",
        mended="""\
import torch
import torch.multiprocessing as mp


def work():
    x = torch.ones(3, requires_grad=True, device="cuda")
    x.sum().backward()


if __name__ == "__main__":
    work()
    child = mp.get_context("spawn").Process(target=work)
    child.start()
    child.join()
""",
        command="gradcli grad 'sum(x)' x=1,1,1",
        beyond="needs a CUDA device",
    ),
    Cause(
        name="out_of_memory_graph",
        title="graphs of earlier iterations are kept alive",
        text="Each loss holds the whole graph that made it, with all saved intermediate tensors. Accumulating losses "
        "(`total += loss`), appending outputs to a list, `retain_graph=True` in a loop or a hidden state that is not "
        "detached keeps the graphs of all iterations, so the memory grows until it runs out.",
        how_to_tell="Print `torch.cuda.memory_allocated()` after each iteration. If it grows steadily and the first "
        "iterations run through, something keeps a graph: look for sums and lists of tensors with a `grad_fn`.",
        fix="total += loss.item()              # the number, without its graph\n"
        "outputs.append(output.detach())\n"
        "hidden = hidden.detach()          # before the next step\n"
        "with torch.no_grad(): ...         # around evaluation",
        program="""\
import torch

model = torch.nn.Linear(4096, 4096).cuda()
total = 0
while True:
    x = torch.randn(4096, 4096, device="cuda")
    loss = model(x).relu().square().mean()
    loss.backward(retain_graph=True)
    total = total + loss
""",
        mended="""\
import torch

model = torch.nn.Linear(4096, 4096).cuda()
total = 0
for _ in range(100):
    x = torch.randn(4096, 4096, device="cuda")
    loss = model(x).relu().square().mean()
    loss.backward()
    total = total + loss.item()
""",
        command="gradcli explain 'sum(relu(W @ x)**2)' W=[[1,2],[3,4]] x=1,1",
        signs=(
            r"retain_graph\s*=\s*True",
            r"\w*(?:loss|total|running)\w*\s*\+=\s*(?!.*\.item\(\))\w*loss\b",
            r"\.append\((?!.*detach)\w*(?:loss|out)\w*\)",
        ),
        beyond="needs a CUDA device and fills its memory",
    ),
    Cause(
        name="out_of_memory_batch",
        title="one step needs more memory than the device has",
        text="backward needs the intermediate tensors of forward, so training takes several times the memory of "
        "evaluation, and it grows with the batch, the length of the sequence and the size of the image. "
        "`create_graph=True` saves the tensors of the backward pass too.",
        how_to_tell="It fails in the first iteration, or when the first large batch comes. Halve the batch: if it "
        "then runs and the memory stays level, nothing leaks.",
        fix="loader = DataLoader(data, batch_size=8)             # smaller, with gradient accumulation\n"
        "checkpoint(block, x, use_reentrant=False)           # recompute instead of saving\n"
        'with torch.autocast("cuda", dtype=torch.bfloat16): ...\n'
        "with torch.no_grad(): ...                           # where no gradient is needed",
        program="""\
import torch

points = torch.rand(1 << 23, 1, requires_grad=True)
distances = (points - points.T).square()  # a table of all pairs
distances.mean().backward()
""",
        mended="""\
import torch

points = torch.rand(1 << 23, 1, requires_grad=True)
sample = points[:: 1 << 14]
distances = (sample - sample.T).square()
distances.mean().backward()
""",
        command="gradcli explain 'sum(exp(W @ x))' W=[[1,2],[3,4]] x=1,1",
        signs=(r"create_graph\s*=\s*True",),
    ),
    Cause(
        name="out_of_memory_evaluation",
        title="evaluation builds graphs",
        text="A validation or generation loop runs with gradients enabled: each output keeps its graph although "
        "nobody calls backward. `model.eval()` does not change that; it only switches dropout and BatchNorm.",
        how_to_tell="The traceback goes through the evaluation or the generation, and `output.requires_grad` is True "
        "there.",
        fix="model.eval()\nwith torch.no_grad():      # or torch.inference_mode()\n    output = model(x)",
        program="""\
import torch

model = torch.nn.Linear(4096, 4096).cuda().eval()
outputs = []
while True:
    outputs.append(model(torch.randn(4096, 4096, device="cuda")).relu())
""",
        mended="""\
import torch

model = torch.nn.Linear(4096, 4096).cuda().eval()
outputs = []
with torch.no_grad():
    for _ in range(100):
        outputs.append(model(torch.randn(4096, 4096, device="cuda")).relu().mean().item())
""",
        command="gradcli explain 'sum(relu(W @ x))' W=[[1,2],[3,4]] x=1,1",
        signs=(r"\bin (?:validate|validation|evaluate|evaluation|eval|test|predict|generate|infer\w*)\w*\b",),
        beyond="needs a CUDA device and fills its memory",
    ),
)

_CPU = r"(?:torch\.(?!cuda\b)\w+|CPU\w+)"
_CUDA = r"(?:torch\.cuda\.\w+|CUDA\w+)"

MESSAGES = (
    Message(
        name="device_mixed",
        patterns=(
            r"[Ee]xpected all tensors to be on (?:the )?same device, but found at least two devices, "
            r"(?P<device>[\w:]+)(?:,? and (?P<other_device>[\w:]+))?",
            r"[Ee]xpected all tensors to be on (?:the )?same device, but got (?P<argument>\w+) is on "
            r"(?P<device>[\w:]+), different from other tensors on (?P<other_device>[\w:]+)",
            r"[Ee]xpected all tensors to be on (?:the )?same device",
            r"Expected object of (?:backend|device type) (?P<device>\w+) but got (?:backend|device type) "
            r"(?P<other_device>\w+)",
            r"Expected object of type " + _CUDA + r" but found type " + _CPU,
            r"Expected object of type " + _CPU + r" but found type " + _CUDA,
            r"[Ii]nput type \(" + _CUDA + r"\) and (?:weight|bias) type \(" + _CPU + r"\) should be the same",
            r"[Ii]nput type \(" + _CPU + r"\) and (?:weight|bias) type \(" + _CUDA + r"\) should be the same",
            r"Input and (?:parameter|hidden) tensors are not at the same device, found (?:input|parameter) tensor at "
            r"(?P<device>[\w:]+) and (?:parameter|hidden) tensor at (?P<other_device>[\w:]+)",
            r"Tensor on device (?P<device>[\w:]+) is not on the expected device (?P<other_device>[\w:]+)",
            r"Expected (?:tensor for |[\w'#]+ )?.*to (?:be on|have) the same (?:GPU|device)",
            r"[Tt]ensors? (?:for argument #\d+ '\w+' )?(?:is|are) on (?P<device>CPU|GPU|cpu|cuda:?\d*), but "
            r".{0,60}(?:is|are|to be) on (?P<other_device>CPU|GPU|cpu|cuda:?\d*)",
            r"Tensor for (?:argument #\d+ )?'?\w+'? is on (?P<device>CPU|GPU), but expected (?:it|them) to be on "
            r"(?:the )?(?P<other_device>CPU|GPU)",
            r"[Ii]ndices should be either on \(?(?P<device>[\w:]+)\)? or on the same device as the indexed tensor "
            r"\((?P<other_device>[\w:]+)\)",
            r"arguments are located on different GPUs",
            r"module must have its parameters and buffers on device (?P<device>[\w:]+)(?: \(device_ids\[0\]\))? but "
            r"found one of them on device:? (?P<other_device>[\w:]+)",
            r"expected type torch\.cuda\.\w+ but got (?:type )?torch\.(?!cuda\b)\w+",
            r"Placeholder storage has not been allocated on MPS device",
            r"slow_conv\w*_forward_out_cpu.*tensors? on (?P<device>\w+)",
        ),
        meaning="An operation got tensors that are on different devices: {device} and {other_device}. torch does not "
        "copy between devices by itself.",
        causes=("device_mixed",),
        defaults={"device": "the CPU", "other_device": "a GPU"},
        finder="mixed",
    ),
    Message(
        name="numpy_of_cuda",
        patterns=(
            r"can't convert (?P<device>[\w:]+) (?:device type )?[Tt]ensor to numpy",
            r"can't convert CUDA tensor to numpy",
        ),
        meaning="A tensor on {device} was to become a NumPy array, which can only be in the memory of the CPU.",
        causes=("numpy_of_cuda",),
        defaults={"device": "a CUDA device"},
    ),
    Message(
        name="cuda_fork",
        patterns=(r"Cannot re-initialize (?:CUDA|XPU|MTIA) in forked subprocess",),
        meaning="A process that was made by fork uses the GPU, which the parent had already set up. CUDA does not "
        "survive a fork.",
        causes=("cuda_fork",),
    ),
    Message(
        name="cuda_initialization",
        patterns=(r"CUDA error: initialization error", r"cuda runtime error \(3\) ?: initialization error"),
        meaning="CUDA could not be set up in this process. Most often that is a child made by fork of a process that "
        "had used the GPU before.",
        causes=("cuda_fork",),
        sure=False,
    ),
    Message(
        name="autograd_fork",
        patterns=(r"Unable to handle autograd's threading in combination with fork-based multiprocessing",),
        meaning="backward() was called in a forked process whose parent had already run a backward pass. autograd's "
        "threads are not in the child.",
        causes=("autograd_fork",),
    ),
    Message(
        name="out_of_memory",
        patterns=(
            r"(?:CUDA|HIP|MPS backend|XPU) out of memory(?:\. Tried to allocate (?P<size>[\d.]+ \w+))?",
            r"OutOfMemoryError",
            r"cuda runtime error \(2\) ?: out of memory",
            r"DefaultCPUAllocator: (?:can't allocate memory|not enough memory): you tried to allocate "
            r"(?P<size>[\d.]+ \w+)",
            r"CUBLAS_STATUS_ALLOC_FAILED",
        ),
        meaning="The memory of the device is full: there was no room for {size} more. Either graphs of earlier "
        "iterations are still alive, or one step needs too much.",
        causes=("out_of_memory_graph", "out_of_memory_batch", "out_of_memory_evaluation"),
        defaults={"size": "a tensor"},
    ),
)
