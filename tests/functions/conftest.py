"""A file of the user's Python, and the comparison of its f with its g."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from functions.comparing import HEADER, Compare

from gradcli.claims.conclusion import ClaimResult
from gradcli.foreign.compare import check_functions
from gradcli.foreign.load import load


@pytest.fixture
def module(tmp_path: Path) -> Callable[..., str]:
    """``module(source)`` writes a file of Python, and gives its path: the part before the colon."""

    def write(source: str, name: str = "losses.py") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return str(path)

    return write


@pytest.fixture
def compare(module: Callable[..., str]) -> Compare:
    """``compare(source, x=..., **options)``: the source's ``f`` against its ``g`` at that point."""

    def run(source: str, *, options: dict[str, Any] | None = None, **at: Any) -> tuple[ClaimResult, ...]:
        # Any: check_functions' own arguments, and numbers or lists
        path = module(HEADER + source)
        f, g = f"{path}:f", f"{path}:g"
        values = {name: np.array(value, dtype=np.float64) for name, value in at.items()}
        return check_functions(load(f), load(g), values, python=f, against=g, **(options or {}))

    return run
