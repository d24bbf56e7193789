"""Values of tensors where Python or NumPy wants them: numbers, truth values, arrays, indices; and integer dtypes."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="integer_requires_grad",
        title="an integer tensor is to require grad",
        text="A derivative is about small steps, and integers have none: only floating and complex dtypes can require "
        "grad. Literals without a decimal point, torch.arange, and NumPy arrays of int64 give integer tensors.",
        how_to_tell="Print `x.dtype`: int64 (torch.long), int32, uint8 or bool. `torch.tensor([1, 2])` is int64, "
        "`torch.tensor([1.0, 2.0])` float32. An index or a label cannot be trained on at all: it needs no gradient.",
        fix="x = torch.tensor([1.0, 2.0], requires_grad=True)  # decimal points\n"
        "x = torch.tensor([1, 2], dtype=torch.float32, requires_grad=True)\n"
        "x = labels.float().requires_grad_()",
        program="""\
import torch

x = torch.tensor([1, 2], requires_grad=True)
(x**2).sum().backward()
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
(x**2).sum().backward()
print(x.grad)
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
    ),
    Cause(
        name="parameter_of_number",
        title="an nn.Parameter was made of a number or a list",
        text="nn.Parameter marks a tensor as trainable; it does not make one. A Python number, a list or a NumPy array "
        "has to become a float tensor first.",
        how_to_tell="The last line of the traceback is in `torch/nn/parameter.py`, or the call is `nn.Parameter(1.0)`, "
        "`nn.Parameter([0.5, 0.5])`.",
        fix="self.scale = nn.Parameter(torch.tensor(1.0))\nself.mix = nn.Parameter(torch.tensor([0.5, 0.5]))",
        program="""\
import torch

scale = torch.nn.Parameter(1.0)
(scale * torch.ones(3)).sum().backward()
""",
        mended="""\
import torch

scale = torch.nn.Parameter(torch.tensor(1.0))
(scale * torch.ones(3)).sum().backward()
print(scale.grad)
""",
        command="gradcli grad 'sum(scale*x)' scale=1 x=1,1,1 --wrt scale",
        signs=(r"nn[/.]parameter\.py", r"\bParameter\("),
    ),
    Cause(
        name="integer_parameter",
        title="an nn.Parameter of integers",
        text="nn.Parameter asks for gradients by itself, and integers can have none: the values of a parameter move by "
        "small steps, which only a floating dtype can hold. Masks, index tables and quantized weights are no "
        "parameters; a module keeps them as buffers.",
        how_to_tell="Print the dtype of what is given to `nn.Parameter`: int64, int8, uint8 or bool. "
        "`nn.Linear(..., dtype=torch.int64)` does the same inside.",
        fix="self.register_buffer('mask', mask)  # stays with the module, is not trained\n"
        "self.codes = nn.Parameter(codes, requires_grad=False)\n"
        "self.weight = nn.Parameter(weight.float())",
        program="""\
import torch

mask = torch.nn.Parameter(torch.tensor([1, 0, 1]))
""",
        mended="""\
import torch

module = torch.nn.Module()
module.register_buffer("mask", torch.tensor([1, 0, 1]))
print(module.mask)
""",
        command="gradcli grad 'sum(x*mask)' x=1,2,3 mask=1,0,1 --wrt x",
        signs=(r"nn[/.]parameter\.py", r"\bParameter\(", r"_make_subclass"),
    ),
    Cause(
        name="integer_result",
        title="requires_grad was set on the result of an argmax, a comparison or an index",
        text="The tensor is an integer or bool result, such as a predicted class or a mask. Setting requires_grad on "
        "it was meant to make a backward pass possible; it cannot. Such steps are not differentiable, and the loss has "
        "to be computed from the scores before them.",
        how_to_tell="The tensor comes from `argmax`, `max(...)` with its indices, `topk(...).indices`, a comparison, "
        "or `.long()`.",
        fix="loss = F.cross_entropy(scores, target)  # scores, not scores.argmax(1)",
        program="""\
import torch

model = torch.nn.Linear(3, 2)
prediction = model(torch.ones(4, 3)).argmax(dim=1)
prediction.requires_grad = True
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 2)
target = torch.tensor([0, 1, 1, 0])
scores = model(torch.ones(4, 3))
torch.nn.functional.cross_entropy(scores, target).backward()
""",
        command="gradcli grad 'x > 0.5' x=0.7",
        signs=(r"arg(?:max|min|sort)|\.indices\b", r"\b(?:pred\w*|mask\w*|label\w*)\.requires_grad"),
    ),
    Cause(
        name="number_argument",
        title="a tensor stands where the function takes a fixed number",
        text="This argument is a Python number to torch, not a tensor: it is a constant of the operation, so no "
        "gradient in it exists. To learn it, write the formula with tensors, or use the variant of the function that "
        "takes a tensor there.",
        how_to_tell="The message names the argument. If it shall not be learned, `.item()` makes a number of it.",
        fix="F.prelu(x, slope)  # instead of F.leaky_relu(x, slope): slope is learned\n"
        "y = a + alpha * b  # instead of torch.add(a, b, alpha=alpha)\n"
        "F.leaky_relu(x, slope.item())  # a constant",
        program="""\
import torch

x = torch.tensor([1.0, -2.0])
slope = torch.tensor([0.1], requires_grad=True)
y = torch.nn.functional.leaky_relu(x, slope)
""",
        mended="""\
import torch

x = torch.tensor([1.0, -2.0])
slope = torch.tensor([0.1], requires_grad=True)
y = torch.nn.functional.prelu(x, slope)
y.sum().backward()
print(slope.grad)
""",
        command="gradcli grad 'sum(where(x > 0, x, a*x))' x=1,-2 a=0.1 --wrt a",
    ),
    Cause(
        name="item_of_many",
        title="a tensor with several entries is made a Python number",
        text=".item(), float() and int() give the one number that a tensor holds. This tensor has several (or none), "
        "so there is no such number: a mean or an index is missing, or .tolist() was meant.",
        how_to_tell="Print `x.shape`. A loss made with reduction='none', an accuracy for each sample, or a forgotten "
        "`.mean()` are the usual ones.",
        fix="value = loss.mean().item()\nvalues = loss.tolist()  # all of them",
        program="""\
import torch

errors = torch.tensor([0.5, 1.5])
print(errors.item())
""",
        mended="""\
import torch

errors = torch.tensor([0.5, 1.5])
print(errors.mean().item(), errors.tolist())
""",
        command="gradcli grad 'mean((x - y)**2)' x=1,2 y=0,5 --wrt x",
        signs=(r"\.item\(\)", r"\b(?:float|int)\("),
    ),
    Cause(
        name="list_of_tensors",
        title="torch.tensor of a list of tensors",
        text="torch.tensor and torch.FloatTensor build a tensor from numbers. From a list of tensors they take each as "
        "one number, which fails where a tensor has several entries; where it works, the graph is lost. torch.stack "
        "and torch.cat join tensors, and keep the gradient.",
        how_to_tell="The line that raised has `torch.tensor([...])`, `torch.Tensor(list)`, `torch.FloatTensor(list)` "
        "or `np.array(list)` of a list that holds tensors.",
        fix="batch = torch.stack(rows)  # a new axis in front\n"
        "batch = torch.cat(chunks)  # joined along the first axis",
        program="""\
import torch

rows = [torch.ones(3), torch.zeros(3)]
batch = torch.tensor(rows)
""",
        mended="""\
import torch

rows = [torch.ones(3), torch.zeros(3)]
batch = torch.stack(rows)
print(batch.shape)
""",
        command="gradcli grad 'sum(stack([a*x, x**2]))' a=2 x=1,2",
        signs=(r"(?:torch\.)?(?:tensor|as_tensor|Tensor|FloatTensor|LongTensor)\(", r"np\.(?:array|asarray)\("),
    ),
    Cause(
        name="math_function",
        title="a function of the math module on a tensor",
        text="The functions of Python's math module take one number, and give one: on a tensor with several entries "
        "they fail, and on a tensor with one they return a plain number without a graph. torch has the same functions "
        "for tensors.",
        how_to_tell="Search for `math.` on the line that raised; also `'%.3f' % tensor`.",
        fix="y = torch.exp(x)  # not math.exp(x)",
        program="""\
import math
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = math.exp(x)
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.exp(x)
y.sum().backward()
""",
        command="gradcli grad 'sum(exp(x))' x=1,2",
        signs=(r"\bmath\.\w+\(",),
    ),
    Cause(
        name="tensor_as_index",
        title="a tensor of floats, or of several entries, is used as an index or a count",
        text="range, list indices, sizes and LongTensor of a list want whole numbers, and only an integer tensor with "
        "a single entry can stand for one. This tensor has a floating dtype, or more entries than one.",
        how_to_tell="Print `dtype` and `shape` of the tensor between the brackets.",
        fix="for i in range(int(count)):  # a float tensor with one entry\n"
        "names = [names[i] for i in indices.tolist()]  # several indices into a list\n"
        "batch = torch.stack(rows)  # not torch.LongTensor(rows)",
        program="""\
import torch

names = ["cat", "dog", "bird"]
picked = torch.tensor([2, 0])
print(names[picked])
""",
        mended="""\
import torch

names = ["cat", "dog", "bird"]
picked = torch.tensor([2, 0])
print([names[i] for i in picked.tolist()])
""",
        command="gradcli grad 'x[2] + x[0]' x=1,2,3",
    ),
    Cause(
        name="index_of_scalar",
        title="a tensor without axes was indexed",
        text="A loss has the shape () and no axis to index. loss.data[0] was the way to the number before torch 0.4; "
        "since then it is .item(). With is_grads_batched a scalar grad_outputs is indexed in the same way: it lacks "
        "the batch axis.",
        how_to_tell="Print `x.shape`: `torch.Size([])`. Search for `[0]` after a loss, a sum or a mean.",
        fix="value = loss.item()  # not loss.data[0]",
        program="""\
import torch

loss = torch.tensor([1.0, 2.0], requires_grad=True).square().sum()
print(loss.data[0])
""",
        mended="""\
import torch

loss = torch.tensor([1.0, 2.0], requires_grad=True).square().sum()
print(loss.item())
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
    ),
    Cause(
        name="iteration_of_scalar",
        title="a tensor without axes was iterated over",
        text="A tensor of shape () holds one number and has no axis to go along: it can be neither unpacked nor summed "
        "by Python's sum, and it has no len. A reduction took the axis away, or a single tensor stands where a list "
        "was meant.",
        how_to_tell="Print `x.shape`: `torch.Size([])`. Look for `for ... in`, `a, b = ...`, `sum(...)`, `zip(...)` "
        "and `len(...)` on the line that raised.",
        fix="total = torch.stack(losses).sum()  # losses is a list\nx = x.reshape(1)  # or x.unsqueeze(0): one axis",
        program="""\
import torch

losses = torch.tensor([1.0, 2.0], requires_grad=True).square().mean()
total = sum(losses)
""",
        mended="""\
import torch

losses = torch.tensor([1.0, 2.0], requires_grad=True).square()
total = sum(losses)
total.backward()
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
    ),
    Cause(
        name="format_of_many",
        title="a format such as :.3f on a tensor with several entries",
        text="A number format fits one number. A tensor of shape () is formatted as its number; one with an axis, even "
        "of shape (1,), is not.",
        how_to_tell="Print `x.shape` of what stands in the f-string.",
        fix="print(f'{loss.mean().item():.3f}')",
        program="""\
import torch

errors = torch.tensor([0.5, 1.5])
print(f"{errors:.3f}")
""",
        mended="""\
import torch

errors = torch.tensor([0.5, 1.5])
print(f"{errors.mean().item():.3f}")
""",
        command="gradcli grad 'mean(x**2)' x=0.5,1.5",
    ),
)

