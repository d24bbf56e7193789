"""Documents on their way out: results to stdout or a file, remarks and errors to stderr."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from gradcli.base.errors import GradcliError, InputError, printable
from gradcli.cli.options import Output
from gradcli.report.formats import Format


def show(result: object, output: Output) -> None:
    """Prints a result in the chosen format, then on stderr what is to be said beside it."""
    from gradcli.report.as_text import plain
    from gradcli.report.document import View
    from gradcli.report.writing import document_of, rendered

    document = document_of(result)
    view = View(_on_terminal(output), output.quiet, output.verbose)
    write(rendered(document, output.format, view), output.path)
    if not output.quiet:
        _to_stderr(plain(document.remarks if output.verbose else document.warnings))


def save(result: object, name: str, path: Path) -> None:
    """Writes a result to a file, in the format of that name. Errors: InputError."""
    from gradcli.report.writing import document_of, rendered

    write(rendered(document_of(result), name), path)


def show_error(error: GradcliError, *, as_json: bool) -> None:
    """On stderr: the message, the place under the expression, and the next move."""
    from gradcli.report.writing import document_of, rendered

    _to_stderr(str(rendered(document_of(error), Format.JSON if as_json else Format.TEXT)))


def _on_terminal(output: Output) -> bool:
    return output.path is None and sys.stdout is not None and sys.stdout.isatty()


def write(made: str | bytes, path: Path | None) -> None:
    """To stdout, or to a file that is complete or not there: written beside and renamed. Errors: InputError."""
    if path is not None:
        _write_file(made if isinstance(made, bytes) else made.encode("utf-8", "backslashreplace"), path)
    elif sys.stdout is None:
        raise InputError("stdout is closed", kind="output")
    elif isinstance(made, bytes):
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(made)
        sys.stdout.flush()


def _write_file(data: bytes, path: Path) -> None:
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


def _to_stderr(text: str) -> None:
    """Remarks and errors; a stderr that is closed or full does not change the exit code."""
    if sys.stderr is not None and text:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()
