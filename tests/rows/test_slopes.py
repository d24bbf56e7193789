"""Written slopes of rows that torch lacks, or lacks the slope of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rows.calls import WRITTEN, by_name, call_of, domain_points

import gradcli
from gradcli.operations import table
from gradcli.operations.row import Op
from gradcli.operations.table import OPS


@by_name(WRITTEN)
def test_written_slope_of_an_entrywise_row_runs_forward_and_is_differentiated_again(op: Op) -> None:
    """Backward, forward and third-order derivatives of the same points, all against the second route."""
    point = domain_points(op, 1)[0]
    values = {name: np.array([value, value]) for name, value in point.items()}
    for mode in ("reverse", "forward"):
        check = gradcli.jacobian(call_of(op), values, mode=mode).check
        assert check.verdict in {"agrees", "rounding"}, (mode, check)
    for name in point:
        check = gradcli.grad(call_of(op), point, wrt=name, order=3).check
        assert check.verdict in {"agrees", "rounding"}, (name, check)


def test_a_wrong_written_slope_of_an_entrywise_row_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        table.OPS.loaded, "bessel_j0", replace(OPS["bessel_j0"], backward=True, rule=("-g*bessel_j1(x)*(1 + 1e-8)",))
    )
    assert gradcli.grad("bessel_j0(x)", {"x": 2.0}).check.verdict == "differs"
