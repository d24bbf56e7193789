"""Calls of linear algebra by library, and the values of their names; signs that are free enter in no form."""

from __future__ import annotations

import re

import numpy as np
from libraries.beside import calls

DRAWN = np.random.default_rng(29)


def positive(*batch: int) -> np.ndarray:
    half = DRAWN.normal(size=(*batch, 3, 3))
    return half @ half.swapaxes(-1, -2) + np.eye(3)


VALUES = {
    "A": DRAWN.normal(size=(3, 3)), "B": DRAWN.normal(size=(3, 2)), "M": DRAWN.normal(size=(4, 2)), "W": DRAWN.normal(size=(2, 4)),
    "v": DRAWN.normal(size=3), "S": positive(), "T": DRAWN.normal(size=(2, 3, 3)), "P": positive(2), "Q": DRAWN.normal(size=(2, 4, 3)),
    "K": DRAWN.normal(size=(3, 3, 3)) + 2 * np.eye(3), "C": DRAWN.normal(size=(2, 3, 2)), "b": DRAWN.normal(size=(2, 3)),
    "c": DRAWN.normal(size=(2, 2)), "H": DRAWN.normal(size=(2, 2, 2, 2)), "G": DRAWN.normal(size=(2, 3, 6)), "t": DRAWN.normal(size=2),
    "d": DRAWN.normal(size=4), "Y": DRAWN.normal(size=(2, 1, 3, 3)) + 2 * np.eye(3), "s": np.array(0.7), "E": np.eye(3), "X": DRAWN.normal(size=(3, 3)) / 4 + np.diag([1.0, 2.0, 4.0]),
    "N": DRAWN.normal(size=(3, 4)) + np.array([[0], [3], [0]]), "V": DRAWN.normal(size=(2, 4)) / 4 + np.array([[0], [3]]), "L": np.linalg.cholesky(positive()),
}  # fmt: skip
PIVOTS = {"p": np.array([2, 3, 3]), "q": np.array([[3, 2, 3], [1, 3, 3]])}  # not differentiated


