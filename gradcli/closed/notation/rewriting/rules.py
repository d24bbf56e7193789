"""The rewriting rules: a pattern, and the formula of the same value that people write in its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` is ``result``.

    shapes: of names, ``A: n m, x: m, c:``; a name without may have any shape, and both sides are read entry by entry;
            ``q`` is a condition
    alone:  a matrix product as a whole, not within a longer one
    addend: a term of a sum, which keeps its shape: the sum's other terms are of the shape that ``y`` has
    longer: taken although it is longer, as people write it so
    given:  what is known of names, ``Q: orthogonal``, by the names of ``closed.premises.Premises``
    """

    pattern: str
    result: str
    shapes: str = ""
    alone: bool = False
    addend: bool = False
    longer: bool = False
    given: str = ""


@dataclass(frozen=True, slots=True)
class OfPart:
    """``pattern`` is ``result``, in which p goes for ``part``."""

    pattern: str
    part: str
    result: str
    shapes: str = ""


LOGISTIC = (
    Rule("exp(x)/(1 + exp(x))", "sigmoid(x)"),
    Rule("1/(1 + exp(-x))", "sigmoid(x)"),
    Rule("exp(-x)*sigmoid(x)", "sigmoid(-x)", longer=True),  # beside another sigmoid(x); it does not overflow
    Rule("1 - sigmoid(x)", "sigmoid(-x)"),
    Rule("sigmoid(x) + sigmoid(-x)", "1", "x:"),
    Rule("sigmoid(x) + sigmoid(-x)", "ones(n)", "x: n"),
    Rule("sigmoid(x) + sigmoid(-x)", "ones(n, m)", "x: n m"),
    Rule("y*sigmoid(x) + y*sigmoid(-x)", "y"),
    Rule("log(1 + exp(x))", "softplus(x)"),
    Rule("log1p(exp(x))", "softplus(x)"),
    Rule("-log(sigmoid(x))", "softplus(-x)"),
)

SOFTMAX = (
    Rule("exp(x - logsumexp(x))", "softmax(x)", "x: n"),
    Rule("exp(x - spread(logsumexp(x), x))", "softmax(x)", "x: n"),
    Rule("exp(x)/sum(exp(x))", "softmax(x)", "x: n"),
    Rule("exp(log_softmax(x))", "softmax(x)", "x: n"),
    Rule("sum(softmax(x))", "1", "x: n"),
    Rule("exp(X - logsumexp(X, dim=0))", "softmax(X, dim=0)", "X: n m"),
    Rule("exp(X - logsumexp(X, dim=1)[:, None])", "softmax(X, dim=1)", "X: n m"),
    Rule("exp(X - logsumexp(X, dim=-1)[:, None])", "softmax(X, dim=-1)", "X: n m"),
    *(
        rule
        for dim in (0, 1, -1)
        for rule in (
            Rule(f"exp(X - spread(logsumexp(X, dim={dim}), X, dim={dim}))", f"softmax(X, dim={dim})", "X: n m"),
            Rule(f"exp(X - logsumexp(X, dim={dim}, keepdim=True))", f"softmax(X, dim={dim})", "X: n m"),
            Rule(f"exp(X)/sum(exp(X), dim={dim}, keepdim=True)", f"softmax(X, dim={dim})", "X: n m"),
            Rule(f"exp(log_softmax(X, dim={dim}))", f"softmax(X, dim={dim})", "X: n m"),
        )
    ),
)

ELEMENTWISE = (
    Rule("sinh(x)/cosh(x)", "tanh(x)"),
    Rule("sin(x)/cos(x)", "tan(x)"),
    Rule("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh(x)"),
    Rule("sin(x)**2 + cos(x)**2", "1", "x:"),
    Rule("log(exp(x))", "x"),
    Rule("log(e)", "1"),
    Rule("exp(log(x))", "x"),
    Rule("sign(x)*abs(x)", "x"),
    Rule("x/abs(x)", "sign(x)"),
    Rule("polygamma(0, x)", "digamma(x)"),
)

