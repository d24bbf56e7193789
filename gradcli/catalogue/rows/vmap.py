"""torch.vmap: what one function may do when it runs for a whole batch at once."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="vmap_data_dependent",
        title="Python asks for the value of a batched tensor",
        text="vmap runs the function once for the whole batch, so inside it a tensor stands for all entries together "
        "and has no single value. A branch, a loop bound or a Python number that depends on the value of the data "
        "(data-dependent control flow) would have to differ from entry to entry, which one run cannot do.",
        how_to_tell="Look inside the function given to vmap for `if`, `while`, `and`, `assert` on a tensor, and for "
        "`.item()`, `float(...)`, `int(...)`, `range(...)`, `max(...)` or `torch.tensor([...])` of tensors. Library "
        "code that you call counts too: the last frame of the traceback shows the line.",
        fix="return torch.where(x.sum() > 0, x, -x)  # both sides, then a choice: instead of if/else\n"
        "x / x.max()                              # a tensor without dimensions: instead of x.max().item()\n"
        "torch.stack([a, b])                      # instead of torch.tensor([a, b])",
        program="""\
import torch


def penalty(residual):
    if residual.sum() > 0:
        return residual**2
    return -residual


batch = torch.tensor([[1.0, 2.0], [-3.0, 1.0]])
print(torch.vmap(penalty)(batch))
""",
        mended="""\
import torch


def penalty(residual):
    return torch.where(residual.sum() > 0, residual**2, -residual)


batch = torch.tensor([[1.0, 2.0], [-3.0, 1.0]])
print(torch.vmap(penalty)(batch))
""",
        command="gradcli grad 'sum(where(x > 0, x**2, -x))' x=-1,2",
    ),
    Cause(
        name="vmap_random",
        title="random numbers are drawn inside vmap",
        text="A random operation (dropout, randn, bernoulli, rand_like) runs inside the mapped function, and vmap does "
        "not guess whether all entries of the batch should share the random numbers or draw their own. It raises "
        "until you say which; modules that contain dropout draw as long as they are in training mode.",
        how_to_tell="Search the function for `rand`, `dropout`, `bernoulli`, `normal_`, `multinomial`. For a model, "
        "print `model.training`: in training mode `nn.Dropout` is random, after `model.eval()` it is not.",
        fix='torch.vmap(f, randomness="different")(xs)  # every entry draws its own; "same" shares the draw\n'
        "noise = torch.randn_like(xs)\n"
        "torch.vmap(f)(xs, noise)                   # or draw outside, and map over the noise",
        program="""\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
batch = torch.ones(4, 3)
print(torch.vmap(model)(batch))
""",
        mended="""\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
batch = torch.ones(4, 3)
print(torch.vmap(model, randomness="different")(batch))
""",
        command="gradcli grad 'sum(w*x*keep)' w=1,2,3 x=1,1,1 keep=1,0,1 --wrt w",
    ),
    Cause(
        name="vmap_inplace",
        title="a batched value is written in place into a tensor that is not batched",
        text="The function changes a tensor in place that was made inside it (`zeros`, `empty`) or comes from outside, "
        "and so exists once, with values that exist once for each entry of the batch. They do not fit: an in-place "
        "operation cannot give its target a batch dimension.",
        how_to_tell="Look for `out[i] = ...`, `+=`, `copy_`, `add_`, `index_put_` on a tensor that was not computed "
        "from the mapped arguments: `torch.zeros(n)`, a buffer, a closure variable.",
        fix="out = torch.stack([x[0] ** 2, x[0] * x[1]])  # build the result out of place, from its entries\n"
        "out = x.new_zeros(3)                         # or make the target from a mapped tensor: it is batched",
        program="""\
import torch


def features(point):
    out = torch.zeros(2)
    out[0] = point[0] ** 2
    out[1] = point[0] * point[1]
    return out


