"""scipy.linalg: functions of matrices, by the exponential, the logarithm and the square root."""

from __future__ import annotations

from typing import Any

from gradcli.operations.matrix_formulas import filled
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import OPERAND, Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND

_COSH, _SINH = "((matrix_exp(A) + matrix_exp(-A))/2)", "((matrix_exp(A) - matrix_exp(-A))/2)"

_FUNCTIONS = f"""
expm(A) := matrix_exp(A)
logm(A) := logm(A)
logm(A, disp:flag) := logm(A)
sqrtm(A) := sqrtm(A)
sqrtm(A, disp:flag, blocksize:integer=64) := sqrtm(A)
signm(A) := A @ inv(sqrtm(A @ A))
signm(A, disp:flag) := A @ inv(sqrtm(A @ A))
coshm(A) := {_COSH}
sinhm(A) := {_SINH}
tanhm(A) := solve({_COSH}, {_SINH})
funm(A, func) := none: a function of a matrix needs a name: expm, logm, sqrtm, signm, cosm, sinm, tanm, coshm and kin
expm_cond(A) := none: a condition number of a derivative; write cond(A) for that of the matrix
orthogonal_procrustes(A, B) := M = A.mT @ B; (M @ inv(sqrtm(M.mT @ M)), nuclear_norm(M))
"""


def _blocks(a: str, b: str, c: str, d: str) -> str:
    return f"concat(concat({a}, {b}, dim=-1), concat({c}, {d}, dim=-1), dim=-2)"


def _turned(n: int) -> tuple[str, str]:
    """Cosine and sine: blocks of the exponential of ``[[0, -A], [A, 0]]``, which is a real form of i*A."""
    both = f"matrix_exp({_blocks('0*A', '-A', 'A', '0*A')})"
    return f"{both}[..., :{n}, :{n}]", f"{both}[..., {n}:, :{n}]"


def _frechet(A: Shape, compute_expm: bool) -> str:
    n = A[-1]
    slope = f"matrix_exp({_blocks('A', 'E', '0*A', 'A')})[..., :{n}, {n}:]"
    return f"(matrix_exp(A), {slope})" if compute_expm else slope


def _power(t: Any) -> str:
    if t is not OPERAND and t == int(t):
        return f"matrix_power(A, {int(t)})"
    return "sqrtm(A)" if t is not OPERAND and 2 * t == 1 else "matrix_exp(t*logm(A))"


def polar(a: Shape, side: str) -> str:
    """The orthogonal factor by the smaller Gram matrix, and the symmetric one beside it."""
    u = "a @ inv(sqrtm(a.mT @ a))" if a[-2] >= a[-1] else "inv(sqrtm(a @ a.mT)) @ a"
    parts = {"right": f"({u}).mT @ a", "left": f"a @ ({u}).mT"}
    return f"({u}, {parts[side]})" if side in parts else ""


def _angles(A: Shape, B: Shape) -> str:
    """Largest first, by their cosines; spaces that are too large for theirs share lines, at an angle of 0."""
    if max(A[-1] - A[-2], B[-1] - B[-2]) > 0:
        return "none: it is read of matrices with independent columns"
    shared = max(A[-1] + B[-1] - A[-2], 0)
    angles = f"flip(acos(minimum(svdvals(qr_q(A).mT @ qr_q(B))[{shared}:], 1)), -1)"
    return f"concat({angles}, {filled((shared,))})" if shared else angles


SPELLINGS = (
    *spelled("scipy.linalg.", _FUNCTIONS),
    Spelling("scipy.linalg.cosm(A:shaped)", lambda A: _turned(A[-1])[0]),
    Spelling("scipy.linalg.sinm(A:shaped)", lambda A: _turned(A[-1])[1]),
    Spelling("scipy.linalg.tanm(A:shaped)", lambda A: "solve({}, {})".format(*_turned(A[-1]))),
    Spelling("scipy.linalg.expm_frechet(A:shaped, E, method:text=None, compute_expm:flag=True, check_finite:flag=True)",
             _frechet),
    Spelling("scipy.linalg.fractional_matrix_power(A, t)", _power),
    Spelling("scipy.linalg.subspace_angles(A:shaped, B:shaped)", _angles),
    Spelling("scipy.linalg.polar(a:shaped, side:text='right')", polar),
)  # fmt: skip
