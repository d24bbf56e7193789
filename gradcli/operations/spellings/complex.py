"""What operations are of complex numbers, in formulas of their real and imaginary parts; branches are principal."""

from __future__ import annotations

from itertools import combinations, permutations
from math import prod
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling, spelled

# Any, in this module: shapes, and constants

_ELEMENTARY = """
exp(z) := exp(z.real)*(cos(z.imag) + 1j*sin(z.imag))
exp2(z) := exp(z*log(2))
expm1(z) := exp(z) - 1
log(z) := log(abs(z)) + 1j*atan2(z.imag, z.real)
log2(z) := log(z)/log(2)
log10(z) := log(z)/log(10)
log1p(z) := log(1 + z)
pow(z, w) := z**w
square(z) := z*z
reciprocal(z) := 1/z
rsqrt(z) := 1/sqrt(z)
abs(z) := modulus(z.real, z.imag)
sign(z) := z/modulus(z.real, z.imag)
sin(z) := sin(z.real)*cosh(z.imag) + 1j*(cos(z.real)*sinh(z.imag))
cos(z) := cos(z.real)*cosh(z.imag) - 1j*(sin(z.real)*sinh(z.imag))
tan(z) := sin(z)/cos(z)
sinh(z) := sinh(z.real)*cos(z.imag) + 1j*(cosh(z.real)*sin(z.imag))
cosh(z) := cosh(z.real)*cos(z.imag) + 1j*(sinh(z.real)*sin(z.imag))
tanh(z) := sinh(z)/cosh(z)
asin(z) := -1j*log(1j*z + sqrt(1 - z*z))
acos(z) := pi/2 + 1j*log(1j*z + sqrt(1 - z*z))
atan(z) := (log(1 + 1j*z) - log(1 - 1j*z))/2j
asinh(z) := log(z + sqrt(z*z + 1))
acosh(z) := log(z + sqrt(z + 1)*sqrt(z - 1))
atanh(z) := (log(1 + z) - log(1 - z))/2
sigmoid(z) := 1/(1 + exp(-z))
"""

_OF_ARRAYS = """
zeros_like(z) := zeros_like(z.real)
ones_like(z) := ones_like(z.real)
var(z, dim=None, c=1, keepdim=False) := var(z.real, dim, c, keepdim) + var(z.imag, dim, c, keepdim)
std(z, dim=None, c=1, keepdim=False) := sqrt(var(z, dim, c, keepdim))
norm(z, p=2, dim=None, keepdim=False) := norm(abs(z), p, dim, keepdim)
linalg_norm(z, ord:nothing=None, dim:nothing=None, keepdim:flag=False) := norm(abs(z), 2, dim, keepdim)
linalg_norm(z, ord:number, dim:axis, keepdim:flag=False) := norm(abs(z), ord, dim, keepdim)
matrix_norm(z, ord:text) := none: only a sum of squares is read, norm(z)
vecdot(z, w, dim=-1) := sum(conj(z)*w, dim)
differences(z, n=1, dim=-1) := differences(z.real, n, dim) + 1j*differences(z.imag, n, dim)
trapezoid(y, x, dx, dim) := trapezoid(y.real, x, dx, dim) + 1j*trapezoid(y.imag, x, dx, dim)
gather(z, index, dim) := gather(z.real, dim, index) + 1j*gather(z.imag, dim, index)
linear(z, w, b:nothing=None) := z @ w.T
linear(z, w, b) := z @ w.T + b
addmm(M, A, B, beta, alpha) := beta*M + alpha*(A @ B)
detach(z) := detach(z.real) + 1j*detach(z.imag)
stop_gradient(z) := stop_gradient(z.real) + 1j*stop_gradient(z.imag)
"""

_LARGEST = 4  # matrices whose determinants are written out, and powers


def _twice(z: str) -> str:
    """The real matrix of twice the size that stands for a complex one: sums and products go together."""
    over, under = f"concat([{z}.real, -{z}.imag], dim=-1)", f"concat([{z}.imag, {z}.real], dim=-1)"
    return f"concat([{over}, {under}], dim=-2)"


def _inverse(z: Any) -> str:
    n = z[-1]
    return f"w = inv({_twice('z')}); w[..., :{n}, :{n}] + 1j*w[..., {n}:, :{n}]"


def _solution(A: Any, b: Any) -> str:
    n = A[-1]
    if len(b) not in {1, len(A)}:
        return NONE + "of complex numbers, b is a vector or has as many axes as A"
    rows = "" if len(b) == 1 else ", :"
    w = f"w = solve({_twice('A')}, concat([b.real, b.imag], dim={-1 if len(b) == 1 else -2}))"
    return f"{w}; w[..., :{n}{rows}] + 1j*w[..., {n}:{rows}]"


def _determinant(z: Any) -> str:
    """Leibniz's sum."""
    n = z[-1]
    if not 0 < n <= _LARGEST:
        return f"{NONE}the determinant of complex numbers is read up to {_LARGEST} rows"
    terms = []
    for order in permutations(range(n)):
        sign = "-" if sum(a > b for a, b in combinations(order, 2)) % 2 else "+"
        terms.append(f"{sign} {'*'.join(f'z[..., {i}, {j}]' for i, j in enumerate(order))}")
    return " ".join(terms)


