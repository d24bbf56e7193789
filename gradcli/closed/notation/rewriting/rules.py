"""The rewriting rules: a pattern, and the formula of the same value that people write in its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` is ``result``.

    shapes:   of names, ``A: n m, x: m``; a name without may have any shape, and both sides are read entry by entry
    positive: names that have to be positive
    """

    pattern: str
    result: str
    shapes: str = ""
    positive: str = ""


RULES = (
    # the logistic function and its kin
    Rule("exp(x)/(1 + exp(x))", "sigmoid(x)"),
    Rule("1/(1 + exp(-x))", "sigmoid(x)"),
    Rule("exp(-x)*sigmoid(x)", "sigmoid(-x)"),
    Rule("1 - sigmoid(x)", "sigmoid(-x)"),
    Rule("log(1 + exp(x))", "softplus(x)"),
    Rule("log1p(exp(x))", "softplus(x)"),
    Rule("-log(sigmoid(x))", "softplus(-x)"),
    # the softmax
    Rule("exp(x - logsumexp(x))", "softmax(x)", "x: n"),
    Rule("exp(x - spread(logsumexp(x), x))", "softmax(x)", "x: n"),
    Rule("exp(x)/sum(exp(x))", "softmax(x)", "x: n"),
    # hyperbolic functions
    Rule("sinh(x)/cosh(x)", "tanh(x)"),
    Rule("(exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh(x)"),
    # norms and inner products
    Rule("norm(x)**2", "x @ x", "x: n"),
    Rule("sum(x*y)", "x @ y", "x: n, y: n"),
    Rule("sum(x**2)", "x @ x", "x: n"),
    # determinants and inverses
    Rule("adjugate(X)/det(X)", "inv(X)", "X: n n"),
    Rule("adjugate(X).T/det(X)", "inv(X).T", "X: n n"),
    Rule("A @ inv(A)", "eye(n)", "A: n n"),
    Rule("inv(A) @ A", "eye(n)", "A: n n"),
    Rule("inv(inv(A))", "A", "A: n n"),
    Rule("det(A)*det(inv(A))", "1", "A: n n"),
    # identities and ones
    Rule("A @ eye(m)", "A", "A: n m"),
    Rule("eye(n) @ A", "A", "A: n m"),
    Rule("x*ones(n)", "x", "x: n"),
    Rule("diag(x) @ ones(n)", "x", "x: n"),
)
