"""The functions by family and name."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.operations.certain import beta
from gradcli.operations.certain.analytic import Analytic

FAMILIES: Mapping[str, Mapping[str, Analytic]] = {"beta": beta.FUNCTIONS}
