"""Rules of factors of matrices: cotangents in gradcli's language, each text for one matrix or a batch.

Sources: Roberts & Roberts 2020, QR and LQ decomposition matrix backpropagation algorithms; Seeger et al. 2017,
Auto-differentiating linear algebra; de Hoog, Anderssen & Lukas 2011, Differentiation of matrix functionals using
triangular factorization. Each function takes the operands' shapes and gives a text: see Op.rule.
"""

from __future__ import annotations

from gradcli.operations.shape_rules import Shape

# What R of Q @ R does to a cotangent of Q: M has those of both, copied from below the diagonal to above it.
_FIRST = "S = tril(M) + tril(M, -1).mT; Y = solve_triangular(R, (G + Q @ S).mT, True).mT"


def orthogonal(a: Shape) -> str:
    """``A = Q @ R``: with ``M = -g.T @ Q`` of the first columns; the others have no say."""
    rest = a[-1] - a[-2]
    found = f"Q = out; G = g; R = Q.mT @ {_columns(rest)}; M = -g.mT @ Q; {_FIRST}"
    return f"{found}; {_with_zeros(rest)}" if rest > 0 else f"{found}; Y"


def triangular(a: Shape) -> str:
    """``A = Q @ R``: with ``M = R @ g.T``; of a wide matrix what lies beyond is ``Q.T`` of the other columns."""
    rest = a[-1] - a[-2]
    if rest <= 0:
        return f"Q = qr_q(A); R = out; G = 0*Q; M = R @ triu(g).mT; {_FIRST}; Y"
    n = a[-2]
    start = f"Q = qr_q(A); R = out[..., :{n}]; W = g[..., {n}:]; G = A[..., {n}:] @ W.mT"
    return f"{start}; M = R @ triu(g[..., :{n}]).mT - G.mT @ Q; {_FIRST}; concat(Y, Q @ W, dim=-1)"


def _columns(rest: int) -> str:
    return f"A[..., :-{rest}]" if rest > 0 else "A"


def _with_zeros(rest: int) -> str:
    return f"concat(Y, zeros_like(A[..., -{rest}:]), dim=-1)"


def packed(a: Shape) -> str:
    """``A = P @ L @ U``: ``P @ inv(L).T @ (tril(L.T @ gL, -1) + triu(gU @ U.T)) @ inv(U).T`` of a square one. Rows
    below a square are ``L2 @ U``, columns beside it ``L @ U2``."""
    n, m = a[-2:]
    k = min(n, m)
    square = "out" if n == m else f"out[..., :{k}, :{k}]"
    start = f"T = {square}; L = tril(T, -1) + eye({k}); U = triu(T); G = {square.replace('out', 'g')}"
    middle = (
        "M = tril(L.mT @ F, -1) + triu(H @ U.mT); Y = solve_triangular(L.mT, solve_triangular(U, M.mT, True).mT, True)"
    )
    if n > m:
        below = f"W = solve_triangular(U, g[..., {k}:, :].mT, True).mT; H = triu(G) - out[..., {k}:, :].mT @ W"
        return f"{start}; F = tril(G, -1); {below}; {middle}; lu_permutation(A) @ concat(Y, W, dim=-2)"
    if n < m:
        beside = f"W = solve_triangular(L.mT, g[..., {k}:], True); F = tril(G, -1) - W @ out[..., {k}:].mT"
        return f"{start}; H = triu(G); {beside}; {middle}; lu_permutation(A) @ concat(Y, W, dim=-1)"
    return f"{start}; F = tril(G, -1); H = triu(G); {middle}; lu_permutation(A) @ Y"


# -- reflections


def reflected_factors(a: Shape, tau: Shape) -> str:
    """``-v.T @ C @ v`` of each reflection, where C is its cotangent."""
    found = [f"-sum(v{k}*(C{k} @ v{k}), (-2, -1))" for k in range(tau[-1])]
    return f"{_reflections(a, tau)}stack({', '.join(found)}, dim=-1)" if found else "zeros_like(tau)"


def reflected_vectors(a: Shape, tau: Shape) -> str:
    """``-tau*(C + C.T) @ v`` of each, below its 1."""
    found = [f"-t{k}*((C{k} + C{k}.mT) @ v{k})" for k in range(tau[-1])]
    if a[-1] > tau[-1]:
        found.append(f"zeros_like(A[..., {tau[-1]}:])")
    if not tau[-1]:
        return "zeros_like(A)"
    return f"{_reflections(a, tau)}tril(concat({', '.join(found)}, dim=-1), -1)"


def _reflections(a: Shape, tau: Shape) -> str:
    """Each vector ``v``, factor ``t`` and cotangent ``C`` of ``H[0] @ ... @ H[k - 1] @ eye(m, n)``."""
    count = tau[-1]
    vectors = [
        f"v{k} = tril(A, -1)[..., {k}:{k + 1}] + eye({a[-2]})[:, {k}:{k + 1}]; t{k} = tau[..., {k}:{k + 1}, None]"
        for k in range(count)
    ]
    after = [f"W{count} = eye({a[-2]}, {a[-1]})"]
    after += [f"W{k} = {_turned(k, f'W{k + 1}')}" for k in reversed(range(1, count))]
    before = ["G0 = g"] + [f"G{k} = {_turned(k - 1, f'G{k - 1}')}" for k in range(1, count)]
    own = [f"C{k} = G{k} @ W{k + 1}.mT" for k in range(count)]
    return "; ".join([*vectors, *after, *before, *own, ""])


def _turned(k: int, of: str) -> str:
    return f"{of} - t{k}*(v{k} @ (v{k}.mT @ {of}))"
