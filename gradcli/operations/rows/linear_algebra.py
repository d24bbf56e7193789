"""Rows: matrices, distances and statistics of rows."""

from __future__ import annotations

from functools import partial
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op, Rule, Slips
from gradcli.operations.rows.reductions import entry_norm, entry_norm_shape, norm_rule
from gradcli.operations.rules import matrices
from gradcli.operations.shape_rules import Shape, ShapeMismatch

MATRIX = "matrices"
DISTANCE = "distances"


def _vec_shape(a: Shape) -> Shape:
    if len(a) > 2:
        raise ShapeMismatch("a matrix", hint="flatten takes an array of any rank, row by row")
    return (rule.size(a),)


def _adjugate_torch(t: Any, a: Any) -> Any:  # Any: torch tensors
    """Faddeev and LeVerrier's recurrence: a polynomial, so that its slope is right where A is singular."""
    n = a.shape[-1]
    eye = t.eye(n, dtype=a.dtype, device=a.device)
    out = eye + 0 * a
    for k in range(1, n):
        product = a @ out
        traces = t.trace(product) if a.ndim == 2 else t.sum(product * eye, (-2, -1), True)
        out = product - eye * (traces / k)
    return out if n % 2 else -out


def _solution(s: Any, a: Any, b: Any) -> Any:  # Any: arrays of the arithmetic at hand
    inverse = s.matrices(s.inv, a)
    if b.ndim > 1 and rule.solves_vectors(a.shape, b.shape):
        return s.matmul(inverse, s.np.expand_dims(b, -1))[..., 0]
    return s.matmul(inverse, b)


def _mirrored(library: Any, a: Any, upper: bool) -> Any:  # Any: torch and tensors
    if upper:
        return library.triu(a) + library.triu(a, 1).mT
    return library.tril(a) + library.tril(a, -1).mT


def _symmetrised_torch(t: Any, a: Any, upper: bool, spread: bool) -> Any:  # Any: torch tensors
    """The numbers of the triangle, for which torch's backward passes take those of the symmetric matrix."""
    slope = (a + a.mT) / 2 if spread else a
    return _mirrored(t, a, upper).detach() + (slope - slope.detach())


def _triangle(s: Any, a: Any, upper: bool, _spread: bool) -> Any:  # Any: arrays of the arithmetic at hand
    across = s.np.swapaxes(a, -1, -2)
    rows, columns = s.np.indices(a.shape[-2:])
    return s.np.where(rows <= columns if upper else rows >= columns, a, across)


def _symmetrised(s: Any, a: Any, upper: bool, spread: bool) -> Any:  # Any: as above
    slope = s.map(lambda x, y: s.div(x + y, 2), a, s.np.swapaxes(a, -1, -2)) if spread else a
    return s.map(s.sloped, _triangle(s, a, upper, spread), slope)


def _read_torch(t: Any, a: Any, upper: bool) -> Any:  # Any: torch tensors
    return (t.triu(a) if upper else t.tril(a)).detach() + (a - a.detach())


def _read_alone(s: Any, a: Any, upper: bool) -> Any:  # Any: arrays of the arithmetic at hand
    return s.triangle(a, lambda k: k >= 0 if upper else k <= 0)


def _triangular_shape(a: Shape, b: Shape, _upper: bool) -> Shape:
    """A vector for all matrices, or matrices; batches broadcast."""
    rule.square_matrix(a)
    columns = (*b, 1) if len(b) == 1 else b
    if len(columns) < 2 or columns[-2] != a[-1]:
        raise ShapeMismatch("A (n, n) and b with n rows")
    out = (*rule.broadcast(a[:-2], columns[:-2]), *columns[-2:])
    return out[:-1] if len(b) == 1 else out


def _triangular_torch(t: Any, a: Any, b: Any, upper: bool) -> Any:  # Any: torch tensors
    if b.ndim == 1:
        return t.linalg.solve_triangular(a, b.unsqueeze(-1), upper=upper).squeeze(-1)
    return t.linalg.solve_triangular(a, b, upper=upper)


