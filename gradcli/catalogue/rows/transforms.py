"""torch.func: autograd's other calls, buffers and NumPy inside a function that is being transformed."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="functorch_mixing",
        title="backward, requires_grad_ or retain_grad inside a torch.func transform",
        text="Two ways to differentiate are mixed. torch.func.grad, vjp, jacrev and vmap mark their inputs themselves "
        "and hand the derivative back; `backward()`, `requires_grad_()` and `retain_grad()` belong to the other way, "
        "which marks tensors and collects gradients in `.grad`. Inside the function there is no leaf to collect into.",
        how_to_tell="Look in the function given to the transform, and in what it calls, for `.backward()`, "
        "`.requires_grad_()`, `requires_grad=True`, `.retain_grad()`, `torch.autograd.functional`.",
        fix="torch.func.grad(f)(x)                       # return the scalar; the transform differentiates\n"
        "torch.func.grad(torch.func.grad(f))(x)      # nest transforms for higher derivatives\n"
        "torch.func.vmap(torch.func.grad(f), in_dims=(None, 0))(w, xs)  # a gradient for each sample",
        program="""\
import torch


def energy(x):
    x.requires_grad_()
    return (x**2).sum()


print(torch.func.grad(energy)(torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch


def energy(x):
    return (x**2).sum()


print(torch.func.grad(energy)(torch.tensor([1.0, 2.0])))
""",
        command="gradcli grad 'grad(x**3, x)' x=2",
    ),
    Cause(
        name="backward_in_transform",
        title="backward() is called for each sample inside vmap or func.grad",
        text="The function runs a backward pass itself, to get one gradient for each sample or a derivative inside a "
        "derivative. A backward pass writes into `.grad`, one place for the whole batch, so a transform refuses it. "
        "The transform takes the place of the call: map a gradient instead of calling backward in a map.",
        how_to_tell="The last frame of your own in the traceback is a `.backward()` inside the function that is given "
        "to vmap, grad, jacrev or jvp.",
        fix="def loss(weights, x):\n    return ((x @ weights) ** 2).sum()  # no backward in it\n\n"
        "per_sample = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(weights, xs)",
        program="""\
import torch

weights = torch.tensor([1.0, 2.0], requires_grad=True)


def sample_gradient(x):
    loss = (x @ weights) ** 2
    loss.backward()
    return weights.grad


print(torch.vmap(sample_gradient)(torch.ones(3, 2)))
""",
        mended="""\
import torch
from torch.func import grad, vmap

weights = torch.tensor([1.0, 2.0])


def loss(weights, x):
    return (x @ weights) ** 2


print(vmap(grad(loss), in_dims=(None, 0))(weights, torch.ones(3, 2)))
""",
        command="gradcli jacobian '(X @ w)**2' X=[[1,2],[3,4]] w=1,1 --wrt w",
        signs=(r"\.backward\(", r"backward\(\) called inside"),
    ),
    Cause(
        name="transform_captured_inplace",
        title="the function changes a tensor from outside in place",
        text="Inside torch.func.grad the function changes a tensor in place that it did not get as an argument: a "
        "counter, a cache, a running mean. The transform would have to differentiate through that change, and it can "
        "only follow what comes in as an argument and goes out as a result.",
        how_to_tell="The message names the in-place operation ({op}). Look for `+=`, `add_`, `copy_`, `x[i] = ...` on "
        "a global, a closure variable or an attribute.",
        fix="def step(params, total, x):\n    loss = f(params, x)\n"
        "    return loss, total + loss.detach()  # take it as an argument, return the new one\n\n"
        "grads, total = torch.func.grad(step, has_aux=True)(params, total, x)",
        program="""\
import torch

total = torch.zeros(())


def loss(w):
    value = (w**2).sum()
    total.add_(value)
    return value


print(torch.func.grad(loss)(torch.tensor([1.0, 2.0])))
""",
        mended="""\
import torch


def loss(w, total):
    value = (w**2).sum()
    return value, total + value.detach()


gradient, total = torch.func.grad(loss, has_aux=True)(torch.tensor([1.0, 2.0]), torch.zeros(()))
print(gradient, total)
""",
        command="gradcli grad 'sum(w**2)' w=1,2",
    ),
    Cause(
        name="transform_batch_norm",
        title="BatchNorm updates its running statistics inside a transform",
        text="In training mode BatchNorm changes its buffers in place: `running_mean`, `running_var` and "
        "`num_batches_tracked`. Under torch.func these are captured tensors, which must not change, and under vmap "
        "every entry of the batch would write its own statistics into the one buffer.",
        how_to_tell="Print `[m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]` and "
        "`model.training`.",
        fix="torch.func.replace_all_batch_norm_modules_(model)  # no running statistics from now on\n"
        "nn.BatchNorm1d(8, track_running_stats=False)       # or built without; nn.GroupNorm needs none\n"
        "model.eval()                                       # or use the statistics, do not update them",
        program="""\
import torch
from torch import nn
from torch.func import functional_call, grad

model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
params = dict(model.named_parameters())


def loss(params, x):
    return functional_call(model, params, (x,)).square().mean()


print(grad(loss)(params, torch.randn(5, 3)).keys())
""",
        mended="""\
import torch
from torch import nn
from torch.func import functional_call, grad, replace_all_batch_norm_modules_

model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
replace_all_batch_norm_modules_(model)
params = dict(model.named_parameters())


def loss(params, x):
    return functional_call(model, params, (x,)).square().mean()


print(grad(loss)(params, torch.randn(5, 3)).keys())
""",
        command="gradcli grad 'sum(((x - mean(x))/std(x))**3)' x=1,2,4",
        signs=(r"(?i)batch_?norm", r"num_batches_tracked", r"running_mean"),
    ),
    Cause(
        name="transform_numpy",
        title="NumPy or a data pointer inside a transform",
        text="Inside torch.func or vmap a tensor is a wrapper without memory of its own. `.numpy()`, `.tolist()`, "
        "`np.asarray` and C extensions read memory directly, so they cannot be followed by a transform; NumPy would "
        "cut the derivative anyway.",
        how_to_tell="Look in the function, and in what it calls, for `.numpy()`, `np.`, `.tolist()`, `.data_ptr()`, "
        "scipy and compiled extensions.",
        fix="torch.sin(x)                 # torch's operation instead of NumPy's\n"
        "x.detach()                   # a constant needs no NumPy\n"
        "# for code that only exists in NumPy: a torch.autograd.Function with setup_context and vmap",
        program="""\
import numpy as np
import torch


def wave(x):
    return torch.as_tensor(np.sin(x.numpy())).sum()


print(torch.vmap(wave)(torch.ones(4, 3)))
""",
        mended="""\
import torch


def wave(x):
    return torch.sin(x).sum()


print(torch.vmap(wave)(torch.ones(4, 3)))
""",
        command="gradcli grad 'sum(sin(x))' x=1,2",
    ),
    Cause(
        name="transform_structure",
        title="vectors that do not have the structure of the function's inputs or outputs",
        text="vjp needs one cotangent for each output and jvp one tangent for each input, in the same nesting of "
        "tuples, lists and dicts, with the same shapes. `primals` and `tangents` of jvp are tuples even where there "
        "is one argument only.",
        how_to_tell="Compare the structure of what you pass with `f(*primals)` (for vjp) or with `primals` (for jvp): "
        "number of entries, tuple or list, keys, shapes.",
        fix="y, pull = torch.func.vjp(f, x)\npull(torch.ones_like(y))           # two outputs: pull((v0, v1))\n"
        "torch.func.jvp(f, (x,), (v,))      # tuples: one tangent for each primal",
        program="""\
import torch


def both(x):
    return x.sin(), x.cos()


outputs, pull = torch.func.vjp(both, torch.ones(3))
print(pull(torch.ones(3)))
""",
        mended="""\
import torch


def both(x):
    return x.sin(), x.cos()


outputs, pull = torch.func.vjp(both, torch.ones(3))
print(pull((torch.ones(3), torch.zeros(3))))
""",
        command="gradcli jacobian '[sin(x), cos(x)]' x=1 --vjp 1,0",
    ),
    Cause(
        name="functional_call_parameters",
        title="functional_call gets parameters that the module does not have",
        text="functional_call takes one dict (or a tuple of dicts) from full parameter names to tensors. A bare list, "
        "`model.parameters()`, or names of another wrapping (`module.` from DataParallel, `_orig_mod.` from "
        "torch.compile) do not fit.",
        how_to_tell="Print `list(dict(model.named_parameters()))` and the keys that you pass, and compare.",
        fix="params = dict(model.named_parameters())\nbuffers = dict(model.named_buffers())\n"
        "torch.func.functional_call(model, (params, buffers), (x,))",
        program="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
print(torch.func.functional_call(model, {"module.weight": torch.zeros(1, 3)}, (torch.ones(2, 3),)))
""",
        mended="""\
import torch
from torch import nn

model = nn.Linear(3, 1)
print(torch.func.functional_call(model, {"weight": torch.zeros(1, 3)}, (torch.ones(2, 3),)))
""",
        command="gradcli grad 'sum(W @ x)' W=[[0,0,0]] x=1,1,1 --wrt W",
    ),
    Cause(
        name="ensemble_models_differ",
        title="models of an ensemble are not alike",
        text="stack_module_state puts the parameters of several models on top of each other, so the models must have "
        "the same class, the same shapes and the same mode (all in train or all in eval).",
        how_to_tell="Print `[(type(m), m.training) for m in models]`.",
        fix="models = [model.eval() for model in models]  # one class, one mode\n"
        "params, buffers = torch.func.stack_module_state(models)",
        program="""\
import torch
from torch import nn

models = [nn.Linear(3, 1), nn.Linear(3, 1).eval()]
params, buffers = torch.func.stack_module_state(models)
""",
        mended="""\
import torch
from torch import nn

models = [nn.Linear(3, 1).eval(), nn.Linear(3, 1).eval()]
params, buffers = torch.func.stack_module_state(models)
""",
        command="gradcli jacobian 'W @ x' W=[[1,2],[3,4]] x=1,1 --wrt x",
    ),
    Cause(
        name="transform_saved_hooks",
        title="saved-tensor hooks (checkpointing, offloading) around a transform",
        text="torch.func keeps its own account of what backward needs and does not run hooks on saved tensors. "
        "Checkpointing without reentry, `save_on_cpu` and other `saved_tensors_hooks` work by such hooks, so they "
        "cannot be active while torch.func.grad, vjp or jacrev runs.",
        how_to_tell="Look for `checkpoint(..., use_reentrant=False)`, `saved_tensors_hooks`, `save_on_cpu`, and for "
        "`model.gradient_checkpointing_enable()`.",
        fix="model.gradient_checkpointing_disable()     # under torch.func\n"
        "loss.backward()                            # or differentiate with autograd, where hooks work",
        program="""\
import torch
from torch.autograd.graph import saved_tensors_hooks

with saved_tensors_hooks(lambda t: t.double(), lambda t: t.float()):
    print(torch.func.grad(lambda x: (x**2).sum())(torch.ones(3)))
""",
        mended="""\
import torch

print(torch.func.grad(lambda x: (x**2).sum())(torch.ones(3)))
""",
        command="gradcli explain 'sum(x**2)' x=1,1,1",
    ),
    Cause(
        name="transform_aux_no_tensor",
        title="the auxiliary output of has_aux=True holds something that is no tensor",
        text="With has_aux=True the function returns (output, aux), and torch.func unwraps the tensors in aux. Every "
        "leaf of aux has to be a tensor: a Python number, a string or None in it is refused.",
        how_to_tell="Print the types in the second item that the function returns.",
        fix='return loss, {"accuracy": x.new_tensor(accuracy)}  # tensors only',
        program="""\
import torch


def loss(w):
    value = (w**2).sum()
    return value, {"squares": w**2, "count": 3}


print(torch.func.grad(loss, has_aux=True)(torch.ones(3)))
""",
        mended="""\
import torch


def loss(w):
    value = (w**2).sum()
    return value, {"squares": w**2, "count": torch.tensor(3)}


print(torch.func.grad(loss, has_aux=True)(torch.ones(3)))
""",
        command="gradcli grad 'sum(w**2)' w=1,1,1",
    ),
    Cause(
        name="transform_integer_output",
        title="the transformed function returns integers",
        text="vjp and jacrev differentiate floating-point numbers. An output of integer type (argmax, round().long(), "
        "a count, a comparison) is constant almost everywhere and has no derivative. Return it as an auxiliary value.",
        how_to_tell="Print the dtype of each output of the function.",
        fix="torch.func.vjp(f, x, has_aux=True)  # f returns (loss, labels): labels are not differentiated\n"
        "torch.softmax(scores, dim=-1)       # something smooth in the place of argmax or round",
        program="""\
import torch


def scores(x):
    return x**2, x.argmax()


print(torch.func.vjp(scores, torch.tensor([1.0, 2.0]))[0])
""",
        mended="""\
import torch


def scores(x):
    return x**2, x.argmax()


print(torch.func.vjp(scores, torch.tensor([1.0, 2.0]), has_aux=True)[0])
""",
        command="gradcli grad 'sum(round(x))' x=1.2,2.4",
    ),
)

