"""The functions by family and name."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.operations.certain import bessel, beta, elliptic, error_functions, gamma, hypergeometric, zeta
from gradcli.operations.certain.analytic import Analytic

FAMILIES: Mapping[str, Mapping[str, Analytic]] = {
    "bessel": bessel.FUNCTIONS,
    "beta": beta.FUNCTIONS,
    "elliptic": elliptic.FUNCTIONS,
    "error_functions": error_functions.FUNCTIONS,
    "gamma": gamma.FUNCTIONS,
    "hypergeometric": hypergeometric.FUNCTIONS,
    "zeta": zeta.FUNCTIONS,
}
