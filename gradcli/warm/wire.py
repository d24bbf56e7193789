"""What client and server agree on: where the socket is, who may use it, how a request is written.

Imported by every one-liner, so it imports next to nothing: ``_socket`` is ``socket`` without enum and selectors, which
cost more than the whole rest of the client.

A connection is a sequence of packets. The server says WAIT while all children are busy, STUCK while none of them has
ended for a while, each with its status, or NO and why (run it cold); or a child says GO. Only then the client sends its
request, with its stdin, stdout, stderr and working directory as descriptors: a server that hangs must not hold the end
of somebody's pipe. The child says NO, or RUNS and its process id, and last EXIT and a code; the server says DIED and a
signal where the child could not.
"""

import os
import sys
from _socket import AF_UNIX, SO_PEERCRED, SOCK_SEQPACKET, SOL_SOCKET, socket

import gradcli

MAX_REQUEST = 2**17  # bytes; a longer command line or environment runs cold
WAIT, STUCK, NO, GO, RUNS, EXIT, DIED = b"W", b"B", b"N", b"G", b"R", b"E", b"S"
RUN, STATUS = b"run", b"status"
DESCRIPTORS = 4  # stdin, stdout, stderr, working directory
_DIRECTORY, _KIND = 0o040000, 0o170000  # of st_mode: the stat module costs an import


def connection() -> socket:
    """An unconnected socket of the kind that both sides use: packets arrive whole, in order, or not at all."""
    return socket(AF_UNIX, SOCK_SEQPACKET)


def directory() -> str:
    """The user's own directory for sockets: in XDG_RUNTIME_DIR where that is the user's, otherwise in /tmp."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    return f"{base}/gradcli" if base.startswith("/") and is_private(base) else f"/tmp/gradcli-{os.geteuid()}"  # noqa: S108 - is_private looks


def is_private(path: str) -> bool:
    """Whether the path is a directory, no link, that nobody but this user may enter."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return found.st_mode & _KIND == _DIRECTORY and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def socket_path() -> str:
    """The socket of this user's server for this virtual environment."""
    return f"{directory()}/{int.from_bytes(os.fsencode(sys.prefix), 'big') % (2**61 - 1):x}.sock"


def peer(connected: socket) -> tuple[int, int, int]:
    """Process, user and group of the other side, as the kernel knows them."""
    raw = connected.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
    pid, uid, gid = (int.from_bytes(raw[at : at + 4], sys.byteorder) for at in (0, 4, 8))
    return pid, uid, gid


def is_own(connected: socket) -> bool:
    """Whether the other side is a process of this user and group that this process can see."""
    pid, uid, gid = peer(connected)
    return pid > 0 and uid == os.geteuid() and gid == os.getegid()


def identity() -> list[bytes]:
    """What has to be the same on both sides: code, interpreter and its options, and how it reads names of files."""
    flags = (sys.flags.optimize, sys.flags.dev_mode, sys.flags.dont_write_bytecode, sys.flags.int_max_str_digits)
    options = (*flags, sys.warnoptions, sys._xoptions)  # noqa: SLF001 - documented
    code = (gradcli.__version__, gradcli.__file__ or "")
    python = (sys.prefix, sys.version, sys.getfilesystemencoding(), repr(options))
    return [os.fsencode(text) for text in (*code, *python)]


def encode(kind: bytes, argv: list[str]) -> bytes:
    """A request: fields between NUL bytes, which neither arguments nor environment can hold."""
    streams = [f"{stream.encoding}:{stream.errors}" if stream else "" for stream in (sys.stdin, sys.stdout, sys.stderr)]
    own = [kind, *identity(), *map(os.fsencode, (sys.path[0], *streams, str(len(argv)), *argv))]
    return b"\0".join([*own, *(name + b"=" + value for name, value in os.environb.items())])