CONDITIONS = (
    Rule("heaviside(x, 0.5)", "where(x > 0, 1, 0)", longer=True),
    Rule("where(q, 1, 0)*x", "where(q, x, 0)"),
    Rule("where(q, 0, 1)*x", "where(q, 0, x)"),
    Rule("where(q, x, 0) + where(q, 0, y)", "where(q, x, y)"),
    Rule("where(q, x, 0) + y*where(q, 0, z)", "where(q, x, y*z)"),
    Rule("y*where(q, x, 0) + where(q, 0, z)", "where(q, x*y, z)"),
    Rule("where(q, x, x)", "x"),
    Rule("where(x == spread(c, x), y, z)", "where(x == c, y, z)", "x: n, c:, y:, z:"),
)

PRODUCTS = (
    Rule("norm(x)**2", "x @ x", "x: n"),
    Rule("sum(x*y)", "x @ y", "x: n, y: n"),
    Rule("sum(x**2)", "x @ x", "x: n"),
    Rule("sqrt(x @ x)", "norm(x)", "x: n"),
    Rule("sqrt(sum(X**2))", "norm(X)", "X: n m"),
    Rule("diag(x) @ y", "x*y", "x: n, y: n"),
    Rule("x @ diag(y)", "x*y", "x: n, y: n"),
    Rule("diag(x) @ diag(y)", "diag(x*y)", "x: n, y: n"),
    Rule("A @ diag(x)", "A*x", "A: n m, x: m", alone=True),
    Rule("outer(A @ (x + z), y)", "A @ outer(x + z, y)", "A: n m, x: m, y: k, z: m"),
    Rule("outer(y, A @ (x + z))", "outer(y, x + z) @ A.T", "A: n m, x: m, y: k, z: m", longer=True),
    Rule("outer(x, y) @ z", "(y @ z)*x", "x: n, y: m, z: m"),
    Rule("diag(outer(x, y))", "x*y", "x: n, y: n"),
    Rule("trace(outer(x, y))", "x @ y", "x: n, y: n"),
    Rule("trace(A @ outer(x, y))", "y @ A @ x", "A: n m, x: m, y: n"),
)

MATRICES = (
    Rule("sum(diag(X))", "trace(X)", "X: n n"),
    Rule("diag(X.T)", "diag(X)", "X: n n"),
    Rule("trace(X.T)", "trace(X)", "X: n n"),
    Rule("det(X.T)", "det(X)", "X: n n"),
    Rule("norm(X.T)", "norm(X)", "X: n m"),
    Rule("sum(X.T)", "sum(X)", "X: n m"),
    Rule("sum(X.T, dim=0)", "sum(X, dim=1)", "X: n m"),
    Rule("sum(X.T, dim=1)", "sum(X, dim=0)", "X: n m"),
    Rule("adjugate(X)/det(X)", "inv(X)", "X: n n"),
    Rule("adjugate(X).T/det(X)", "inv(X).T", "X: n n"),
    Rule("A @ inv(A)", "eye(n)", "A: n n"),
    Rule("inv(A) @ A", "eye(n)", "A: n n"),
    Rule("A.T @ inv(A).T", "eye(n)", "A: n n"),
    Rule("inv(A).T @ A.T", "eye(n)", "A: n n"),
    Rule("adjugate(inv(A))", "A/det(A)", "A: n n"),
    Rule("inv(inv(A))", "A", "A: n n"),
    Rule("det(inv(A))", "1/det(A)", "A: n n"),
    Rule("trace(A @ B.T)", "sum(A*B)", "A: n m, B: n m"),
)

ONES = (
    Rule("eye(n, m=n)", "eye(n)"),
    Rule("A @ eye(m)", "A", "A: n m"),
    Rule("eye(n) @ A", "A", "A: n m"),
    Rule("eye(n) @ x", "x", "x: n"),
    Rule("x @ eye(n)", "x", "x: n"),
    Rule("trace(eye(n))", "n"),
    Rule("norm(eye(n))", "sqrt(n)"),
    Rule("det(eye(n))", "1"),
    Rule("diag(ones(n))", "eye(n)"),
    Rule("x*ones(n)", "x", "x: n"),
    Rule("X*ones(n, m)", "X", "X: n m"),
    Rule("x @ ones(n)", "sum(x)", "x: n"),
    Rule("ones(n) @ x", "sum(x)", "x: n"),
    Rule("sum(ones(n))", "n"),
    Rule("sum(1 - x)", "n - sum(x)", "x: n", longer=True),
    Rule("sum(1 - X)", "m - sum(X)", "X: 1 m", longer=True),
    Rule("outer(ones(n), ones(m))", "ones(n, m)"),
)

