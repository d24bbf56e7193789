"""A file that is complete or not there: written beside its place, then put into it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gradcli.base.errors import OutputError, printable
from gradcli.base.memory import shown

_DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def written_whole(path: Path, size: int) -> Iterator[BinaryIO]:
    """A file of so many bytes to be written; an error inside leaves nothing, and what was there before.

    A link is followed. Where the system has files without names, nothing is left of a process that was killed either.

    Errors: OutputError where it cannot be written, is no regular file, or the disk has no room for it.
    """
    try:
        place = Path(os.path.realpath(path))
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, "")
        if place.exists() and not place.is_file():
            raise OutputError(f"cannot write {printable(str(path))}: it is no regular file")
        disk = shutil.disk_usage(place.parent)
        if disk.total and size > disk.free:  # what is no disk, such as /proc, says 0 of both
            raise OutputError(
                f"{printable(str(path))} takes {shown(size)}, and {shown(disk.free)} are free on its disk",
                hint="choose another place, or fewer variables",
            )
        beside = place.with_name(f".{place.name[:40]}.{secrets.token_hex(4)}")
        unnamed = _unnamed(place.parent)
        with unnamed or beside.open("xb") as file:
            try:
                yield file
                file.flush()
                if unnamed is not None:
                    _name(unnamed, beside)
                if place.exists():
                    beside.chmod(place.stat().st_mode)
                beside.replace(place)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"cannot write {printable(str(path))}: {os.strerror(error.errno or 0)}") from None


def _unnamed(folder: Path) -> BinaryIO | None:
    """A file without a name, which is gone whenever its process is; None where the system or the disk has none."""
    if _DESCRIPTORS.is_dir():
        with suppress(AttributeError, OSError):
            return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666), "wb")
    return None


def _name(file: BinaryIO, path: Path) -> None:
    """A name for a file that had none."""
    number = file.fileno()
    os.link(_DESCRIPTORS / str(number), path, src_dir_fd=number)  # without src_dir_fd Python does not follow the link
