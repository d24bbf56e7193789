"""Matrices: inverses that do not exist, factorisations that fail, and their ill-defined gradients."""

from __future__ import annotations

from gradcli.catalogue.row import Cause, Message

CAUSES = (
    Cause(
        name="singular_inverse",
        title="the matrix is singular and has no inverse",
        text="Rows or columns of the matrix depend on each other, so it is not invertible: its determinant is 0, and "
        "inv, solve or logdet do not exist; their derivatives contain the inverse as well. Repeated points in a "
        "kernel matrix, more features than samples, a zero row and float32 rounding make matrices singular.",
        how_to_tell="Print `torch.linalg.matrix_rank(A)` against its size, or `torch.linalg.cond(A)`: above about 1e7 "
        "in float32 or 1e16 in float64 it is singular in practice.",
        fix="torch.linalg.solve(A + 1e-6 * torch.eye(n), b)  # a ridge on the diagonal\n"
        "torch.linalg.lstsq(A, b).solution               # or the least-squares solution\n"
        "torch.linalg.pinv(A)                            # or the pseudo-inverse; differentiable at constant rank",
        program="""\
import torch

features = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], requires_grad=True)
target = torch.ones(3)
weights = torch.linalg.solve(features.T @ features, features.T @ target)
weights.sum().backward()
""",
        mended="""\
import torch

features = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], requires_grad=True)
target = torch.ones(3)
weights = torch.linalg.solve(features.T @ features + 1e-3 * torch.eye(2), features.T @ target)
weights.sum().backward()
""",
        command="gradcli grad 'sum(inv(A))' A=[[1,2],[2,4]]",
    ),
    Cause(
        name="cholesky_not_positive",
        title="the matrix is not positive definite",
        text="cholesky exists for symmetric matrices whose eigenvalues are all positive. A covariance or kernel matrix "
        "has that property on paper, but rounding, repeated points or an update that is not symmetric push its "
        "smallest eigenvalue to zero or below. nan in the matrix gives the same error.",
        how_to_tell="Print `torch.linalg.eigvalsh(A).min()` and `(A - A.mT).abs().max()`.",
        fix="torch.linalg.cholesky(A + 1e-6 * torch.eye(n))     # jitter on the diagonal\n"
        "A = 0.5 * (A + A.mT)                               # symmetric again after an update\n"
        "scale_tril = raw.tril(-1) + torch.diag(F.softplus(raw.diagonal()))  # or learn the factor itself",
        program="""\
import torch

points = torch.tensor([0.0, 1.0, 1.0], requires_grad=True)
kernel = torch.exp(-((points[:, None] - points[None]) ** 2)) - 1e-3 * torch.eye(3)
torch.linalg.cholesky(kernel).logdet().backward()
""",
        mended="""\
import torch

points = torch.tensor([0.0, 1.0, 1.0], requires_grad=True)
kernel = torch.exp(-((points[:, None] - points[None]) ** 2)) + 1e-3 * torch.eye(3)
torch.linalg.cholesky(kernel).logdet().backward()
""",
        command="gradcli grad 'sum(cholesky(A))' A=[[1,2],[2,1]]",
    ),
    Cause(
        name="matrix_not_finite",
        title="nan or infinity in a matrix that is to be decomposed",
        text="svd, eigh and eig iterate until they converge, and they never do with nan or infinity in the matrix. "
        "The values were ruined before, in the data or by a gradient that was not finite in an earlier step.",
        how_to_tell="Print `A.isfinite().all()` right before the call, and then further up until it is True.",
        fix="assert A.isfinite().all()\n"
        "torch.autograd.set_detect_anomaly(True)  # names the step that made the first nan",
        program="""\
import torch

scores = torch.tensor([[1.0, 0.0], [0.0, 0.0]], requires_grad=True)
normalised = scores / scores.sum(dim=1, keepdim=True)
torch.linalg.svdvals(normalised).sum().backward()
""",
        mended="""\
import torch

scores = torch.tensor([[1.0, 0.0], [0.0, 0.0]], requires_grad=True)
normalised = scores / scores.sum(dim=1, keepdim=True).clamp_min(1e-8)
torch.linalg.svdvals(normalised).sum().backward()
""",
        command="gradcli grad 'sum(x/sum(x))' x=0,0",
    ),
    Cause(
        name="svd_degenerate",
        title="singular values that are equal, or zero, in an SVD that is differentiated",
        text="The derivative of the singular vectors divides by the differences of squared singular values. Where two "
        "of them are equal (repeated, or degenerate: an identity, a symmetric start, a matrix of low rank with several "
        "zeros) the singular vectors are not unique, so their gradient does not exist and comes out as nan or "
        "infinite.",
        how_to_tell="Print `torch.linalg.svdvals(A)`: equal or nearly equal numbers, or more than one zero, is this "
        "case.",
        fix="torch.linalg.svdvals(A)                       # the values alone need no such division\n"
        "A + 1e-4 * torch.rand_like(A)                 # break the tie\n"
        "U[:, :k] @ U[:, :k].mT                        # a loss that depends on the subspace, not on the vectors",
        program="""\
import torch

A = torch.eye(3).requires_grad_()
with torch.autograd.detect_anomaly():
    U, S, Vh = torch.linalg.svd(A)
    U.sum().backward()
""",
        mended="""\
import torch

A = torch.eye(3).requires_grad_()
with torch.autograd.detect_anomaly():
    S = torch.linalg.svdvals(A)
    S.sum().backward()
""",
        command="gradcli grad 'svdvals(A)[0]' A=[[1,0],[0,1]]",
    ),
    Cause(
        name="eigh_degenerate",
        title="equal eigenvalues in an eigendecomposition that is differentiated",
        text="The derivative of the eigenvectors divides by the differences of eigenvalues. Where two are equal "
        "(repeated, or degenerate), or the matrix is defective and has too few eigenvectors, the eigenvectors are not "
        "unique and their gradient is nan or infinite. Graph Laplacians and covariances of symmetric data have "
        "repeated eigenvalues.",
        how_to_tell="Print `torch.linalg.eigvalsh(A).diff()`: a zero, or nearly one, is this case.",
        fix="torch.linalg.eigvalsh(A)                        # the eigenvalues alone\n"
        "A + torch.diag(1e-4 * torch.arange(n))          # break the tie\n"
        "V[:, :k] @ V[:, :k].mT                          # a loss of the subspace, not of single vectors",
        program="""\
import torch

A = torch.eye(3).requires_grad_()
with torch.autograd.detect_anomaly():
    eigenvalues, vectors = torch.linalg.eigh(A)
    vectors[0].sum().backward()
""",
        mended="""\
import torch

A = torch.eye(3).requires_grad_()
with torch.autograd.detect_anomaly():
    eigenvalues = torch.linalg.eigvalsh(A)
    eigenvalues.sum().backward()
""",
        command="gradcli grad 'eigvalsh(A)[0]' A=[[1,0],[0,1]]",
    ),
    Cause(
        name="factorisation_not_converged",
        title="the iteration for an SVD or eigendecomposition did not converge",
        text="The matrix is badly conditioned: entries of very different size, or many equal eigenvalues or singular "
        "values. The iteration did not settle; its derivative would be ill-defined as well. "
        "In older versions nan in the matrix gives the same message.",
        how_to_tell="Print `torch.linalg.cond(A)`, `A.abs().max()` and `A.isfinite().all()`.",
        fix="torch.linalg.svd(A.double())                      # more digits\n"
        "torch.linalg.svd(A + 1e-6 * A.mean() * torch.rand_like(A))  # no exact ties\n"
        'torch.linalg.svd(A, driver="gesvd")              # on CUDA: the slower, sturdier routine',
        program="""\
import torch

A = torch.full((2000, 2000), 1e-30, device="cuda")
A[0, 0] = 1e30
torch.linalg.svd(A)
""",
        mended="""\
import torch

A = torch.full((200, 200), 1e-30, dtype=torch.float64)
A[0, 0] = 1e30
torch.linalg.svd(A)
""",
        command="gradcli grad 'sum(svdvals(A))' A=[[1,0],[0,1]]",
        beyond="whether the iteration converges depends on the routine and the machine",
    ),
    Cause(
        name="vector_phase",
        title="a loss that depends on the phase of complex singular vectors or eigenvectors",
        text="Complex singular vectors and eigenvectors are fixed only up to a factor of absolute value 1, and the "
        "routine picks it arbitrarily. A loss that changes with that factor (a real part, a single entry) has no "
        "well-defined derivative, so torch refuses it. eig of a real matrix gives complex vectors too.",
        how_to_tell="Multiply the vectors by `torch.exp(1j * torch.tensor(0.3))`: if the loss changes, it is this.",
        fix="vectors.abs().sum()          # absolute values do not depend on the phase\n"
        "vectors @ vectors.mH         # nor do projections\n"
        "torch.linalg.eigh(A)         # real vectors, where A is symmetric",
        program="""\
import torch

torch.manual_seed(0)
A = torch.randn(3, 3, requires_grad=True)
eigenvalues, vectors = torch.linalg.eig(A)
vectors.real.sum().backward()
""",
        mended="""\
import torch

torch.manual_seed(0)
A = torch.randn(3, 3, requires_grad=True)
eigenvalues, vectors = torch.linalg.eig(A)
vectors.abs().sum().backward()
""",
        command="gradcli grad 'eigvalsh(A)[0]' A=[[2,1],[1,3]]",
    ),
    Cause(
        name="qr_not_differentiable",
        title="a QR decomposition in a form that has no derivative",
        text="The complete QR of a tall matrix adds columns to Q that are arbitrary, so they have no derivative. And "
        'with mode="r" torch does not keep Q, which the derivative needs.',
        how_to_tell='Look for `mode="complete"`, `some=False` or `mode="r"` in the call, and at `A.shape`.',
        fix='Q, R = torch.linalg.qr(A, mode="reduced")',
        program="""\
import torch

A = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], requires_grad=True)
Q, R = torch.linalg.qr(A, mode="complete")
Q.sum().backward()
""",
        mended="""\
import torch

A = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], requires_grad=True)
Q, R = torch.linalg.qr(A, mode="reduced")
Q.sum().backward()
""",
        command="gradcli grad 'sum(cholesky(A.T @ A))' A=[[1,2],[3,4],[5,7]]",
    ),
    Cause(
        name="vectors_not_computed",
        title="a decomposition is differentiated that did not compute its vectors",
        text="The derivative of eigenvalues and singular values contains the vectors. A call that was told to leave "
        "them out (`eigenvectors=False`, `compute_uv=False`) has not kept them. Call the function that keeps what the "
        "derivative needs.",
        how_to_tell="Look for `eigenvectors=False`, `compute_uv=False` or `torch.symeig(A)` in old code.",
        fix="torch.linalg.eigvalsh(A)  # keeps what its derivative needs\ntorch.linalg.svdvals(A)",
        program="""\
import torch

A = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
eigenvalues, _ = torch.symeig(A)  # eigenvectors=False by default
eigenvalues.sum().backward()
""",
        mended="""\
import torch

A = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
eigenvalues = torch.linalg.eigvalsh(A)
eigenvalues.sum().backward()
""",
        command="gradcli grad 'sum(eigvalsh(A))' A=[[2,1],[1,3]]",
        beyond="needs torch 1: the functions that could leave the vectors out were removed in torch 2",
    ),
    Cause(
        name="linalg_removed",
        title="a matrix function that torch 2 no longer has",
        text="torch.symeig, eig, solve, lstsq, matrix_rank and their kin were replaced by functions in torch.linalg, "
        "with other orders of arguments and other results. The derivative is the same; only the call has to change.",
        how_to_tell="The message names the function that takes its place.",
        fix='torch.linalg.eigh(A, UPLO="U")       # instead of torch.symeig(A, eigenvectors=True)\n'
        "torch.linalg.solve(A, B)             # instead of torch.solve(B, A): the order changed\n"
        "torch.linalg.lstsq(A, B).solution    # instead of torch.lstsq(B, A)",
        program="""\
import torch

A = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
eigenvalues, vectors = torch.symeig(A, eigenvectors=True)
eigenvalues.sum().backward()
""",
        mended="""\
import torch

A = torch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
eigenvalues, vectors = torch.linalg.eigh(A, UPLO="U")
eigenvalues.sum().backward()
""",
        command="gradcli grad 'sum(eigvalsh(A))' A=[[2,1],[1,3]]",
    ),
    Cause(
        name="complex_derivative_missing",
        title="an operation whose derivative is not written for complex numbers",
        text="The operation can compute with complex numbers, but its backward formula was written for real ones only, "
        "so torch refuses to record it. Later versions of torch have more of them; or work with real and imaginary "
        "part.",
        how_to_tell="The message names the operation. Print `x.dtype` of its input: complex64 or complex128.",
        fix="torch.view_as_real(x)      # real and imaginary part as an axis of size 2\n"
        "x.real, x.imag             # or each by itself",
        program="""\
import torch

A = torch.randn(2, 2, dtype=torch.complex64, requires_grad=True)
U, S, V = torch.svd(A)
S.sum().backward()
""",
        mended="""\
import torch

A = torch.randn(2, 2, dtype=torch.complex64, requires_grad=True)
torch.linalg.svdvals(A).sum().backward()
""",
        command="gradcli grad 'sqrt(a**2 + b**2)' a=3 b=4",
        beyond="needs torch 1.6 to 1.8: later versions have the complex derivatives",
    ),
)

