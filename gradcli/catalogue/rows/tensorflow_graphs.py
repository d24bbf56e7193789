"""TensorFlow: graphs, symbolic tensors and what belongs to TensorFlow 1."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Framework, Message

_TF = Framework.TENSORFLOW
_NEEDS = "needs TensorFlow"

CAUSES = (
    Cause(
        name="tf_gradients_eager",
        title="tf.gradients, which belongs to graphs, in eager mode",
        text="tf.gradients and compute_gradients of TensorFlow 1 build new nodes of a static graph. TensorFlow 2 runs "
        "operations at once and keeps no graph, so gradients come from a GradientTape that recorded them, or from "
        "within a tf.function. In torch, torch.autograd.grad is the counterpart.",
        how_to_tell="Look for `tf.gradients`, `tf.compat.v1`, `optimizer.compute_gradients`, `minimize(loss)` with a "
        "tensor.",
        fix="with tf.GradientTape() as tape:\n    loss = f(w)\ngradient = tape.gradient(loss, w)\n"
        "optimizer.minimize(lambda: f(w), [w])  # a function, not a tensor",
        program="""\
import tensorflow as tf

w = tf.Variable(3.0)
print(tf.gradients(w**2, w))
""",
        mended="""\
import tensorflow as tf

w = tf.Variable(3.0)
with tf.GradientTape() as tape:
    loss = w**2
print(tape.gradient(loss, w))
""",
        command="gradcli grad 'w**2' w=3",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_symbolic_numpy",
        title="the value of a symbolic tensor is asked for",
        text="Inside tf.function, model.fit and Keras layers a tensor is symbolic: it has a shape and no value yet. "
        "`.numpy()`, np functions, float() and scipy need a value, and would cut the gradient anyway. In torch there "
        "is no such state; torch.compile comes nearest.",
        how_to_tell="The line is inside a function with @tf.function, a Keras `call`, `train_step` or a loss of "
        "compile().",
        fix="tf.sin(x)                        # TensorFlow's operation\n"
        "tf.print(x)                      # to see values\n"
        "model.compile(run_eagerly=True)  # to debug",
        program="""\
import numpy as np
import tensorflow as tf


@tf.function
def wave(x):
    return np.sin(x)


print(wave(tf.constant(1.0)))
""",
        mended="""\
import tensorflow as tf


@tf.function
def wave(x):
    return tf.sin(x)


print(wave(tf.constant(1.0)))
""",
        command="gradcli grad 'sin(x)' x=1",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_python_branch",
        title="Python branches or loops on a symbolic tensor",
        text="In a graph a tensor has no truth value, so `if`, `while` and `for` over it need TensorFlow's own control "
        "flow. tf.function rewrites them where it can see the source (AutoGraph); lambdas, Keras functional models "
        "and code without source are not rewritten. In torch under vmap the same restriction holds.",
        how_to_tell="Look whether the branch is in a lambda, or outside of a function with @tf.function.",
        fix="tf.where(x > 0, x, -x)\ntf.cond(x > 0, lambda: x, lambda: -x)",
        program="""\
import tensorflow as tf

flip = tf.function(lambda x: x if x > 0 else -x, autograph=False)
print(flip(tf.constant(1.0)))
""",
        mended="""\
import tensorflow as tf

flip = tf.function(lambda x: tf.where(x > 0, x, -x), autograph=False)
print(flip(tf.constant(1.0)))
""",
        command="gradcli grad 'where(x > 0, x, -x)' x=-2",
        framework=_TF,
        beyond=_NEEDS,
    ),
    Cause(
        name="tf_item_assignment",
        title="an entry of a tensor is assigned",
        text="TensorFlow's tensors cannot be changed. A new tensor is built instead, or a Variable is updated by a "
        "method, which the tape does not record. In torch such an assignment is an in-place operation.",
        how_to_tell="Look for `x[i] = ...` and print `type(x)`.",
        fix="x = tf.tensor_scatter_nd_update(x, [[i]], [value])  # differentiable\n"
        "x = tf.concat([x[:i], [value], x[i + 1:]], axis=0)\n"
        "variable[i].assign(value)                           # a Variable: outside of the tape",
        program="""\
import tensorflow as tf

x = tf.zeros(3)
x[0] = 1.0
""",
        mended="""\
import tensorflow as tf

x = tf.zeros(3)
x = tf.tensor_scatter_nd_update(x, [[0]], [1.0])
""",
        command="gradcli jacobian '[1, x[1], x[2]]' x=1,2,3",
        framework=_TF,
        beyond=_NEEDS,
    ),
)


MESSAGES = (
    Message(
        name="tf_gradients_eager",
        patterns=(
            r"tf\.gradients is not supported when eager execution is enabled",
            r"`loss` passed to Optimizer\.compute_gradients should be a function when eager execution is enabled",
            r"`?tape`? is required when a `?Tensor`? loss is passed",
            r"Attempting to capture an EagerTensor without building a function",
        ),
        meaning="A function of TensorFlow 1, which works on a static graph, was called while TensorFlow runs eagerly.",
        causes=("tf_gradients_eager",),
    ),
    Message(
        name="tf_symbolic",
        patterns=(
            r"Cannot convert a symbolic (?:tf\.)?[Tt]ensor .*to a [Nn]um[Pp]y array",
            r"'(?:SymbolicTensor|KerasTensor)' object has no attribute 'numpy'",
            r"numpy\(\) is only available when eager execution is enabled",
            r"A KerasTensor is symbolic: it's a placeholder for a shape",
            r"A KerasTensor cannot be used as input to a TensorFlow function",
        ),
        meaning="A symbolic tensor, which has no value yet, was to become a NumPy array or a number.",
        causes=("tf_symbolic_numpy",),
    ),
    Message(
        name="tf_branch",
        patterns=(
            r"[Uu]sing a (?:symbolic )?`tf\.Tensor` as a Python `bool` is not allowed",
            r"[Ii]terating over (?:a symbolic )?`tf\.Tensor` is not allowed",
            r"OperatorNotAllowedInGraphError",
        ),
        meaning="Python control flow depends on a tensor that has no value yet, inside a graph.",
        causes=("tf_python_branch",),
    ),
    Message(
        name="tf_assignment",
        patterns=(
            r"'(?:tensorflow\.python\.framework\.ops\.)?(?:EagerTensor|ResourceVariable|SymbolicTensor|KerasTensor)' "
            r"object does not support item assignment",
        ),
        meaning="An entry of a TensorFlow tensor was assigned; its tensors cannot be changed.",
        causes=("tf_item_assignment",),
    ),
)
