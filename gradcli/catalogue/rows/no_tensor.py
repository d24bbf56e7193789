"""What was taken for a tensor and is none: numbers, tuples, None, functions, arrays; and empty inputs."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="python_number",
        title="the loss became a Python number",
        text="Somewhere .item(), float() or int() turned the loss into a Python number. A plain number is not a "
        "tensor: it has no history and no backward. Keep the tensor for the backward pass, and take .item() only for "
        "what is printed.",
        how_to_tell="Print `type(loss)`. Search for `.item()`, `float(`, `.tolist()` in the line that computes the "
        "loss, in the line that adds it up, and in the return statement of the function that makes it.",
        fix="loss = criterion(model(x), y)\nloss.backward()\nrunning += loss.item()  # for the log only",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
total = 0.0
for batch in torch.ones(4, 2, 3):
    total += model(batch).square().mean().item()
total.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
total = 0.0
for batch in torch.ones(4, 2, 3):
    total = total + model(batch).square().mean()
total.backward()
print(total.item())
""",
        command="gradcli grad 'mean((w*x)**2)' w=0.5 x=1,2 --wrt w",
    ),
    Cause(
        name="loss_never_added",
        title="no loss was ever added to the starting 0",
        text="The loss starts as the number 0, and tensors are added to it in a loop or under conditions. Here nothing "
        "was added, so it is still a Python int and not a tensor: the loop ran over an empty list, or every term was "
        "switched off.",
        how_to_tell="Print how many terms were added: the length of the loader or list, and the conditions before each "
        "`loss = loss + ...`. A float such as 0.0 that grew points to `.item()` instead.",
        fix="if terms:\n    torch.stack(terms).sum().backward()\n"
        "# or skip the step: nothing depends on the parameters here",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
use_l1, loss = False, 0
if use_l1:
    loss = loss + model.weight.abs().sum()
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
use_l1, loss = True, 0
if use_l1:
    loss = loss + model.weight.abs().sum()
loss.backward()
""",
        command="gradcli grad 'sum(abs(w))' w=1,-2",
        signs=(r"'int' object has no attribute",),
    ),
    Cause(
        name="numpy_loss",
        title="the loss was computed by NumPy",
        text="The loss came from NumPy, SciPy or scikit-learn: np.mean, a metric such as mean_squared_error, or an "
        "array taken out of a tensor. Its type is a numpy number or array, not a tensor, and it has no history.",
        how_to_tell="Print `type(loss)`: numpy.float64, numpy.float32 or numpy.ndarray. Search for `np.`, `.numpy()` "
        "and functions of sklearn in the line that computes it.",
        fix="loss = torch.nn.functional.mse_loss(output, target)  # torch's functions from output to loss",
        program="""\
import numpy as np
import torch

model = torch.nn.Linear(3, 1)
output = model(torch.ones(2, 3)).detach().numpy()
loss = np.mean((output - 1.0) ** 2)
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
output = model(torch.ones(2, 3))
loss = torch.mean((output - 1.0) ** 2)
loss.backward()
""",
        command="gradcli grad 'np.mean((w*x - 1)**2)' w=0.5 x=1,2 --wrt w",
        signs=(r"'numpy\.", r"\bnp\.\w+\(", r"sklearn"),
    ),
    Cause(
        name="loss_in_tuple",
        title="the model or the loss function returns several things",
        text="The call returned a tuple, list or dict with the loss among other things, such as the logits or the "
        "parts of the loss. A container is not a tensor and has no graph; the loss has to be taken out of it.",
        how_to_tell="Print `type(loss)` and `len(loss)`, and read the return statement. A stray comma, `loss = f(x),`, "
        "makes a tuple of one. Models of transformers return the loss first or as `.loss`.",
        fix="loss, logits = model(batch, labels)\nloss = model(**batch).loss  # transformers",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
def evaluate(batch):
    output = model(batch)
    return output.square().mean(), output
loss = evaluate(torch.ones(2, 3))
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
def evaluate(batch):
    output = model(batch)
    return output.square().mean(), output
loss, output = evaluate(torch.ones(2, 3))
loss.backward()
""",
        command="gradcli grad 'mean((w*x)**2)' w=0.5 x=1,2 --wrt w",
    ),
    Cause(
        name="losses_in_list",
        title="several losses in a list",
        text="The losses of several batches, heads or steps were collected in a list. backward belongs to one tensor: "
        "join them with stack and reduce them to a scalar.",
        how_to_tell="Print `type(loss)`: it is a list; look for `.append(`.",
        fix="torch.stack(losses).sum().backward()\nsum(losses).backward()  # the same",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
losses = [model(batch).square().mean() for batch in torch.ones(4, 2, 3)]
losses.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
losses = [model(batch).square().mean() for batch in torch.ones(4, 2, 3)]
torch.stack(losses).sum().backward()
""",
        command="gradcli grad 'sum(stack([w**2, 3*w]))' w=2",
        signs=(r"'list' object",),
    ),
    Cause(
        name="gradients_in_tuple",
        title="autograd.grad returns a tuple, also for one input",
        text="torch.autograd.grad gives a tuple with one gradient for each input, even where there is one input only. "
        "The gradient has to be unpacked from the tuple before it can be used as a tensor.",
        how_to_tell="Look where the object was made: `g = torch.autograd.grad(y, x)` without `[0]`. The same holds for "
        "torch.func.grad with a tuple as `argnums`.",
        fix="(g,) = torch.autograd.grad(y, x)\ng = torch.autograd.grad(y, x)[0]",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
g = torch.autograd.grad(x.square().sum(), x)
print(g.norm())
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
(g,) = torch.autograd.grad(x.square().sum(), x)
print(g.norm())
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
        signs=(
            r"autograd\.grad\(",
            r"'tuple' object has no attribute '(?:norm|pow|sign|square|abs|clamp)'",
            r"can only concatenate tuple|for [-+*/]=?: '(?:\w+' and ')?tuple'",
        ),
    ),
    Cause(
        name="function_returns_none",
        title="the function that should return the loss returns None",
        text="A function without a return statement on this path gives None, and None is not a tensor. Models of "
        "transformers give loss=None where no labels were passed.",
        how_to_tell="Print the loss. Then read the function from its end: a missing `return`, a branch without one, or "
        "labels under another name than the model expects.",
        fix="def step(batch):\n    loss = criterion(model(batch), target)\n    return loss",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
def evaluate(batch):
    loss = model(batch).square().mean()
loss = evaluate(torch.ones(2, 3))
loss.backward()
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
def evaluate(batch):
    loss = model(batch).square().mean()
    return loss
loss = evaluate(torch.ones(2, 3))
loss.backward()
""",
        command="gradcli grad 'mean((w*x)**2)' w=0.5 x=1,2 --wrt w",
    ),
    Cause(
        name="backward_result_used",
        title="the result of backward() was used",
        text="backward returns None: it puts the gradients into the .grad of the leaf tensors. A line such as "
        "loss = loss.backward() throws the loss away. Who wants the gradients as values calls torch.autograd.grad.",
        how_to_tell="Search for `= ....backward()` and for calls chained onto `backward()`.",
        fix="loss.backward()\ngradient = weight.grad\n"
        "(gradient,) = torch.autograd.grad(loss, weight)  # instead of backward",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.square().sum()
gradient = loss.backward()
print(gradient.norm())
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.square().sum()
loss.backward()
print(x.grad.norm())
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
        signs=(r"=\s*[\w.]+\.backward\(", r"\.backward\([^)]*\)\.\w"),
    ),
    Cause(
        name="loss_not_called",
        title="the loss function or method was named, not called",
        text="The name of a function stands where its result was meant: parentheses are missing, so the object is a "
        "function or a bound method, which has no graph.",
        how_to_tell="Print the object: `<function ...>` or `<bound method ...>`. Look for `loss.mean` or "
        "`model.forward` without `()`.",
        fix="loss.mean().backward()  # not loss.mean.backward()",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.square().sum
loss.backward()
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.square().sum()
loss.backward()
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
    ),
    Cause(
        name="outputs_no_tensor",
        title="the output given to grad or backward is no tensor",
        text="The outputs are a Python number, an array, or a nested list: something left torch before the call "
        "(.item(), float(), NumPy), or a tuple with other things in it was passed whole. torch takes a number for a "
        "sequence of tensors and fails while it goes through it.",
        how_to_tell="Print `type(...)` of the first argument of `torch.autograd.grad` or `torch.autograd.backward`.",
        fix="torch.autograd.grad(loss, x)  # the tensor, without .item()",
        program="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.square().sum().item()
torch.autograd.grad(loss, x)
""",
        mended="""\
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = x.square().sum()
print(torch.autograd.grad(loss, x))
""",
        command="gradcli grad 'sum(x**2)' x=1,2",
        signs=(r"tuple\(outputs\)", r"Expected output to be a torch\.Tensor", r"tuple\(tensors\)\s*\n.*tensors ="),
    ),
    Cause(
        name="inputs_no_tensor",
        title="the inputs given to grad are no tensors",
        text="The inputs of torch.autograd.grad have to be tensors, or a sequence of them. A number, a name, a module, "
        "or the pairs that named_parameters gives are none.",
        how_to_tell="Print the second argument. `model.parameters` lacks its parentheses, `model` is a module, and "
        "`model.named_parameters()` gives (name, tensor) pairs.",
        fix="torch.autograd.grad(loss, list(model.parameters()))\n"
        "torch.autograd.grad(loss, dict(model.named_parameters()))  # newer versions take a dict",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
loss = model(torch.ones(2, 3)).mean()
torch.autograd.grad(loss, list(model.named_parameters()))
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
loss = model(torch.ones(2, 3)).mean()
torch.autograd.grad(loss, list(model.parameters()))
""",
        command="gradcli grad 'mean(w*x + b)' w=2 b=1 x=1,2 --wrt w,b",
        signs=(r"tuple\(inputs\)", r"all inputs have to be Tensors"),
    ),
    Cause(
        name="inputs_empty",
        title="there is no input to differentiate in",
        text="The list of inputs is empty: a filter kept no parameter, or a generator such as model.parameters() had "
        "been used up by an earlier loop or call and gives nothing the second time.",
        how_to_tell="Print `len(list(inputs))` before the call. A generator is empty after its first use: keep a list.",
        fix="params = [p for p in model.parameters() if p.requires_grad]  # a list\nassert params",
        program="""\
import torch

model = torch.nn.Linear(3, 1)
params = model.parameters()
torch.optim.SGD(params, lr=0.1)
loss = model(torch.ones(2, 3)).mean()
torch.autograd.grad(loss, params)
""",
        mended="""\
import torch

model = torch.nn.Linear(3, 1)
params = list(model.parameters())
torch.optim.SGD(params, lr=0.1)
loss = model(torch.ones(2, 3)).mean()
torch.autograd.grad(loss, params)
""",
        command="gradcli grad 'mean(w*x + b)' w=2 b=1 x=1,2 --wrt w,b",
    ),
)

