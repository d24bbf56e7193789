"""numpy; what it lacks of special functions is scipy's."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import sympy

from gradcli.export.arrays import PYTHON, Arrays, Call, Spelling, pairs_of, shape_text
from gradcli.meaning.source import index_source, source_of
from gradcli.operations.row import axes
from gradcli.operations.shape_rules import added, axes_of, reduce, solves_vectors

_SAME = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sign", "hypot", "sin", "cos", "tan",
    "sinc", "deg2rad", "rad2deg", "sinh", "cosh", "tanh", "floor", "ceil", "round", "trunc", "maximum", "minimum",
    "fmax", "fmin", "fmod", "logaddexp", "logaddexp2", "where", "logical_and", "logical_or", "logical_not",
    "dot", "outer", "kron", "trace", "zeros_like", "ones_like",
)  # fmt: skip

_SCIPY = {
    "erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "gammaln", "digamma": "digamma", "beta": "beta",
    "lbeta": "betaln", "binomial": "binom", "gammainc": "gammainc", "gammaincc": "gammaincc", "xlogy": "xlogy",
    "xlog1py": "xlog1py", "entr": "entr", "rel_entr": "rel_entr", "kl_terms": "kl_div", "erfinv": "erfinv",
    "erfcinv": "erfcinv", "erfcx": "erfcx", "erfi": "erfi", "dawsn": "dawsn", "ndtr": "ndtr", "log_ndtr": "log_ndtr",
    "ndtri": "ndtri", "bessel_j0": "j0", "bessel_j1": "j1", "bessel_y0": "y0", "bessel_y1": "y1", "i0": "i0",
    "i1": "i1", "i0e": "i0e", "i1e": "i1e", "modified_bessel_k0": "k0", "modified_bessel_k1": "k1", "ei": "expi",
    "e1": "exp1", "ellipk": "ellipk", "ellipe": "ellipe", "factorial": "factorial",
}  # fmt: skip


_NORMS = {norm: norm for norm in ("backward", "ortho", "forward")}


def reduction(function: str) -> Spelling:
    """Over all entries, or along axes."""

    def spelled(call: Call) -> str:
        if call["dim"] is None and not call["keepdim"]:
            return f"{function}({{0}})"
        return f"{function}({{0}}, axis={{dim}}" + (", keepdims=True)" if call["keepdim"] else ")")

    return spelled


def moments(function: str) -> Spelling:
    def spelled(call: Call) -> str:
        along = "" if call["dim"] is None else ", axis={dim}"
        return f"{function}({{0}}{along}, ddof={{correction}}{', keepdims=True' if call['keepdim'] else ''})"

    return spelled


def norm(call: Call, module: str = "np.", reduced: str = "np.") -> str | None:
    """Of entries, of any rank; p is not 0. module, reduced: what stands before functions, and before sums."""
    along = ("" if call["dim"] is None else ", axis={dim}") + (", keepdims=True" if call["keepdim"] else "")
    p = call["p"]
    if p == 2:
        return f"{module}sqrt({reduced}sum({{0:a}}**2{along}))"
    if p == 1 or abs(p) == inf:
        return f"{reduced}{'sum' if p == 1 else 'max' if p > 0 else 'min'}({module}abs({{0}}){along})"
    if p == 0:
        return None
    return f"w|{reduced}sum({module}abs({{0}})**{{p}}{along})**(1/{{p}})"


def squeezed(call: Call, module: str = "np.") -> str:
    """Of the axes that are named those of size 1."""
    (shape,) = call.shapes
    gone = tuple(axis for axis in axes_of(shape or (), call["dim"]) if shape and shape[axis] == 1)
    return (
        "{0:a}" if not gone else f"{module}squeeze({{0}})" if call["dim"] is None else f"{module}squeeze({{0}}, {gone})"
    )


def part_of_transform(function: str, part: str, norms: Mapping[str, str]) -> Spelling:
    """A part of a Fourier transform from the first entry on; norms: its words for the row's."""

    def spelled(call: Call) -> str | None:
        if call["start"] or call["first"]:
            return None
        n = "" if call["n"] is None else ", n={n}"
        axis = "" if call["dim"] == -1 else ", axis={dim}"
        norm = "" if norms[call["norm"]] == "backward" else f', norm="{norms[call["norm"]]}"'
        behind = ", :" * ((-call["dim"] if call["dim"] < 0 else len(call.shape) - call["dim"]) - 1)
        count = "" if call["count"] is None else f"[..., :{{count}}{behind}]"
        return f"{function}({{0}}{n}{axis}{norm}).{part}{count}"

    return spelled


