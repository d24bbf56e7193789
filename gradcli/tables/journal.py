"""Outputs that grow in a directory beside their place, and are whole when they get there.

``OUT.parts/`` holds the rows so far, and ``_state.json`` how many of them are safe, of which question and which table.
What was at OUT stays until the output is complete, and is then replaced at once; a directory with files by two renames.
``OUT.parts`` is left behind by a run that is interrupted, by a crash and by a full disk; whoever goes on with it
continues at the row that ``_state.json`` names, and comes to the same file. Without that wish an output with rows in
such a directory is refused: neither are they thrown away unasked, nor does an answer to another question begin with
them. An output that cannot be resumed saves no state: what a crash leaves of it is nothing that counts, and the next
run removes it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shlex
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from gradcli.base.errors import GradcliError, InputError, OutputError, UsageError, printable
from gradcli.base.wording import option
from gradcli.tables.state import State

# Readers of directories, pyarrow's and pandas', pass by what begins so.
STATE, LOCK, NEXT, OPEN, WHOLE, OLD = "_state.json", "_lock", "_state.json.next", "_open", "_whole", "_old"
SAVE_SECONDS = 1.0  # a crash of the program costs this much work, in formats of lines
SYNC_SECONDS = 10.0  # a crash of the machine this much, and of the program in formats of parts


class Journal:
    """The directory of one output, locked."""

    def __init__(self, out: Path, begun: State, *, resume: bool) -> None:
        """Errors: UsageError, InputError for a directory that is there, OutputError where none can be made."""
        self.out = out
        self.folder = out.with_name(f"{out.name}.parts")
        self._lock: int | None = _locked(self.folder, out)
        self._kept = begun.origin["question"] is not None
        try:
            self.state = self._taken(begun, resume=resume)
        except BaseException:
            self._unlock()
            raise
        self._saved = self.state
        self._last_save = self._last_sync = time.monotonic()

    def path(self, name: str) -> Path:
        return self.folder / name

    def note(self, state: State) -> None:
        """What will be saved next."""
        self.state = state

    @property
    def due(self) -> bool:
        """Has so much been written that it is worth being saved?"""
        return time.monotonic() - self._last_save >= SAVE_SECONDS

    @property
    def sync_due(self) -> bool:
        """Has so much been written that it has to survive the machine?"""
        return time.monotonic() - self._last_sync >= SYNC_SECONDS

    def save(self, sync: Callable[[], None] | None = None) -> None:
        """Replaces the state, after ``sync`` has brought the rows to the disk, where that is due."""
        if not self._kept:
            return
        durable = self.sync_due and sync is not None
        if durable and sync is not None:
            sync()
        new = self.path(NEXT)
        with new.open("w", encoding="utf-8") as file:
            json.dump(asdict(self.state), file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        new.replace(self.path(STATE))
        self._saved = self.state
        self._last_save = time.monotonic()
        if durable:
            self._last_sync = self._last_save

    def finish(self, whole: str) -> None:
        """Puts a file of the directory in the output's place, and removes the rest."""
        self.note(replace(self.state, whole=whole))
        if self._kept:
            self.save(sync=lambda: synced(self.path(whole)))
        elif self.sync_due:
            synced(self.path(whole))
        self.put(whole)

    def release(self, *, keep: bool) -> int:
        """Leaves the rows that are safe, and says how many; nothing where none are, or they are not to be kept."""
        if keep and self.state.safe:
            with suppress(OSError):  # a full disk: what was saved before holds
                self.save()
        if keep and self._saved.safe:
            self._unlock()
            return self._saved.safe
        self._remove()
        return 0

    # -- how it begins and ends

    def _taken(self, begun: State, *, resume: bool) -> State:
        found = State.read(self.path(STATE))
        if found is None:
            self._clear()  # no row is safe
            return begun
        differs = _difference(found, begun)
        gone = found.whole is not None and not self.path(found.whole).exists()  # it is in its place, with all rows
        if resume and not differs:
            missing = [name for name in found.files if not self.path(name).exists()]
            if missing and not gone:
                raise self.damaged(missing[0])
            return found
        if found.safe and not gone:
            raise self._refusal(found, differs if resume else None)
        self._clear()
        return begun

    def _refusal(self, found: State, differs: str | None) -> GradcliError:
        where = printable(str(self.folder))
        if differs:
            return InputError(
                f"{where} holds {found.safe} rows of {differs}", hint=f"ask as before to go on with it\n{self._anew}"
            )
        return UsageError(
            f"{where} holds {'' if found.done else 'the first '}{found.safe} rows of an output that was interrupted",
            hint=f"{option('resume')} goes on with it\n{self._anew}" if self._kept else self._anew,
        )

    @property
    def _anew(self) -> str:
        return f"rm -r {shlex.quote(printable(str(self.folder)))} starts anew"

    def damaged(self, name: str) -> InputError:
        return InputError(
            f"{printable(str(self.path(name)))} is not as {STATE} says: it is damaged",
            hint=self._anew,
        )

    @property
    def complete(self) -> bool:
        """Did an earlier run have all rows, and end while it put them in their place?"""
        return self.state.whole is not None

    def put(self, whole: str) -> None:
        """The file in the output's place, if it is not there yet, and the rest away: the state last, which says so."""
        made = self.path(whole)
        if made.exists():
            umask = os.umask(0)
            os.umask(umask)
            usual = 0o777 if made.is_dir() else 0o666
            made.chmod(self.out.stat().st_mode & 0o7777 if self.out.exists() else usual & ~umask)
            if made.is_dir() and self.out.exists():  # a directory with files is not replaced at once
                self.out.replace(self.path(OLD))
            made.replace(self.out)
        for path in self.rows_files():
            removed(path)
        self._remove()

    def _clear(self) -> None:
        """Files of ours: the state first, so that nothing speaks of what is not there."""
        for path in (self.path(STATE), self.path(NEXT), *self.rows_files()):
            removed(path)

    def rows_files(self) -> list[Path]:
        """The files of rows in the directory, those that are not safe included."""
        return sorted(
            path for path in self.folder.iterdir() if path.name.startswith(("part-", "rows.", OPEN, WHOLE, OLD))
        )

    def _remove(self) -> None:
        self._clear()
        self.path(LOCK).unlink(missing_ok=True)
        with suppress(OSError):  # what somebody else has put there stays
            self.folder.rmdir()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None