print(torch.vmap(features)(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
""",
        mended="""\
import torch


def features(point):
    return torch.stack([point[0] ** 2, point[0] * point[1]])


print(torch.vmap(features)(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
""",
        command="gradcli jacobian '[x[0]**2, x[0]*x[1]]' x=2,3",
        signs=(r"\bvmap\b",),
    ),
    Cause(
        name="vmap_sizes",
        title="the mapped dimensions have different sizes",
        text="vmap goes along one dimension of every mapped argument at the same time, so that dimension must have the "
        "same size in all of them. Here the batch sizes differ: usually one argument is no batch at all (weights, a "
        "constant) and should not be mapped, or its batch dimension is not the first.",
        how_to_tell="Print `[a.shape for a in arguments]` and compare the dimension that `in_dims` names, 0 unless you "
        "say otherwise.",
        fix="torch.vmap(f, in_dims=(0, None))(xs, weights)  # None: the same weights for each x\n"
        "torch.vmap(f, in_dims=(0, 1))(xs, columns)     # 1: columns is batched along its second dimension",
        program="""\
import torch

points = torch.ones(4, 3)
weights = torch.tensor([1.0, 2.0, 3.0])
print(torch.vmap(lambda point, weights: (point * weights).sum())(points, weights))
""",
        mended="""\
import torch

points = torch.ones(4, 3)
weights = torch.tensor([1.0, 2.0, 3.0])
print(torch.vmap(lambda point, weights: (point * weights).sum(), in_dims=(0, None))(points, weights))
""",
        command="gradcli grad 'sum(a*b)' a=1,2,3 b=1,2",
    ),
    Cause(
        name="vmap_in_dims",
        title="in_dims does not describe the arguments",
        text="`in_dims` says for each argument along which dimension it is batched. It must be an int for all, or a "
        "tuple (no list) with one entry for each argument, nested as the arguments are; each entry is a dimension "
        "that the tensor has, or None for what is shared by the whole batch. A tensor without dimensions cannot be "
        "mapped.",
        how_to_tell="Count the positional arguments of the call and the entries of `in_dims`, and print the `.dim()` "
        "of each argument.",
        fix="torch.vmap(f, in_dims=(0, None))(xs, w)           # one entry for each argument\n"
        'torch.vmap(f, in_dims=({"a": 0, "b": None},))(d)  # a dict: the same keys',
        program="""\
import torch

points = torch.ones(4, 3)
weights = torch.tensor([1.0, 2.0, 3.0])
print(torch.vmap(torch.dot, in_dims=(0,))(points, weights))
""",
        mended="""\
import torch

points = torch.ones(4, 3)
weights = torch.tensor([1.0, 2.0, 3.0])
print(torch.vmap(torch.dot, in_dims=(0, None))(points, weights))
""",
        command="gradcli jacobian 'A @ x' A=[[1,2],[3,4]] x=1,1 --wrt x",
    ),
    Cause(
        name="vmap_python_input",
        title="a Python number is mapped over",
        text="An argument of the mapped function is a number, a string or another Python object. Only tensors have a "
        "batch dimension; vmap has to be told that this argument is the same for every entry.",
        how_to_tell="The message names the type. Look which argument of the call is no tensor.",
        fix="torch.vmap(f, in_dims=(0, None))(xs, 0.1)       # None for the number\n"
        "torch.vmap(functools.partial(f, scale=0.1))(xs) # or bind it beforehand",
        program="""\
import torch


def scaled(x, factor):
    return factor * x


print(torch.vmap(scaled)(torch.ones(4, 3), 0.1))
""",
        mended="""\
import torch


def scaled(x, factor):
    return factor * x


print(torch.vmap(scaled, in_dims=(0, None))(torch.ones(4, 3), 0.1))
""",
        command="gradcli grad 'sum(k*x**2)' k=0.1 x=1,2,3 --wrt x",
    ),
    Cause(
        name="vmap_output",
        title="the mapped function returns something that is no tensor",
        text="vmap collects the outputs of all entries into one tensor, so every output of the function has to be a "
        "tensor. A Python number, a string, None (a missing `return`) or a model's output object cannot be "
        "collected.",
        how_to_tell="Print `type(f(xs[0]))`, and the type of each item where it is a tuple. None means that a path of "
        "the function ends without `return`.",
        fix="return loss, x.new_tensor(count)  # a tensor instead of a number\n"
        "return output.logits              # the tensor inside an output object\n"
        "return loss                       # leave out of the result what is no tensor",
        program="""\
import torch


def loss(point):
    value = (point**2).sum()
    return value, "squares"


print(torch.vmap(loss)(torch.ones(4, 3)))
""",
        mended="""\
import torch


def loss(point):
    return (point**2).sum()


print(torch.vmap(loss)(torch.ones(4, 3)))
""",
        command="gradcli jacobian 'x**2' x=1,2",
    ),
    Cause(
        name="vmap_out_dims",
        title="out_dims does not describe the outputs",
        text="`out_dims` says where the batch dimension goes in each output. It needs one int for all outputs or the "
        "same structure as the outputs, and None is allowed only for an output that does not depend on the batch.",
        how_to_tell="Compare `out_dims` with what the function returns for one entry: the number of outputs, and the "
        "dimensions that each has.",
        fix="torch.vmap(f, out_dims=(0, 1))(xs)  # two outputs, two entries\n"
        "torch.vmap(f)(xs)                   # 0 for all: the batch comes first",
        program="""\
import torch


def split(point):
    return point[0], point[1:]


print(torch.vmap(split, out_dims=(0, 0, 0))(torch.ones(4, 3)))
""",
        mended="""\
import torch


def split(point):
    return point[0], point[1:]


print(torch.vmap(split, out_dims=(0, 0))(torch.ones(4, 3)))
""",
        command="gradcli jacobian '[x[0], x[1]*x[2]]' x=1,2,3",
    ),
    Cause(
        name="vmap_dynamic_shape",
        title="the shape of a result depends on the values",
        text="A boolean mask as an index, `nonzero`, `masked_select`, `unique` or `where` with one argument give a "
        "result whose size depends on the data. Each entry of the batch would have its own size, and a batch has to "
        "be rectangular. Keep the size fixed instead, and set to zero what does not count.",
        how_to_tell="Look for `x[x > 0]`, `nonzero`, `masked_select`, `unique`, `torch.where(condition)` or `one_hot` "
        "without `num_classes` in the mapped function.",
        fix="torch.where(x > 0, x, 0).sum()            # instead of x[x > 0].sum()\n"
        "F.one_hot(label, num_classes=10)          # a size that does not depend on the labels",
        program="""\
import torch


def positive_sum(row):
    return row[row > 0].sum()


print(torch.vmap(positive_sum)(torch.tensor([[1.0, -2.0], [3.0, 4.0]])))
""",
        mended="""\
import torch


def positive_sum(row):
    return torch.where(row > 0, row, 0.0).sum()


print(torch.vmap(positive_sum)(torch.tensor([[1.0, -2.0], [3.0, 4.0]])))
""",
        command="gradcli grad 'sum(where(x > 0, x, 0))' x=1,-2,3",
    ),
    Cause(
        name="vmap_escaped",
        title="a tensor left the mapped function by a side door",
        text="A tensor that was made inside vmap was stored outside of it (in a list, an attribute, a global), and is "
        "used after vmap has ended. Its batch belongs to the call of vmap and is gone; values leave the function only "
        "through `return`.",
        how_to_tell="Look in the function for `append`, `self.x = ...`, `nonlocal` and `global`, also in forward hooks "
        "and in caches of modules.",
        fix="return loss, hidden        # return what you need\nlosses, hidden = torch.vmap(f)(xs)",
        program="""\
import torch

history = []


def loss(point):
    squares = point**2
    history.append(squares)
    return squares.sum()


torch.vmap(loss)(torch.ones(4, 3))
print(history[0] + 1)
""",
        mended="""\
import torch


def loss(point):
    squares = point**2
    return squares.sum(), squares


losses, squares = torch.vmap(loss)(torch.ones(4, 3))
print(squares + 1)
""",
        command="gradcli explain 'sum(x**2)' x=1,2,3",
    ),
    Cause(
        name="vmap_data_attribute",
        title=".data is used under vmap",
        text="Under vmap a tensor is a wrapper around the whole batch, and `.data` would go behind it. What `.data` is "
        "used for has a name of its own: `detach()` cuts the gradient, `copy_` writes values.",
        how_to_tell="Search the mapped function and its modules for `.data`.",
        fix="x.detach()  # instead of x.data",
        program="""\
import torch


def centred(row):
    return row - row.data.mean()


print(torch.vmap(centred)(torch.ones(4, 3)))
""",
        mended="""\
import torch


def centred(row):
    return row - row.detach().mean()


print(torch.vmap(centred)(torch.ones(4, 3)))
""",
        command="gradcli grad 'sum((x - m)**2)' x=1,2,3 m=2 --wrt x",
    ),
)

MESSAGES = (
    Message(
        name="vmap_item",
        patterns=(
            r"vmap: It looks like you're (?:either )?(?:\(1\) )?calling \.item\(\) on a Tensor",
            r"Batching rule not implemented for aten::(?:item|_local_scalar_dense|is_nonzero|equal)\b",
        ),
        meaning="Inside torch.vmap a tensor stands for the whole batch and has no single number. Something asked for "
        "one, to compute with it in Python or to decide a branch.",
        causes=("vmap_data_dependent",),
        finder="vmap",
    ),
    Message(
        name="vmap_control_flow",
        patterns=(
            r"vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow",
            r"vmap over torch\.allclose isn't supported",
        ),
        meaning="An `if` or `while` inside torch.vmap depends on the values of a batched tensor. The batch runs as "
        "one, so its entries cannot take different branches.",
        causes=("vmap_data_dependent",),
        finder="vmap",
    ),
    Message(
        name="vmap_randomness",
        patterns=(
            r"vmap: called random operation while in randomness error mode",
            r"vmap: We do not (?:yet )?support calling (?:out variants of )?random operations inside of vmap",
            r"[Vv]map does not currently support same randomness with a batched tensor input",
            r"vmap: Cannot ask for different inplace randomness on an unbatched tensor",
            r"Only allowed values for randomness are 'error', 'different', or 'same'",
        ),
        meaning="A random operation ran inside torch.vmap. It has to be said whether the entries of the batch share "
        "their random numbers or draw their own.",
        causes=("vmap_random",),
        finder="vmap",
    ),
    Message(
        name="vmap_inplace_unbatched",
        patterns=(r"vmap: (?:inplace arithmetic|aten::\w+|\w+)\(self, \*extra_args\) is not possible because",),
        meaning="An in-place operation inside torch.vmap wrote a batched value into a tensor that is not batched. The "
        "target has room for one entry, the value has one for each entry of the batch.",
        causes=("vmap_inplace",),
        finder="vmap",
    ),
    Message(
        name="vmap_batch_sizes",
        patterns=(
            r"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            r"(?P<sizes>\[[^\]]*\])",
        ),
        meaning="The arguments of torch.vmap have batches of different sizes: {sizes}. They are gone through together, "
        "so the sizes must be equal.",
        causes=("vmap_sizes",),
        finder="vmap",
    ),
    Message(
        name="vmap_number_mapped",
        patterns=(
            r"Got in_dim=.+? for an input but the input is of type (?P<type><class '[^']*'>)",
            r"vmap: Expected at least one Tensor to vmap over",
        ),
        meaning="torch.vmap was told to go along a dimension of an argument that is no tensor but {type}.",
        causes=("vmap_python_input",),
        defaults={"type": "a Python object"},
        finder="vmap",
    ),
    Message(
        name="vmap_in_dims",
        patterns=(
            r"vmap\(.*in_dims=.*\)\(<inputs>\): "
            r"(?:in_dims is not compatible with|Got in_dim=|expected `in_dims` to be)",
            r"vmap\(.*\)\(<inputs>\): got no inputs",
        ),
        meaning="`in_dims` of torch.vmap does not fit the arguments of the call: one dimension (or None) is needed for "
        "each of them.",
        causes=("vmap_in_dims",),
        finder="vmap",
    ),
    Message(
        name="vmap_returns",
        patterns=(
            r"vmap\(.*\): `?.+?`? must only return Tensors, got type (?P<type><class '[^']*'>)",
            r"vmap\(.*\): `?.+?`? must only return Tensors",
        ),
        meaning="The function given to torch.vmap returned {type}, which is no tensor and cannot be stacked into a "
        "batch.",
        causes=("vmap_output",),
        defaults={"type": "something"},
        finder="vmap",
    ),
    Message(
        name="vmap_out_dims",
        patterns=(
            r"vmap\(.*out_dims=.*\): (?:`out_dims` must be|out_dims is not compatible with)",
            r"can not return a BatchedTensor when out_dim is None",
        ),
        meaning="`out_dims` of torch.vmap does not fit what the function returns.",
        causes=("vmap_out_dims",),
        finder="vmap",
    ),
    Message(
        name="vmap_shapes_by_value",
        patterns=(
            r"vmap: We do not support batching operators that can (?:output|support) dynamic shape"
            r"(?:\. Attempted to vmap over aten::(?P<op>\w+))?",
            r"vmap: Attempted to vmap over `?mask`? in torch\.(?P<op>masked_select)",
            r"When vmap-ing torch\.nn\.functional\.(?P<op>one_hot), please provide an explicit positive num_classes",
        ),
        meaning="The size of what {op} returns depends on the values of the data. Under torch.vmap each entry would "
        "get a result of another size.",
        causes=("vmap_dynamic_shape",),
        defaults={"op": "the operation (a boolean mask as an index, for instance)"},
        finder="vmap",
    ),
    Message(
        name="vmap_tensor_escaped",
        patterns=(r"your tensor may have escaped from inside a function being vmapped",),
        meaning="A tensor that belongs to a call of torch.vmap is used after that call has ended.",
        causes=("vmap_escaped",),
        finder="vmap",
    ),
    Message(
        name="vmap_data",
        patterns=(r"(?:accessing `data`|mutating directly with `\.data`) under vmap transform is not allowed",),
        meaning="The function given to torch.vmap uses the attribute `.data`, which has no meaning for a batch.",
        causes=("vmap_data_attribute",),
        finder="vmap",
    ),
)
