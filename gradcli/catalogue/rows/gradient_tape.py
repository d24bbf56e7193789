"""TensorFlow: what GradientTape saw, and what it did not."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Framework, Message

_TF = Framework.TENSORFLOW
_NEEDS = "needs TensorFlow"

CAUSES = (
    Cause(
        name="tf_gradient_none",
        title="the loss was not computed from the variables inside the tape",
        text="GradientTape records only what runs inside its `with` block. The model was called outside of it, before "
        "it, or the loss does not use these variables at all, so there is no path between them and every gradient is "
        "None. In torch the same idea is an output without a grad_fn: computed under no_grad, or from other tensors.",
        how_to_tell="Print the list of gradients: all None means that the forward pass is outside the tape; a single "
        "None means that this variable is not used. Check that the model's call and the loss both stand in the block.",
        fix="with tf.GradientTape() as tape:\n    prediction = model(x)          # inside the block\n"
        "    loss = loss_fn(y, prediction)  # the loss too\n"
        "gradients = tape.gradient(loss, model.trainable_variables)",
        program="""\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD()
prediction = model(tf.ones((4, 3)))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(prediction**2)
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        mended="""\
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD()
with tf.GradientTape() as tape:
    prediction = model(tf.ones((4, 3)))
    loss = tf.reduce_mean(prediction**2)
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
""",
        command="gradcli grad 'a**2' a=2 b=3 --allow-unused",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_tape_not_watching",
        title="the tape does not watch a constant",
        text="GradientTape watches trainable tf.Variables by itself. A tf.constant, a model input or any other tensor "
        "has to be watched before it is used, otherwise its gradient is None. In torch the same idea is "
        "`requires_grad_()` on the input.",
        how_to_tell="Print `type(x)`: an EagerTensor is not watched by itself. For a Variable print `x.trainable`.",
        fix="with tf.GradientTape() as tape:\n    tape.watch(x)  # before x is used\n    y = f(x)",
        program="""\
import tensorflow as tf

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x**2
slope = tape.gradient(y, x)
print(tf.abs(slope))
""",
        mended="""\
import tensorflow as tf

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x**2
slope = tape.gradient(y, x)
print(tf.abs(slope))
""",
        command="gradcli grad 'x**2' x=3",
        signs=(r"tf\.constant\(", r"convert_to_tensor"),
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_numpy_in_tape",
        title="NumPy, or a step without a gradient, inside the tape",
        text="Between variables and loss something leaves TensorFlow or has no gradient: `.numpy()`, np functions, "
        "py_function with NumPy code, tf.constant of a result, argmax, round, a cast to integers, a comparison. The "
        "path from variable to loss is cut there, so the gradient is None. In torch it is numpy() and detach().",
        how_to_tell="Call `tape.gradient` for intermediate results, from the loss backwards: the first that is None "
        "stands before the cut.",
        fix="tf.square(w)                 # TensorFlow's operation instead of NumPy's\n"
        "tf.nn.softmax(scores)        # something smooth instead of argmax or round",
        program="""\
import numpy as np
import tensorflow as tf

w = tf.Variable(3.0)
with tf.GradientTape() as tape:
    loss = tf.constant(np.square(w.numpy()))
w.assign_sub(tape.gradient(loss, w))
""",
        mended="""\
import tensorflow as tf

w = tf.Variable(3.0)
with tf.GradientTape() as tape:
    loss = tf.square(w)
w.assign_sub(tape.gradient(loss, w))
""",
        command="gradcli grad 'round(w)' w=3.2",
        signs=(r"\.numpy\(\)", r"\bnp\.", r"numpy_function|py_function", r"argmax|tf\.round|tf\.cast"),
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_variable_rebound",
        title="a Variable was replaced by a tensor",
        text="`w = w - rate * gradient` binds the name to a new tensor, which is no tf.Variable and is not watched, so "
        "in the next step its gradient is None. Change the value of the Variable instead. In torch the same idea is "
        "an update that makes a parameter a non-leaf.",
        how_to_tell="Print `type(w)` after the first step. The first step works, the second fails.",
        fix="w.assign_sub(rate * gradient)                 # changes the Variable\n"
        "optimizer.apply_gradients([(gradient, w)])    # so does an optimizer",
        program="""\
import tensorflow as tf

w = tf.Variable(2.0)
for step in range(2):
    with tf.GradientTape() as tape:
        loss = w**2
    w = w - tf.multiply(0.1, tape.gradient(loss, w))
""",
        mended="""\
import tensorflow as tf

w = tf.Variable(2.0)
for step in range(2):
    with tf.GradientTape() as tape:
        loss = w**2
    w.assign_sub(tf.multiply(0.1, tape.gradient(loss, w)))
""",
        command="gradcli grad 'w**2' w=1.6",
        signs=(r"\b(\w+)\s*=\s*\1\s*-\s", r"\b(\w+)\s*-=\s"),
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_integer_dtype",
        title="integers are differentiated",
        text="GradientTape differentiates floating-point tensors. `tf.Variable(3)` is an int32, which is not watched, "
        "and its gradient is None. In torch the same idea is an integer tensor, which cannot require grad.",
        how_to_tell="Print `x.dtype`.",
        fix="x = tf.Variable(3.0)          # with a decimal point\n"
        "x = tf.cast(x, tf.float32)    # before the tape watches it",
        program="""\
import tensorflow as tf

x = tf.Variable(3)
with tf.GradientTape() as tape:
    y = x**2
print(tf.abs(tape.gradient(y, x)))
""",
        mended="""\
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
print(tf.abs(tape.gradient(y, x)))
""",
        command="gradcli grad 'x**2' x=3",
        signs=(r"dtype of the (?:watched|source|target) tensor must be floating", r"tf\.Variable\(-?\d+\)", r"tf\.int"),
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_tape_not_persistent",
        title="a tape that is not persistent is used twice",
        text="GradientTape frees what it recorded as soon as gradient() or jacobian() was called. A second call needs "
        "a persistent tape, or one call for all sources. In torch the same idea is `retain_graph=True`.",
        how_to_tell="Look for two calls of `tape.gradient` after one `with` block.",
        fix="dy, dz = tape.gradient(loss, [y, z])               # one call for several sources\n"
        "with tf.GradientTape(persistent=True) as tape: ...  # or several calls, then: del tape",
        program="""\
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
    z = y**2
print(tape.gradient(y, x))
print(tape.gradient(z, x))
""",
        mended="""\
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape(persistent=True) as tape:
    y = x**2
    z = y**2
print(tape.gradient(y, x))
print(tape.gradient(z, x))
del tape
""",
        command="gradcli grad '(x**2)**2' x=3",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_jacobian_loop",
        title="an operation that tape.jacobian cannot run for all rows at once",
        text="tape.jacobian runs the backward pass for all rows together (pfor), and this operation has no such "
        "version: a py_function, a random or stateful operation. The slow way goes through the rows one by one. In "
        "torch the same idea is `vectorize=False` or a loop over autograd.grad.",
        how_to_tell="The message names the operation without a converter.",
        fix="tape.jacobian(y, x, experimental_use_pfor=False)  # with a persistent tape in eager mode",
        program="""\
import tensorflow as tf

x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.py_function(lambda v: v**2, [x], tf.float32)
print(tape.jacobian(y, x))
""",
        mended="""\
import tensorflow as tf

x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = x**2
print(tape.jacobian(y, x))
""",
        command="gradcli jacobian 'x**2' x=1,2",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_no_registered_gradient",
        title="an operation that has no gradient in TensorFlow",
        text="No derivative is registered for this operation: it is discrete (argmax, rounding to integers, sorting "
        "indices), comes from a plugin, or is itself a gradient that has no second one. In torch the message is that "
        "the derivative is not implemented.",
        how_to_tell="The message names the operation; it is an op type of the graph, such as `NonMaxSuppression`.",
        fix="tf.stop_gradient(boxes)        # where it need not be differentiated\n"
        "@tf.custom_gradient            # or give the derivative yourself\n"
        "def f(x): return op(x), lambda dy: dy * slope(x)",
        program="""\
import tensorflow as tf

x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.raw_ops.Bincount(arr=[0, 1], size=2, weights=x)
print(tape.gradient(y, x))
""",
        mended="""\
import tensorflow as tf

x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.math.unsorted_segment_sum(x, [0, 1], 2)
print(tape.gradient(y, x))
""",
        command="gradcli grad 'sum(x)' x=1,2",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_custom_gradient",
        title="a tf.custom_gradient returns the wrong number of gradients",
        text="The inner function of @tf.custom_gradient must return one gradient for each argument of the function, "
        "and take `variables=None` where the function uses tf.Variables. In torch the same idea is the backward of "
        "an autograd.Function, with one gradient for each input.",
        how_to_tell="Count the arguments of the decorated function and the values that the inner one returns.",
        fix="@tf.custom_gradient\ndef product(x, y):\n    def gradient(upstream):\n"
        "        return upstream * y, upstream * x  # one for each argument\n    return x * y, gradient",
        program="""\
import tensorflow as tf


@tf.custom_gradient
def product(x, y):
    return x * y, lambda upstream: upstream * y


x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    z = product(x, x)
print(tape.gradient(z, x))
""",
        mended="""\
import tensorflow as tf


@tf.custom_gradient
def product(x, y):
    return x * y, lambda upstream: (upstream * y, upstream * x)


x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    z = product(x, x)
print(tape.gradient(z, x))
""",
        command="gradcli grad 'x*y' x=2 y=2",
        framework=_TF,
        beyond=_NEEDS,
    ),
)

