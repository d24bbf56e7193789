"""jax: what jax.grad and its kin take, and what they cannot differentiate."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Framework, Message

_JAX = Framework.JAX
_NEEDS = "needs jax"

CAUSES = (
    Cause(
        name="jax_non_scalar_output",
        title="jax.grad of a function that returns several numbers",
        text="jax.grad differentiates functions with one scalar output. Here it is an array; shape (1,) counts as an "
        "array too. Reduce it with a sum or mean, or ask for the Jacobian with jacrev. In torch the same message says "
        "that grad can be created only for scalar outputs.",
        how_to_tell="Print `f(x).shape`: it has to be `()`. For a derivative at each of many points, map the gradient "
        "of a scalar function.",
        fix="jax.grad(lambda x: f(x).sum())(x)\njax.jacrev(f)(x)             # the Jacobian\n"
        "jax.vmap(jax.grad(f))(xs)    # f of one number, at each point",
        program="""\
import jax
import jax.numpy as jnp


def squares(x):
    return x**2


print(jax.grad(squares)(jnp.array([1.0, 2.0])))
""",
        mended="""\
import jax
import jax.numpy as jnp


def squares(x):
    return x**2


print(jax.jacrev(squares)(jnp.array([1.0, 2.0])))
""",
        command="gradcli jacobian 'x**2' x=1,2",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_output_structure",
        title="jax.grad of a function that returns a tuple, a dict or nothing",
        text="jax.grad differentiates a single scalar. A function that returns further values beside the loss needs "
        "`has_aux=True`, and one that ends without `return` gives None. In torch.func the flag has the same name.",
        how_to_tell="Read the return statement of the function.",
        fix="gradient, aux = jax.grad(loss, has_aux=True)(w)  # loss returns (value, aux)\n"
        "(value, aux), gradient = jax.value_and_grad(loss, has_aux=True)(w)",
        program="""\
import jax
import jax.numpy as jnp


def loss(w):
    prediction = 3 * w
    return (prediction**2).sum(), prediction


print(jax.grad(loss)(jnp.array([1.0, 2.0])))
""",
        mended="""\
import jax
import jax.numpy as jnp


def loss(w):
    prediction = 3 * w
    return (prediction**2).sum(), prediction


print(jax.grad(loss, has_aux=True)(jnp.array([1.0, 2.0])))
""",
        command="gradcli grad 'sum((3*w)**2)' w=1,2",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_complex_output",
        title="jax.grad with complex numbers",
        text="A complex output has no gradient in the plain sense: its real and its imaginary part have one each. "
        "Take the real part or the absolute value, or pass `holomorphic=True` for a holomorphic function of complex "
        "inputs. torch refuses complex scalar outputs in the same way.",
        how_to_tell="Print `f(x).dtype` and `x.dtype`.",
        fix="jax.grad(lambda x: jnp.abs(f(x)) ** 2)(x)\njax.grad(f, holomorphic=True)(x + 0j)",
        program="""\
import jax
import jax.numpy as jnp

print(jax.grad(lambda x: jnp.exp(1j * x))(1.0))
""",
        mended="""\
import jax
import jax.numpy as jnp

print(jax.grad(lambda x: jnp.exp(1j * x).real)(1.0))
""",
        command="gradcli grad 'cos(x)' x=1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_integer_input",
        title="integers are differentiated",
        text="The derivative varies its input continuously, and an integer cannot be varied. A literal such as `3`, "
        "`jnp.arange(3)` or an integer array has to become floating-point. torch says that only floating-point "
        "tensors can require gradients.",
        how_to_tell="Print `x.dtype` of each differentiated argument; a missing decimal point is the usual reason.",
        fix="jax.grad(f)(3.0)\njax.grad(f)(x.astype(float))\n"
        "jax.grad(f, argnums=0)(w, labels)  # integers as arguments that are not differentiated",
        program="""\
import jax

print(jax.grad(lambda x: x**2)(3))
""",
        mended="""\
import jax

print(jax.grad(lambda x: x**2)(3.0))
""",
        command="gradcli grad 'x**2' x=3",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_integer_output",
        title="the function returns an integer or a truth value",
        text="The output is discrete (argmax, a count, a comparison, a cast to int), constant almost everywhere, and "
        "has no useful derivative. Differentiate something smooth instead. In torch such an output does not require "
        "grad.",
        how_to_tell="Print `f(x).dtype`.",
        fix="jax.nn.softmax(scores)  # instead of argmax\njax.nn.sigmoid(20 * x)  # instead of x > 0",
        program="""\
