"""Types of numbers: float32 against float64, class numbers, integers and half precision."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="dtype_mixed",
        title="two floating-point types meet in one operation",
        text="One operand is float64 (double), the other float32, or one is half precision: matrix products, "
        "convolutions and layers need one dtype for all. NumPy and Python data arrive as float64, torch's parameters "
        "are float32, so the type mismatch usually comes from the data.",
        how_to_tell="Print `x.dtype` and `next(model.parameters()).dtype`. `torch.from_numpy(array)` and "
        "`torch.tensor(array)` keep NumPy's float64; autocast returns half precision, which leaves its block.",
        fix="x = torch.from_numpy(array).float()      # the data as float32, where it enters\n"
        "model = model.double()                   # or all of it in float64: for gradcheck and for physics\n"
        "x = x.to(weight.dtype)                   # or one operand as the other",
        program="""\
import numpy as np
import torch
from torch import nn

model = nn.Linear(3, 1)
array = np.ones((4, 3))
loss = model(torch.from_numpy(array)).mean()
loss.backward()
""",
        mended="""\
import numpy as np
import torch
from torch import nn

model = nn.Linear(3, 1)
array = np.ones((4, 3))
loss = model(torch.from_numpy(array).float()).mean()
loss.backward()
""",
        command="gradcli grad 'x/3' x=1 --dtype float32",
    ),
    Cause(
        name="optimizer_state_dtype",
        title="the model changed its dtype after the optimizer had started",
        text="Adam and its kin keep running means of the gradients, in the dtype that the gradients had. A model that "
        "is cast afterwards (`.double()`, `.half()`) brings gradients of another type, which do not fit the old "
        "state.",
        how_to_tell="Look for `.double()`, `.half()`, `.to(dtype)` on the model after the optimizer was made, and for "
        "a loaded optimizer state of another precision.",
        fix="model = model.double()                              # first\n"
        "optimizer = torch.optim.Adam(model.parameters())    # then",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(4, 3)).sum().backward()
optimizer.step()
model.double()
model(torch.ones(4, 3, dtype=torch.float64)).sum().backward()
optimizer.step()
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1).double()
optimizer = torch.optim.Adam(model.parameters())
model(torch.ones(4, 3, dtype=torch.float64)).sum().backward()
optimizer.step()
""",
        command="gradcli grad 'sum(w**2)' w=1,2,3 --dtype float32",
        signs=(r"optim/\w+\.py", r"optimizer\.step\("),
    ),
    Cause(
        name="class_target_dtype",
        title="class numbers for cross_entropy are no integers",
        text="cross_entropy and nll_loss take the number of the right class as an integer of dtype long (int64), or, "
        "from torch 1.10 on, probabilities of the same shape as the scores. Here the targets are floating-point or "
        "int32 numbers in the shape of class numbers.",
        how_to_tell="Print `y.dtype, y.shape`: class numbers are int64 of shape (batch,). Labels from pandas or NumPy "
        "often come as float64 or int32.",
        fix="loss = F.cross_entropy(scores, y.long())\n"
        "loss = F.mse_loss(prediction, y)  # where y is a quantity, not a class",
        program="""\
import torch
import torch.nn.functional as F

scores = torch.zeros(4, 3, requires_grad=True)
labels = torch.tensor([0.0, 1.0, 2.0, 1.0])
F.cross_entropy(scores, labels).backward()
""",
        mended="""\
import torch
import torch.nn.functional as F

scores = torch.zeros(4, 3, requires_grad=True)
labels = torch.tensor([0.0, 1.0, 2.0, 1.0])
F.cross_entropy(scores, labels.long()).backward()
""",
        command="gradcli grad 'logsumexp(s) - s[1]' s=1,2,3",
        signs=(r"(?i)cross_?entropy|nll_?loss",),
    ),
    Cause(
        name="float_target_dtype",
        title="the targets of a loss have another dtype than the predictions",
        text="binary_cross_entropy, mse_loss and their kin compute with predictions and targets together, so both "
        "need one floating-point type. The targets are integers (labels 0 and 1) or float64 from NumPy, the "
        "predictions are float32.",
        how_to_tell="Print `prediction.dtype, target.dtype`.",
        fix="loss = F.binary_cross_entropy(p, y.float())\nloss = criterion(p, y.to(p.dtype))",
        program="""\
import torch
import torch.nn.functional as F

probability = torch.tensor([0.2, 0.7], requires_grad=True)
labels = torch.tensor([0, 1])
F.binary_cross_entropy(probability, labels).backward()
""",
        mended="""\
import torch
import torch.nn.functional as F

probability = torch.tensor([0.2, 0.7], requires_grad=True)
labels = torch.tensor([0, 1])
F.binary_cross_entropy(probability, labels.float()).backward()
""",
        command="gradcli grad '-(y*log(p) + (1 - y)*log(1 - p))' p=0.7 y=1 --wrt p",
    ),
    Cause(
        name="inplace_cast",
        title="a float result is written in place into an integer tensor",
        text="An in-place operation keeps the dtype of its target. The target is an integer tensor (made by "
        "`torch.tensor([1, 2])`, `arange`, `zeros_like` of labels), the result of the arithmetic is a float, and torch "
        "refuses to cut off its fraction.",
        how_to_tell="Print `x.dtype` of the tensor on the left of `+=`, `/=`, `add_`, `div_`: torch.int64 is this "
        "case.",
        fix="x = torch.tensor([1.0, 2.0])  # with decimal points, or dtype=torch.float32\n"
        "x = x / 2                     # out of place: a new float tensor",
        program="""\
import torch

weights = torch.tensor([1, 2, 3])
gradient = torch.tensor([0.5, 0.5, 0.5])
weights -= 0.1 * gradient
""",
        mended="""\
import torch

weights = torch.tensor([1.0, 2.0, 3.0])
gradient = torch.tensor([0.5, 0.5, 0.5])
weights -= 0.1 * gradient
""",
        command="gradcli grad 'sum(w**2)' w=1,2,3",
    ),
    Cause(
        name="operation_lacks_dtype",
        title="an operation that does not exist for this dtype",
        text="The kernel was not written for numbers of this type: softmax, mean and norms need floating-point "
        "numbers and got integers, or a linear-algebra routine exists for float32 and float64 only and got half "
        "precision, or got complex numbers.",
        how_to_tell="The message names the dtype after `for`: Long, Int or Bool means integers that should be floats; "
        "Half or BFloat16 means low precision (on the CPU often not supported); ComplexFloat means complex.",
        fix="x.float().mean()              # integers: make them floats\n"
        "torch.linalg.inv(A.float()).to(A.dtype)  # half precision: this step in float32\n"
        'with torch.autocast("cuda", enabled=False): ...',
        program="""\
import torch
import torch.nn.functional as F

counts = torch.tensor([1, 2, 3])
print(F.softmax(counts, dim=0))
""",
        mended="""\
import torch
import torch.nn.functional as F

counts = torch.tensor([1, 2, 3])
print(F.softmax(counts.float(), dim=0))
""",
        command="gradcli grad 'softmax(x)[0]' x=1,2,3",
    ),
    Cause(
        name="index_dtype",
        title="indices are no integers",
        text="Indexing, gather, scatter and embeddings take whole numbers (int64, or masks of bool). The indices here "
        "are floating-point: they were computed by a division, read from a file as floats, or come out of a layer.",
        how_to_tell="Print the dtype of the indices. A division with `/` gives floats, `//` keeps integers.",
        fix="x[index.long()]\nindex = position // 2  # an integer division keeps integers",
        program="""\
import torch
from torch import nn

tokens = torch.tensor([0.0, 2.0, 1.0])
print(nn.Embedding(3, 4)(tokens).shape)
""",
        mended="""\
import torch
from torch import nn

tokens = torch.tensor([0.0, 2.0, 1.0])
print(nn.Embedding(3, 4)(tokens.long()).shape)
""",
        command="gradcli grad 'W[1]' W=2,3,4",
    ),
    Cause(
        name="integer_operand",
        title="an integer tensor meets a float in an operation that does not convert",
        text="Sums and products of entries convert integers to floats by themselves. Matrix products, einsum, "
        "convolutions and linear layers do not: the first operand says the dtype, here integers (torch.int64), and the "
        "other is a float. Integers have no gradient either, so make the integer tensor a float.",
        how_to_tell="The traceback ends in bmm, matmul, einsum, conv or linear, not in a loss. Print the dtype of both "
        "operands: `torch.tensor([1, 2])`, `arange`, one_hot and images read as bytes are integers.",
        fix="x = x.float()\nx = torch.tensor([1.0, 2.0])  # with decimal points",
        program="""\
import torch

counts = torch.tensor([[[1, 2], [3, 4]]])
weights = torch.ones(1, 2, 2, requires_grad=True)
torch.bmm(counts, weights).sum().backward()
""",
        mended="""\
import torch

counts = torch.tensor([[[1, 2], [3, 4]]])
weights = torch.ones(1, 2, 2, requires_grad=True)
torch.bmm(counts.float(), weights).sum().backward()
""",
        command="gradcli grad 'sum(A@w)' A='[[1,2],[3,4]]' w=1,1 --wrt w",
        signs=(r"\b(?:bmm|matmul|mm|einsum|conv\dd|linear|baddbmm)\(", r" @ "),
    ),
    Cause(
        name="number_beyond_dtype",
        title="a number is larger than the dtype can hold",
        text="float16 ends at 65504, uint8 at 255. A constant such as -1e9 that masks attention scores, or a large "
        "value that fills a tensor, has no place in it: the type of the tensor became half precision (autocast, "
        "`.half()`), the constant stayed. Take the lowest number of the tensor's own dtype, or minus infinity.",
        how_to_tell="Look for `masked_fill`, `fill_`, `full_like` or `clamp` with a large number on the line that "
        "raised, and print the dtype of the tensor there.",
        fix="scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)\n"
        "scores = scores.masked_fill(mask, float('-inf'))  # where no row is masked as a whole",
        program="""\
import torch

scores = torch.ones(2, 2, dtype=torch.float16, requires_grad=True)
mask = torch.tensor([[False, True], [False, False]])
scores.masked_fill(mask, -1e9).float().softmax(-1).sum().backward()
""",
        mended="""\
import torch

scores = torch.ones(2, 2, dtype=torch.float16, requires_grad=True)
mask = torch.tensor([[False, True], [False, False]])
scores.masked_fill(mask, torch.finfo(scores.dtype).min).float().softmax(-1).sum().backward()
""",
        command="gradcli grad 'softmax(s)[0]' s=1,2 --dtype float16",
    ),
)

