"""The command line that explains the same once more."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.base.dtypes import DType
from gradcli.inputs.again import bindings_of, command_line
from gradcli.inputs.prepare import Values
from gradcli.inputs.request import Options, Shapes, Wrt, names_of, shapes_by_name, texts_of
from gradcli.inputs.sources import Source, source_text


def again_of(
    expression: Source,
    values: Values,
    wrt: Wrt,
    shape: Shapes,
    show: str | Sequence[str] | None,
    options: Options,
    detail: str = "",
) -> str:
    """``gradcli explain EXPRESSION NAME=VALUE ...``; "" where the values are too long to be written out."""
    bindings = bindings_of(values)
    if bindings is None:
        return ""
    said = {
        "wrt": ",".join(names_of(wrt) or ()),
        "shape": [f"{name}={','.join(map(str, axes))}" for name, axes in shapes_by_name(shape).items()],
        "show": ",".join(texts_of(show)),
        "detail": detail,
        "dtype": "" if DType.of(options.dtype) is DType.FLOAT64 else options.dtype,
        "device": "" if options.device == "cpu" else options.device,
        "seed": options.seed,
    }
    return command_line("explain", [source_text(expression), *bindings], said)