def named(text: str, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Those that the text names."""
    words = re.sub(r"'\w+'|\.\w+|\w+=", "", text)
    return {name: at for name, at in values.items() if re.search(rf"\b{name}\b", words)}


TORCH = calls("""
    torch.linalg.qr(A)[0]
    torch.linalg.qr(A).R
    torch.linalg.qr(Q)[0]
    torch.linalg.qr(Q)[1]
    torch.linalg.qr(W)[0]
    torch.linalg.qr(W)[1]
    torch.linalg.qr(W, mode='complete').Q
    torch.qr(T)[0]
    torch.qr(T, some=True).R
    A.qr()[1]
    torch.linalg.svd(Q, full_matrices=False).S
    torch.linalg.svd(A)[0]**2
    torch.linalg.svd(W, full_matrices=False)[2]**2
    torch.svd(M)[2].abs()
    torch.svd(T).U**2
    torch.linalg.svd(Q)[1]
    torch.linalg.svd(Q)[2]**2
    torch.linalg.svdvals(T)
    torch.linalg.lu(A)[1]
    torch.linalg.lu(A).U
    torch.linalg.lu(Q)[1]
    torch.linalg.lu(W)[2]
    torch.linalg.lu(W)[1]
    torch.linalg.lu(T).P @ T
    torch.lu(T)[0]
    torch.lu(Q, True, True)[0]
    torch.linalg.lu_factor(W).LU
    torch.linalg.lu_factor_ex(A)[0]
    torch.linalg.lu_factor(T).pivots * s
    torch.lu_unpack(A, p)[0] @ B
    torch.lu_unpack(T, q)[1]
    torch.lu_unpack(T, q).U
    torch.lu_solve(B, A, p)
    torch.lu_solve(C, T, q)
    torch.linalg.lu_solve(A, p, B)
    torch.linalg.lu_solve(A, p, b, left=False)
    torch.linalg.lu_solve(A, p, B, adjoint=True)
    torch.linalg.lu_solve(A, p, b, left=False, adjoint=True)
    torch.linalg.lu_solve(*torch.linalg.lu_factor(A), B)
    torch.cholesky_solve(B, L)
    torch.cholesky_solve(B, L.mT, upper=True)
    torch.cholesky_solve(C, L)
    torch.cholesky_inverse(L)
    torch.cholesky_inverse(L.mT, upper=True)
    torch.linalg.householder_product(M, t)
    torch.linalg.householder_product(Q, b)
    torch.orgqr(M, t[:1])
    torch.ormqr(M, t, M)
    torch.ormqr(M, t, W, left=False)
    torch.ormqr(M, t, M, transpose=True)
    torch.linalg.solve(T, b)
    torch.linalg.solve(K, A)
    torch.linalg.solve(A, b, left=False)
    torch.linalg.solve(Y, C)
    torch.linalg.solve_ex(T, C).result
    torch.linalg.solve_triangular(T, C, upper=True)
    torch.linalg.solve_triangular(Y, C, upper=False)
    torch.linalg.solve_triangular(A, b, upper=False, left=False)
    torch.triangular_solve(C, T)[0]
    torch.linalg.eig(X).eigenvalues.real.sort().values
    torch.linalg.eigvals(X).real.sum()
    torch.linalg.eig(X)[1].abs().sum()
    torch.linalg.inv(Y)
    torch.linalg.det(Y)
    torch.linalg.slogdet(Y).logabsdet
    torch.logdet(P)
    torch.linalg.cholesky(P)
    torch.linalg.cholesky_ex(P, upper=True).L
    torch.linalg.eigh(P).eigenvalues
    torch.linalg.eigh(P).eigenvectors**2
    torch.linalg.eigvalsh(P, UPLO='U')
    torch.linalg.pinv(Q)
    torch.linalg.pinv(Q, rtol=1e-9)
    torch.linalg.pinv(T, 1e-9)
    torch.linalg.pinv(T, atol=1e-9, rtol=1e-8)
    torch.pinverse(M, 1e-9)
    torch.linalg.matrix_rank(Q) * s
    torch.linalg.matrix_rank(T, 0.5) * s
    torch.linalg.matrix_rank(P, hermitian=True) * s
    torch.linalg.lstsq(M, d).solution
    torch.linalg.lstsq(M, M, driver='gels').residuals
    torch.linalg.lstsq(Q, Q[..., :2], driver='gelsd')[0]
    torch.linalg.lstsq(Q, Q[..., :2], driver='gelsd')[1]
    torch.linalg.lstsq(T, b)[0]
    torch.linalg.lstsq(M, d)[2] * s
    torch.linalg.tensorinv(H)
    torch.linalg.tensorinv(G)
    torch.linalg.tensorsolve(H, c)
    torch.linalg.tensorsolve(H, c, dims=(0, 2))
    torch.linalg.cond(T)
    torch.linalg.cond(T, -2)
    torch.linalg.matrix_norm(T, 'nuc')
    torch.linalg.matrix_norm(H, -inf, dim=(0, 2))
    torch.linalg.vector_norm(T, 3, dim=(0, 2), keepdim=True)
    torch.linalg.multi_dot([v, A, B])
    torch.chain_matmul(A, A, B)
    torch.linalg.matrix_power(T, -2)
    torch.linalg.matrix_exp(Y)
""")  # fmt: skip


NUMPY = calls("""
    np.linalg.solve(T, C)
    np.linalg.solve(K, A)
    np.linalg.solve(A, C)
    np.linalg.solve(K, v)
    np.sort(np.linalg.eigvals(X))
    np.sum(np.linalg.eig(X)[1]**4)
    np.sum(np.linalg.eig(X)[0]**3)
    np.linalg.inv(Y)
    np.linalg.det(Y)
    np.linalg.slogdet(T)[1]
    np.linalg.svd(A)[1]
    np.linalg.svd(Q)[2]**2
    np.linalg.svd(Q, full_matrices=False)[0]**2
    np.linalg.svd(Q, compute_uv=False)
    np.linalg.svd(S, hermitian=True)[1]
    np.linalg.svdvals(W)
    np.linalg.eigh(P)[0]
    np.linalg.eigh(P, UPLO='U')[1]**2
    np.linalg.eigvalsh(P)
    np.linalg.cholesky(P)
    np.linalg.cholesky(P, upper=True)
    np.linalg.diagonal(T, offset=1)
    np.linalg.trace(T, offset=-1)
    np.linalg.cond(T, 'fro')
    np.linalg.cond(A, 1)
    np.linalg.cond(T, -2)
    np.linalg.cond(A, 'nuc')
    np.linalg.cond(A, -np.inf)
    np.linalg.qr(T)[0]
    np.linalg.qr(Q)[1]
    np.linalg.qr(W)[1]
    np.linalg.qr(M, 'r')
    np.linalg.qr(M, mode='complete')[1]
    np.linalg.qr(W, mode='complete')[0]
    np.linalg.lstsq(M, d)[0]
    np.linalg.lstsq(M, d)[1]
    np.linalg.lstsq(M, M + 1, rcond=None)[1]
    np.linalg.lstsq(W, B[:2])[0]
    np.linalg.lstsq(M, d)[2] * s
    np.linalg.lstsq(M, d)[3]
    np.linalg.matrix_rank(T) * s
    np.linalg.matrix_rank(T, tol=0.5) * s
    np.linalg.matrix_rank(v) * s
    np.linalg.pinv(Q)
    np.linalg.pinv(Q, 1e-9)
    np.linalg.pinv(M, rtol=1e-9)
    np.linalg.tensorinv(H)
    np.linalg.tensorinv(G)
    np.linalg.tensorsolve(H, c)
    np.linalg.tensorsolve(H, c, axes=(0, 2))
    np.linalg.norm(H, 2, axis=(0, 2))
    np.linalg.matrix_norm(T, ord='nuc')
    np.linalg.matrix_power(T, -3)
    np.linalg.multi_dot([v, A, B])
    np.linalg.cross(T, b[:, None])
""")  # fmt: skip


SCIPY = calls("""
    scipy.linalg.solve(A, B)
    scipy.linalg.solve(S, v, assume_a='pos')
    scipy.linalg.solve(S, v, True, assume_a='sym')
    scipy.linalg.solve(A, v, transposed=True)
    scipy.linalg.solve(T, C)
    scipy.linalg.solve(A, v, assume_a='upper triangular')
    scipy.linalg.solve_triangular(A, v, trans='T', lower=True, unit_diagonal=True)
    scipy.linalg.solve_triangular(A, B, lower=True)
    scipy.linalg.solve_banded((1, 1), N, d)
    scipy.linalg.solve_banded((0, 2), N, d)
    scipy.linalg.solveh_banded(V, d)
    scipy.linalg.solveh_banded(V[::-1], d, lower=True)
    scipy.linalg.solve_toeplitz(v + 2, v)
    scipy.linalg.solve_toeplitz((v + 2, v), B)
    scipy.linalg.matmul_toeplitz((v, d), M)
    scipy.linalg.matmul_toeplitz(v, B)
    scipy.linalg.solve_circulant(v + 2, v)
    scipy.linalg.pinv(Q[0], rtol=1e-9)
    scipy.linalg.pinv(M, atol=1e-5, return_rank=True)[0]
    scipy.linalg.pinvh(S)
    scipy.linalg.pinvh(S, rtol=1e-9, lower=False)
    scipy.linalg.lstsq(M, d)[0]
    scipy.linalg.lstsq(M, d)[1]
    scipy.linalg.lstsq(M, M + 1)[1]
    scipy.linalg.lstsq(M, d)[3]
    scipy.linalg.solve_sylvester(A, S, B @ B.T)
    scipy.linalg.solve_continuous_lyapunov(A, S)
    scipy.linalg.solve_discrete_lyapunov(A, S)
    scipy.linalg.cholesky(S)
    scipy.linalg.cho_solve((L, True), v)
    scipy.linalg.cho_solve((L.T, False), B)
    scipy.linalg.cho_solve(scipy.linalg.cho_factor(S), v)
    scipy.linalg.cho_solve(scipy.linalg.cho_factor(S, lower=True), v)
    scipy.linalg.qr(A)[0]
    scipy.linalg.qr(M)[1]
    scipy.linalg.qr(M, mode='economic')[0]
    scipy.linalg.qr(W, mode='r')[0]
    scipy.linalg.qr(M, mode='r')[0]
    scipy.linalg.qr_multiply(A, v, 'left')[0]
    scipy.linalg.qr_multiply(A, b)[0]
    scipy.linalg.rq(A)[0]
    scipy.linalg.rq(A)[1]
    scipy.linalg.lu(A)[1]
    scipy.linalg.lu(M)[2]
    scipy.linalg.lu(A, p_indices=True)[0] * s
    scipy.linalg.lu(A, permute_l=True)[0]
    scipy.linalg.lu_factor(A)[0]
    scipy.linalg.lu_factor(A)[1] * s
    scipy.linalg.lu_solve(scipy.linalg.lu_factor(A), v)
    scipy.linalg.lu_solve(scipy.linalg.lu_factor(A), B, trans=1)
    scipy.linalg.svd(A)[1]
    scipy.linalg.svd(M, full_matrices=False)[0]**2
    scipy.linalg.eigh(S)[0]
    scipy.linalg.eigh(A, lower=False)[0]
    scipy.linalg.eigh(A + A.T, S)[0]
    scipy.linalg.eigh(A + A.T, S)[1]**2
    scipy.linalg.eigh(A, S, type=2)[1]**2
    scipy.linalg.eigh(A, S, type=3, lower=False)[1]**2
    scipy.linalg.eigh(A, S, eigvals_only=True, subset_by_index=[0, 1])
    scipy.linalg.eigvalsh(A, S, type=2)
    scipy.linalg.eigh_tridiagonal(d, v)[0]
    scipy.linalg.eigh_tridiagonal(d, v)[1]**2
    scipy.linalg.eigvalsh_tridiagonal(d, v)
    scipy.linalg.eigvals_banded(V)
    scipy.linalg.toeplitz(v)
    scipy.linalg.toeplitz(v, d)
    scipy.linalg.hankel(v)
    scipy.linalg.hankel(v, d)
    scipy.linalg.circulant(d)
    scipy.linalg.companion(d)
    scipy.linalg.leslie(v, t)
    scipy.linalg.fiedler(d)
    scipy.linalg.convolution_matrix(v, 4)
    scipy.linalg.convolution_matrix(v, 4, mode='same')
    scipy.linalg.convolution_matrix(d, 3, 'valid')
    scipy.linalg.convolution_matrix(t, 3, 'same')
    scipy.linalg.diagsvd(t, 2, 3)
    scipy.linalg.diagsvd(v, 4, 3)
    scipy.linalg.hadamard(4) * s
    scipy.linalg.hilbert(3) @ A
    scipy.linalg.invhilbert(4) * s
    scipy.linalg.pascal(4) * s
    scipy.linalg.pascal(4, kind='upper') * s
    scipy.linalg.invpascal(4) * s
    scipy.linalg.invpascal(4, kind='lower') * s
    scipy.linalg.helmert(4) * s
    scipy.linalg.helmert(3, full=True) @ A
    scipy.linalg.expm(T)
    scipy.linalg.cosm(A)
    scipy.linalg.sinm(A)
    scipy.linalg.tanm(A)
    scipy.linalg.coshm(A)
    scipy.linalg.sinhm(A)
    scipy.linalg.tanhm(A)
    scipy.linalg.expm_frechet(A, S)[1]
    scipy.linalg.expm_frechet(A, S, compute_expm=False)
    scipy.linalg.sqrtm(S + A)
    scipy.linalg.logm(S)
    scipy.linalg.signm(S - 3*E)
    scipy.linalg.fractional_matrix_power(S, 0.3)
    scipy.linalg.fractional_matrix_power(S, 0.5)
    scipy.linalg.fractional_matrix_power(A, 3)
    scipy.linalg.polar(M)[0]
    scipy.linalg.polar(M)[1]
    scipy.linalg.polar(W, side='left')[1]
    scipy.linalg.polar(W)[0]
    scipy.linalg.polar(M, 'left')[1]
    scipy.linalg.orthogonal_procrustes(Q[0], Q[1])[0]
    scipy.linalg.orthogonal_procrustes(Q[0], Q[1])[1]
    scipy.linalg.subspace_angles(M, Q[0][:, :1])
    scipy.linalg.eigvals(X).real.sum()
    np.sum(np.abs(scipy.linalg.eig(X)[1]))
    scipy.linalg.det(T)
    scipy.linalg.inv(A)
    scipy.linalg.svdvals(M)
    scipy.linalg.khatri_rao(A, B @ B.T)
    scipy.linalg.solve_lyapunov(A, S)
    scipy.linalg.norm(A, 'nuc')
    scipy.linalg.block_diag(A, B)
""")  # fmt: skip

JAX = calls("""
    jnp.linalg.eigh(S)[0]
    jnp.linalg.eigh(S)[1]**2
    jnp.linalg.eigh(S, 'L')[0]
    jnp.linalg.eigvalsh(P)
    jnp.linalg.cholesky(P)
    jnp.linalg.lstsq(M, d)[0]
    jnp.linalg.lstsq(M, d)[1]
    jnp.linalg.lstsq(M, M + 1, numpy_resid=True)[1]
    jnp.linalg.pinv(Q)
    jnp.linalg.pinv(M, 1e-9)
    jnp.linalg.svd(Q, full_matrices=False)[1]
    jnp.linalg.svd(M, full_matrices=False)[0]**2
    jnp.linalg.svd(Q, compute_uv=False)
    jnp.linalg.qr(T)[0]
    jnp.linalg.qr(M)[1]
    jnp.linalg.solve(K, A)
    jnp.linalg.solve(T, C)
    jnp.linalg.tensorinv(H)
    jnp.linalg.tensorsolve(H, c)
    jnp.linalg.cond(A, 1)
    jnp.linalg.slogdet(T)[1]
    jnp.linalg.multi_dot([v, A, B])
    jax.scipy.linalg.eigh(S)[0]
    jax.scipy.linalg.eigh(S, eigvals_only=True)
    jax.scipy.linalg.cho_solve((L, True), v)
    jax.scipy.linalg.expm(T)
    jax.scipy.linalg.solve(S, v, assume_a='sym')
    jax.scipy.linalg.expm(A, upper_triangular=False)
    jax.scipy.linalg.expm_frechet(A, S)[1]
    jax.scipy.linalg.lu(A)[1]
    jax.scipy.linalg.lu(M)[2]
    jax.scipy.linalg.lu_factor(A)[0]
    jax.scipy.linalg.lu_solve(jax.scipy.linalg.lu_factor(A), v)
    jax.scipy.linalg.qr(A)[0]
    jax.scipy.linalg.qr(M, mode='economic')[1]
    jax.scipy.linalg.solve(A, B)
    jax.scipy.linalg.solve_triangular(A, v, lower=True)
    jax.scipy.linalg.svd(A)[1]
    jax.scipy.linalg.toeplitz(v, d)
    jax.scipy.linalg.block_diag(A, B)
    jax.scipy.linalg.det(A)
    jax.scipy.linalg.inv(A)
    jax.scipy.linalg.polar(M, method='svd')[0]
    jax.lax.linalg.cholesky(S)
    jax.lax.linalg.eigh(S)[1]
    jax.lax.linalg.lu(A)[0]
    jax.lax.linalg.qr(M, full_matrices=False)[0]
    jax.lax.linalg.svd(A)[1]
    jax.lax.linalg.svd(M, full_matrices=False)[2]**2
    jax.lax.linalg.triangular_solve(A, B, left_side=True, lower=True)
    jax.lax.linalg.triangular_solve(A, b, lower=True, transpose_a=True)
    jax.lax.linalg.triangular_solve(A, b)
    jax.lax.linalg.triangular_solve(A, B, left_side=True, transpose_a=True, unit_diagonal=True)
    jax.lax.linalg.tridiagonal_solve(v, v + 3, v, B)
""")  # fmt: skip