MESSAGES = (
    Message(
        name="integer_requires_grad",
        patterns=(
            r"[Oo]nly (?:Tensors|Variables) of floating point(?: and complex)?(?: dtypes?)? can require grad",
            r"Expected primal to be floating point or complex, but got: (?P<dtype>[\w.]+)",
            r"nn\.Module\.to only accepts floating point (?:or complex )?dtypes, but got desired "
            r"dtype=(?P<dtype>[\w.]+)",
        ),
        meaning="A tensor of dtype {dtype} is to take part in differentiation. Only floating and complex dtypes can.",
        causes=("integer_requires_grad", "integer_parameter", "integer_result"),
        defaults={"dtype": "integer or bool"},
        finder="values",
    ),
    Message(
        name="number_argument",
        patterns=(
            r"(?P<function>\w+)\(\): argument '(?P<argument>\w+)' (?:\(position \d+\) )?must be (?:Number|float|int), "
            r"not (?:Tensor|Parameter)",
            r"Cannot input a tensor that requires grad as a scalar argument",
        ),
        meaning="`{argument}` of {function} is a plain number to torch, and a tensor was given.",
        causes=("number_argument",),
        defaults={"function": "the function", "argument": "This argument"},
        finder="values",
    ),
    Message(
        name="item_of_many",
        patterns=(
            r"[Aa] Tensor with (?P<count>\d+) elements cannot be converted to Scalar",
            r"only (?:one|1)[- ]element tensors can be converted to Python scalars",
            r"only (?:size-1|length-1|0-dimensional) arrays can be converted to Python scalars",
            r"can't convert a (?:Tensor|Variable) with (?P<count>\d+) elements to (?:a )?(?:Python )?(?:scalar|number)",
        ),
        meaning="A tensor with {count} entries was to become one Python number.",
        causes=("item_of_many", "list_of_tensors", "math_function"),
        defaults={"count": "several"},
        finder="values",
    ),
    Message(
        name="tensor_as_index",
        patterns=(
            r"only integer tensors of a single element can be converted to an index",
            r"only integer scalar arrays can be converted to a scalar index",
        ),
        meaning="Python wanted a whole number here and asked a tensor for it, which is not one integer.",
        causes=("tensor_as_index", "list_of_tensors"),
        finder="values",
    ),
    Message(
        name="index_of_scalar",
        patterns=(r"invalid index of a 0-dim tensor", r"invalid index to scalar variable"),
        meaning="A tensor of shape () was indexed, and it has no axis.",
        causes=("index_of_scalar", "grads_batched"),
        finder="values",
    ),
    Message(
        name="iteration_of_scalar",
        patterns=(r"iteration over a 0-d tensor", r"len\(\) of a 0-d tensor"),
        meaning="A tensor of shape () was taken for a sequence, and it has no axis.",
        causes=("iteration_of_scalar",),
        finder="values",
    ),
    Message(
        name="format_of_many",
        patterns=(r"unsupported format string passed to Tensor\.__format__",),
        meaning="A tensor with axes was to be printed in a format for one number.",
        causes=("format_of_many",),
        finder="values",
    ),
)
