"""A file that is complete or not there: written beside its place, then put into it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gradcli.base.errors import OutputError, printable
from gradcli.base.memory import shown


@contextmanager
def written_whole(path: Path, size: int) -> Iterator[BinaryIO]:
    """A file of so many bytes to be written; an error inside leaves nothing, and what was there before.

    Errors: OutputError where it cannot be written, or the disk has no room for it.
    """
    try:
        disk = shutil.disk_usage(path.parent)
        if disk.total and size > disk.free:  # what is no disk, such as /proc, says 0 of both
            raise OutputError(
                f"{printable(str(path))} takes {shown(size)}, and {shown(disk.free)} are free on its disk",
                hint="choose another place, or fewer variables",
            )
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            made = Path(file.name)
            try:
                yield file  # type: ignore[misc]  # a file of bytes
                file.close()
                _adopt(made, path)
            except BaseException:
                made.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"cannot write {printable(str(path))}: {os.strerror(error.errno or 0)}") from None


def _adopt(made: Path, path: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    made.chmod(path.stat().st_mode if path.exists() else 0o666 & ~umask)
    made.replace(path)