SPREADING = (
    Rule("spread(c, x)*y", "c*y", "c:"),
    Rule("A @ spread(c, x)", "c*sum(A, dim=1)", "A: n m, c:, x: m"),
    Rule("A @ spread(c, X)", "c*A", "A: n 1, c:, X: 1 1"),
    Rule("spread(c, X) @ A", "c*A", "A: 1 n, c:, X: 1 1"),
    Rule("y*(A @ spread(c, X))", "c*sum(A)*y", "A: 1 n, c:, X: n m, y: 1 m"),
    Rule("spread(c, X).T", "spread(c, X)", "c:, X: n n"),
    Rule("sum_to(x, c)", "sum(x)", "c:"),
    Rule("sum_to(x, y)", "x", "x: n, y: n"),
    Rule("sum_to(X, Y)", "X", "X: n m, Y: n m"),
    Rule("put_back(sum_to(X, x[:, None]), x, :, None)", "sum(X, dim=1)", "X: n m, x: n"),
    Rule("put_back(sum_to(X, x[None, :]), x, None, :)", "sum(X, dim=0)", "X: n m, x: m"),
    Rule("put_back(-sum_to(X, x[:, None]), x, :, None)", "-sum(X, dim=1)", "X: n m, x: n"),
    Rule("put_back(-sum_to(X, x[None, :]), x, None, :)", "-sum(X, dim=0)", "X: n m, x: m"),
    Rule("put_back(sum(X, dim=1, keepdim=True), x, :, None)", "sum(X, dim=1)", "X: n m, x: n"),
    Rule("put_back(sum(X, dim=0, keepdim=True), x, None, :)", "sum(X, dim=0)", "X: n m, x: m"),
    Rule("put_back(-sum(X, dim=1, keepdim=True), x, :, None)", "-sum(X, dim=1)", "X: n m, x: n"),
    Rule("put_back(-sum(X, dim=0, keepdim=True), x, None, :)", "-sum(X, dim=0)", "X: n m, x: m"),
    Rule("c*ones(n)", "c", "c:, y: n", addend=True),
    Rule("ones(n)", "1", "y: n", addend=True),
    Rule("c*ones(n, m)", "c", "c:, y: n m", addend=True),
    Rule("ones(n, m)", "1", "y: n m", addend=True),
    Rule("outer(ones(k), x)", "x", "x: m, y: k m", addend=True),
    Rule("c*outer(ones(k), x)", "c*x", "c:, x: m, y: k m", addend=True),
    Rule("outer(x, ones(k))", "x[:, None]", "x: m, y: m k", addend=True),
    Rule("mean(x, keepdim=True)", "mean(x)", "x: n, y: m", addend=True),
    Rule("sum(x - mean(x))", "0", "x: n"),
    Rule("sum(x)/n", "mean(x)", "x: n"),
    Rule("sum(X, dim=0)/n", "mean(X, dim=0)", "X: n m"),
    Rule("sum(X, dim=1)/m", "mean(X, dim=1)", "X: n m"),
)

POSITIVE = tuple(
    Rule(pattern, result, longer=result == "1", given="x: positive")
    for pattern, result in (
        ("abs(x)", "x"),
        ("sign(x)", "1"),
        ("relu(x)", "x"),
        ("(x**c)**p", "x**(c*p)"),
        ("heaviside(x, c)", "1"),
        ("maximum(x, 0)", "x"),
        ("maximum(0, x)", "x"),
        *((f"where(x {sign} 0, y, z)", "y") for sign in (">", ">=", "!=")),
        *((f"where(x {sign} 0, y, z)", "z") for sign in ("<", "<=", "==")),
    )
)

