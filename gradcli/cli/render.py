"""Results and errors as text, JSON, CSV, LaTeX and .npy: results to stdout or a file, everything else to stderr."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcli.base.errors import GradcliError, InputError, Span, UsageError, printable
from gradcli.cli.options import Format, Output

if TYPE_CHECKING:
    from gradcli.commands.explain.explanation import Explanation
    from gradcli.commands.results import Result
    from gradcli.verdicts.verdict import Check

TERMINAL_ENTRIES = 1_000
LINE_WIDTH = 100


def show(result: Result | Explanation, output: Output) -> None:
    """Prints a result in the chosen format, then the verdict on stderr where it is worth a word."""
    made = _FORMATS[output.format](result, _on_terminal(output))
    if isinstance(made, bytes):
        write_bytes(made, output.path)
    else:
        write_text(made, output.path)
    if not output.quiet:
        _remark(result, output)


# -- formats


def as_text(result: Any, terminal: bool) -> str:  # Any: Result or Explanation
    """One variable: the bare value. Several: a line ``name = value`` each."""
    if hasattr(result, "text"):
        return str(result.text())
    rows = _rows(result.digits or (result.formula if result.derivative is None else result.derivative))
    limit = TERMINAL_ENTRIES if terminal else None
    if len(rows) == 1:
        return value_text(rows[0][1], limit) + "\n"
    return "".join(f"{name} = {value_text(value, limit)}\n" for name, value in rows)


def _rows(table: Mapping[str, Any] | None) -> list[tuple[str, Any]]:  # Any: numbers, arrays, texts or mappings of them
    """Names and values; Hessian blocks are named ``row,column``."""
    rows = []
    for name, value in (table or {}).items():
        if isinstance(value, Mapping):
            rows += [(f"{name},{column}", block) for column, block in value.items()]
        else:
            rows.append((name, value))
    return rows


def value_text(value: Any, limit: int | None = None) -> str:  # Any: number, array, text or None
    """A value that reads back equal; past ``limit`` entries only the ends of each axis."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if isinstance(value, list):  # of digits
        return f"[{', '.join(map(value_text, value))}]"
    if getattr(value, "ndim", 0) == 0:
        return repr(float(value))
    if limit is not None and value.size > limit:
        return _ends(value)
    return str(value.tolist())


def _ends(value: Any) -> str:  # Any: an array or a number
    if getattr(value, "ndim", 0) == 0:
        return repr(float(value))
    parts = (
        [_ends(part) for part in value] if len(value) <= 6 else [*map(_ends, value[:3]), "...", *map(_ends, value[-3:])]
    )
    return f"[{', '.join(parts)}]"


def as_json(result: Any, _terminal: bool) -> str:  # Any: Result or Explanation
    return json.dumps(result.to_dict(), ensure_ascii=False) + "\n"


def as_csv(result: Any, _terminal: bool) -> str:  # Any: Result
    """One array: its rows, which read back as a value; several: lines ``variable,index,value``."""
    rows = _numbers(result, "csv")
    if len(rows) == 1:
        import numpy as np

        table = np.atleast_1d(rows[0][1])
        lines = [[entry] for entry in table.tolist()] if table.ndim == 1 else table.reshape(len(table), -1).tolist()
        return "".join(",".join(map(repr, line)) + "\n" for line in lines)
    return "variable,index,value\n" + "".join(_csv_lines(name, value) for name, value in rows)


def _csv_lines(name: str, value: Any) -> str:  # Any: number, array or None
    import numpy as np

    label = f'"{name}"' if "," in name else name
    if value is None:
        return f"{label},,\n"
    array = np.asarray(value)
    return "".join(
        f"{label},{' '.join(map(str, place))},{float(array[place])!r}\n" for place in np.ndindex(array.shape)
    )


def as_latex(result: Any, _terminal: bool) -> str:  # Any: Result
    """The formula where there is one, else the numbers as a matrix."""
    if hasattr(result, "text"):
        raise UsageError("explain is written as text or json")
    written = result.latex()
    numbers = _rows(result.derivative) if written is None else []
    rows = [(name, _latex_numbers(value)) for name, value in numbers] if written is None else _rows(written)
    if len(rows) == 1:
        return f"{rows[0][1]}\n"
    return "".join(f"{_latex_label(name)} = {body}\n" for name, body in rows)


def _latex_label(name: str) -> str:
    below = " ".join(rf"\partial {part}" for part in name.split(","))
    top = r"\partial^{2} f" if "," in name else r"\partial f"
    return rf"\frac{{{top}}}{{{below}}}"


def _latex_numbers(value: Any) -> str:  # Any: number, array or None
    if value is None:
        return "0"
    if getattr(value, "ndim", 0) == 0:
        return repr(float(value))
    if value.ndim > 2:
        raise UsageError("LaTeX shows vectors and matrices", hint="--format json has all axes")
    lines = [[entry] for entry in value.tolist()] if value.ndim == 1 else value.tolist()
    body = r" \\ ".join(" & ".join(map(repr, line)) for line in lines)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def as_npy(result: Any, terminal: bool) -> bytes:  # Any: Result
    import numpy as np

    rows = _numbers(result, "npy")
    if len(rows) != 1 or rows[0][1] is None:
        raise UsageError("an .npy file holds one array", hint="choose one variable with --wrt")
    if terminal:
        raise UsageError("a terminal does not show .npy", hint="-o FILE, or a pipe")
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(rows[0][1]), allow_pickle=False)
    return buffer.getvalue()


