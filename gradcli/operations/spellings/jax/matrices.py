"""jax's linear algebra: which triangle it reads."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

# jax factorises the mean of a matrix and its transpose, where numpy reads one triangle.
_HALF_READ = "none: jax's slope is that of neither triangle alone nor of both; write jnp.linalg.cholesky(A)"

SPELLINGS = (
    Spelling("jnp.linalg.cholesky(a, *, upper:flag=False, symmetrize_input:flag=True)",
             lambda upper, symmetrize_input:
             f"cholesky((a + a.mT)/2){'.mT' if upper else ''}" if symmetrize_input else _HALF_READ),
    Spelling("jax.scipy.linalg.cholesky(a, lower:flag=False)", _HALF_READ),
    Spelling("jnp.linalg.eigvalsh(a)", "eigvalsh((a + a.mT)/2)"),
    Spelling("jnp.linalg.eigh(a, *, symmetrize_input:flag=True)",
             lambda symmetrize_input: "(eigvalsh((a + a.mT)/2), eigvecsh((a + a.mT)/2))" if symmetrize_input else "",
             ("eigenvalues", "eigenvectors")),
)  # fmt: skip
