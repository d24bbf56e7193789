"""Rows: incomplete elliptic integrals, Carlson's symmetric ones, and Jacobi's elliptic functions."""

from __future__ import annotations

from gradcli.operations.kernels.certain import FROM_FLINT, NO_WORD, certain
from gradcli.operations.row import Op

ELLIPTIC = "elliptic functions"
_M = f"The argument is the parameter m = k**2, as in scipy and sympy. {FROM_FLINT}"
_CLEAR = "({0} < 1 or (abs(phi) < 1.5707963267948966 and {0}*sin(phi)**2 < 1))"
_ONE_ZERO = "x >= 0 and y >= 0 and z >= 0 and (x > 0 and y > 0 or y > 0 and z > 0 or z > 0 and x > 0)"
_ZERO = "x == 0 or y == 0 or z == 0"
# How the amplitude moves with m, over jacobi_dn.
_TURNED = (
    "((m*jacobi_sn(u, m)*jacobi_cn(u, m)/jacobi_dn(u, m) + (1 - m)*u - ellipeinc(jacobi_am(u, m), m))/(2*m*(1 - m)))"
)

ROWS = (
    Op("ellipkinc", "phi, m", ELLIPTIC,
       "Incomplete elliptic integral of the first kind: the integral of 1/sqrt(1 - m*sin(u)**2) from 0 to phi.",
       "ellipkinc(phi, m) phi=0.7 m=0.5", torch=certain("elliptic", "ellipkinc"), domain=_CLEAR.format("m"),
       rule=("g/sqrt(1 - m*sin(phi)**2)",
             "g*(ellipeinc(phi, m)/(2*m*(1 - m)) - out/(2*m) - sin(2*phi)/(4*(1 - m)*sqrt(1 - m*sin(phi)**2)))"),
       kernel=True, aliases=("elliptic_f",), known_as="elliptic_f", note=_M),
    Op("ellipeinc", "phi, m", ELLIPTIC,
       "Incomplete elliptic integral of the second kind: the integral of sqrt(1 - m*sin(u)**2) from 0 to phi.",
       "ellipeinc(phi, m) phi=0.7 m=0.5", torch=certain("elliptic", "ellipeinc"), domain=_CLEAR.format("m"),
       rule=("g*sqrt(1 - m*sin(phi)**2)", "g*(out - ellipkinc(phi, m))/(2*m)"), kernel=True, note=_M),
    Op("elliptic_pi", "c, phi, m", ELLIPTIC,
       "Incomplete elliptic integral of the third kind: of 1/((1 - c*sin(u)**2)*sqrt(1 - m*sin(u)**2)) from 0 to phi.",
       "elliptic_pi(c, phi, m) c=0.2 phi=0.7 m=0.5", torch=certain("elliptic", "elliptic_pi"),
       domain=f"{_CLEAR.format('m')} and {_CLEAR.format('c')}",
       rule=("g*(ellipeinc(phi, m) + (m - c)*ellipkinc(phi, m)/c + (c**2 - m)*out/c"
             " - c*sqrt(1 - m*sin(phi)**2)*sin(2*phi)/(2*(1 - c*sin(phi)**2)))/(2*(m - c)*(c - 1))",
             "g/(sqrt(1 - m*sin(phi)**2)*(1 - c*sin(phi)**2))",
             "g*(ellipeinc(phi, m)/(m - 1) + out - m*sin(2*phi)/(2*(m - 1)*sqrt(1 - m*sin(phi)**2)))/(2*(c - m))"),
       kernel=True, note=_M),
    Op("ellippi", "c, m", ELLIPTIC, "Complete elliptic integral of the third kind: elliptic_pi(c, pi/2, m).",
       "ellippi(c, m) c=0.2 m=0.5", torch=certain("elliptic", "ellippi"), domain="m < 1 and c < 1",
       rule=("g*(ellipe(m) + (m - c)*ellipk(m)/c + (c**2 - m)*out/c)/(2*(m - c)*(c - 1))",
             "g*(ellipe(m)/(m - 1) + out)/(2*(c - m))"), kernel=True, note=_M),
    Op("elliprc", "x, y", ELLIPTIC, "Carlson's degenerate elliptic integral R_C(x, y) = R_F(x, y, y).",
       "elliprc(x, y) x=0.7 y=1.3", torch=certain("elliptic", "elliprc"), domain="x >= 0 and y > 0", kinks="x == 0",
       rule=(NO_WORD, NO_WORD), kernel=True, note=FROM_FLINT),
    Op("elliprd", "x, y, z", ELLIPTIC, "Carlson's elliptic integral of the second kind R_D(x, y, z) = R_J(x, y, z, z).",
       "elliprd(x, y, z) x=0.7 y=1.3 z=2", torch=certain("elliptic", "elliprd"),
       domain="x >= 0 and y >= 0 and (x > 0 or y > 0) and z > 0", kinks="x == 0 or y == 0",
       rule=(NO_WORD, NO_WORD, NO_WORD), kernel=True, note=FROM_FLINT),
    Op("elliprf", "x, y, z", ELLIPTIC, "Carlson's elliptic integral of the first kind R_F(x, y, z).",
       "elliprf(x, y, z) x=0.7 y=1.3 z=2", torch=certain("elliptic", "elliprf"), domain=_ONE_ZERO, kinks=_ZERO,
       rule=("-g*elliprd(y, z, x)/6", "-g*elliprd(z, x, y)/6", "-g*elliprd(x, y, z)/6"), kernel=True, note=FROM_FLINT),
    Op("elliprg", "x, y, z", ELLIPTIC, "Carlson's completely symmetric elliptic integral R_G(x, y, z).",
       "elliprg(x, y, z) x=0.7 y=1.3 z=2", torch=certain("elliptic", "elliprg"), domain=_ONE_ZERO, kinks=_ZERO,
       rule=(NO_WORD, NO_WORD, NO_WORD), kernel=True, note=FROM_FLINT),
    Op("elliprj", "x, y, z, p", ELLIPTIC, "Carlson's elliptic integral of the third kind R_J(x, y, z, p).",
       "elliprj(x, y, z, p) x=0.7 y=1.3 z=2 p=0.5", torch=certain("elliptic", "elliprj"),
       domain=f"{_ONE_ZERO} and p > 0", kinks=_ZERO, rule=(NO_WORD, NO_WORD, NO_WORD, NO_WORD), kernel=True,
       note=FROM_FLINT),
    Op("jacobi_sn", "u, m", ELLIPTIC, "Jacobi's elliptic sine: the sine of jacobi_am(u, m).",
       "jacobi_sn(u, m) u=0.7 m=0.5", torch=certain("elliptic", "jacobi_sn"), domain="m <= 1", kinks="m == 1",
       rule=("g*jacobi_cn(u, m)*jacobi_dn(u, m)", "g*jacobi_cn(u, m)*jacobi_dn(u, m)*" + _TURNED),
       kernel=True, note=_M),
    Op("jacobi_cn", "u, m", ELLIPTIC, "Jacobi's elliptic cosine: the cosine of jacobi_am(u, m).",
       "jacobi_cn(u, m) u=0.7 m=0.5", torch=certain("elliptic", "jacobi_cn"), domain="m <= 1", kinks="m == 1",
       rule=("-g*jacobi_sn(u, m)*jacobi_dn(u, m)", "-g*jacobi_sn(u, m)*jacobi_dn(u, m)*" + _TURNED),
       kernel=True, note=_M),
    Op("jacobi_dn", "u, m", ELLIPTIC, "Jacobi's delta amplitude sqrt(1 - m*jacobi_sn(u, m)**2).",
       "jacobi_dn(u, m) u=0.7 m=0.5", torch=certain("elliptic", "jacobi_dn"), domain="m <= 1", kinks="m == 1",
       rule=("-g*m*jacobi_sn(u, m)*jacobi_cn(u, m)",
             "-g*(jacobi_sn(u, m)**2/(2*out) + m*jacobi_sn(u, m)*jacobi_cn(u, m)*" + _TURNED + ")"),
       kernel=True, note=_M),
    Op("jacobi_am", "u, m", ELLIPTIC, "Jacobi's amplitude: the phi with ellipkinc(phi, m) = u.",
       "jacobi_am(u, m) u=0.7 m=0.5", torch=certain("elliptic", "jacobi_am"), domain="m <= 1", kinks="m == 1",
       rule=("g*jacobi_dn(u, m)", "g*jacobi_dn(u, m)*" + _TURNED),
       kernel=True, note=_M),
)  # fmt: skip