def solved(call: Call, module: str, matrix: str = "{0}", plain: bool = True) -> str:
    """plain: is a single vector taken as it is?"""
    a, b = (shape or () for shape in call.shapes)
    vectors = solves_vectors(a, b) and not (plain and len(b) == 1)
    return f"{module}linalg.solve({matrix}, {'{1:a}[..., None])[..., 0]' if vectors else '{1})'}"


def extreme(pair: str, whole: Spelling) -> Spelling:
    """Of one array, or of several entry by entry."""

    def spelled(call: Call) -> str | None:
        if len(call.operands) == 1:
            return whole(call) if callable(whole) else whole
        text = "{0}"
        for i in range(1, len(call.operands)):
            text = f"{pair}({text}, {{{i}}})"
        return text

    return spelled


def transpose(call: Call) -> str:
    return "{0:a}.T" if call["dim0"] is None else "np.swapaxes({0}, {dim0}, {dim1})"


def index(call: Call) -> str:
    return "{0:a}[" + ", ".join(map(index_source, call["entries"])) + "]"


def along(function: str) -> Spelling:
    """Along one axis, by default the first, or all entries in a row."""
    return lambda call: (
        f"{function}({{0}})"
        if len(call.shape) == 1
        else f"{function}({{0}}, axis={0 if call['dim'] is None else '{dim}'})"
    )


def spread(call: Call) -> str:
    like = call.shapes[1]
    assert like is not None
    return f"np.broadcast_to(np.reshape({{0}}, {shape_text(reduce(like, call['dim'], True))}), {shape_text(like)})"


def sum_to(call: Call) -> str:
    whole, like = call.shapes[0], call.shapes[1]
    assert whole is not None
    assert like is not None
    summed = added(whole, like)
    return f"np.reshape(np.sum({{0}}, axis={summed}), {shape_text(like)})" if summed else "{0:a}"


_MODES = {"constant": "", "reflect": '"reflect"', "replicate": '"edge"', "circular": '"wrap"'}


def pad(call: Call) -> str | None:
    if min(call["pad"]) < 0:
        return None
    widths = source_of(pairs_of(len(call.shape), call["pad"]))
    more = _MODES[call["mode"]] or ("constant_values={value}" if call["value"] else "")
    return f"np.pad({{0}}, {widths}{', ' * bool(more)}{more})"


def joined(function: str, axis: str = "") -> Spelling:
    return lambda call: f"{function}([{', '.join(f'{{{i}}}' for i in range(len(call.operands)))}]{axis})"


def diagonal(call: Call) -> str:
    return "np.diag({0}, {offset})" if call["offset"] else "np.diag({0})"


def einsum(call: Call) -> str:
    return f"np.einsum({{spec}}, {', '.join(f'{{{i}}}' for i in range(len(call.operands)))})"


def triangular(call: Call) -> str:
    """Of one triangle alone, whatever the other holds."""
    return f"np.linalg.solve(np.{'triu' if call['upper'] else 'tril'}({{0}}), {{1}})"


def _called(function: str) -> Spelling:
    """With all operands, in their order."""
    return lambda call: _of_all(function, len(call.operands)) if call.complete else None


def _of_all(function: str, count: int) -> str:
    return f"{function}({', '.join(f'{{{i}}}' for i in range(count))})"


def plain(prefix: str, words: Mapping[str, str]) -> dict[str, Spelling]:
    """Rows whose operands a function of another name takes in the same order."""
    return {row: _called(prefix + word) for row, word in words.items()}


