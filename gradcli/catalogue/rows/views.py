"""In-place changes of views, which autograd cannot always follow, and tensors of inference mode."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="inplace_multi_view",
        title="one of several views that an operation returned was changed in place",
        text="unbind, split, chunk and iterating over a tensor return several views of it at once. Autograd records "
        "them as outputs of one operation, and cannot record an in-place change of one of them: it forbids it.",
        how_to_tell="The operation in the message says where the views come from: Unbind is `for row in x`, `a, b = "
        "x`, `zip(x, ...)` or `x.unbind()`; Split is split() or chunk(). In-place layers and transforms (`sub_`, "
        "`div_`, `mul_`, `squeeze_`, Normalize(inplace=True)) count too.",
        fix="row = row * 2  # not row *= 2 or row.mul_(2)\n"
        "x = torch.stack([f(row) for row in x])  # new rows, one tensor\n"
        "x[i] = f(x[i])  # an index gives a single view, which may be written to (x is no leaf)\n"
        "a, b = (part.clone() for part in x.chunk(2))  # copies may be changed",
        program="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
channels = 2 * weight
for channel, mean in zip(channels, (0.1, 0.2)):
    channel.sub_(mean)
channels.sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
channels = 2 * weight
channels = torch.stack([channel - mean for channel, mean in zip(channels, (0.1, 0.2))])
channels.sum().backward()
""",
        command="gradcli grad 'sum((2*w - m)**2)' w='[[0.5,-1],[2,3]]' m='[[0.1],[0.2]]' --wrt w",
    ),
    Cause(
        name="inplace_view_base",
        title="a tensor was changed in place after it was split into views",
        text="unbind, split, chunk or iterating made several views of a tensor, then the tensor itself, or another of "
        "the views, was changed in place. All views changed with it, and autograd cannot record that for views that "
        "come several at a time.",
        how_to_tell="The line that raised only uses a view. Look for the in-place change before it: of the tensor that "
        "was split, of what shares its memory, or of a sister view. Under DataParallel or FSDP a buffer that forward() "
        "changes in place is such a tensor.",
        fix="x = x + 1  # not x += 1, after the split\na, b = (part.clone() for part in x.split(1))  # or copies\n"
        "x += 1\na, b = x.split(1)  # or the change first",
        program="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
states = torch.tanh(2 * weight)
first, last = states.unbind()
states.mul_(0.5)
(first * last).sum().backward()
""",
        mended="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
states = torch.tanh(2 * weight)
states = states * 0.5
first, last = states.unbind()
(first * last).sum().backward()
""",
        command="gradcli grad 'h = tanh(2*w)/2; sum(h[0]*h[1])' w='[[0.5,-1],[2,3]]'",
        signs=(r"another view of its base has been modified",),
    ),
    Cause(
        name="inplace_function_view",
        title="the output of a custom Function is its input, or a view of it, and was changed in place",
        text="The custom Function returned its input as it is, or a view of it, so that its output shares memory with "
        "the input. An in-place change of that output would have to go around the Function's own backward, and torch "
        "forbids it.",
        how_to_tell="The name in the message is the Function. See what its forward returns: `return x`, `x.view(...)`, "
        "`x[...]`, `x.detach()` or `x.contiguous()` share memory. Identity functions, such as a gradient reversal, do "
        "so.",
        fix="return x.clone()  # in forward\ny = MyFunction.apply(x).clone()  # or by the caller\n"
        "y = y + 1  # or no in-place operation on it",
        program="""\
import torch


class ReverseGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -grad


weight = torch.tensor([0.5, -1.0], requires_grad=True)
features = ReverseGradient.apply(2 * weight)
features += 1
""",
        mended="""\
import torch


class ReverseGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -grad


weight = torch.tensor([0.5, -1.0], requires_grad=True)
features = ReverseGradient.apply(2 * weight)
features = features + 1
""",
        command="gradcli grad 'sum(-(2*w) + 1)' w=0.5,-1",
    ),
    Cause(
        name="inplace_hooked_module",
        title="an in-place operation follows or fills a module that has a full backward hook",
        text="register_full_backward_hook passes the module's inputs and outputs through an identity Function that "
        "returns views. An in-place activation after it (or in it) changes such a view, which torch forbids.",
        how_to_tell="BackwardHookFunction in the message. Look for `register_full_backward_hook` (Grad-CAM, SHAP, "
        "profilers) and for `ReLU(inplace=True)`, `+=` or dropout in place next to the hooked module.",
        fix="for m in model.modules():\n    if hasattr(m, 'inplace'):\n        m.inplace = False\n"
        "out = out + identity  # not out += identity, in a residual block",
        program="""\
import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(inplace=True))
model[0].register_full_backward_hook(lambda module, grad_input, grad_output: None)
model(torch.ones(1, 2, requires_grad=True)).sum().backward()
""",
        mended="""\
import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
model[0].register_full_backward_hook(lambda module, grad_input, grad_output: None)
model(torch.ones(1, 2, requires_grad=True)).sum().backward()
""",
        command="gradcli grad 'sum(relu(W@x))' W='[[1,2],[3,-4]]' x=1,1 --wrt W",
    ),
    Cause(
        name="inplace_no_grad_view",
        title="a view was made under no_grad and changed in place outside of it",
        text="The view was made in a no_grad block, the in-place change happens outside. torch cannot tell whether the "
        "change of the base is meant to be tracked or not, and refuses. Both have to stand in the same grad mode.",
        how_to_tell="Look for the line that made the view (indexing, view(), reshape(), a slice of a parameter) inside "
        "`with torch.no_grad():` or a function under `@torch.no_grad()`, and for the write after the block.",
        fix="with torch.no_grad():\n    row = weight[0]\n    row.mul_(2)  # both inside: not tracked\n"
        "row = x[0]\nrow.mul_(2)  # both outside: tracked (x is no leaf)\nrow = row.clone()  # or a copy of it",
        program="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
with torch.no_grad():
    row = weight[0]
row.mul_(2)
""",
        mended="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
with torch.no_grad():
    row = weight[0]
    row.mul_(2)
""",
        command="gradcli grad 'sum(w[0]**2)' w='[[0.5,-1],[2,3]]'",
    ),
    Cause(
        name="metadata_of_detached",
        title="the shape or storage of a detached tensor was changed in place",
        text="`.data` and detach() share memory with the original. A change of sizes, strides or storage in place "
        "(resize_, set_, transpose_) would not reach the original, although older code counts on it, so torch refuses "
        "it on such a tensor.",
        how_to_tell="The line that raised calls resize_, set_, squeeze_, transpose_ or the like after `.data` or "
        "detach().",
        fix="y = x.detach().clone()  # memory of its own\ny.resize_(3)\n"
        "with torch.no_grad():\n    x.set_(other)  # to change x itself",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
weight.data.resize_(3)
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
longer = torch.nn.functional.pad(weight.detach(), (0, 1))
""",
        command="gradcli grad 'sum(w**2)' w=0.5,-1",
        beyond="a torch before 2",
    ),
    Cause(
        name="inference_view",
        title="a view was made in inference mode and changed in place outside of it",
        text="The view of a normal tensor was made under torch.inference_mode(), the in-place change happens outside. "
        "Autograd has not recorded the view, so it cannot record a change through it.",
        how_to_tell="Look for the line that made the view inside `with torch.inference_mode():` or under its "
        "decorator.",
        fix="row = x[0]  # made outside\nrow.mul_(2)\nrow = row.clone()  # or a copy, made outside\n"
        "with torch.no_grad():  # instead of inference_mode(), with both lines inside",
        program="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
states = torch.tanh(weight)
with torch.inference_mode():
    row = states[0]
row.mul_(2)
""",
        mended="""\
import torch

weight = torch.tensor([[0.5, -1.0], [2.0, 3.0]], requires_grad=True)
states = torch.tanh(weight)
row = states[0].clone()
row.mul_(2)
""",
        command="gradcli grad 'sum(2*tanh(w)[0])' w='[[0.5,-1],[2,3]]'",
    ),
    Cause(
        name="inference_tensor_saved",
        title="a tensor made in inference mode went into a computation that needs a gradient",
        text="Tensors made under torch.inference_mode() have no version counter and are not made for autograd. An "
        "operation outside wanted to save one for its backward pass, which is not possible without a clone.",
        how_to_tell="`tensor.is_inference()` is True: cached embeddings, teacher outputs, features or targets that "
        "were computed under `inference_mode`, or by a function under its decorator.",
        fix="features = features.clone()  # outside of inference mode: a normal tensor\n"
        "with torch.no_grad():  # instead of torch.inference_mode(), where the features are computed",
        program="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.inference_mode():
    features = torch.tensor([1.0, 2.0]) * 3
loss = (weight * features).sum()
loss.backward()
""",
        mended="""\
import torch

weight = torch.tensor([0.5, -1.0], requires_grad=True)
with torch.no_grad():
    features = torch.tensor([1.0, 2.0]) * 3
loss = (weight * features).sum()
loss.backward()
""",
        command="gradcli grad 'sum(w*3*x)' w=0.5,-1 x=1,2 --wrt w",
    ),
    Cause(
        name="inference_tensor_inplace",
        title="a tensor made in inference mode was changed in place outside of it",
        text="Tensors made under torch.inference_mode() have no version counter, so that an in-place change outside "
        "would go unseen by autograd. torch forbids it; a clone that is made outside is a normal tensor.",
        how_to_tell="`tensor.is_inference()` is True: running averages, buffers, caches or a whole model that were "
        "made or moved under `inference_mode`.",
        fix="average = average.clone()  # outside of inference mode, then change it\n"
        "with torch.no_grad():  # instead of torch.inference_mode(), where it is made\n"
        "average = 0.9 * average + 0.1 * value  # or no in-place operation",
        program="""\
import torch

with torch.inference_mode():
    average = torch.zeros(2)
average.mul_(0.9).add_(torch.tensor([0.1, 0.2]))
""",
        mended="""\
import torch

with torch.no_grad():
    average = torch.zeros(2)
average.mul_(0.9).add_(torch.tensor([0.1, 0.2]))
""",
        command="gradcli grad '0.9*a + 0.1*v' a=1 v=2",
    ),
    Cause(
        name="inference_tensor_requires_grad",
        title="requires_grad was switched on for a tensor made in inference mode",
        text="Tensors made under torch.inference_mode() can never take part in autograd, so they cannot require grad. "
        "The tensor, or a module's parameters, were made or loaded under inference mode.",
        how_to_tell="`tensor.is_inference()` is True. Look for the inference_mode block, or the decorator, in which it "
        "was made.",
        fix="x = x.clone().requires_grad_()  # outside of inference mode\n"
        "with torch.no_grad():  # instead of torch.inference_mode(), where it is made",
        program="""\
import torch

with torch.inference_mode():
    image = torch.ones(2, 2)
image.requires_grad_()
image.sum().backward()
""",
        mended="""\
import torch

with torch.inference_mode():
    image = torch.ones(2, 2)
image = image.clone().requires_grad_()
image.sum().backward()
""",
        command="gradcli grad 'sum(x)' x='[[1,1],[1,1]]'",
    ),
    Cause(
        name="inference_tensor_version",
        title="the version of a tensor made in inference mode was asked for",
        text="Tensors made under torch.inference_mode() do not count their in-place changes. Something asked for the "
        "count: `_version`, a checkpoint, a sharded or a compiled module, or a cache that watches for changes.",
        how_to_tell="`tensor.is_inference()` is True; the line that raised reads `_version`, or is inside a library "
        "that does.",
        fix="x = x.clone()  # outside of inference mode: a normal tensor\n"
        "with torch.no_grad():  # instead of torch.inference_mode()",
        program="""\
import torch

with torch.inference_mode():
    cache = torch.zeros(2)
print(cache._version)
""",
        mended="""\
import torch

with torch.no_grad():
    cache = torch.zeros(2)
print(cache._version)
""",
        command="gradcli grad 'sum(x)' x=0,0",
    ),
)

_VIEW = r"(?:is being|its base or another view of its base has been)"

MESSAGES = (
    Message(
        name="inplace_hooked_module",
        patterns=(
            rf"Output (?P<index>\d+) of BackwardHookFunction(?:Backward\d?)? is a view and {_VIEW} modified in-?place",
        ),
        meaning="An output of a module with a full backward hook was changed in place. The hook hands out views, which "
        "may not be changed.",
        causes=("inplace_hooked_module",),
        finder="inplace",
    ),
    Message(
        name="inplace_function_view",
        patterns=(
            rf"Output (?P<index>\d+) of (?P<op>\w+) is a view and {_VIEW} modified in-?place\. "
            r"This view was created inside a custom Function",
        ),
        meaning="Output {index} of the custom Function {op} shares memory with its input, and was changed in place.",
        causes=("inplace_function_view",),
        finder="inplace",
    ),
    Message(
        name="inplace_multi_view",
        patterns=(
            rf"Output (?P<index>\d+) of (?P<op>\w+) is a view and {_VIEW} modified in-?place",
            r"[Ii]nplace operators on such views (?:is|are) (?:forbidden|being deprecated)",
        ),
        meaning="Output {index} of {op} is one of several views of the same tensor. Views that come several at a time "
        "may not be changed in place, neither themselves nor through their base.",
        causes=("inplace_multi_view", "inplace_view_base"),
        defaults={"index": "0", "op": "an operation"},
        finder="inplace",
    ),
    Message(
        name="inplace_no_grad_view",
        patterns=(rf"[Aa] view was created in no_grad mode and {_VIEW} modified in-?place",),
        meaning="A view was made while gradients were off, and it or its base was changed in place while they were on. "
        "torch cannot tell whether the change should be tracked.",
        causes=("inplace_no_grad_view",),
        finder="inplace",
    ),
    Message(
        name="metadata_of_detached",
        patterns=(r"(?P<function>\w+) is not allowed on a Tensor created from \.data or \.detach\(\)",),
        meaning="{function} would change the shape or storage of a detached tensor in place. The tensor that it was "
        "detached from would not follow.",
        causes=("metadata_of_detached",),
    ),
    Message(
        name="inference_view",
        patterns=(rf"[Aa] view was created in inference mode and {_VIEW} modified in-?place",),
        meaning="A view was made in inference mode, and it or its base was changed in place outside of it.",
        causes=("inference_view",),
        finder="inference",
    ),
    Message(
        name="inference_tensor_saved",
        patterns=(r"Inference tensors cannot be saved for backward",),
        meaning="A tensor that was made in inference mode was used where a gradient has to be computed.",
        causes=("inference_tensor_saved",),
        finder="inference",
    ),
    Message(
        name="inference_tensor_inplace",
        patterns=(r"In-?place update to inference tensor outside InferenceMode is not allowed",),
        meaning="A tensor that was made in inference mode was changed in place outside of it.",
        causes=("inference_tensor_inplace",),
        finder="inference",
    ),
    Message(
        name="inference_tensor_requires_grad",
        patterns=(r"Setting requires_grad=True on inference tensor outside InferenceMode is not allowed",),
        meaning="A tensor that was made in inference mode was to require grad. It cannot.",
        causes=("inference_tensor_requires_grad",),
        finder="inference",
    ),
    Message(
        name="inference_tensor_version",
        patterns=(
            r"Inference tensors do not track version counter",
            r"Cannot set version_counter for inference tensor",
        ),
        meaning="The count of in-place changes of a tensor was asked for. Tensors of inference mode have none.",
        causes=("inference_tensor_version",),
        finder="inference",
    ),
)
