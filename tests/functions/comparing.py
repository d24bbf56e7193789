"""What the tests of functions that live in code share."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.claims.conclusion import ClaimResult

HEADER = "import math\nimport numpy as np\n"


Compare = Callable[..., tuple[ClaimResult, ...]]


def words(result: ClaimResult) -> str:
    return " | ".join(result.notes)
