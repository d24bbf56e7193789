"""Files that are kept for the next time: compiled kernels, in a folder of the user's own.

The name of a file has its key and the sum of its bytes: one that was cut off or altered is not found again, and two
processes that write the same key have nothing to agree on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gradcli.base.errors import MissingError

MOST = 256  # files: 20 kB each, so 5 MB
_FRESH, _DAY = "gradcli-", 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder, which nobody but this user can write to."""

    folder: Path
    most: int = MOST

    @classmethod
    def own(cls) -> Cache | None:
        """The user's, made where it is not there; None where it cannot be had, or is not as it must be."""
        try:
            base = Path(os.environ.get("XDG_CACHE_HOME", ""))
            base = base if base.is_absolute() else Path.home() / ".cache"
            folder = base / "gradcli" / "kernels"
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            for made in (folder.parent, folder):
                made.mkdir(mode=0o700, exist_ok=True)
        except (OSError, RuntimeError):  # there may be no home
            return None
        return cls(folder) if is_own(folder.parent) and is_own(folder) and os.access(folder, os.W_OK) else None

    def find(self, key: str) -> Path | None:
        """The file of a key, looked through."""
        for path in self._files(f"{_hashed(key.encode())}-*"):
            try:
                whole = path.name.endswith(f"-{_hashed(path.read_bytes())}")
            except OSError:
                continue  # removed by another process
            if whole:
                _touch(path)
                return path
            path.unlink(missing_ok=True)
        return None

    def keep(self, key: str, content: bytes) -> Path | None:
        """Writes the file of a key, beside and then renamed; None where the disk takes no more."""
        path = self.folder / f"{_hashed(key.encode())}-{_hashed(content)}"
        beside = None
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".new-", delete=False) as file:
                beside = Path(file.name)
                file.write(content)
            beside.rename(path)
        except OSError:
            if beside is not None:
                beside.unlink(missing_ok=True)
            return None
        self._prune(path)
        return path

    def _prune(self, new: Path) -> None:
        """Removes what was not used for longest."""
        others = sorted((path for path in self._files("*") if path != new), key=_used)
        for path in others[: max(len(others) + 1 - self.most, 0)]:
            path.unlink(missing_ok=True)

    def _files(self, pattern: str) -> Iterator[Path]:
        return (path for path in list(self.folder.glob(pattern)) if path.is_file() and not path.is_symlink())


@contextmanager
def fresh(cache: Cache | None) -> Iterator[Path]:
    """An empty folder of this user's alone, beside the files that are kept, where they are; afterwards it is gone.
    Errors: MissingError where there can be none, or a file cannot be written in it."""
    try:
        path = _made_beside(None if cache is None else cache.folder)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        raise MissingError(f"a kernel cannot be compiled: {error.strerror}") from None


def _made_beside(folder: Path | None) -> Path:
    """Those of killed processes are removed."""
    for left in [] if folder is None else folder.glob(f"{_FRESH}*"):
        if time.time() - _used(left) > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder, prefix=_FRESH))


def is_own(path: Path) -> bool:
    """Whether it is a folder, no link, of this user, that nobody else can write to."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # removed by another process


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        return  # it only counts as older than it is