def _numbers(result: Any, name: str) -> list[tuple[str, Any]]:  # Any: Result; numbers or arrays
    if hasattr(result, "text"):
        raise UsageError("explain is written as text or json")
    if result.derivative is None:
        raise UsageError(f"{name} holds numbers, and a formula has none", hint="bind the variables, or --format latex")
    return _rows(result.derivative)


_FORMATS: dict[Format, Callable[[Any, bool], str | bytes]] = {
    Format.TEXT: as_text, Format.JSON: as_json, Format.CSV: as_csv, Format.LATEX: as_latex, Format.NPY: as_npy,
}  # fmt: skip


# -- writing


def _on_terminal(output: Output) -> bool:
    return output.path is None and sys.stdout is not None and sys.stdout.isatty()


def write_text(text: str, path: Path | None) -> None:
    if path is not None:
        write_bytes(text.encode("utf-8", "backslashreplace"), path)
        return
    if sys.stdout is None:
        raise InputError("stdout is closed", kind="output")
    sys.stdout.write(text)
    sys.stdout.flush()


def write_bytes(data: bytes, path: Path | None) -> None:
    """To stdout, or to a file that is complete or not there: written beside and renamed."""
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = str(path).startswith(("/dev/", "/proc/"))  # nothing can be made beside it
        if path.exists() and (descriptor or not stat.S_ISREG(path.stat().st_mode)):
            path.write_bytes(data)
            return
        _write_whole(data, path)
    except OSError as error:
        raise InputError(
            f"cannot write {printable(str(path))}: {os.strerror(error.errno or 0)}", kind="output"
        ) from None


def _write_whole(data: bytes, path: Path) -> None:
    """Beside the file, then in its place; what is half written is removed."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        made = Path(file.name)
        try:
            file.write(data)
            file.close()
            _adopt(made, path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def _adopt(made: Path, path: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    made.chmod(path.stat().st_mode if path.exists() else 0o666 & ~umask)
    made.replace(path)


def _remark(result: Any, output: Output) -> None:  # Any: Result or Explanation
    """The verdict on stderr: always with -v, otherwise where it is not `agrees`."""
    lines = []
    if output.verbose:
        lines.append(f"read as: {result.read_as}")
    if output.verbose or (str(result.check.verdict) != "agrees" and not hasattr(result, "text")):
        lines += check_lines(result.check)
    _to_stderr("".join(f"{printable(line)}\n" for line in lines))


def _to_stderr(text: str) -> None:
    """Remarks and errors; a stderr that is closed or full does not change the exit code."""
    if sys.stderr is not None and text:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def check_lines(check: Check) -> list[str]:
    """The verdict in one line, and its notes below."""
    digits = f" to {check.digits:g} digits" if check.digits is not None and str(check.verdict) == "agrees" else ""
    count = f" ({check.checked} of {check.total} entries against {check.reference})" if check.checked else ""
    return [f"check: {check.verdict}{digits}{count}", *(f"  {note}" for note in check.notes)]


# -- errors


def show_error(error: GradcliError, *, as_json: bool) -> None:
    """On stderr: the message, the place under the expression, and the next move."""
    _to_stderr((json.dumps(_escaped(error), ensure_ascii=False) if as_json else error_text(error)) + "\n")


def _escaped(error: GradcliError) -> dict[str, Any]:  # Any: JSON values
    found = error.to_dict()
    found["error"]["message"] = printable(found["error"]["message"])
    return found


def error_text(error: GradcliError) -> str:
    lines = [f"error: {printable(error.message)}"]
    if error.source is not None and error.span is not None:
        lines += caret_lines(error.source, error.span)
    if error.hint:
        first, *rest = printable(error.hint).split("\n")
        lines += [f"try: {first}", *(f"     {line}" for line in rest)]
    return "\n".join(lines)


def caret_lines(source: str, span: Span) -> list[str]:
    """The line of the source that holds the place, and ``~~^~~`` under it; long lines are cut around the place."""
    start, stop = span.start, span.stop
    begin = source.rfind("\n", 0, start) + 1
    end = source.find("\n", start)
    end = len(source) if end < 0 else end
    left = max(begin, start - LINE_WIDTH // 2)
    right = min(end, left + LINE_WIDTH)
    before, marked = printable(source[left:start]), printable(source[start : min(max(stop, start + 1), right)])
    dots, tail = "... " if left > begin else "", " ..." if right < end else ""
    line = f"  {dots}{printable(source[left:right])}{tail}"
    focus = min(max((span.focus or start) - start, 0), len(marked) - 1)
    rule = "~" * focus + "^" + "~" * (len(marked) - focus - 1)
    return [line, f"  {' ' * len(dots + before)}{rule}"]