MESSAGES = (
    Message(
        name="backward_in_transform",
        patterns=(
            r"backward\(\) called inside (?:a functorch transform|torch\.vmap|torch\.func)",
            r"autograd\.grad\(.*\) called inside torch\.vmap",
            r"(?:inputs|outputs|grad_outputs).{0,60}called inside torch\.vmap",
        ),
        meaning="A backward pass was started inside a function that torch.func or torch.vmap is transforming. The "
        "transform itself is what computes derivatives there.",
        causes=("backward_in_transform", "functorch_mixing"),
        finder="vmap",
    ),
    Message(
        name="requires_grad_in_transform",
        patterns=(
            r"You are attempting to call Tensor\.(?P<call>requires_grad_?|retain_grad)\(\)(?: \(or perhaps using "
            r"torch\.autograd\.functional\.\* APIs\))? inside of a function being transformed",
        ),
        meaning="`{call}()` was called inside a function that torch.func is transforming. There the transform decides "
        "what is differentiated.",
        causes=("functorch_mixing",),
        finder="vmap",
    ),
    Message(
        name="functorch_interrupted",
        patterns=(r"functorch functions \(vmap, grad, vjp, etc\.\) incorrectly used with",),
        meaning="A torch.func transform runs inside a piece of autograd's own machinery that does not know transforms.",
        causes=("functorch_mixing",),
        finder="vmap",
    ),
    Message(
        name="captured_inplace",
        patterns=(
            r"the function provided attempted to call in-place operation \((?P<op>[\w:.]+)\) that would mutate a "
            r"captured Tensor",
        ),
        meaning="The function under torch.func changed a tensor in place ({op}) that is not one of its arguments.",
        causes=("transform_captured_inplace", "transform_batch_norm"),
        finder="vmap",
    ),
    Message(
        name="batch_norm_vmap",
        patterns=(r"Batch norm got a batched tensor as input while the running_mean or running_var",),
        meaning="BatchNorm runs under torch.vmap in training mode. It would have to write the statistics of each entry "
        "of the batch into one and the same buffer.",
        causes=("transform_batch_norm",),
        finder="vmap",
    ),
    Message(
        name="transform_data_pointer",
        patterns=(r"Cannot access data pointer of (?:Tensor|Storage) that doesn't have storage",),
        meaning="Something read the memory of a tensor that has none: inside torch.func and torch.vmap tensors are "
        "wrappers.",
        causes=("transform_numpy",),
        finder="vmap",
    ),
    Message(
        name="transform_structure",
        patterns=(
            r"Expected pytree structure of cotangents to be the same as pytree structure of outputs",
            r"jvp\(f, primals, tangents\): Expected (?:primals|tangents)",
            r"Expected the tangents .* to have the same argspec as the primals",
            r"Trying to set a forward gradient that has a different size than that of the original Tensor",
        ),
        meaning="The vectors given to vjp or jvp do not have the structure or the shapes of what they belong to.",
        causes=("transform_structure",),
    ),
    Message(
        name="functional_call_keys",
        patterns=(
            r"^(?:AttributeError: )?\w+ has no attribute `(?P<name>[\w.]+)`$",
            r"Expected (?:all elements of )?parameter_and_buffer_dicts to be",
            r"Error\(s\) in reparametrizing for (?P<module>\w+)",
            r"functional_call got (?:unexpected|missing) keys",
        ),
        meaning="functional_call could not put the given tensors in the place of the module's parameters ({name}).",
        causes=("functional_call_parameters",),
        defaults={"name": "the names or the container do not fit"},
    ),
    Message(
        name="stack_module_state",
        patterns=(r"stack_module_state: Expected", r"combine_state_for_ensemble: Expected"),
        meaning="The models that shall be stacked into an ensemble are not of one kind.",
        causes=("ensemble_models_differ",),
    ),
    Message(
        name="transform_saved_hooks",
        patterns=(r"torch\.func\.\{grad, vjp, jacrev, hessian\} don't yet support saved tensor hooks",),
        meaning="A transform of torch.func ran while hooks on saved tensors were active, which it cannot honour.",
        causes=("transform_saved_hooks",),
    ),
    Message(
        name="transform_integers",
        patterns=(
            r"All outputs of f must be floating-point or complex Tensors, got Tensor with dtype (?P<dtype>[\w.]+)",
        ),
        meaning="torch.func met a tensor of type {dtype}, along which nothing can be differentiated.",
        causes=("transform_integer_output",),
    ),
    Message(
        name="aux_no_tensor",
        patterns=(r"Expected tensors, got unsupported type (?P<type><class '[^']*'>)",),
        meaning="torch.func found {type} where only tensors may be.",
        causes=("transform_aux_no_tensor",),
    ),
)
