"""Rules of activations, normalisation and layers whose text depends on shapes: see arrays.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, prod
from typing import Any

from gradcli.operations.rules.arrays import cut, listed
from gradcli.operations.shape_rules import Shape, axis_of, line
from gradcli.operations.windows import whole_steps

# Any, in this module: constants: numbers, an axis, several or None


def softmax_axis(shape: Shape, dim: int | None) -> int:
    """The axis of a softmax; where torch is told none it takes the first of one or three axes, else the second."""
    return (0 if len(shape) in (0, 1, 3) else 1) if dim is None else dim


def softmax(x: Shape, dim: int | None) -> str:
    return f"out*(g - sum(g*out, {softmax_axis(x, dim)}, True))"


def softmin(x: Shape, dim: int | None) -> str:
    return f"-{softmax(x, dim)}"


def log_softmax(x: Shape, dim: int | None) -> str:
    return f"g - exp(out)*sum(g, {softmax_axis(x, dim)}, True)"


def glu(x: Shape, dim: int) -> str:
    """``a*s``, s the sigmoid of b: the halves take ``g*s`` and ``g*a*s*(1 - s)``."""
    axis = axis_of(x, dim)
    half = x[axis] // 2
    first, second = cut("x", axis, f":{half}"), cut("x", axis, f"{half}:")
    return f"s = sigmoid({second}); concat(g*s, g*{first}*s*(1 - s), dim={axis})"


# -- normalisation


def normalised_sizes(x: Shape, sizes: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The sizes of the axes that are normalised."""
    return tuple(x[-1:]) if sizes is None else (sizes,) if isinstance(sizes, int) else sizes


def _last(x: Shape, sizes: Any) -> tuple[int, ...]:
    return tuple(range(-len(normalised_sizes(x, sizes)), 0))


def layer_norm(x: Shape, weight: Shape | None, _bias: Shape | None, sizes: Any, _eps: Any) -> str:
    """With y normalised and c the cotangent of y: ``(c - mean(c) - y*mean(c*y))/sqrt(var + eps)``."""
    over = f"{_last(x, sizes)}, True"
    return (
        f"d = x - mean(x, {over}); r = sqrt(mean(d*d, {over}) + eps); y = d/r; c = {_weighted(weight)}; "
        f"(c - mean(c, {over}) - y*mean(c*y, {over}))/r"
    )


def layer_norm_weight(x: Shape, _weight: Shape, _bias: Shape | None, sizes: Any, _eps: Any) -> str:
    over = f"{_last(x, sizes)}, True"
    return f"d = x - mean(x, {over}); sum_to(g*d/sqrt(mean(d*d, {over}) + eps), weight)"


def rms_norm(x: Shape, weight: Shape | None, sizes: Any, eps: Any) -> str:
    over = f"{_last(x, sizes)}, True"
    return f"r = {_root_mean_square(over, eps)}; c = {_weighted(weight)}; (c - x*mean(c*x, {over})/r**2)/r"


def rms_norm_weight(x: Shape, _weight: Shape, sizes: Any, eps: Any) -> str:
    return f"sum_to(g*x/{_root_mean_square(f'{_last(x, sizes)}, True', eps)}, weight)"


def _weighted(weight: Shape | None) -> str:
    return "g" if weight is None else "g*weight"


def _root_mean_square(over: str, eps: Any) -> str:
    return f"sqrt(mean(x*x, {over}) + {'2**-52' if eps is None else 'eps'})"


def slope_of_norm(x: str, norm: str, p: Any) -> str:
    """The slope of a p-norm that is not 0, where ``norm`` is spread over the entries; no entries tie where p is inf."""
    if p == 0:
        return f"zeros_like({x})"
    if p in (inf, -inf):
        return f"sign({x})*where(abs({x}) {'<' if p > 0 else '>'} {norm}, 0, 1)"
    return f"sign({x})" if p == 1 else f"{x}/{norm}" if p == 2 else f"sign({x})*(abs({x})/{norm})**({p} - 1)"


def normalize(_x: Shape, p: Any, dim: int, _eps: Any) -> str:
    """``x/n``: ``g/n - sum(g*x)/n**2`` times the slope of n; where n is cut it has none."""
    over = f"{dim}, True"
    slope = slope_of_norm("x", "n", p)
    return f"n = norm(x, p, {over}); g/maximum(n, eps) - where(n > eps, sum(g*x, {over})/n**2*{slope}, 0)"


def cosine_axis(x: Shape, y: Shape, dim: int | None) -> int:
    """The axis that is meant where none is given: torch's, 1; of vectors the only one."""
    return dim if dim is not None else min(1, max(len(x), len(y)) - 1)


