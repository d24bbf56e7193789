"""torch's failures as errors with exit codes."""

from __future__ import annotations

from typing import Any

import torch

from gradcli.autograd.devices import CPU, is_lost, lacking, lacks_memory
from gradcli.autograd.tensors import session
from gradcli.base.dtypes import DType
from gradcli.base.errors import ExpressionError, LimitError, MathematicsError, MissingError
from gradcli.base.events import timed
from gradcli.base.wording import option

LinAlgError: type[RuntimeError] = getattr(torch.linalg, "LinAlgError")  # noqa: B009 - there, but not in its __all__
REFUSALS = (RuntimeError, IndexError, ValueError, OverflowError, ZeroDivisionError)


class Guarded:
    """A ``session`` in which torch's failures become errors with exit codes.

    Errors: MissingError (kind dtype) for what a half type lacks, and (kind device) for a device that fails, LimitError
    for lack of memory, MathematicsError (kind singular) for a singular matrix, ExpressionError (kind torch) for all
    else that torch refuses.
    """

    def __init__(self, dtype: str, device: str = CPU) -> None:
        self.session, self.step, self.device = session(dtype, device), timed("torch"), device
        self.half = dtype if DType.of(dtype).half else None

    def __enter__(self) -> None:
        self.step.__enter__()
        self.session.__enter__()

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:  # Any: the protocol's types
        self.session.__exit__(kind, error, traceback)
        self.step.__exit__(kind, error, traceback)
        if is_lost(error):
            raise MissingError(
                f"the device '{self.device}' failed: {_first_line(error)}",
                hint=f"{option('device', CPU)} computes on the processor",
                kind="device",
            ) from None
        if lacks_memory(error):
            raise self.too_large() from None
        if isinstance(error, RuntimeError) and self.half and not isinstance(error, LinAlgError):
            wide = sorted(row for row in DType if not row.half)
            hint = " or ".join([option("dtype", wide[0]), *wide[1:]])
            said = f"torch cannot do this in {self.half}: {_first_line(error)}"
            raise MissingError(said, hint=hint, kind="dtype") from None
        if isinstance(error, LinAlgError):
            raise MathematicsError(f"torch: {_first_line(error)}", kind="singular") from None
        if isinstance(error, REFUSALS):
            raise ExpressionError(f"torch refuses this: {_first_line(error)}", kind="torch") from None

    def too_large(self) -> LimitError:
        products = ", ".join(option(name) for name in ("jvp", "vjp", "hvp"))
        limit = lacking(self.device, "this derivative")
        limit.advice = f"fewer variables with {option('wrt')}, or a product: {products}"
        return limit


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0]