SPELLINGS: Mapping[str, Spelling] = {
    **PYTHON,
    **plain("np.", {name: name for name in _SAME}),
    **plain("special.", _SCIPY),
    "polygamma": "special.polygamma({n}, {0})",
    "abs": "np.abs({0})", "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})",
    "atan2": "np.arctan2({0}, {1})", "asinh": "np.arcsinh({0})", "acosh": "np.arccosh({0})",
    "atanh": "np.arctanh({0})", "rsqrt": "p|1/np.sqrt({0})", "sec": "p|1/np.cos({0})", "csc": "p|1/np.sin({0})",
    "cot": "p|1/np.tan({0})", "sech": "p|1/np.cosh({0})", "csch": "p|1/np.sinh({0})", "coth": "p|1/np.tanh({0})",
    "frac": "s|{0:s} - np.trunc({0})", "clamp": "np.clip({0}, {1}, {2})",
    "heaviside": lambda call: f"np.heaviside({{0}}, {'0.5' if call.operands[1] is None else '{1}'})",
    "sigmoid": "sigmoid({0})", "logsigmoid": "u|-np.logaddexp(0, -{0:u})", "relu": "np.maximum({0}, 0)",
    "silu": "p|{0:p}*sigmoid({0})", "softsign": "p|{0:p}/(1 + np.abs({0}))",
    "softplus": lambda call: "np.logaddexp(0, {0})" if (call["beta"], call["threshold"]) == (1, 20) else None,
    "leaky_relu": "np.where({0:s} > 0, {0}, {negative_slope}*{0:u})",
    "elu": "np.where({0:s} > 0, {0}, {alpha}*np.expm1({0}))",
    "gelu": lambda call: "p|{0:p}*special.ndtr({0})" if call["approximate"] == "none" else None,
    "softmax": "softmax({0}, {dim})", "log_softmax": "log_softmax({0}, {dim})",
    "softmax_over": "softmax({0}, {dim})", "log_softmax_over": "log_softmax({0}, {dim})",
    "logsumexp": "logsumexp({0}, {dim}, {keepdim})",
    "sum": reduction("np.sum"), "mean": reduction("np.mean"), "prod": reduction("np.prod"),
    "amax": reduction("np.max"), "amin": reduction("np.min"), "any": reduction("np.any"), "all": reduction("np.all"),
    "max": extreme("np.maximum", reduction("np.max")), "min": extreme("np.minimum", reduction("np.min")),
    "var": moments("np.var"), "std": moments("np.std"), "norm": norm, "sum_to": sum_to, "spread": spread,
    "cumsum": along("np.cumsum"), "cumprod": along("np.cumprod"),
    "einsum": einsum, "vecdot": lambda call: "np.sum({0:p}*{1:u}, axis={dim})" if _equal(call) else None,
    "modulus": "np.hypot({0}, {1})",
    "cosine_sums": part_of_transform("np.fft.fft", "real", _NORMS),
    "sine_sums": part_of_transform("np.fft.ifft", "imag", dict(zip(_NORMS, reversed(_NORMS), strict=True))),
    "tensordot": "np.tensordot({0}, {1}, axes={dims})", "det": "np.linalg.det({0})", "logdet": "logdet({0})",
    "slogdet": "np.stack(np.linalg.slogdet({0}))", "inv": "np.linalg.inv({0})",
    "adjugate": lambda call: "adjugate({0})" if len(call.shape) == 2 else None,
    "matrix_exp": "expm({0})", "solve_triangular": triangular,
    "solve": lambda call: solved(call, "np."), "pinv": "np.linalg.pinv({0})", "cholesky": "np.linalg.cholesky({0})",
    "vec": 'np.reshape({0}, -1, order="F")', "matrix_power": "np.linalg.matrix_power({0}, {n})",
    "eigvalsh": "np.linalg.eigvalsh({0})", "svdvals": "np.linalg.svd({0}, compute_uv=False)",
    "nuclear_norm": 'np.linalg.norm({0}, "nuc")', "spectral_norm": "np.linalg.norm({0}, 2)",
    "index": index, "transpose": transpose, "matrix_transpose": "np.swapaxes({0}, -1, -2)",
    "permute": "np.transpose({0}, {dims})", "reshape": "np.reshape({0}, {sizes})", "flatten": "np.ravel({0})",
    "squeeze": squeezed, "squeeze_exactly": squeezed,
    "unsqueeze": "np.expand_dims({0}, {dim})",
    "flip": "np.flip({0}, {dim})", "roll": "np.roll({0}, {shifts}, {dim})", "diag": diagonal,
    "diag_embed": lambda call: diagonal(call) if len(call.shape) == 2 else None,
    "tril": "np.tril({0}, {diagonal})", "triu": "np.triu({0}, {diagonal})", "take": "np.take({0}, {index}, {dim})",
    "index_select": "np.take({0}, {index}, {dim})", "embedding": "np.take({0}, {ids}, 0)",
    "expand": lambda call: f"np.broadcast_to({{0}}, {shape_text(call.shape)})",
    "movedim": lambda call: f"np.moveaxis({{0}}, {axes(None, call['source'])}, {axes(None, call['destination'])})",
    "tile": "np.tile({0}, {sizes})", "repeat": "np.tile({0}, {sizes})",
    "repeat_interleave": "np.repeat({0}, {repeats}, {dim})",
    "stack": joined("np.stack", ", axis={dim}"), "concat": joined("np.concatenate", ", axis={dim}"),
    "hstack": joined("np.hstack"), "vstack": joined("np.vstack"), "column_stack": joined("np.column_stack"),
    "zeros": "np.zeros({sizes})", "ones": "np.ones({sizes})", "full": "np.full({sizes}, {0}, dtype=float)",
    "full_like": "np.full_like({0}, {1})",
    "eye": lambda call: "np.eye({n})" if call["m"] is None else "np.eye({n}, {m})",
    "linspace": "np.linspace({start}, {stop}, {steps})",
    "arange": lambda call: "np.arange({start}, dtype=float)" if call["stop"] is None
        else "np.arange({start}, {stop}, {step}, dtype=float)",
    "pad": pad,
    "put_back": lambda call: f"put_back({{0}}, {{1}}, np.s_[{', '.join(map(index_source, call['entries']))}])",
}  # fmt: skip


