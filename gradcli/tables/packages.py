"""Optional packages: asked for before they are imported, so that an error can name the extra."""

from __future__ import annotations

from importlib.util import find_spec

from gradcli.base.errors import MissingError


def require_pyarrow(what: str) -> None:
    """Errors: MissingError where pyarrow is not installed; what: that needs it, in a few words."""
    _require("pyarrow", what, "table")


def require_distributed(what: str) -> None:
    """Errors: MissingError where dask.distributed, or what encrypts between its processes, is not installed."""
    for package in ("distributed", "cryptography"):
        _require(package, what, "cluster")


def _require(package: str, what: str, extra: str) -> None:
    if find_spec(package) is None:
        raise MissingError(f"{what} needs {package}, which is not installed", hint=f"pip install 'gradcli[{extra}]'")