NONE_LEFT = tuple(  # of a sum
    Rule(pattern, "0", addend=True, given="x: positive")
    for pattern in (
        *(f"where(x {sign} 0, 0, z)" for sign in (">", ">=", "!=")),
        *(f"where(x {sign} 0, z, 0)" for sign in ("<", "<=", "==")),
        *("minimum(x, 0)", "minimum(0, x)"),
    )
)

ORTHOGONAL = tuple(
    Rule(pattern, result, shapes, longer="eye" in result, given="Q: orthogonal")
    for pattern, result, shapes in (
        ("inv(Q)", "Q.T", "Q: n n"),
        ("pinv(Q)", "Q.T", "Q: n m"),
        ("Q @ Q.T", "eye(n)", "Q: n n"),
        ("det(Q)**2", "1", "Q: n n"),
        ("1/det(Q)", "det(Q)", "Q: n n"),
        ("adjugate(Q)", "det(Q)*Q.T", "Q: n n"),
        ("norm(Q @ x)", "norm(x)", "Q: n m, x: m"),
        ("norm(x @ Q.T)", "norm(x)", "Q: n m, x: m"),
        ("norm(Q @ X)", "norm(X)", "Q: n m, X: m k"),
        ("norm(X @ Q.T)", "norm(X)", "Q: n m, X: k m"),
        ("norm(Q.T @ x)", "norm(x)", "Q: n n, x: n"),
        ("norm(x @ Q)", "norm(x)", "Q: n n, x: n"),
        ("norm(Q.T @ X)", "norm(X)", "Q: n n, X: n k"),
        ("norm(X @ Q)", "norm(X)", "Q: n n, X: k n"),
        ("sum(Q*(Q @ X))", "trace(X)", "Q: n m, X: m m"),
        ("trace(Q.T @ A @ Q)", "trace(A)", "Q: n n, A: n n"),
        ("trace(Q @ A @ Q.T)", "trace(A)", "Q: n m, A: m m"),
    )
)

NONSINGULAR = (
    Rule("adjugate(X)", "det(X)*inv(X)", "X: n n", longer=True, given="X: nonsingular"),
    Rule("pinv(X)", "inv(X)", "X: n n", given="X: nonsingular"),
)

UNIT = (
    Rule("norm(x)", "1", "x: n", given="x: unit"),
    Rule("x @ x", "1", "x: n", given="x: unit"),
    Rule("trace(outer(x, x))", "1", "x: n", given="x: unit"),
)

IDEMPOTENT = (
    Rule("P @ P", "P", "P: n n", given="P: idempotent"),
    Rule("P.T @ P.T", "P.T", "P: n n", given="P: idempotent"),
    Rule("(eye(n) - P) @ (eye(n) - P)", "eye(n) - P", "P: n n", given="P: idempotent"),
)

FOURIER = (
    *(
        Rule(f"sine_sums(sine_sums(x{n}){n}) + cosine_sums(cosine_sums(x{n}){n})", result, "x: n")
        for n, result in (("", "n*x"), (", norm='ortho'", "x"), (", norm='forward'", "x/n"))
    ),
    Rule("sine_sums(cosine_sums(x))", "zeros(n)", "x: n"),
    Rule("cosine_sums(sine_sums(x))", "zeros(n)", "x: n"),
)

PREMISED = (
    *POSITIVE,
    *NONE_LEFT,
    *ORTHOGONAL,
    *NONSINGULAR,
    *UNIT,
    *IDEMPOTENT,
)  # they hold where something is known of the names

RULES = (*LOGISTIC, *SOFTMAX, *ELEMENTWISE, *CONDITIONS, *PRODUCTS, *MATRICES, *ONES, *SPREADING, *FOURIER)

RELATED = (
    OfPart("sigmoid(-x)", "sigmoid(x)", "1 - p"),
    OfPart("softplus(-x)", "sigmoid(x)", "-log(p)"),
    OfPart("x @ x", "norm(x)", "p**2", "x: n"),
)