import jax
import jax.numpy as jnp

print(jax.grad(lambda x: jnp.sum(x > 0))(jnp.array([1.0, -2.0])))
""",
        mended="""\
import jax
import jax.numpy as jnp

print(jax.grad(lambda x: jnp.sum(jax.nn.sigmoid(20 * x)))(jnp.array([0.1, -0.2])))
""",
        command="gradcli grad 'sum(sigmoid(20*x))' x=0.1,-0.2",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_while_loop_reverse",
        title="reverse-mode differentiation of a while_loop",
        text="jax.grad has to store the values of every iteration, and of a while_loop (or a fori_loop with traced "
        "bounds) it does not know how many there are. scan has a fixed length and can be differentiated; forward "
        "mode (jvp, jacfwd) works through a while_loop too. In torch a Python loop records itself.",
        how_to_tell="Look for `lax.while_loop`, and for `fori_loop` whose bounds are arguments.",
        fix="jax.lax.scan(step, start, None, length=10)\n"
        "jax.lax.fori_loop(0, 10, body, start)  # bounds that are Python ints\n"
        "jax.jacfwd(f)(x)                       # forward mode",
        program="""\
import jax


def grow(x):
    return jax.lax.while_loop(lambda y: y < 10, lambda y: 2 * y, x)


print(jax.grad(grow)(1.0))
""",
        mended="""\
import jax


def grow(x):
    return jax.lax.while_loop(lambda y: y < 10, lambda y: 2 * y, x)


print(jax.jacfwd(grow)(1.0))
""",
        command="gradcli grad '2*2*2*2*x' x=1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_custom_vjp_structure",
        title="the rules of a custom_vjp return the wrong structure",
        text="The backward rule gets (residuals, cotangent) and must return a tuple with one entry for each argument, "
        "each of the argument's shape; the forward rule returns (output, residuals). A single value instead of a "
        "tuple of one is the usual slip. In torch the same idea is the number of gradients of an autograd.Function.",
        how_to_tell="Count the arguments of the decorated function and the entries of the returned tuple.",
        fix="def backward(residuals, g):\n    x, y = residuals\n"
        "    return g * y, g * x   # one argument: return (g * slope,)",
        program="""\
import jax


@jax.custom_vjp
def double(x):
    return 2 * x


double.defvjp(lambda x: (2 * x, None), lambda residuals, g: 2 * g)
print(jax.grad(double)(1.0))
""",
        mended="""\
import jax


@jax.custom_vjp
def double(x):
    return 2 * x


double.defvjp(lambda x: (2 * x, None), lambda residuals, g: (2 * g,))
print(jax.grad(double)(1.0))
""",
        command="gradcli grad '2*x' x=1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_custom_rule_missing",
        title="a custom derivative that has no rule for this direction",
        text="custom_vjp gives a rule for reverse mode only: jvp, jacfwd and hessian (which is forward over reverse) "
        "cannot use it. custom_jvp serves both. And a function that is decorated but never got defvjp or defjvp has "
        "no rule at all. In torch the counterpart is an autograd.Function without jvp.",
        how_to_tell="Look whether defvjp is called, and whether the outer call is forward mode.",
        fix="@jax.custom_jvp\ndef f(x): ...\n\n@f.defjvp\ndef f_jvp(primals, tangents): ...\n\n"
        "jax.jacrev(jax.jacrev(f))(x)  # a Hessian in reverse mode only",
        program="""\
import jax


@jax.custom_vjp
def double(x):
    return 2 * x


double.defvjp(lambda x: (2 * x, None), lambda residuals, g: (2 * g,))
print(jax.jacfwd(double)(1.0))
""",
        mended="""\
import jax


@jax.custom_vjp
def double(x):
    return 2 * x


double.defvjp(lambda x: (2 * x, None), lambda residuals, g: (2 * g,))
print(jax.jacrev(double)(1.0))
""",
        command="gradcli jacobian '2*x' x=1 --mode forward",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_nan",
        title="jax_debug_nans met a value that is nan or infinite",
        text="With jax_debug_nans jax stops at the first operation whose result is nan (not finite): a logarithm or "
        "root outside of its domain, 0/0, or a slope that is infinite and met a zero in the backward pass, as behind "
        "jnp.where. In torch anomaly mode does the same for the backward pass.",
        how_to_tell="The message names the primitive. Print its input; under jit, run once with `jax.disable_jit()`.",
        fix="safe = jnp.where(x > 0, x, 1.0)             # first a harmless input\n"
        "y = jnp.where(x > 0, jnp.sqrt(safe), 0.0)   # then the choice",
        program="""\
