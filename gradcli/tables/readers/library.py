"""pyarrow, where it is installed, and its errors in our words."""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.base.errors import InputError, printable
from gradcli.tables.packages import require_pyarrow

_NEEDED = "an Arrow, CSV, JSON or Parquet table"


def arrow(module: str = "", needs: str = _NEEDED) -> Any:  # Any: pyarrow has no types
    """pyarrow, or a module of it. Errors: MissingError, where it is not installed.

    needs: what cannot be done without it
    """
    require_pyarrow(needs)
    return importlib.import_module(f"pyarrow.{module}" if module else "pyarrow")


def schema_sent(schema: Any) -> bytes:  # Any: as above
    """A pyarrow.Schema as bytes for another process, where pickle loses the name of what a list of fixed size holds."""
    sent: bytes = schema.serialize().to_pybytes()
    return sent


def schema_received(sent: bytes) -> Any:  # Any: as above
    return arrow("ipc").read_schema(arrow().py_buffer(sent))


@contextmanager
def reading(name: str) -> Iterator[None]:
    """What pyarrow and the system refuse to read becomes an InputError that names the file."""
    try:
        yield
    except MemoryError:
        raise InputError(f"cannot read {name}: it asks for more memory than there is") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {name}: a text in it is not UTF-8") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read {name}: {short(error)}") from None
    except Exception as error:
        if not isinstance(error, getattr(sys.modules.get("pyarrow"), "ArrowException", ())):
            raise
        raise InputError(f"cannot read {name}: {short(error)}") from None


def short(error: BaseException) -> str:
    """The reason on one line, as a part of a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    words = printable(str(error).strip().partition("\n")[0]).removesuffix(".")
    return words[:200] or type(error).__name__