MESSAGES = (
    Message(
        name="not_positive_definite",
        patterns=(
            r"[Cc]holesky\w*: .{0,40}U\((?P<index>\d+), ?\d+\) is zero, singular U",
            r"factorization could not be completed because the input is not positive-definite(?: \(the leading minor "
            r"of order (?P<index>\d+) is not positive-definite\))?",
            r"the leading minor of order (?P<index>\d+) is not positive definite",
            r"(?P<index>\d+)(?:st|nd|rd|th)?-?th leading minor(?: of the array)? is not positive definite",
            r"Matrix is not positive definite",
        ),
        meaning="A Cholesky factorisation stopped at row {index}: the matrix is not positive definite.",
        causes=("cholesky_not_positive",),
        defaults={"index": "(the message does not say which)"},
    ),
    Message(
        name="singular",
        patterns=(
            r"The diagonal element (?P<index>\d+) is zero, the (?:inversion|solve) could not be completed",
            r"U[\[(](?P<index>\d+), ?\d+[\])] is zero(?:, singular U| and using it on lu_solve)",
            r"(?:solver failed because|inversion could not be completed because) the input matrix is singular",
            r"the input matrix is singular",
            r"[Ss]ingular matrix",
            r"A_LU.* is singular",
        ),
        meaning="A matrix that was to be inverted, or solved with, is singular.",
        causes=("singular_inverse",),
    ),
    Message(
        name="not_finite",
        patterns=(
            r"(?:linalg\.)?\w+: .*the input matrix contained non-finite values",
            r"input (?:tensor|matrix) should not contain infs or NaNs",
            r"On entry to \w+ parameter number \d+ had an illegal value",
        ),
        meaning="A matrix that was to be decomposed contains nan or infinity.",
        causes=("matrix_not_finite",),
        finder="nan",
    ),
    Message(
        name="not_converged_svd",
        patterns=(
            r"ill-conditioned or has too many repeated singular values",
            r"svd_\w+: .*the updating process of (?:SBDSDC|DBDSDC) did not converge",
            r"svd\w*: .*(?:did not converge|failed to converge)",
        ),
        meaning="The iteration that computes a singular value decomposition did not converge.",
        causes=("factorisation_not_converged", "matrix_not_finite", "svd_degenerate"),
    ),
    Message(
        name="not_converged_eigh",
        patterns=(
            r"ill-conditioned or has too many repeated eigenvalues",
            r"(?:symeig|eigh?|syevd?)\w*: .*(?:off-diagonal elements .*did not converge|failed to converge)",
        ),
        meaning="The iteration that computes eigenvalues did not converge.",
        causes=("factorisation_not_converged", "matrix_not_finite", "eigh_degenerate"),
    ),
    Message(
        name="vector_phase",
        patterns=(
            r"The (?P<vectors>singular vectors|eigenvectors) in the complex case are specified up to multiplication by "
            r"e\^\{i phi\}",
        ),
        meaning="The loss depends on the phase of complex {vectors}, which is arbitrary. Its derivative is not "
        "defined.",
        causes=("vector_phase",),
    ),
    Message(
        name="qr_derivative",
        patterns=(
            r"The QR decomposition is not differentiable when mode='complete' and nrows > ncols",
            r"The derivative of (?:linalg\.)?qr (?:depends on Q|is not implemented when)",
            r"qr_backward.*(?:not implemented|complete)",
            r"QrBackward.*not (?:implemented|differentiable)",
        ),
        meaning="This form of the QR decomposition has no derivative.",
        causes=("qr_not_differentiable",),
    ),
    Message(
        name="vectors_not_computed",
        patterns=(
            r"(?:symeig|eigh?)(?:_backward)?: .*eigenvectors ?= ?False.*not differentiable",
            r"cannot compute backward without eigenvectors",
            r"(?:svd_backward|linalg_svd).*(?:without|not) .{0,40}(?:singular vectors|compute_uv)",
        ),
        meaning="The derivative of this decomposition needs its vectors, and they were not computed.",
        causes=("vectors_not_computed",),
    ),
    Message(
        name="linalg_removed",
        patterns=(r"This function was deprecated since version [\d.]+ and is now removed",),
        meaning="The function was removed from torch; the message names what takes its place.",
        causes=("linalg_removed",),
    ),
    Message(
        name="complex_derivative",
        patterns=(
            r"(?P<op>\w+) does not support automatic differentiation for outputs with complex dtype",
            r"the (?:gradient|derivative) (?:of|for) '?(?P<op>[\w.]+)'? is not implemented for complex",
        ),
        meaning="`{op}` has no derivative for complex numbers in this version of torch.",
        causes=("complex_derivative_missing",),
    ),
)