import jax
import jax.numpy as jnp

jax.config.update("jax_debug_nans", True)
print(jnp.log(jnp.array(-1.0)))
""",
        mended="""\
import jax
import jax.numpy as jnp

jax.config.update("jax_debug_nans", True)
x = jnp.array(-1.0)
print(jnp.log(jnp.where(x > 0, x, 1.0)))
""",
        command="gradcli grad 'where(x > 0, sqrt(x), 2*x)' x=-1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_argnums",
        title="argnums names an argument that was not passed by position",
        text="argnums counts positional arguments from 0, and the differentiated argument has to be passed by "
        "position. Here there are fewer positional arguments; keyword arguments do not count. torch.func has the "
        "same rule.",
        how_to_tell="Count the arguments of the call that have no name in front.",
        fix="jax.grad(loss, argnums=1)(x, w)  # not w=w",
        program="""\
import jax


def loss(x, w):
    return (x * w) ** 2


print(jax.grad(loss, argnums=1)(2.0, w=3.0))
""",
        mended="""\
import jax


def loss(x, w):
    return (x * w) ** 2


print(jax.grad(loss, argnums=1)(2.0, 3.0))
""",
        command="gradcli grad '(x*w)**2' x=2 w=3 --wrt w",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_rule_missing",
        title="a step that jax cannot differentiate",
        text="This primitive, or a callback into Python, has no derivative rule. A pure_callback is opaque to jax; "
        "some "
        "primitives exist in forward mode only, or not at all. Give a rule by custom_jvp or custom_vjp, or stop the "
        "gradient there. In torch the message is that the derivative is not implemented.",
        how_to_tell="The message names the primitive, or says callback.",
        fix="jax.lax.stop_gradient(x)   # where the step need not be differentiated\n"
        "@jax.custom_jvp            # or write its derivative",
        program="""\
import jax
import jax.numpy as jnp
import numpy as np


def wave(x):
    return jax.pure_callback(np.sin, jax.ShapeDtypeStruct((), jnp.float32), x)


print(jax.grad(wave)(1.0))
""",
        mended="""\
import jax
import jax.numpy as jnp

print(jax.grad(jnp.sin)(1.0))
""",
        command="gradcli grad 'sin(x)' x=1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
    Cause(
        name="jax_vector_structure",
        title="a cotangent or tangent that does not fit",
        text="The function that jax.vjp returns takes one cotangent with the structure, shapes and dtypes of the "
        "output; jax.jvp takes tangents with those of the inputs. In torch the same idea is the shape of grad_outputs.",
        how_to_tell="Compare the shapes and the nesting with `f(*primals)` (for vjp) or with the primals (for jvp).",
        fix="y, pull = jax.vjp(f, x)\npull(jnp.ones_like(y))\njax.jvp(f, (x,), (jnp.ones_like(x),))",
        program="""\
import jax
import jax.numpy as jnp

y, pull = jax.vjp(lambda x: 2 * x, jnp.ones(3))
print(pull(jnp.ones(2)))
""",
        mended="""\
import jax
import jax.numpy as jnp

