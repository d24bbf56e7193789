"""tensorflow: eager tensors of float64; numbers stand beside tensors in arithmetic alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import sympy

from gradcli.export.arrays import PYTHON, Arrays, Call, Spelling, pairs_of, places_source, shape_text
from gradcli.export.numpy import extreme, index, joined, norm, plain, solved, squeezed
from gradcli.meaning.source import source_of
from gradcli.operations.row import axes
from gradcli.operations.shape_rules import added, reduce

_MATH = {
    name: name
    for name in (
        "expm1", "log", "log1p", "rsqrt", "asin", "acos", "atan", "atan2", "asinh", "acosh", "atanh", "sinh", "cosh",
        "erf", "erfc", "lgamma", "digamma", "erfinv", "ndtri", "xlogy", "xlog1py", "zeta", "softplus", "floor", "ceil",
        "sin", "cos", "tan", "tanh", "sigmoid", "maximum", "minimum", "sqrt", "exp", "abs", "sign", "logical_and",
        "logical_or", "logical_not", "cumsum", "cumprod",
    )
} | {"bessel_j0": "special.bessel_j0", "bessel_j1": "special.bessel_j1", "i0": "bessel_i0", "i1": "bessel_i1",
     "i0e": "bessel_i0e", "i1e": "bessel_i1e", "gammainc": "igamma", "gammaincc": "igammac"}  # fmt: skip


def _reduction(function: str) -> Spelling:
    def spelled(call: Call) -> str:
        along = "" if call["dim"] is None else ", axis={dim}"
        return f"{function}({{0}}{along}{', keepdims=True' if call['keepdim'] else ''})"

    return spelled


def _matmul(call: Call) -> str | None:
    a, b = (len(shape or ()) for shape in call.shapes)
    vectors = {
        (2, 1): "tf.linalg.matvec({0}, {1})",
        (1, 2): "tf.linalg.matvec({1}, {0}, transpose_a=True)",
        (1, 1): "tf.tensordot({0}, {1}, 1)",
    }
    return "p|{0:p} @ {1:u}" if min(a, b) > 1 else vectors.get((a, b))


def _diagonal(call: Call) -> str:
    function = "diag" if len(call.shapes[0] or ()) < len(call.shape) else "diag_part"
    return f"tf.linalg.{function}({{0}}{', k={offset}' if call['offset'] else ''})"


def _pad(call: Call) -> str | None:
    if call["mode"] not in ("constant", "reflect") or min(call["pad"]) < 0:
        return None
    widths = source_of(pairs_of(len(call.shape), call["pad"]))
    more = ', "REFLECT"' if call["mode"] == "reflect" else ", constant_values={value}" if call["value"] else ""
    return f"tf.pad({{0}}, {widths}{more})"


def _transpose(call: Call) -> str | None:
    return "tf.transpose({0})" if call["dim0"] is None else None


def _solve(call: Call, matrix: str = "{0}") -> str:
    return solved(call, "tf.", matrix, plain=False)


def _put_back(call: Call) -> str:
    return f"put_back({{0}}, {{1}}, {places_source(call['entries'])})"


def _flip(call: Call) -> str:
    taken = range(len(call.shape)) if call["dim"] is None else axes(None, call["dim"])
    return f"tf.reverse({{0}}, {list(taken)})"


def _spread(call: Call) -> str:
    like = call.shape
    return f"tf.broadcast_to(tf.reshape({{0}}, {shape_text(reduce(like, call['dim'], True))}), {shape_text(like)})"


def _sum_to(call: Call) -> str:
    summed = added(call.shapes[0] or (), call.shape)
    return f"tf.reshape(tf.reduce_sum({{0}}, axis={summed}), {shape_text(call.shape)})" if summed else "{0:a}"


def _along(function: str) -> Spelling:
    return lambda call: (
        f"{function}({{0}}, axis={0 if call['dim'] is None else '{dim}'})" if call.shapes[0] == call.shape else None
    )


SPELLINGS: Mapping[str, Spelling] = {
    **PYTHON,
    **plain("tf.math.", _MATH),
    "eq": "tf.equal({0}, {1})", "ne": "tf.not_equal({0}, {1})", "where": "tf.where({0}, {1}, {2})",
    "relu": "tf.nn.relu({0})", "softplus": "tf.math.softplus({0})", "logsigmoid": "tf.math.log_sigmoid({0})",
    "silu": "tf.nn.silu({0})", "clamp": lambda call: "tf.minimum(tf.maximum({0}, {1}), {2})" if call.complete
        else None,
    "polygamma": "tf.math.polygamma(tf.constant({n}, tf.float64), {0})", "gamma": "gamma({0})",
    "ndtr": "p|0.5*tf.math.erfc(-{0:u}/2**0.5)", "hypot": "tf.sqrt({0:a}**2 + {1:a}**2)",
    "sec": "p|1/tf.cos({0})", "csc": "p|1/tf.sin({0})", "cot": "p|1/tf.tan({0})", "sech": "p|1/tf.cosh({0})",
    "csch": "p|1/tf.sinh({0})", "coth": "p|1/tf.tanh({0})", "round": "tf.round({0})",
    "sum": _reduction("tf.reduce_sum"), "mean": _reduction("tf.reduce_mean"), "prod": _reduction("tf.reduce_prod"),
    "amax": _reduction("tf.reduce_max"), "amin": _reduction("tf.reduce_min"), "any": _reduction("tf.reduce_any"),
    "all": _reduction("tf.reduce_all"), "logsumexp": _reduction("tf.reduce_logsumexp"),
    "max": extreme("tf.maximum", _reduction("tf.reduce_max")),
    "min": extreme("tf.minimum", _reduction("tf.reduce_min")),
    "var": "var({0}, {dim}, {correction}, {keepdim})", "std": "tf.sqrt(var({0}, {dim}, {correction}, {keepdim}))",
    "norm": partial(norm, module="tf.", reduced="tf.reduce_"), "sum_to": _sum_to, "spread": _spread,
    "softmax": "tf.nn.softmax({0}, axis={dim})", "log_softmax": "tf.nn.log_softmax({0}, axis={dim})",
    "cumsum": _along("tf.cumsum"), "cumprod": _along("tf.math.cumprod"),
    "matmul": _matmul, "dot": "tf.tensordot({0}, {1}, 1)", "outer": "tf.tensordot({0}, {1}, 0)",
    "einsum": lambda call: f"tf.einsum({{spec}}, {', '.join(f'{{{i}}}' for i in range(len(call.operands)))})",
    "tensordot": "tf.tensordot({0}, {1}, {dims})", "trace": "tf.linalg.trace({0})", "det": "tf.linalg.det({0})",
    "logdet": "tf.math.log(tf.linalg.det({0}))", "inv": "tf.linalg.inv({0})", "solve": _solve,
    "pinv": "tf.linalg.pinv({0})", "adjugate": lambda call: "adjugate({0})" if len(call.shape) == 2 else None,
    "matrix_power": lambda call: "matrix_power({0}, {n})" if len(call.shape) == 2 else None,
    "kron": lambda call: "kron({0}, {1})" if [len(s or ()) for s in call.shapes] == [2, 2] else None,
    "put_back": _put_back, "cholesky": "tf.linalg.cholesky({0})", "matrix_exp": "tf.linalg.expm({0})",
    "svdvals": "tf.linalg.svd({0}, compute_uv=False)", "eigvalsh": "tf.linalg.eigvalsh({0})",
    "index": index, "transpose": _transpose, "matrix_transpose": "tf.linalg.matrix_transpose({0})",
    "permute": "tf.transpose({0}, {dims})", "reshape": "tf.reshape({0}, {sizes})", "flatten": "tf.reshape({0}, (-1,))",
    "vec": lambda call: f"tf.reshape({'tf.transpose({0})' if len(call.shapes[0] or ()) == 2 else '{0}'}, (-1,))",
    **dict.fromkeys(("squeeze", "squeeze_exactly"), partial(squeezed, module="tf.")),
    "unsqueeze": "tf.expand_dims({0}, {dim})", "flip": _flip,
    "diag": _diagonal, "diag_embed": _diagonal,
    "tril": "tf.experimental.numpy.tril({0}, {diagonal})", "triu": "tf.experimental.numpy.triu({0}, {diagonal})",
    "roll": "tf.experimental.numpy.roll({0}, {shifts}, {dim})", "pad": _pad,
    "solve_triangular": lambda call: _solve(call, f"tf.experimental.numpy.tri{'u' if call['upper'] else 'l'}({{0}})"),
    "take": lambda call: None if call["dim"] is None else "tf.gather({0}, {index}, axis={dim})",
    "expand": lambda call: f"tf.broadcast_to({{0}}, {shape_text(call.shape)})",
    "stack": joined("tf.stack", ", axis={dim}"), "concat": joined("tf.concat", ", axis={dim}"),
    "zeros": "tf.zeros({sizes}, tf.float64)", "ones": "tf.ones({sizes}, tf.float64)",
    "zeros_like": "tf.zeros_like({0})", "ones_like": "tf.ones_like({0})",
    "eye": lambda call: "tf.eye({n}, dtype=tf.float64)" if call["m"] is None else "tf.eye({n}, {m}, dtype=tf.float64)",
}  # fmt: skip

HELPERS = {
    "adjugate": """def adjugate(A):
    s, U, V = tf.linalg.svd(A)
    others = tf.reduce_prod(tf.where(tf.eye(len(s), dtype=tf.bool), tf.ones_like(s), s), axis=1)
    return tf.linalg.det(U)*tf.linalg.det(V)*(V*others) @ tf.transpose(U)""",
    "matrix_power": """def matrix_power(A, n):
    out, A = tf.eye(A.shape[0], dtype=A.dtype), A if n >= 0 else tf.linalg.inv(A)
    for _ in range(abs(n)):
        out = out @ A
    return out""",
    "kron": """def kron(A, B):
    rows, columns = A.shape[0]*B.shape[0], A.shape[1]*B.shape[1]
    return tf.reshape(A[:, None, :, None]*B[None, :, None, :], (rows, columns))""",
    "put_back": """def put_back(y, x, entries):
    places = tf.reshape(tf.range(tf.size(x)), tf.shape(x))[entries]
    placed = tf.scatter_nd(tf.reshape(places, (-1, 1)), tf.reshape(y, (-1,)), (tf.size(x),))
    return tf.reshape(placed, tf.shape(x))""",
    "gamma": """def gamma(x):
    sign = tf.where(x > 0, tf.ones_like(x), 1 - 2*tf.math.floormod(tf.floor(x), 2))
    return sign*tf.exp(tf.math.lgamma(x))""",
    "var": """def var(x, axis, correction, keepdims):
    mean = tf.reduce_mean(x, axis=axis, keepdims=True)
    count = tf.cast(tf.size(x)/tf.size(mean), tf.float64)
    return tf.reduce_sum((x - mean)**2, axis=axis, keepdims=keepdims)/(count - correction)""",
}

TENSORFLOW = Arrays(
    name="tensorflow",
    imports=("import tensorflow as tf",),
    spellings=SPELLINGS,
    numbers={
        sympy.pi: "3.141592653589793", sympy.E: "2.718281828459045", sympy.oo: 'float("inf")',
        -sympy.oo: '-float("inf")', sympy.nan: 'float("nan")',
    },
    literal="tf.constant({}, tf.float64)",
    close="bool(tf.reduce_all(tf.abs({0} - {1}) <= 1e-12 + 1e-9*tf.abs({1})))",
    helpers=HELPERS,
    wrapped="tf.constant({}, tf.float64)",
)  # fmt: skip
