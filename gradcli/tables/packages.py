"""The optional package behind most formats: asked for before it is imported, so that an error can name the extra."""

from __future__ import annotations

from importlib.util import find_spec

from gradcli.base.errors import MissingError


def require_pyarrow(what: str) -> None:
    """Errors: MissingError where pyarrow is not installed; what: that needs it, in a few words."""
    if find_spec("pyarrow") is None:
        raise MissingError(f"{what} needs pyarrow, which is not installed", hint="pip install 'gradcli[table]'")