def _difference(found: State, begun: State) -> str | None:
    """What the rows that are there are of, where they are not of the output that is begun."""
    was, now = found.origin, begun.origin
    facts = {
        "another question": was["question"] == now["question"],
        "another table, or one that has changed since": was["table"] == now["table"],
        "other columns": found.columns == begun.columns,
        "another format": found.format == begun.format,
    }
    return next((word for word, same in facts.items() if not same), None)


def synced(path: Path) -> None:
    """What was written there is on the disk."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # a directory too
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def removed(path: Path) -> None:
    """A file, or a directory with all that is in it, is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _locked(folder: Path, out: Path) -> int:
    """The descriptor of its lock. Errors: OutputError."""
    try:
        while True:
            with suppress(FileExistsError):
                folder.mkdir()
            if folder.is_symlink() or not folder.is_dir():
                raise OutputError(
                    f"cannot write {printable(str(out))}: {printable(str(folder))} is no directory of ours"
                )
            held = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whoever had it may have removed it since it was opened.
                if _is_at(held, folder / LOCK):
                    return held
            except BlockingIOError:
                os.close(held)
                raise OutputError(
                    f"cannot write {printable(str(out))}: it is being written by another process",
                    hint=f"it has locked {printable(str(folder / LOCK))}",
                ) from None
            os.close(held)
    except OSError as error:
        raise not_written(error, out) from None


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def not_written(error: OSError, out: Path | None) -> OutputError:
    """The error of a disk, a stream or pyarrow, in our words; out: the file, None for stdout."""
    why = os.strerror(error.errno) if error.errno else printable(str(error))
    what = "the output" if out is None else printable(str(out))
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return OutputError(f"cannot write {what}: {why}", hint="make room" if full else None)