def _equal(call: Call) -> bool:
    return call.shapes[0] == call.shapes[1]


HELPERS = {
    "sigmoid": """def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e)/(1 + e)""",
    "softmax": """def softmax(x, axis):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e/np.sum(e, axis=axis, keepdims=True)""",
    "log_softmax": """def log_softmax(x, axis):
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))""",
    "logsumexp": """def logsumexp(x, axis, keepdims):
    m = np.max(x, axis=axis, keepdims=True)
    total = m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))
    return total if keepdims else np.squeeze(total, axis=axis)""",
    "logdet": """def logdet(x):
    sign, value = np.linalg.slogdet(x)
    return np.where(sign > 0, value, np.nan)""",
    "adjugate": """def adjugate(A):
    U, s, Vh = np.linalg.svd(A)
    others = np.prod(np.where(np.eye(len(s), dtype=bool), 1.0, s), axis=1)
    return np.linalg.det(U)*np.linalg.det(Vh)*(Vh.T*others) @ U.T""",
    "put_back": """def put_back(y, x, entries):
    out = np.zeros(np.shape(x))
    out[entries] = y
    return out""",
}

NUMPY = Arrays(
    name="numpy",
    imports=("import numpy as np", "from scipy import special", "from scipy.linalg import expm"),
    spellings=SPELLINGS,
    numbers={sympy.pi: "np.pi", sympy.E: "np.e", sympy.oo: "np.inf", -sympy.oo: "-np.inf", sympy.nan: "np.nan"},
    literal="np.array({})",
    close="np.allclose({}, {}, rtol=1e-9, atol=1e-12)",
    helpers=HELPERS,
    diagonal="{0}.flat[::{0}.shape[1] + 1] += {1}",
)