def _product(z: Any, dim: Any, keepdim: Any) -> str:
    """Of all entries, or along an axis: in pairs, so that no factor stands deep."""
    if keepdim or (dim is not None and not isinstance(dim, int)):
        return NONE + "a product of complex numbers is that of all, or along one axis, which goes"
    count = prod(z) if dim is None else z[dim]
    steps = ["w = flatten(z)" if dim is None else f"w = movedim(z, {dim}, 0)"]
    while count > 1:
        half = count // 2
        pairs = f"w[:{half}]*w[{half}:{2 * half}]"
        steps.append(f"w = concat([{pairs}, w[{count - 1}:]], dim=0)" if count % 2 else f"w = {pairs}")
        count = half + count % 2
    return "; ".join([*steps, "w[0]"]) if count else "ones_like(sum(z.real, dim))"


def _power(n: Any) -> str:
    if not 0 < abs(n) <= _LARGEST:
        return f"{NONE}powers of complex matrices are read from 1 to {_LARGEST}, and inverses of these"
    return " @ ".join(["z" if n > 0 else "inv(z)"] * abs(n))


_OF_MATRICES = (
    Spelling("inv(z:shaped)", _inverse),
    Spelling("solve(A:shaped, b:shaped)", _solution),
    Spelling("det(z:shaped)", _determinant),
    Spelling("matrix_power(z, n:integer)", _power),
    Spelling("prod(z:shaped, dim:axes=None, keepdim:flag=False)", _product),
)

# Calls whose rows mean something else for real numbers, whatever library they are of.
_MEANT = """
real(z) := z.real
imag(z) := z.imag
re(z) := z.real
im(z) := z.imag
arg(z) := atan2(z.imag, z.real)
conj(z) := z.real - 1j*z.imag
conjugate(z) := z.real - 1j*z.imag
conj_physical(z) := z.real - 1j*z.imag
angle(z) := atan2(z.imag, z.real)
angle(z, deg:flag) := none: write rad2deg(angle(z))
vdot(z, w) := sum(conj(flatten(z))*flatten(w))
vecdot(z, w) := sum(conj(z)*w, -1)
vecdot(z, w, *, dim:axis) := sum(conj(z)*w, dim)
vecdot(z, w, *, axis:axis) := sum(conj(z)*w, axis)
H(z) := conj(z).T
mH(z) := conj(z).mT
adjoint(z) := conj(z).mT
view_as_real(z) := stack([z.real, z.imag], -1)
jnp.sign(z) := none: jax takes its slope for 0; write z/abs(z)
jax.numpy.sign(z) := none: jax takes its slope for 0; write z/abs(z)
jax.lax.sign(z) := none: jax takes its slope for 0; write z/abs(z)
isreal(z) := z.imag == 0
iscomplex(z) := z.imag != 0
"""
_NO_CAST = NONE + "a complex number is not taken for a real one; write real(z)"
_CASTS = ("float", "double", "half", "bfloat16", "int", "long", "bool", "float32", "float64", "type", "to")


def _by_name(*spellings: Spelling) -> dict[str, tuple[Spelling, ...]]:
    """Those of a name together, in the order in which they are tried."""
    found: dict[str, tuple[Spelling, ...]] = {}
    for one in spellings:
        found[one.name] = (*found.get(one.name, ()), one)
    return found


# By the names of rows, and of calls.
FORMULAS = _by_name(*spelled("", _ELEMENTARY), *spelled("", _OF_ARRAYS), *_OF_MATRICES)
MEANT = _by_name(*spelled("", _MEANT), *(Spelling(f"{name}(z, *others)", _NO_CAST) for name in _CASTS))
# ``z**w``: of a complex number to a real power, and any other.
REAL_POWER = "abs(z)**w*(cos(w*atan2(z.imag, z.real)) + 1j*sin(w*atan2(z.imag, z.real)))"
POWER = "exp(w*log(z))"

_OF_REAL = """
complex(real, imag=0) := real + 1j*imag
polar(abs, angle) := abs*(cos(angle) + 1j*sin(angle))
view_as_complex(input) := input[..., 0] + 1j*input[..., 1]
view_as_real(input) := view_as_real(input + 0j)
real(z) := z
imag(z) := z.imag
conj(z) := z
angle(z) := where(z < 0, pi, where(z >= 0, 0, z))
"""
_NUMPYS = """
real(val) := val
imag(val) := val.imag
angle(z, deg:flag=False) := where(z < 0, pi, where(z >= 0, 0, z))
conj(x) := x
conjugate(x) := x
real_if_close(a, tol=100) := a
"""
_MADE = """
complex(real, imag) := real + 1j*imag
complex64(x) := x + 0j
complex128(x) := x + 0j
"""


SPELLINGS = (
    *spelled("", _OF_REAL),
    *spelled("torch.", _OF_REAL),
    *spelled("np.", _NUMPYS),
    *spelled("np.", _MADE),
    *spelled("jax.lax.", _MADE),
    *spelled("jax.lax.", _NUMPYS),
)