def cosine_similarity(x: Shape, y: Shape, dim: int | None, eps: Any, *, this: str, other: str) -> str:
    """``y/(a*b) - out*x/a**2`` times g, where a is x's norm and not cut."""
    rank = max(len(x), len(y))
    axis = axis_of(line((0,) * rank), cosine_axis(x, y, dim))
    kept, wide = (f"{axis}, True", f"unsqueeze({{}}, {axis})") if rank > 1 else ("None", "{}")
    both = (
        f"x = {this}; y = {other}" if x == y else f"x = {this} + zeros_like({other}); y = {other} + zeros_like({this})"
    )
    norms = f"{both}; a = norm(x, 2, {kept}); b = norm(y, 2, {kept}); "
    g_out = f"h = {wide.format('g')}; o = {wide.format('out')}; "
    if not eps:
        return f"{norms}{g_out}sum_to(h*(y/(a*b) - o/a**2*x), {this})"
    return f"{norms}{g_out}m = maximum(a, eps); sum_to(h*(y/(m*maximum(b, eps)) - where(a > eps, o/m**2, 0)*x), {this})"


# -- layers


def attention_query(_q: Shape, _k: Shape, _v: Shape, causal: bool, scale: Any) -> str:
    return f"{_scores(causal, scale)}sum_to(s @ key, query)"


def attention_key(_q: Shape, _k: Shape, _v: Shape, causal: bool, scale: Any) -> str:
    return f"{_scores(causal, scale)}sum_to(s.mT @ query, key)"


def attention_value(_q: Shape, _k: Shape, _v: Shape, causal: bool, scale: Any) -> str:
    return f"{_weights(causal, scale)}sum_to(w.mT @ g, value)"


def _weights(causal: bool, scale: Any) -> str:
    """The weights of the values. Later keys have none where it is causal: they get the score of the first key, which
    keeps those of the others from being all too small for floats, before they are left out."""
    factor = "1/sqrt(query.shape[-1])" if scale is None else "scale"
    scores = f"{factor}*(query @ key.mT)"
    if not causal:
        return f"w = softmax({scores}, -1); "
    seen = "z = tril(z) + (1 - tril(ones_like(z)))*z[..., :1]; "
    return f"z = {scores}; {seen}e = tril(softmax(z, -1)); w = e/sum(e, -1, True); "


def _scores(causal: bool, scale: Any) -> str:
    """The cotangent of ``query @ key.mT``."""
    factor = "1/sqrt(query.shape[-1])" if scale is None else "scale"
    return f"{_weights(causal, scale)}h = g @ value.mT; s = {factor}*w*(h - sum(h*w, -1, True)); "


def linear_input(_x: Shape, weight: Shape, _bias: Shape | None) -> str:
    return "g @ weight" if len(weight) == 2 else "unsqueeze(g, -1)*weight"


def linear_weight(x: Shape, weight: Shape, _bias: Shape | None) -> str:
    """Summed over all axes of a batch."""
    if len(weight) == 1:
        return f"sum(unsqueeze(g, -1)*x, {tuple(range(len(x) - 1))})" if len(x) > 1 else "g*x"
    if len(x) == 1:
        return "outer(g, x)"
    return "g.T @ x" if len(x) == 2 else "sum_to(g.mT @ x, weight)"


def pooled(name: str, keywords: Sequence[str]) -> Callable[..., str]:
    """Each cotangent is added where the largest entry of its window stands."""

    def text(x: Shape, *constants: Any) -> str:
        rank = 1 if isinstance(constants[0], int) else len(constants[0])
        lead, pooled_sizes = x[: len(x) - rank], x[len(x) - rank :]
        lines = listed([*lead, -1])
        places = f"reshape({name}_places(x, {', '.join(keywords)}), {lines})"
        if 0 in lead:
            return "zeros_like(x)"
        zeros = f"reshape(zeros_like(x), {listed([*lead, prod(pooled_sizes)])})"
        return f"reshape(scatter_add({zeros}, -1, {places}, reshape(g, {lines})), x.shape)"

    return text


def along_last(array: str, matrices: Sequence[str], *, back: bool = False) -> str:
    """Each matrix applied to one of the last axes, in their order; back: their transposes."""
    first, last = (f"{matrices[0]}.mT", matrices[-1]) if back else (matrices[0], f"{matrices[-1]}.mT")
    if len(matrices) == 1:
        return f"{array} @ {last}"
    if len(matrices) == 2:
        return f"{first} @ {array} @ {last}"
    rest = along_last(array, matrices[1:], back=back)
    return f"movedim({first} @ movedim({rest}, -3, -2), -2, -3)"


def averaged(array: str, *, back: bool = False) -> Callable[..., str]:
    """The means of windows by a matrix for each axis."""

    def text(x: Shape, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, divisor: str) -> str:
        rank = 1 if isinstance(kernel, int) else len(kernel)
        given = (kernel, kernel if stride in (None, ()) else stride, padding)
        axes = zip(x[len(x) - rank :], *(whole_steps(values, rank) for values in given), strict=True)
        matrices = [f"averaging({n}, {k}, {step}, {pad}, {ceil_mode}, '{divisor}')" for n, k, step, pad in axes]
        return along_last(array, matrices, back=back)

    return text


def adaptively_averaged(array: str, *, back: bool = False) -> Callable[..., str]:
    def text(x: Shape, output: Any) -> str:
        counts = (output,) if isinstance(output, int) else output
        axes = zip(x[len(x) - len(counts) :], counts, strict=True)
        return along_last(array, [f"adaptive_averaging({n}, {count})" for n, count in axes], back=back)

    return text
