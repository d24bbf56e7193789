"""jax: what a traced value cannot do."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Framework, Message

_JAX = Framework.JAX
_NEEDS = "needs jax"

CAUSES = (
    Cause(
        name="jax_control_flow",
        title="Python control flow on a traced value",
        text="Under jit, vmap, scan or cond jax runs the function once with tracers, which have a shape and no "
        "concrete value, so an `if`, `while`, `and` or assert on one cannot be decided (control flow on a tracer). "
        "Choose with jnp.where or lax.cond, or make the argument static. torch.vmap and torch.compile have the same "
        "restriction.",
        how_to_tell="The message names the function and the argument that is traced. Arguments that are settings and "
        "not data can be static.",
        fix="jnp.where(x > 0, f(x), g(x))\njax.lax.cond(x > 0, f, g, x)\n"
        'jax.jit(step, static_argnames="training")  # a setting, not data',
        program="""\
import jax


@jax.jit
def flip(x):
    if x > 0:
        return x
    return -x


print(flip(-2.0))
""",
        mended="""\
import jax
import jax.numpy as jnp


@jax.jit
def flip(x):
    return jnp.where(x > 0, x, -x)


print(flip(-2.0))
""",
        command="gradcli grad 'where(x > 0, x, -x)' x=-2",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_python_number",
        title="a traced value is turned into a Python number",
        text="float(), int(), .item(), the math module and string formatting ask for the concrete value of a tracer, "
        "which has none while jax.grad or jit traces the function. Stay with jax.numpy inside of it. In torch the "
        "same call succeeds, and cuts the gradient.",
        how_to_tell="Look for `float(`, `int(`, `.item()`, `math.` and f-strings in the traced function.",
        fix="jnp.sin(x)                      # instead of math.sin(x)\n"
        "x.astype(int)                   # instead of int(x)\n"
        'jax.debug.print("{}", x)        # to see a value',
        program="""\
import math

import jax

print(jax.grad(lambda x: math.sin(x))(1.0))
""",
        mended="""\
import jax
import jax.numpy as jnp

print(jax.grad(lambda x: jnp.sin(x))(1.0))
""",
        command="gradcli grad 'sin(x)' x=1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_static_shape",
        title="a size, an index or a loop bound is a traced value",
        text="Shapes must be known while jit traces the function, so `range(n)`, `jnp.zeros(n)`, `x.reshape(n, -1)`, "
        "`x[:n]` and a list index need a Python integer. Here n is an argument and therefore a tracer without a "
        "concrete value. Make it static, or use a loop or slice of lax.",
        how_to_tell="Look whether the number is an argument of the jitted function, or computed from one.",
        fix='jax.jit(f, static_argnames="n")          # recompiled for each n\n'
        "jax.lax.fori_loop(0, n, body, start)     # a loop whose bound is traced\n"
        "jax.lax.dynamic_slice(x, (i,), (3,))     # a start that is traced, a fixed size",
        program="""\
import jax
import jax.numpy as jnp


def first(x, n):
    return jnp.zeros(n) + x[:n]


print(jax.jit(first)(jnp.arange(4.0), 2))
""",
        mended="""\
import jax
import jax.numpy as jnp


def first(x, n):
    return jnp.zeros(n) + x[:n]


print(jax.jit(first, static_argnames="n")(jnp.arange(4.0), 2))
""",
        command="gradcli grad 'sum(x[0:2])' x=0,1,2,3",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_boolean_mask",
        title="a boolean mask, or nonzero, decides the size of a result",
        text="`x[x > 0]`, nonzero, unique and where with one argument give results whose size depends on the data, and "
        "under jit all sizes must be concrete. Keep the size and set to zero what does not count. torch.vmap refuses "
        "dynamic shapes for the same reason.",
        how_to_tell="Look for a comparison inside square brackets, `jnp.nonzero`, `jnp.unique`, `jnp.where(mask)`.",
        fix="jnp.where(x > 0, x, 0).sum()     # instead of x[x > 0].sum()\n"
        "jnp.nonzero(x, size=3)           # a fixed size",
        program="""\
import jax
import jax.numpy as jnp


@jax.jit
def positive_sum(x):
    return x[x > 0].sum()


print(positive_sum(jnp.array([1.0, -2.0])))
""",
        mended="""\
import jax
import jax.numpy as jnp


@jax.jit
def positive_sum(x):
    return jnp.where(x > 0, x, 0).sum()


