"""numpy's linear algebra."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling


def _svd(full_matrices: bool) -> str:
    """U has as many columns as A only where A has no more rows than columns; Vh is whole where it has no fewer."""
    return "" if full_matrices else "(a @ svdvecs(a)/svdvals(a)[..., None, :], svdvals(a), svdvecs(a).mT)"


_SIGNS = "numpy's eigenvectors may have the other sign"


SPELLINGS = (
    Spelling("np.linalg.trace(x, /)", "einsum('...ii->...', x)"),
    Spelling("np.linalg.trace(x, /, *, offset:integer)", "sum(diag(einsum('ij->ij', x), offset))"),
    Spelling("np.linalg.diagonal(x, /)", "einsum('...ii->...i', x)"),
    Spelling("np.linalg.diagonal(x, /, *, offset:integer)", "diag(einsum('ij->ij', x), offset)"),
    Spelling("np.linalg.lstsq(a, b, rcond:nothing=None)", "(lstsq(a, b),)", ("solution",)),
    Spelling("np.linalg.slogdet(a)", "(slogdet(a)[0], slogdet(a)[1])", ("sign", "logabsdet")),
    Spelling("np.linalg.cholesky(a, /, *, upper:flag)", lambda upper: "cholesky(a.mT).mT" if upper else "cholesky(a)"),
    Spelling("np.linalg.eigvalsh(a, UPLO:text)",
             lambda UPLO: {"L": "eigvalsh(a)", "U": "eigvalsh(a.mT)"}.get(UPLO, "")),
    Spelling("np.linalg.eigh(a, UPLO:text='L')",
             lambda UPLO: {"L": "(eigvalsh(a), eigvecsh(a))", "U": "(eigvalsh(a.mT), eigvecsh(a.mT))"}.get(UPLO, ""),
             ("eigenvalues", "eigenvectors"), _SIGNS),
    Spelling("np.linalg.svd(a, full_matrices:flag=True, compute_uv:flag)",
             lambda compute_uv: "" if compute_uv else "svdvals(a)"),
    Spelling("np.linalg.svd(a, full_matrices:flag=True)", _svd, ("U", "S", "Vh"), _SIGNS),
)  # fmt: skip
