"""jax: numpy's words where it has the same; arrays that are never changed in place."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.export.arrays import Arrays, Call, Spelling
from gradcli.export.numpy import HELPERS, NUMPY, SPELLINGS

_LACKS = ("erfcinv", "erfcx", "erfi", "dawsn", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "binomial",
          "modified_bessel_k0", "modified_bessel_k1", "ellipk", "ellipe")  # fmt: skip
_PUT_BACK = """def put_back(y, x, entries):
    return np.zeros(np.shape(x)).at[entries].set(y)"""


def _renamed(text: str) -> str:
    return text.replace("np.", "jnp.")


def _spelled(spelling: Spelling) -> Spelling:
    if isinstance(spelling, str):
        return _renamed(spelling)

    def spelled(call: Call) -> str | None:
        found = spelling(call)
        return None if found is None else _renamed(found)

    return spelled


SPELLED: Mapping[str, Spelling] = {
    **{name: _spelled(s) for name, s in SPELLINGS.items() if name not in _LACKS},
    "cholesky": "jnp.linalg.cholesky({0}, symmetrize_input=False)",
}

JAX = Arrays(
    name="jax",
    imports=(
        "import jax", "import jax.numpy as jnp", "from jax.scipy import special", "from jax.scipy.linalg import expm",
        "",
        'jax.config.update("jax_enable_x64", True)',
    ),
    spellings=SPELLED,
    numbers={tree: _renamed(text) for tree, text in NUMPY.numbers.items()},
    literal=_renamed(NUMPY.literal),
    close=_renamed(NUMPY.close),
    helpers={name: _renamed(text) for name, text in {**HELPERS, "put_back": _PUT_BACK}.items()},
)  # fmt: skip
