"""scipy.linalg: matrices that are made of vectors, or of a size alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import comb

from gradcli.operations.matrix_formulas import filled
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import Spelling
from gradcli.operations.written_out import within

Entry = Callable[[int, int], object]


def _windows(line: str, width: int, starts: Iterable[int]) -> str:
    """Rows that are cut out of a line."""
    return f"[{', '.join(f'({line})[{start}:{start + width}]' for start in starts)}]"


def toeplitz(column: str, row: str, c: Shape, r: Shape) -> str:
    """The entry in row i and column j is that of ``i - j``: of the column, or of the row where it is below 0."""
    n, m = c[0], r[0]
    return _windows(f"concat(flip({column}, 0), {row}[1:])", m, range(n - 1, -1, -1))


def _hankel(c: Shape, r: Shape, last: str) -> str:
    return _windows(f"concat(c, {last}[1:])", r[0], range(c[0]))


def _circulant(c: Shape) -> str:
    n = c[0]
    return _windows("concat(flip(c, 0), flip(c, 0))", n, range(n - 1, -1, -1))


def _companion(a: Shape) -> str:
    return f"concat(unsqueeze(-a[1:]/a[0], 0), eye({a[0] - 2}, {a[0] - 1}))"


def _leslie(s: Shape) -> str:
    n = s[0]
    return f"concat(unsqueeze(f, 0), concat(diag(s), {filled((n, 1))}, dim=-1))"


def _convolution(a: Shape, n: int, mode: str) -> str:
    """Whose product with a vector of n entries is the convolution with it."""
    m = a[0]
    rows = {
        "full": range(m + n - 1),
        "same": range((min(m, n) - 1) // 2, (min(m, n) - 1) // 2 + max(m, n)),
        "valid": range(min(m, n) - 1, max(m, n)),
    }.get(mode, range(0))
    if not rows:
        return ""
    line = f"concat({filled((n - 1,))}, flip(a, 0), {filled((n - 1,))})"
    return _windows(line, n, (m + n - 2 - i for i in rows))


def _diagonal(M: int, N: int) -> str:
    """Singular values on the diagonal of a matrix of M rows and N columns."""
    if M == N:
        return "diag(s)"
    more = filled((M - N, N) if M > N else (M, N - M))
    return f"concat(diag(s), {more}, dim={-2 if M > N else -1})"


def _table(n: int, entry: Entry) -> str:
    within(n * n)
    return f"[{', '.join('[' + ', '.join(str(entry(i, j)) for j in range(n)) + ']' for i in range(n))}]"


def _hadamard(n: int) -> str:
    """Of a power of 2: the sign is the parity of the bits that the numbers of row and column share."""
    return _table(n, lambda i, j: (-1) ** (i & j).bit_count()) if n > 0 and n & (n - 1) == 0 else ""


def _inverse_hilbert(n: int) -> str:
    def entry(i: int, j: int) -> int:
        size = (i + j + 1) * comb(n + i, n - j - 1) * comb(n + j, n - i - 1) * comb(i + j, i) * comb(i + j, i)
        return -size if (i + j) % 2 else size

    return _table(n, entry)


def _pascal(n: int, kind: str) -> str:
    kinds: dict[str, Entry] = {
        "symmetric": lambda i, j: comb(i + j, i),
        "lower": comb,
        "upper": lambda i, j: comb(j, i),
    }
    return _table(n, kinds[kind]) if kind in kinds else ""


def _inverse_pascal(n: int, kind: str) -> str:
    kinds: dict[str, Entry] = {
        "symmetric": lambda i, j: (-1) ** (i + j) * sum(comb(i + k, k) * comb(i + k, i + k - j) for k in range(n - i))
        if i >= j else (-1) ** (i + j) * sum(comb(j + k, k) * comb(j + k, j + k - i) for k in range(n - j)),
        "lower": lambda i, j: (-1) ** (i + j) * comb(i, j),
        "upper": lambda i, j: (-1) ** (i + j) * comb(j, i),
    }  # fmt: skip
    return _table(n, kinds[kind]) if kind in kinds else ""


def _helmert(n: int, full: bool) -> str:
    """Rows of contrasts: ones, and below them as many ones as there are rows above, and what makes the sum 0."""
    within(n * n)
    first = [f"[{', '.join([f'1/sqrt({n})'] * n)}]"] if full else []
    rows = [
        f"[{', '.join([f'1/sqrt({k * (k + 1)})'] * k + [f'-{k}/sqrt({k * (k + 1)})'] + ['0'] * (n - k - 1))}]"
        for k in range(1, n)
    ]
    return f"[{', '.join(first + rows)}]"


SPELLINGS = (
    Spelling("scipy.linalg.toeplitz(c:shaped, r:nothing=None)", lambda c: toeplitz("c", "c", c, c)),
    Spelling("scipy.linalg.toeplitz(c:shaped, r:shaped)", lambda c, r: toeplitz("c", "r", c, r)),
    Spelling("scipy.linalg.hankel(c:shaped, r:nothing=None)", lambda c: _hankel(c, c, filled(c))),
    Spelling("scipy.linalg.hankel(c:shaped, r:shaped)", lambda c, r: _hankel(c, r, "r")),
    Spelling("scipy.linalg.circulant(c:shaped)", _circulant),
    Spelling("scipy.linalg.companion(a:shaped)", _companion),
    Spelling("scipy.linalg.leslie(f, s:shaped)", _leslie),
    Spelling("scipy.linalg.fiedler(a)", "abs(unsqueeze(a, -1) - unsqueeze(a, -2))"),
    Spelling("scipy.linalg.convolution_matrix(a:shaped, n:integer, mode:text='full')", _convolution),
    Spelling("scipy.linalg.diagsvd(s, M:integer, N:integer)", _diagonal),
    Spelling("scipy.linalg.hadamard(n:integer, dtype=None)", _hadamard),
    Spelling("scipy.linalg.hilbert(n:integer)", lambda n: _table(n, lambda i, j: f"1/{i + j + 1}")),
    Spelling("scipy.linalg.invhilbert(n:integer, exact:flag=False)", _inverse_hilbert),
    Spelling("scipy.linalg.pascal(n:integer, kind:text='symmetric', exact:flag=True)", _pascal),
    Spelling("scipy.linalg.invpascal(n:integer, kind:text='symmetric', exact:flag=True)", _inverse_pascal),
    Spelling("scipy.linalg.helmert(n:integer, full:flag=False)", _helmert),
)  # fmt: skip