def _triangular(s: Any, a: Any, b: Any, upper: bool) -> Any:  # Any: arrays of the arithmetic at hand
    if a.ndim == 2 and b.ndim < 3:
        return s.solve_triangular(a, b, upper)
    columns = b[:, None] if b.ndim == 1 else b
    batch = rule.broadcast(a.shape[:-2], columns.shape[:-2])
    a = s.np.broadcast_to(a, batch + a.shape[-2:])
    columns = s.np.broadcast_to(columns, batch + columns.shape[-2:])
    out = s.full(columns.shape, 0)
    for place in s.np.ndindex(batch):
        out[place] = s.solve_triangular(a[place], columns[place], upper)
    return out[..., 0] if b.ndim == 1 else out


def _sign_and_log(s: Any, a: Any) -> Any:  # Any: as above
    found = s.array(s.matrices(s.det, a))
    return s.np.stack([s.map(s.sign, found), s.map(lambda d: s.log(s.Abs(d)), found)])


def _vander_shape(x: Shape, count: int | None, _increasing: bool) -> Shape:
    if len(x) != 1:
        raise ShapeMismatch("one vector")
    return rule.sizes((x[0], x[0] if count is None else count))


def _vander_torch(t: Any, x: Any, count: int | None, increasing: bool) -> Any:  # Any: torch tensors
    """torch.vander itself cannot be differentiated: it fills its result in place."""
    count = x.shape[-1] if count is None else count
    powers = range(count) if increasing else range(count - 1, -1, -1)
    return t.stack([x**k for k in powers], -1) if count else t.zeros((x.shape[0], 0))


def _vander(s: Any, x: Any, count: int | None, increasing: bool) -> Any:  # Any: as above
    out = s.full((*x.shape, x.shape[-1] if count is None else count), 1)
    for k in range(1, out.shape[-1]):
        out[..., k] = out[..., k - 1] * x
    return out if increasing else out[..., ::-1]


def _linalg_vander_shape(x: Shape, count: int | None) -> Shape:
    columns = rule.line(x)[-1] if count is None else count
    if columns < 2:
        raise ShapeMismatch(f"N from 2, not {columns}")
    return (*rule.line(x), columns)


# -- distances


def _distance_rules(difference: str, dim: int | None, keepdim: str, *put: str) -> tuple[Rule, ...]:
    """Of the norm of a difference along an axis: one for each operand, with what becomes of the cotangent of it."""

    def of(words: str, x: Shape, y: Shape, p: Any, *_: Any) -> str:  # Any: constants
        taken = rule.broadcast(x, y) if dim is None else rule.broadcast(x[dim:], y[dim:])
        *before, last = norm_rule(taken, p, dim, "D", f"{dim}", keepdim).split("; ")
        return "; ".join((f"D = {difference}", *before, words.format(last)))

    return tuple(partial(of, words) for words in put)


def _cdist_shape(x: Shape, y: Shape, p: Any) -> Shape:  # Any: a number or inf
    if len(x) != 2 or len(y) != 2 or x[1] != y[1]:
        raise ShapeMismatch("two matrices whose rows are points of one dimension, (n, d) and (m, d)")
    if p < 0:
        raise ShapeMismatch(f"p >= 0 or inf, not p={p}", hint="pairwise_distance and dist take any p")
    return entry_norm_shape((x[0], y[0], x[1]), p, -1, False)


def pairwise_shape(x: Shape, y: Shape, p: Any, _eps: Any, keepdim: bool) -> Shape:  # Any: numbers
    shape = rule.broadcast(x, y)
    if not shape:
        raise ShapeMismatch("vectors", hint="abs({0} - {1}) is the distance of scalars")
    return entry_norm_shape(shape, p, -1, keepdim)


def _dist_shape(x: Shape, y: Shape, p: Any) -> Shape:  # Any: a number or inf
    return entry_norm_shape(rule.broadcast(x, y), p, None, False)


# -- statistics of rows