print(positive_sum(jnp.array([1.0, -2.0])))
""",
        command="gradcli grad 'sum(where(x > 0, x, 0))' x=1,-2",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_numpy_on_tracer",
        title="NumPy is called on a traced value",
        text="NumPy (np.sin, np.asarray, scipy) needs numbers in memory, and inside jax.grad, jit or vmap an array is "
        "a tracer that has none. Use jax.numpy, which has the same functions. In torch the same idea is numpy() on a "
        "tensor that requires grad.",
        how_to_tell="Look for `np.` and `scipy.` in the function and in what it calls; `import numpy as np` where "
        "`import jax.numpy as jnp` was meant.",
        fix="jnp.sin(x)                              # instead of np.sin(x)\n"
        "jax.pure_callback(f, result_shape, x)   # for code that only exists in NumPy, without a gradient",
        program="""\
import jax
import jax.numpy as jnp
import numpy as np

print(jax.grad(lambda x: np.sum(np.sin(x)))(jnp.array([1.0, 2.0])))
""",
        mended="""\
import jax
import jax.numpy as jnp

print(jax.grad(lambda x: jnp.sum(jnp.sin(x)))(jnp.array([1.0, 2.0])))
""",
        command="gradcli grad 'sum(sin(x))' x=1,2",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_leaked_tracer",
        title="a traced value was stored outside of the function",
        text="The function wrote an intermediate value to a global, an attribute or a list while jax traced it. That "
        "value is a tracer which belongs to the trace, and is used after the trace has ended: it leaked. jax wants "
        "functions without side effects; return what you need. In torch.vmap such a tensor has escaped.",
        how_to_tell="Look for `self.x = ...`, `append`, `global`, `nonlocal` in the function. The message names the "
        "line that made the value; `jax.checking_leaks()` finds it at once.",
        fix="return loss, hidden\n(loss, hidden), gradient = jax.value_and_grad(f, has_aux=True)(x)",
        program="""\
import jax

history = []


@jax.jit
def loss(x):
    squares = x**2
    history.append(squares)
    return squares


loss(3.0)
print(history[0] + 1)
""",
        mended="""\
import jax


@jax.jit
def loss(x):
    squares = x**2
    return squares, squares


value, squares = loss(3.0)
print(squares + 1)
""",
        command="gradcli explain 'x**2' x=3",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_item_assignment",
        title="an entry of an array is assigned in place",
        text="jax's arrays are immutable: they cannot be changed in place. `x.at[i].set(value)` gives a new array "
        "with that entry changed, and is differentiable. In torch the assignment runs, and is an in-place operation "
        "that autograd may refuse later.",
        how_to_tell="Look for `x[i] = ...` and `x[i] += ...`.",
        fix="x = x.at[0].set(1.0)\nx = x.at[0].add(1.0)  # instead of x[0] += 1.0",
        program="""\
import jax.numpy as jnp

x = jnp.zeros(3)
x[0] = 1.0
""",
        mended="""\
import jax.numpy as jnp

x = jnp.zeros(3)
x = x.at[0].set(1.0)
""",
        command="gradcli jacobian '[1, x[1], x[2]]' x=1,2,3",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_not_an_array",
        title="something that is no array goes into a jax function",
        text="jit and grad take arrays, numbers and containers of them. A string, a module, a configuration or a "
        "Python list where an array is wanted has to be static, bound beforehand, or turned into an array.",
        how_to_tell="The message names the type. Look which argument it is.",
        fix='jax.jit(f, static_argnames="mode")\njax.grad(functools.partial(f, mode="sum"))(x)\njnp.array([1.0, 2.0])',
        program="""\
import jax


def loss(parameters):
    return parameters["w"] ** 2


print(jax.grad(loss)({"w": 3.0, "name": "linear"}))
""",
        mended="""\
import jax


def loss(parameters):
    return parameters["w"] ** 2


print(jax.grad(loss)({"w": 3.0}))
""",
        command="gradcli grad 'w**2' w=3",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_vmap_axes",
        title="the mapped axes of jax.vmap do not fit",
        text="vmap goes along one axis of every argument together. The axes have different sizes, an argument has no "
        "axis (a single number), or in_axes has not one entry for each argument. Arguments that are shared get None. "
        "torch.vmap has in_dims for the same.",
        how_to_tell="Print the shapes of the arguments, and compare with in_axes.",
        fix="jax.vmap(f, in_axes=(0, None))(xs, w)  # w is shared",
        program="""\
import jax
import jax.numpy as jnp

print(jax.vmap(lambda x, w: x * w)(jnp.ones(4), jnp.ones(3)))
""",
        mended="""\