_TYPE = r"(?:torch\.)?(?:cuda\.)?[A-Za-z]\w*"
_FLOAT = r"(?:torch\.)?(?:Float|Double|Half|BFloat16|float(?:16|32|64)?|double|half|bfloat16|c10::\w+)"

MESSAGES = (
    Message(
        name="class_targets",
        patterns=(
            r"expected target dtype to be Long or Byte, but got (?P<got>\w+)",
            r"[Ee]xpected object of (?:scalar type|data type) Long but (?:got|found) (?:scalar type |data type )?"
            r"(?P<got>\w+)(?: for argument #\d+ '(?:target|labels?)')",
            r"Expected object of type torch\.(?:cuda\.)?LongTensor but found type torch\.(?:cuda\.)?(?P<got>\w+)Tensor "
            r"for argument #\d+ 'target'",
            r"\"?nll_loss\w*\"? not implemented for '(?P<got>Int|Float|Double)'",
        ),
        meaning="A loss over classes got targets of dtype {got}. Class numbers must be integers of dtype long.",
        causes=("class_target_dtype",),
        defaults={"got": "float"},
    ),
    Message(
        name="long_expected",
        patterns=(r"expected scalar type Long but found (?P<got>Float|Double|Int|Half|Short|Byte|Char|BFloat16)",),
        meaning="An operation that went by integers of dtype long got {got}. Either it is a loss over classes, whose "
        "class numbers are integers, or one operand is an integer tensor and should not be.",
        causes=("class_target_dtype", "integer_operand"),
    ),
    Message(
        name="number_beyond_dtype",
        patterns=(r"value cannot be converted to type (?P<dtype>[\w:.]+) without overflow",),
        meaning="A number does not fit into the dtype of the tensor that it was to fill, {dtype}.",
        causes=("number_beyond_dtype",),
    ),
    Message(
        name="index_dtype",
        patterns=(
            r"tensors used as indices must be long",
            r"Expected tensor for argument #\d+ 'ind\w+' to have (?:one of the following )?scalar types?:? "
            r"(?:Long|Int)",
            r"\w+\(\): Expected dtype int(?:32/int)?64 for index",
            r"[Ee]xpected object of (?:scalar )?type (?:torch\.)?(?:cuda\.)?Long(?:Tensor)? but (?:got|found) "
            r"(?:scalar )?type .{0,60} for argument #\d+ 'ind\w+'",
        ),
        meaning="An index has to be a whole number, and got another type.",
        causes=("index_dtype",),
    ),
    Message(
        name="optimizer_dtype",
        patterns=(
            r"expected dtype (?P<expected>\w+) for `(?:end|weight|other)` but got dtype (?P<got>\w+)",
            r"Tensors of the same index must be on the same device and the same dtype",
        ),
        meaning="Two tensors that are updated together have different dtypes: {expected} and {got}.",
        causes=("optimizer_state_dtype", "dtype_mixed"),
        defaults={"expected": "one", "got": "another"},
    ),
    Message(
        name="loss_dtype",
        patterns=(
            r"Found dtype (?P<got>\w+) but expected (?P<expected>\w+)",
            r"expected dtype (?P<expected>\w+) but got dtype (?P<got>\w+)",
            r"Expected object of (?:scalar type|type) (?P<expected>" + _TYPE + r") but (?:got|found) (?:scalar )?type "
            r"(?P<got>" + _TYPE + r") for argument #\d+ '(?:target|labels?)'",
        ),
        meaning="A loss or a backward pass computes with {expected} and got {got}: prediction and target differ in "
        "dtype.",
        causes=("float_target_dtype", "dtype_mixed"),
        finder="mixed",
    ),
    Message(
        name="operation_dtype",
        patterns=(
            r"\"?(?P<op>[\w.]+)\"? not implemented for '(?P<dtype>\w+)'",
            r"(?P<op>[\w.]+)(?:\(\))?: could not infer output dtype.* Got: (?P<dtype>\w+)",
            r"[Cc]an only calculate the mean of floating types\. Got (?P<dtype>\w+) instead",
            r"(?P<op>[\w.]+)(?:\(\))?:? ?(?:input|output)? ?(?:[Ee]xpected|dtype should be) (?:a |either )?"
            r"floating point or complex (?:tensor as input|dtypes?)[.,]? (?:but )?[Gg]ot:? (?P<dtype>[\w.]+)",
            r"(?P<op>[\w.]+): Low precision dtypes not supported\. Got (?P<dtype>\w+)",
            r"(?P<op>\w+) is not supported for (?P<dtype>complex) types",
            r"(?P<op>Subtraction|Negation), the `-` operator,.{0,20} (?P<dtype>bool) tensors?",
        ),
        meaning="`{op}` cannot compute with numbers of type {dtype}.",
        causes=("operation_lacks_dtype",),
        defaults={"op": "the operation", "dtype": "this kind"},
    ),
    Message(
        name="dtype_mixed",
        patterns=(
            r"(?:mat1|self|input|expected m1) and (?:mat2|m2|vec|weight)\b.{0,20}? (?:must|to) have the same dtype,? "
            r"(?:but|bot) got:? (?P<got>\w+)(?: and | != )(?P<expected>\w+)",
            r"expected (?:both vectors|[ab12\w ]{1,30}) to have (?:the )?same dtype, but (?:found|got):? (?P<got>\w+)"
            r"(?: and | != )(?P<expected>\w+)",
            r"addmv input tensors must have the same dtype",
            r"[Ee]xpected (?:object of )?scalar type (?P<expected>" + _FLOAT + r") but (?:found|got) (?:scalar type )?"
            r"(?P<got>\w+)",
            r"[Ee]xpected object of (?:scalar type|data type|type) (?P<expected>" + _TYPE + r") but (?:got|found) "
            r"(?:scalar type |data type |type )?(?P<got>" + _TYPE + r")",
            r"[Ii]nput type \((?P<got>[\w. ]+)\) and (?:bias|weight) type \((?P<expected>[\w. ]+)\) should be the same",
            r"Expected tensor for (?:argument #\d+ )?'\w+' to have the same type as",
            r"(?:RNN )?[Ii]nput dtype \(?(?P<got>[\w.]+)\)? does not match weight dtype \(?(?P<expected>[\w.]+)\)?",
            r"mixed dtype \(CPU\): (?:all inputs must share same datatype|expect \w+ to have scalar type)",
            r"Expected query, key, and value to have the same dtype, but got query\.dtype: (?P<got>[\w:.]+) "
            r"key\.dtype: (?P<expected>[\w:.]+)",
            r"Expected attn_mask dtype to be bool or (?:float or )?to match query dtype",
            r"Expected (?:A and B|b and A) to have the same dtype, but found \w of type (?P<got>\w+) and \w of type "
            r"(?P<expected>\w+)",
            r"Index put requires the source and destination dtypes match, got (?P<expected>\w+) for the destination "
            r"and (?P<got>\w+) for the source",
            r"scatter(?:_\w+)?\(\): Expected self\.dtype to be equal to src\.dtype",
            r"attempting to assign a gradient with dtype '(?P<got>\w+)' to a tensor with (?:grad_)?dtype "
            r"'(?P<expected>\w+)'",
            r"Tensors must have same dtype|tensors? .{0,40}must have the same (?:dtype|scalar type)",
        ),
        meaning="An operation got numbers of two types, {got} and {expected}, and needs one.",
        causes=("dtype_mixed",),
        defaults={"got": "one", "expected": "another"},
        finder="mixed",
    ),
    Message(
        name="inplace_cast",
        patterns=(r"result type (?P<got>\w+) can't be cast to (?:the desired output type )?(?P<expected>\w+)",),
        meaning="An in-place operation would have to put {got} numbers into a tensor of {expected} numbers.",
        causes=("inplace_cast",),
    ),
)