def _cov_shape(x: Shape, correction: int) -> Shape:
    if len(x) not in (1, 2) or (x[-1] <= correction):
        raise ShapeMismatch(
            f"a matrix with a variable in each row and more than {correction} observations",
            hint="correction=0 divides by n",
        )
    return () if len(x) == 1 or x[0] == 1 else (x[0], x[0])


def _cov(s: Any, x: Any, correction: int) -> Any:  # Any: arrays of the arithmetic at hand
    centred = x - s.sum(x, -1, True) / x.shape[-1]
    product = s.matmul(centred, centred.T)
    return s.np.squeeze(s.map(lambda v: s.div(v, x.shape[-1] - correction), product))


def _corrcoef(s: Any, x: Any) -> Any:  # Any: as above
    if x.ndim == 1 or len(x) == 1:
        return s.map(s.div, _cov(s, x, 0), _cov(s, x, 0))
    covariance = _cov(s, x, 0)
    spread = s.map(s.sqrt, s.np.diagonal(covariance))
    return s.map(lambda c, a, b: s.div(c, a * b), covariance, spread[:, None], spread)


ROWS = (
    Op("trace", "A", MATRIX, "Sum of the diagonal.", "trace(A@A) A=[[1,2],[3,4]]",
       within=2, shape=rule.trace, sympy=lambda s, a: s.trace(a),
       rule=("g*eye(A.shape[0], A.shape[1])",), linear="jointly", aliases=("tr",),
       slips=Slips(siblings=("det", "logdet"))),
    Op("det", "A", MATRIX, "Determinant.", "det(A) A=[[2,1],[1,3]]",
       within=2,
       shape=rule.of_square, cost=rule.cubic_cost, torch="linalg.det", sympy=lambda s, a: s.matrices(s.det, a),
       rule=(matrices.of_each("{g}*adjugate(A){T}"),),
       astray=lambda s, a: s.any_of(*(s.eq(d, 0) for d in s.entries(s.matrices(s.det, a)))), factorises=True,
       note="Smooth everywhere, but torch's slope is inv(A).T times det(A), which fails where A is singular.",
       slips=Slips(siblings=("trace", "logdet"))),
    Op("logdet", "A", MATRIX, "Logarithm of the determinant, which must be positive.", "logdet(A) A=[[2,1],[1,3]]",
       within=2, shape=rule.of_square, cost=rule.cubic_cost,
       sympy=lambda s, a: s.map(s.log, s.matrices(s.det, a)),
       rule=(matrices.of_each("{g}*inv(A){T}"),), factorises=True, slips=Slips(siblings=("det", "trace"))),
    Op("slogdet", "A", MATRIX, "[sign, log(abs(det(A)))]; index it: slogdet(A)[1].", "slogdet(A)[1] A=[[0,1],[1,0]]",
       shape=lambda a: (2, *rule.of_square(a)), cost=rule.cubic_cost,
       torch=lambda t, a: t.stack([t.linalg.slogdet(a)[0], t.linalg.slogdet(a)[1]]),
       sympy=_sign_and_log, kinked=True,
       rule=(matrices.of_each("{g}*inv(A){T}", "g[1]"),), factorises=True),
    Op("adjugate", "A", MATRIX, "Transposed matrix of cofactors: det(A)*inv(A), and its limit where A is singular.",
       "sum(adjugate(A)**2) A=[[1,2],[2,4]]",
       within=2, shape=rule.square_matrix, cost=lambda a: a[-1] * rule.cubic_cost(a),
       torch=_adjugate_torch, sympy=lambda s, a: s.matrices(s.adjugate, a),
       rule=(matrices.adjugate,), saturates=True, factorises=True,
       note="The rule is written for a regular A."),
    Op("inv", "A", MATRIX, "Inverse.", "sum(inv(A)) A=[[2,1],[1,3]]",
       within=2, shape=rule.square_matrix, cost=rule.cubic_cost, torch="linalg.inv",
       sympy=lambda s, a: s.matrices(s.inv, a), rule=(matrices.of_each("-out{T} @ g @ out{T}"),), factorises=True,
       aliases=("inverse",),
       slips=Slips(transposable=True, symmetrised=True, entrywise="1/x")),
    Op("solve", "A, b", MATRIX, "x with A @ x = b, for one matrix or for each of a batch.",
       "sum(solve(A, b)) A=[[2,1],[1,3]] b=1,2",
       shape=rule.solve, cost=rule.cubic_cost, torch="linalg.solve", sympy=_solution,
       rule=(matrices.solve_left, matrices.solve_right),
       product=lambda a, b: "inv(A) @ b" if len(a) == 2 else "", factorises=True),
    Op("pinv", "A", MATRIX, "Moore-Penrose inverse of a matrix of full rank.", "sum(pinv(A)) A=[[1,2],[3,4],[5,7]]",
       within=2, shape=rule.pinv, cost=rule.cubic_cost, torch=lambda t, a, rtol=None: t.linalg.pinv(a, rtol=rtol),
       sympy=lambda s, a: s.matrices(s.pinv, a), rule=(matrices.pinv,), factorises=True, truncates=True,
       aliases=("pinverse",),
       slips=Slips(transposable=True)),
    Op("cholesky", "A", MATRIX,
       "Lower triangular L with L @ L.T = A, for symmetric positive definite A; the lower triangle is read.",
       "sum(cholesky(A)) A=[[4,1],[1,3]]",
       within=2, shape=rule.square_matrix, cost=rule.cubic_cost,
       torch=lambda t, a: t.linalg.cholesky(t.tril(a) + t.tril(a, -1).mT), sympy=lambda s, a: s.matrices(s.cholesky, a),
       rule=(matrices.cholesky,), saturates=True, factorises=True,
       note="The slope is that of the lower triangle; torch.linalg.cholesky itself spreads it evenly over A and A.T."),
    Op("solve_triangular", "A, b; upper:flag", MATRIX,
       "x with A @ x = b for a triangular A, for one matrix or for each of a batch; only the triangle that upper= "
       "names is read.",
       "sum(solve_triangular(A, b, False)) A=[[2,0],[1,3]] b=1,2",
       shape=_triangular_shape, cost=rule.cubic_cost, torch=_triangular_torch,
       sympy=_triangular,
       rule=(matrices.triangular_left, matrices.triangular_right),
       product=lambda a, b, upper: f"inv({'triu' if upper else 'tril'}(A)) @ b" if len(a) == 2 else "",
       factorises=True),
    Op("symmetrised", "A; upper:flag=False, spread:flag=True", MATRIX,
       "The symmetric matrix of which one triangle is read, with the slope that torch gives it by choice: spread "
       "evenly over A and A.T; with spread=False as if all of A were read.",
       "cholesky(symmetrised(A))[1, 0] A=[[2,1],[1,3]]",
       shape=lambda a, *_: rule.square_matrix(a), torch=_symmetrised_torch, sympy=_symmetrised, literal=_triangle,
       rule=(lambda _a, _upper, spread: "(g + g.mT)/2" if spread else "g",),
       note="The slope is right along symmetric changes of A. That in the entries is all in the triangle that is "
            "read: tril(A) + tril(A, -1).mT has it."),
    Op("triangle_read", "A; upper:flag=False", MATRIX,
       "The triangle of a matrix that is read, with the slope that torch gives it by choice: as if all of A were read.",
       "cholesky(triangle_read(A) @ triangle_read(A).mT)[1, 0] A=[[2,0],[1,3]]",
       shape=lambda a, _: rule.square_matrix(a), torch=_read_torch,
       sympy=lambda s, a, upper: s.map(s.sloped, _read_alone(s, a, upper), a), literal=_read_alone,
       rule=(lambda _a, _upper: "g",),
       note="The slope is right along changes of the triangle; in the others it should be 0, as tril(A) has it."),
    Op("vec", "A", MATRIX, "The columns of a matrix, one below the other; flatten goes row by row.",
       "dot(vec(A), [1, 2, 3, 4]) A=[[1,2],[3,4]]",
       shape=_vec_shape, torch=lambda t, a: a.mT.reshape(-1) if a.ndim == 2 else a.reshape(-1),
       sympy=lambda s, a: s.np.reshape(a.T, (-1,)),
       rule=(lambda a: ("g[0]", "g", "reshape(g, A.shape[1], A.shape[0]).T")[len(a)],)),
    Op("vander", "x; N:integer=None, increasing:flag=False", MATRIX,
       "Vandermonde matrix: the powers of x, N columns, the highest power first.", "det(vander(x)) x=1,2,4",
       shape=_vander_shape, torch=_vander_torch, sympy=_vander, rule=(matrices.vander,),
       note="torch.linalg.vander puts the lowest power first: see linalg_vander."),
    Op("linalg_vander", "x; N:integer=None", MATRIX,
       "torch.linalg.vander: the Vandermonde matrix of each vector along the last axis, the lowest power first.",
       "det(torch.linalg.vander(x)) x=1,2,4",
       shape=_linalg_vander_shape,
       torch=lambda t, x, count: _vander_torch(t, x if x.ndim else x.reshape(1), count, True),
       sympy=lambda s, x, count: _vander(s, s.np.reshape(x, rule.line(x.shape)), count, True),
       rule=(matrices.linalg_vander,), aliases=("torch.linalg.vander",)),
    Op("cdist", "x, y; p:number=2", DISTANCE, "Distance of each row of x to each row of y.",
       "sum(cdist(x, y)) x=[[1,2],[3,4]] y=[[0,0]]",
       shape=_cdist_shape, cost=lambda x, y, p: max(rule.size(x) * y[0], 1),
       torch=lambda t, x, y, p: t.linalg.vector_norm(x.unsqueeze(1) - y, p, -1),
       sympy=lambda s, x, y, p: entry_norm(s, x[:, None] - y, p, -1, False),
       rule=_distance_rules("x[:, None] - y", -1, "False", "sum({}, 1)", "-sum({}, 0)"), kinked=True),
    Op("pairwise_distance", "x1, x2; p:number=2, eps:number=0.000001, keepdim:flag=False", DISTANCE,
       "Distance along the last axis: norm(x1 - x2 + eps, p).", "pairwise_distance(x, y) x=1,2 y=0,4",
       shape=pairwise_shape, torch=lambda t, x, y, p, eps, keepdim: t.linalg.vector_norm(x - y + eps, p, -1, keepdim),
       sympy=lambda s, x, y, p, eps, keepdim: entry_norm(s, x - y + eps, p, -1, keepdim),
       rule=_distance_rules("x1 - x2 + eps", -1, "keepdim", "sum_to({}, x1)", "-sum_to({}, x2)"), kinked=True),
    Op("dist", "x, y; p:number=2", DISTANCE, "norm(x - y, p).", "dist(x, y) x=1,2 y=0,4",
       shape=_dist_shape, torch=lambda t, x, y, p: t.linalg.vector_norm(x - y, p),
       sympy=lambda s, x, y, p: entry_norm(s, s.array(x - y), p, None, False),
       rule=_distance_rules("x - y", None, "False", "sum_to({}, x)", "-sum_to({}, y)"), kinked=True),
    Op("cov", "x; correction:integer=1", MATRIX,
       "Covariances of the rows: each row a variable, each column an observation; divisor n - correction.",
       "sum(cov(X)) X=[[1,2,4],[0,3,1]]",
       shape=_cov_shape, cost=lambda x, _: rule.size(x) * x[0],
       torch=lambda t, x, correction: t.cov(x, correction=correction).reshape(_cov_shape(x.shape, correction)),
       sympy=_cov, rule=(matrices.cov,), saturates=True),
    Op("corrcoef", "x", MATRIX,
       "Correlation coefficients of the rows: each row a variable, each column an observation.",
       "corrcoef(X)[0, 1] X=[[1,2,4],[0,3,1]]",
       shape=lambda x: _cov_shape(x, 1), cost=lambda x: rule.size(x) * x[0],
       torch=lambda t, x: t.corrcoef(x).reshape(_cov_shape(x.shape, 1)), sympy=_corrcoef,
       rule=(matrices.corrcoef,), saturates=True),
)  # fmt: skip