import jax
import jax.numpy as jnp

print(jax.vmap(lambda x, w: x * w, in_axes=(0, None))(jnp.ones(4), jnp.ones(3)))
""",
        command="gradcli grad 'sum(a*b)' a=1,2,3,4 b=1,2,3",
        framework=_JAX,
        beyond=_NEEDS,
    ),
)


MESSAGES = (
    Message(
        name="jax_boolean",
        patterns=(
            r"Attempted boolean conversion of traced array",
            r"TracerBoolConversionError",
            r"The problem arose with the [`']bool[`'] function",
            r"Abstract value passed to `bool`, which requires a concrete value",
        ),
        meaning="Python asked a traced value whether it is true. While jax traces a function, values are not known.",
        causes=("jax_control_flow",),
    ),
    Message(
        name="jax_shape",
        patterns=(
            r"The __index__\(\) method was called on (?:traced array|the JAX Tracer object)",
            r"TracerIntegerConversionError",
            r"Shapes must be 1D sequences of concrete values of integer type",
            r"Slice entries must be static integers",
            r"Array slice indices must have static start/stop/step",
            r"(?:to )?interpreted as an integer.*Tracer|'\w*Tracer' object cannot be interpreted as an integer",
            r"Non-hashable static arguments",
        ),
        meaning="A size, an index or a loop bound has to be a known integer, and is a traced value.",
        causes=("jax_static_shape",),
    ),
    Message(
        name="jax_mask",
        patterns=(
            r"Array boolean indices must be concrete",
            r"NonConcreteBooleanIndexError",
            r"The size argument of jnp\.\w+ must be statically specified",
            r"arose for the first argument of jnp\.(?:unique|nonzero|where|argwhere)",
        ),
        meaning="The size of a result would depend on the values of a traced array.",
        causes=("jax_boolean_mask",),
    ),
    Message(
        name="jax_array_conversion",
        patterns=(
            r"The numpy\.ndarray conversion method __array__\(\) was called on (?:traced array|the JAX Tracer object)",
            r"TracerArrayConversionError",
        ),
        meaning="NumPy was given a traced value. A tracer has no numbers.",
        causes=("jax_numpy_on_tracer",),
    ),
    Message(
        name="jax_concrete",
        patterns=(
            r"Abstract (?:tracer )?value (?:encountered where|passed to `\w+`, which requires a) concrete value",
            r"ConcretizationTypeError",
            r"unsupported format string passed to \w*Tracer",
        ),
        meaning="Something needs the concrete value of a traced array. While jax traces a function there is none.",
        causes=("jax_python_number", "jax_control_flow", "jax_static_shape"),
    ),
    Message(
        name="jax_leak",
        patterns=(
            r"Encountered an unexpected tracer",
            r"UnexpectedTracerError",
            r"Leaked (?:trace|level|sublevel)",
            r"Different traces at same level",
        ),
        meaning="A value that belongs to a trace is used after the trace has ended.",
        causes=("jax_leaked_tracer",),
    ),
    Message(
        name="jax_assignment",
        patterns=(
            r"JAX arrays are immutable",
            r"'?<?(?:class ')?(?:jax|jaxlib)[\w.]*(?:DeviceArray|ArrayImpl|Array)'?>?'? object does not support item "
            r"assignment",
            r"'\w*Tracer' object does not support item assignment",
        ),
        meaning="An entry of a jax array was assigned. jax's arrays cannot be changed.",
        causes=("jax_item_assignment",),
    ),
    Message(
        name="jax_type",
        patterns=(
            r"of type <class '(?P<type>[\w.]+)'> is not a valid JAX type",
            r"Error interpreting argument to .* as an abstract array\. The problematic value is of type <class "
            r"'(?P<type>[\w.]+)'>",
            r"Value .* with (?:dtype|type) .* is not a valid JAX (?:array )?type",
            r"requires ndarray or scalar arguments, got <class '(?P<type>[\w.]+)'>",
        ),
        meaning="A value of type {type} went into a jax function, which takes arrays.",
        causes=("jax_not_an_array",),
        defaults={"type": "another kind"},
    ),
    Message(
        name="jax_vmap",
        patterns=(
            r"vmap got inconsistent sizes for array axes to be mapped",
            r"vmap was requested to map its argument along axis",
            r"vmap in_axes must be an int, None, or a tuple",
        ),
        meaning="The axes that jax.vmap shall go along do not fit each other or the arguments.",
        causes=("jax_vmap_axes",),
    ),
)