_NONE = ("tf_gradient_none", "tf_tape_not_watching", "tf_numpy_in_tape", "tf_variable_rebound", "tf_integer_dtype")

MESSAGES = (
    Message(
        name="tf_no_gradients",
        patterns=(
            r"No gradients provided for any variable",
            r"Gradients do not exist for variables (?P<variables>\[[^\]]*\])",
        ),
        meaning="The optimizer got no gradient for its variables {variables}: the tape found no path from the loss to "
        "them, and gave None.",
        causes=_NONE,
        defaults={"variables": ""},
    ),
    Message(
        name="tf_integers",
        patterns=(
            r"The dtype of the (?P<which>watched|source|target) tensor must be floating .*got (?P<dtype>[\w.:<>' ]+)",
        ),
        meaning="GradientTape was asked to differentiate a tensor of type {dtype}, for which it gives None.",
        causes=("tf_integer_dtype",),
    ),
    Message(
        name="tf_none",
        patterns=(
            r"Attempt to convert a value \(None\) with an unsupported type \(<class 'NoneType'>\) to a Tensor",
            r"^(?:ValueError: )?None values not supported\.?$",
            r"Tried to convert '\w+' to a tensor and failed\. Error: None values not supported",
        ),
        meaning="None went into an operation of TensorFlow. It mostly comes from tape.gradient, which gives None where "
        "it found no path.",
        causes=("tf_tape_not_watching", *(name for name in _NONE if name != "tf_tape_not_watching")),
    ),
    Message(
        name="tf_tape_twice",
        patterns=(
            r"A non-persistent GradientTape can only be used to compute one set of gradients",
            r"GradientTape\.gradient can only be called once on non-persistent tapes",
        ),
        meaning="The tape was asked for gradients a second time, and had freed its records after the first.",
        causes=("tf_tape_not_persistent",),
    ),
    Message(
        name="tf_pfor",
        patterns=(
            r"No (?:pfor )?(?:vectorization|converter)\b.{0,20} (?:defined )?for",
            r"Encountered an exception while vectorizing the (?:batch_)?jacobian computation",
            r"node gradient_tape/\w+/pfor/",
        ),
        meaning="tape.jacobian could not run an operation for all rows of the Jacobian at once.",
        causes=("tf_jacobian_loop",),
    ),
    Message(
        name="tf_registry",
        patterns=(
            r"gradient registry has no entry for: (?P<op>\w+)",
            r"No gradient defined for operation ?'?[^']*'? \(op type: (?P<op>\w+)\)",
        ),
        meaning="TensorFlow has no gradient for the operation {op}.",
        causes=("tf_no_registered_gradient",),
    ),
    Message(
        name="tf_custom_gradient",
        patterns=(
            r"custom_gradient function expected to return (?P<expected>\d+) gradients, but returned (?P<got>\d+) "
            r"instead",
            r"@tf\.custom_gradient grad_fn must accept keyword argument 'variables'",
        ),
        meaning="A function under tf.custom_gradient returned {got} gradients where {expected} are needed.",
        causes=("tf_custom_gradient",),
        defaults={"got": "other", "expected": "one for each argument, and for its variables,"},
    ),
)
