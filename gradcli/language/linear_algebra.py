"""Rows: vectors and matrices. Slopes are pull-backs of the cotangent g (Giles 2008, Petersen & Pedersen 2012)."""

from __future__ import annotations

from gradcli.language import shape_rules as rule
from gradcli.language.row import Op

PRODUCT = "products"
MATRIX = "matrices"

ROWS = (
    Op("matmul", "A, B", PRODUCT, "Matrix product; the operator @.", "sum(A@B) A=[[1,2],[3,4]] B=[[1,0],[2,1]]", shape=rule.matmul, elementwise=False,
       torch=lambda t, a, b: a @ b, sympy=lambda s, a, b: s.matmul(a, b), cost=rule.matmul_cost, slope=("g @ B.T", "A.T @ g"), note="The slopes are written for matrices; for a vector B the first is outer(g, B).",
       aliases=("mm", "mv", "bmm", "np.dot")),
    Op("dot", "x, y", PRODUCT, "Inner product of two vectors.", "dot(x, y) x=1,2 y=3,4", shape=rule.dot, elementwise=False,
       sympy=lambda s, x, y: s.matmul(x, y), slope=("g*y", "g*x"), aliases=("inner", "vdot")),
    Op("outer", "x, y", PRODUCT, "All products of two vectors: x[i]*y[j].", "sum(outer(x, y)**2) x=1,2 y=3,4", shape=rule.outer,
       elementwise=False, sympy=lambda s, x, y: x[:, None] * y[None, :], slope=("g @ y", "g.T @ x"), aliases=("ger",)),
    Op("cross", "x, y", PRODUCT, "Cross product of vectors of length 3.", "cross(x, y)[2] x=1,2,3 y=4,5,7", shape=rule.cross, elementwise=False,
       torch=lambda t, x, y: t.linalg.cross(x, y), sympy=lambda s, x, y: s.cross(x, y), slope=("cross(y, g)", "cross(g, x)")),
    Op("einsum", "; spec:text, *operands:tensor", PRODUCT, "Sum of products by subscripts, such as 'ij,jk->ik'.",
       "einsum('i,ij,j->', x, A, x) x=1,2 A=[[1,2],[3,4]]", shape=lambda *a: rule.einsum(a[-1], *a[:-1]), elementwise=False,
       cost=lambda *a: rule.einsum_cost(a[-1], *a[:-1]), torch=lambda t, *a: t.einsum(a[-1], *a[:-1]), sympy=lambda s, *a: s.einsum(a[-1], a[:-1])),
    Op("trace", "A", MATRIX, "Sum of the diagonal.", "trace(A@A) A=[[1,2],[3,4]]", shape=rule.trace, elementwise=False,
       sympy=lambda s, a: s.total([a[i, i] for i in range(min(a.shape))]), slope=("g*eye(n, m)",), aliases=("tr",)),
    Op("det", "A", MATRIX, "Determinant.", "det(A) A=[[2,1],[1,3]]", shape=rule.one_square, elementwise=False, cost=rule.cubic_cost,
       torch=lambda t, a: t.linalg.det(a), sympy=lambda s, a: s.det(a), slope=("g*out*inv(A).T",),
       kink_test=lambda s, a: s.any_equal(s.det(a), 0), note="Smooth everywhere, but torch's slope is inv(A).T times det(A), which fails where A is singular."),
    Op("logdet", "A", MATRIX, "Logarithm of the determinant, which must be positive.", "logdet(A) A=[[2,1],[1,3]]", shape=rule.one_square,
       elementwise=False, cost=rule.cubic_cost, sympy=lambda s, a: s.log(s.det(a)), slope=("g*inv(A).T",)),
    Op("slogdet", "A", MATRIX, "[sign, log(abs(det(A)))]; index it: slogdet(A)[1].", "slogdet(A)[1] A=[[0,1],[1,0]]",
       shape=lambda a: (2, *rule.one_square(a)), elementwise=False, cost=rule.cubic_cost, torch=lambda t, a: t.stack([t.linalg.slogdet(a)[0], t.linalg.slogdet(a)[1]]),
       sympy=lambda s, a: s.np.array([s.sign(s.det(a)), s.log(s.Abs(s.det(a)))], dtype=object)),
    Op("inv", "A", MATRIX, "Inverse.", "sum(inv(A)) A=[[2,1],[1,3]]", shape=lambda a: (rule.one_square(a), a)[1], elementwise=False, cost=rule.cubic_cost,
       torch=lambda t, a: t.linalg.inv(a), sympy=lambda s, a: s.inv(a), slope=("-out.T @ g @ out.T",), aliases=("inverse",)),
    Op("solve", "A, b", MATRIX, "x with A @ x = b.", "sum(solve(A, b)) A=[[2,1],[1,3]] b=1,2", shape=rule.solve, elementwise=False, cost=rule.cubic_cost,
       torch=lambda t, a, b: t.linalg.solve(a, b), sympy=lambda s, a, b: s.matmul(s.inv(a), b),
       slope=("-outer(solve(A.T, g), out)", "solve(A.T, g)"), note="The slope in A is written for a vector b."),
    Op("pinv", "A", MATRIX, "Moore-Penrose inverse of a matrix of full rank.", "sum(pinv(A)) A=[[1,2],[3,4],[5,7]]", shape=rule.pinv,
       elementwise=False, cost=rule.cubic_cost, torch=lambda t, a: t.linalg.pinv(a), sympy=lambda s, a: s.pinv(a), aliases=("pinverse",)),
    Op("cholesky", "A", MATRIX, "Lower triangular L with L @ L.T = A, for symmetric positive definite A; the lower triangle is read.",
       "sum(cholesky(A)) A=[[4,1],[1,3]]", shape=lambda a: (rule.one_square(a), a)[1], elementwise=False, cost=rule.cubic_cost,
       torch=lambda t, a: t.linalg.cholesky(t.tril(a) + t.tril(a, -1).mT), saturates=True, sympy=lambda s, a: s.cholesky(a),
       note="The slope is that of the lower triangle; torch.linalg.cholesky itself spreads it evenly over A and A.T."),
)  # fmt: skip
