"""Rows: derivatives inside expressions, ``grad(f, x)`` and its kin. ``f`` is a formula, ``x`` the name of a variable.

In torch a row is the function of its name in ``autograd/operators.py``, built on ``torch.autograd.grad`` with
``create_graph=True``. The sympy meanings are written in one primitive, ``s.along(f, (x, direction), ...)``: the
derivative along directions, one after another, which sympy takes by ``diff`` and the high-precision route by central
differences.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch, size

DERIVATIVE = "derivatives"


def _scalar(f: Shape, name: str) -> None:
    if f:
        raise ShapeMismatch(
            "a scalar function: grad can be implicitly created only for scalar outputs",
            hint=f"sum(...) or an index makes a scalar; {name}(f, x) has all rows",
        )


def _grad_shape(f: Shape, x: Shape) -> Shape:
    _scalar(f, "jacobian")
    return x


def _hessian_shape(f: Shape, x: Shape) -> Shape:
    _scalar(f, "jacobian")
    return x + x


def _hvp_shape(f: Shape, x: Shape, v: Shape) -> Shape:
    _scalar(f, "jacobian")
    if v != x:
        raise ShapeMismatch(f"a vector v of the variable's shape {x}")
    return x


def _diff_shape(f: Shape, *variables: Shape) -> Shape:
    if any(x and x != f for x in variables):
        raise ShapeMismatch(
            "scalar variables, or a function of the variable's shape",
            hint="grad(f, x) is for a scalar f and any x, jacobian(f, x) for all else",
        )
    return f


def _divergence_shape(f: Shape, x: Shape) -> Shape:
    if f != x or len(x) != 1:
        raise ShapeMismatch("a vector field with as many entries as the variable")
    return ()


def _curl_shape(f: Shape, x: Shape) -> Shape:
    if f != x or f not in {(2,), (3,)}:
        raise ShapeMismatch("a field and a variable of length 3, or of length 2")
    return f if f == (3,) else ()


def _vjp_shape(f: Shape, x: Shape, v: Shape) -> Shape:
    if v != f:
        raise ShapeMismatch(f"a vector v of the function's shape {f}")
    return x


def _jvp_shape(f: Shape, x: Shape, v: Shape) -> Shape:
    if v != x:
        raise ShapeMismatch(f"a vector v of the variable's shape {x}")
    return f


def _jacobian(s: Any, f: Any, x: Any) -> Any:  # Any: a Field and a Variable of meaning/scalars.py
    """Output axes, then the axes of x."""
    columns = [s.along(f, (x, direction)) for direction in s.basis(x.value.shape)]
    if not columns:
        return s.full(f.value.shape + x.value.shape, 0)
    return s.np.stack(columns, -1).reshape(f.value.shape + x.value.shape)


def _hessian(s: Any, f: Any, x: Any) -> Any:  # Any: as above
    basis = list(s.basis(x.value.shape))
    out = s.full((len(basis), len(basis)), 0)
    for i, row in enumerate(basis):
        for j, column in enumerate(basis[: i + 1]):
            out[i, j] = out[j, i] = s.along(f, (x, row), (x, column))[()]
    return out.reshape(x.value.shape * 2)


def _diff(s: Any, f: Any, *variables: Any) -> Any:  # Any: as above
    """Along ones, which is entry by entry where the variable has f's shape: no entry sees another's variable."""
    return s.along(f, *((x, s.full(x.value.shape, 1)) for x in variables))


def _laplacian(s: Any, f: Any, *variables: Any) -> Any:  # Any: as above
    zero = s.full(f.value.shape, 0)
    return sum((s.along(f, (x, d), (x, d)) for x in variables for d in s.basis(x.value.shape)), zero)


def _curl(s: Any, f: Any, x: Any) -> Any:  # Any: as above
    slopes = _jacobian(s, f, x)
    turns = [slopes[j, i] - slopes[i, j] for i, j in _planes(len(slopes))]
    return s.np.array(turns, dtype=object) if len(turns) > 1 else turns[0]


def _vjp(s: Any, f: Any, x: Any, v: Any) -> Any:  # Any: as above; v is an array
    return s.np.tensordot(v, _jacobian(s, f, x), f.value.ndim)


def _list_curl(m: Any, f: Any, xs: Any) -> Any:  # Any: a maker of nodes, and nodes
    turns = [m.sub(m.diff(m.entry(f, j), xs[i]), m.diff(m.entry(f, i), xs[j])) for i, j in _planes(len(xs))]
    return m.stack(*turns) if len(turns) > 1 else turns[0]


def _planes(dimensions: int) -> list[tuple[int, int]]:
    """The planes in which a field turns: one in two dimensions, three in three. Errors: other dimensions."""
    if dimensions not in (2, 3):
        raise ShapeMismatch("a field and a variable of length 3, or of length 2")
    return [(0, 1)] if dimensions == 2 else [(1, 2), (2, 0), (0, 1)]


BODY = "none: in its place the formula in it is differentiated once more"


def _row(name: str, signature: str, doc: str, example: str, **fields: Any) -> Op:  # Any: fields of Op
    return Op(
        name,
        signature,
        DERIVATIVE,
        doc,
        example,
        differentiates=True,
        rule=(BODY,) * (signature.count(",") + 1),
        **fields,
    )


ROWS = (
    Op("variable", "x, level:integer=0", DERIVATIVE,
       "x itself, and a variable of what it stands in: what `f = lambda v: v**3; grad(f)(2*x)` is taken in.",
       "v = variable(2*x); grad(v**3, v) x=1", torch=lambda _, x, __: x.clone().requires_grad_(),
       sympy=lambda _, x, __: x, linear="jointly", variable=True,
       note="The level tells several from one another that have the same value."),
    _row("grad", "f, x:variable",
         "Gradient of a scalar function, of the variable's shape; it can be differentiated again.",
         "(norm(grad(sum(tanh(W@x)), x)) - 1)**2 W=[[1,2],[3,4]] x=0.5,-1",
         shape=_grad_shape, cost=lambda _, x: size(x), sympy=_jacobian,
         formula=lambda m, f, x: m.derivative("grad", f, x),
         over_list=lambda m, f, xs: m.stack(*(m.grad(f, x) for x in xs)),
         note="The variable is a name; a list of names, [x, y], stands for the vector of their derivatives. In torch: "
              "torch.autograd.grad(f, x, create_graph=True)[0]."),
    _row("diff", "f, *x:variable",
         "Derivative, repeated for each variable named: diff(u, x, x). For a vector x of u's shape entry by entry.",
         "diff(sin(x)*exp(-t), x, x) t=0.5 x=0.3", shape=_diff_shape, cost=lambda _, *xs: 2 ** len(xs), sympy=_diff,
         formula=lambda m, f, *xs: reduce(m.entrywise, xs, f),
         entrywise=True, note="np.diff and torch.diff, the differences of neighbours, are `differences` here."),
    _row("jacobian", "f, x:variable", "All derivatives of all entries: output axes, then the axes of x.",
         "sum(jacobian(x**3, x)**2) x=1,2",
         shape=lambda f, x: f + x, cost=lambda _, x: size(x), sympy=_jacobian,
         formula=lambda m, f, x: m.derivative("jacobian", f, x),
         over_list=lambda m, f, xs: m.stack(*(m.jacobian(f, x) for x in xs), dim=-1)),
    _row("hessian", "f, x:variable", "Second derivatives of a scalar function, of shape x.shape + x.shape.",
         "trace(hessian(sum(x**3), x)) x=1,2",
         shape=_hessian_shape, cost=lambda _, x: 4 * size(x) ** 2, sympy=_hessian,
         formula=lambda m, f, x: m.derivative("hessian", f, x),
         over_list=lambda m, f, xs: m.stack(*(m.stack(*(m.diff(f, x, y) for y in xs)) for x in xs))),
    _row("laplacian", "f, *x:variable", "Sum of the second derivatives in every entry of the variables.",
         "laplacian(x**2*y + y**3, x, y) x=1 y=2",
         shape=lambda f, *_: f, cost=lambda _, *xs: 4 * sum(map(size, xs)), sympy=_laplacian,
         formula=lambda m, f, *xs: m.total([m.trace(m.derivative("hessian", f, x)) for x in xs]),
         over_list=lambda m, f, xs: m.laplacian(f, *xs)),
    _row("divergence", "f, x:variable", "Sum of d f[i] / d x[i].", "divergence(x**3, x) x=1,2",
         shape=_divergence_shape, cost=lambda _, x: size(x),
         sympy=lambda s, f, x: s.total(list(s.np.diagonal(_jacobian(s, f, x)))),
         formula=lambda m, f, x: m.trace(m.derivative("jacobian", f, x)),
         over_list=lambda m, f, xs: m.add(*(m.diff(m.entry(f, i), x) for i, x in enumerate(xs)))),
    _row("curl", "f, x:variable",
         "Rotation of a field in three dimensions, or the scalar d f[1]/d x[0] - d f[0]/d x[1] in two.",
         "curl([x[1]*x[2], x[0]**2, x[1]**3], x)[2] x=1,2,3",
         shape=_curl_shape, cost=lambda _, x: size(x), sympy=_curl, over_list=_list_curl),
    _row("vjp", "f, x:variable, v", "v^T J, of the variable's shape; torch's grad_outputs=v.",
         "sum(vjp(x**3, x, [1, 2])**2) x=1,2", shape=_vjp_shape, cost=lambda _, x, __: size(x), sympy=_vjp,
         formula=lambda m, f, x, v: m.product(v, m.derivative("jacobian", f, x), v),
         note="v counts as a constant of the inner derivative."),
    _row("jvp", "f, x:variable, v", "J v, of the function's shape.", "sum(jvp(x**3, x, [1, 2])**2) x=1,2",
         shape=_jvp_shape, cost=lambda *_: 2, sympy=lambda s, f, x, v: s.along(f, (x, v)),
         formula=lambda m, f, x, v: m.product(m.derivative("jacobian", f, x), v, x),
         note="v counts as a constant of the inner derivative."),
    _row("hvp", "f, x:variable, v", "H v of a scalar function, of the variable's shape.",
         "sum(hvp(sum(x**3), x, [1, 2])**2) x=1,2",
         shape=_hvp_shape, cost=lambda _, x, __: 4 * size(x) ** 2,
         sympy=lambda s, f, x, v: s.np.tensordot(_hessian(s, f, x), v, v.ndim),
         formula=lambda m, f, x, v: m.product(m.derivative("hessian", f, x), v, x),
         note="v counts as a constant of the inner derivative."),
)  # fmt: skip