_TENSORS_OWN = r"backward|requires_grad_?|grad_fn|grad|detach_?|retain_grad|register_hook|is_leaf"
_USES = r"norm|pow|abs|sum|mean|square|view|reshape|flatten|clone|size|numpy|cpu|item|dim|sign|max|min|add_|mul_|shape"

MESSAGES = (
    Message(
        name="number_for_tensor",
        patterns=(
            r"'(?P<kind>float|int|complex|bool|str|numpy\.\w+|np\.\w+)' object has no attribute "
            rf"'(?P<attribute>{_TENSORS_OWN}|item|cpu|dim)'",
        ),
        meaning="`{attribute}` was asked of an object of type {kind}. Only a tensor has it.",
        causes=("python_number", "loss_never_added", "numpy_loss", "parameter_of_number"),
        finder="number",
    ),
    Message(
        name="container_for_tensor",
        patterns=(
            rf"'(?P<kind>tuple|list|dict|generator|\w*Output\w*)' object has no attribute "
            rf"'(?P<attribute>{_TENSORS_OWN}|{_USES})'",
            r"can only concatenate (?P<kind>tuple) \(not \"(?P<other>[\w.]+)\"\) to tuple",
            r"unsupported operand type\(s\) for (?P<op>\S+): '(?P<kind>tuple)' and '(?P<other>[\w.]+)'",
            r"unsupported operand type\(s\) for (?P<op>\S+): '(?P<other>[\w.]+)' and '(?P<kind>tuple)'",
            r"argument '(?P<argument>\w+)' \(position \d+\) must be Tensor, not (?P<kind>tuple)",
        ),
        meaning="An object of type {kind} was used as if it were a tensor. It may hold tensors, and is none itself.",
        causes=("loss_in_tuple", "gradients_in_tuple", "losses_in_list", "generator_for_tensor", "parameter_of_number"),
        finder="number",
    ),
    Message(
        name="none_backward",
        patterns=(
            r"'NoneType' object has no attribute '(?P<attribute>backward|grad_fn|requires_grad_?|retain_grad)'",
            r"The model did not return a loss from the inputs",
        ),
        meaning="The object that should be a tensor is None: no value was ever put there.",
        causes=("function_returns_none", "backward_result_used"),
        finder="number",
    ),
    Message(
        name="function_for_tensor",
        patterns=(
            r"'(?P<kind>function|method|builtin_function_or_method|type|module)' object has no attribute "
            rf"'(?P<attribute>{_TENSORS_OWN})'",
            r"type object '(?P<kind>\w+)' has no attribute '(?P<attribute>backward)'",
        ),
        meaning="`{attribute}` was asked of a {kind}, not of a tensor.",
        causes=("loss_not_called",),
        sure=False,
        finder="number",
    ),
    Message(
        name="not_iterable",
        patterns=(
            r"'(?P<kind>float|int|bool|complex|function|method|NoneType|numpy\.\w+|[A-Z]\w*)' object is not iterable",
            r"Expected output to be a torch\.Tensor",
            r"argument 1 must be tuple of (?:Tensors|Variables), not (?P<kind>[\w.]+)",
            r"element (?P<index>\d+) of (?:tensors|variables) tuple is not a (?:Tensor|Variable)",
            r"(?<!grad_)(?:tensors|variables|outputs) argument is expected to be a tuple, but got (?P<kind>[\w.]+)",
        ),
        meaning="An object of type {kind} stands where a tensor, or a sequence of tensors, is wanted. Where the "
        "traceback does not end in torch, it is an ordinary loop over what is no list.",
        causes=("outputs_no_tensor", "grad_outputs_number", "inputs_no_tensor"),
        defaults={"kind": "another kind"},
        finder="number",
    ),
    Message(
        name="inputs_kind",
        patterns=(
            r"all inputs have to be (?:Tensors|Variables)(?: or GradientEdges)?, but got (?P<kind>[\w.]+)",
            r"`inputs` argument to `?(?:grad|backward)\(\)`? must be a dict, not (?P<kind>\w+)",
        ),
        meaning="What is to be differentiated in holds an object of type {kind}, which is no tensor.",
        causes=("inputs_no_tensor",),
        finder="number",
    ),
    Message(
        name="inputs_empty",
        patterns=(
            r"`?inputs'?`? argument to `?(?:grad|backward)(?:\(\))?`? cannot be empty",
            r"grad requires non-empty inputs",
        ),
        meaning="The list of inputs to differentiate in is empty.",
        causes=("inputs_empty",),
        finder="number",
    ),
)
