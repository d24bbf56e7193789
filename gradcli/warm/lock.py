"""Who is the server: the holder of a lock that the kernel drops with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import suppress

from gradcli.base.errors import InputError
from gradcli.warm import wire

_FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux: type, whence, start, length, holder


def lock_path() -> str:
    """Beside the socket."""
    return wire.socket_path().removesuffix("sock") + "lock"


def make_directory() -> None:
    """Errors: InputError if the directory is somebody else's, or open to others."""
    path = wire.directory()
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise InputError(f"cannot make {path}: {os.strerror(error.errno or 0)}", kind="warm") from None
    if not wire.is_private(path):
        raise InputError(
            f"{path} is not a directory that only you can enter", hint=f"chmod 700 {path}, if it is yours", kind="warm"
        )


_held: list[int] = []  # the lock file's descriptor, while this process is the server


def acquire() -> bool:
    """Whether this process is now the server, until it ends or ``release``. Children do not inherit a record lock."""
    while True:
        file = os.open(lock_path(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        with suppress(OSError):
            if os.path.samestat(os.fstat(file), os.stat(lock_path())):
                _held.append(file)
                return True
        os.close(file)  # its last holder has removed it meanwhile


def is_in_place() -> bool:
    """Whether the lock file is still the one that this process holds."""
    try:
        return bool(_held) and os.path.samestat(os.fstat(_held[0]), os.stat(lock_path()))
    except OSError:
        return False


def release() -> None:
    """Removes socket, lock file, and the directory if nothing else is in it; for the holder, and once."""
    if is_in_place():
        for path in (wire.socket_path(), lock_path()):
            with suppress(OSError):
                os.unlink(path)
        with suppress(OSError):
            os.rmdir(wire.directory())
    while _held:
        os.close(_held.pop())


def holder() -> int | None:
    """The process that is the server, from its start to its end; asking does not take the lock."""
    try:
        file = os.open(lock_path(), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        answer = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    finally:
        os.close(file)
    kind, *_, pid = struct.unpack(_FLOCK, answer)
    return int(pid) if kind != fcntl.F_UNLCK else None
