"""jax.numpy's calls where they are not numpy's."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling

# Any, in this module: the constants of a call, or OPERAND


def _bounded(min: Any, max: Any) -> str:
    found = "arr" if min is None else "maximum(arr, min)"
    return found if max is None else f"minimum({found}, max)"


SPELLINGS = (
    Spelling("jnp.clip(arr, min=None, max=None)", _bounded),
    Spelling("jnp.clip(arr, a_min, a_max)", "minimum(maximum(arr, a_min), a_max)"),
    Spelling("jnp.sort(a, axis:axis=-1, *, descending:flag=False)", "sort(a, axis, descending)"),
    Spelling("jnp.argsort(a, axis:axis=-1, *, descending:flag=False)", "argsort(a, axis, descending)"),
)  # fmt: skip