y, pull = jax.vjp(lambda x: 2 * x, jnp.ones(3))
print(pull(jnp.ones_like(y)))
""",
        command="gradcli jacobian '2*x' x=1,1,1 --vjp 1,1,1",
        framework=_JAX,
        beyond=_NEEDS,
    ),
)


MESSAGES = (
    Message(
        name="jax_scalar",
        patterns=(
            r"Gradient only defined for scalar-output functions\. Output had shape: ?(?P<shape>\([^)]*\))",
            r"Gradient only defined for scalar-output functions\. Output had shape",
        ),
        meaning="jax.grad got a function whose output has shape {shape}. It differentiates a single number.",
        causes=("jax_non_scalar_output",),
        defaults={"shape": "other than ()"},
    ),
    Message(
        name="jax_output_structure",
        patterns=(
            r"Gradient only defined for scalar-output functions\. Output was",
            r"expected function with aux output to return a two-element tuple",
        ),
        meaning="jax.grad got a function whose output is no single array.",
        causes=("jax_output_structure",),
    ),
    Message(
        name="jax_integer_input",
        patterns=(
            r"(?:grad|jac\w+|hessian|value_and_grad) requires real-(?: or complex-)?valued inputs \(input dtype that "
            r"is a "
            r"sub-dtype of np\.\w+\), but got (?P<dtype>\w+)",
            r"Primal inputs to reverse-mode differentiation must be of float or complex type, got type (?P<dtype>\w+)",
        ),
        meaning="jax was asked for the derivative along an argument of type {dtype}, which is not floating-point.",
        causes=("jax_integer_input",),
    ),
    Message(
        name="jax_integer_output",
        patterns=(
            r"requires real-valued outputs \(output dtype that is a sub-dtype of np\.\w+\), but got "
            r"(?P<dtype>u?int\d+|bool)",
        ),
        meaning="jax was asked for the derivative of an output of type {dtype}.",
        causes=("jax_integer_output",),
    ),
    Message(
        name="jax_complex",
        patterns=(
            r"requires real-valued outputs \(output dtype that is a sub-dtype of np\.\w+\), but got "
            r"(?P<dtype>complex\d+)",
            r"with holomorphic=True requires (?:inputs|outputs) with complex dtype, but got (?P<dtype>\w+)",
        ),
        meaning="jax.grad met type {dtype}, where complex numbers and the flag `holomorphic` have to fit together.",
        causes=("jax_complex_output",),
    ),
    Message(
        name="jax_while",
        patterns=(r"Reverse-mode differentiation does not work for lax\.while_loop",),
        meaning="jax.grad went through a loop whose number of iterations is not known beforehand.",
        causes=("jax_while_loop_reverse",),
    ),
    Message(
        name="jax_custom_vjp",
        patterns=(r"Custom VJP (?:bwd|fwd|backward|forward) rule .{0,80}must produce",),
        meaning="A rule given to defvjp returned something of another structure than jax needs.",
        causes=("jax_custom_vjp_structure",),
    ),
    Message(
        name="jax_custom_rule",
        patterns=(
            r"No (?:VJP|JVP) defined for custom_(?:vjp|jvp) function (?P<name>\w+)",
            r"can't apply forward-mode (?:autodiff|differentiation) \(jvp\) to a custom_vjp function",
        ),
        meaning="A function with a custom derivative has no rule for the way in which it is differentiated here.",
        causes=("jax_custom_rule_missing",),
    ),
    Message(
        name="jax_debug_nans",
        patterns=(
            r"invalid value \((?P<value>nan|inf)\) encountered in (?P<op>[\w()<>.]+)",
            r"Invalid (?P<value>nan|inf) value encountered in (?:the )?(?:output|backward pass) of a jax\.jit function",
            r"Because (?:jax_config\.)?\w*debug_nans\b.*de-optimized function",
        ),
        meaning="{op} gave {value}, and jax was told (jax_debug_nans) to stop at that.",
        causes=("jax_nan",),
        defaults={"op": "A step", "value": "nan"},
    ),
    Message(
        name="jax_argnums",
        patterns=(
            r"differentiating with respect to argnums=(?P<argnums>[\d(), ]+) requires at least (?P<expected>\d+) "
            r"positional "
            r"arguments to be passed by the caller, but got only (?P<got>\d+)",
        ),
        meaning="argnums={argnums} needs {expected} positional arguments, and there are {got}.",
        causes=("jax_argnums",),
    ),
    Message(
        name="jax_rule",
        patterns=(
            r"Pure callbacks do not support (?:JVP|transpose)",
            r"IO callbacks do not support JVP",
            r"(?:Forward-mode d|D)ifferentiation rule for '(?P<op>\w+)' not implemented",
            r"Transpose rule \(for reverse-mode differentiation\) for '(?P<op>\w+)' not implemented",
        ),
        meaning="jax has no derivative for this step ({op}).",
        causes=("jax_rule_missing",),
        defaults={"op": "a callback"},
    ),
    Message(
        name="jax_vectors",
        patterns=(
            r"unexpected JAX type \(e\.g\. shape/dtype\) for argument to VJP function",
            r"The argument to a VJP function returned by `jax\.vjp` must match the pytree structure",
            r"jvp called with different primal and tangent shapes",
            r"primal and tangent arguments to jax\.jvp do not match",
            r"Tree structure of cotangent input .* does not match structure of primal output",
        ),
        meaning="The vector given to jax.vjp or jax.jvp does not have the structure, shapes or dtypes that it needs.",
        causes=("jax_vector_structure",),
    ),
)
