"""A child of the server: forked ahead, it waits for one connection, becomes the client's process, runs, and reports.

What a process inherits from its shell, the child takes over from the client: standard streams and working directory
(descriptors that came with the request), environment, arguments, encodings, limits, umask, niceness and processors
(which the kernel tells of the client's process). What it cannot take over makes it say NO, before anything has begun.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NoReturn, TextIO

from gradcli.base.limits import THREADS
from gradcli.warm import wire

MAX_SECONDS = 3600.0  # a command may take; the server kills what takes longer and has not said so
LONG = b"L"  # said through the door by a child that may take longer
GO_ON, STALE = b"G", b"S"  # said to a child: the code is that on disk, or no longer
SHARE = 0.5  # of the machine's memory that a child may add to its own
NO_WORK = 75  # exit code of a child that was not asked to run anything, or has refused
UNABLE = "it cannot take over this shell's streams, directory or limits (was it started under ulimit or nice?)"
REQUEST_SECONDS = 5.0  # for the request, once connected
IMPORT_TIME = (  # beginnings of variables that libraries read when they are loaded
    *("PYTHON", "TORCH", "PYTORCH", "NPY_", "NUMPY", "SYMPY", "MPMATH"),
    *("OMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "KMP_", "GOMP_", "ATEN_", "ONEDNN_", "DNNL_", "MKLDNN_"),
    *("LD_", "GLIBC_", "MALLOC_"),
)
WORLD = ("root", *(f"ns/{kind}" for kind in ("mnt", "pid", "user", "net", "ipc", "uts")))  # of /proc/PID
# of /proc/PID/status
RIGHTS = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "SigBlk")

Run = Callable[[list[str]], int]


@dataclass(frozen=True, slots=True)
class Request:
    """A client's command line and what surrounds it.

    kind: RUN or STATUS; same: whether code and interpreter are ours; entry: the client's ``sys.path[0]``
    streams: ``encoding:errors`` of stdin, stdout and stderr, empty for one that is closed
    """

    kind: bytes
    same: bool
    entry: str
    streams: tuple[str, ...]
    argv: list[str]
    environment: dict[bytes, bytes]

    @classmethod
    def decode(cls, packet: bytes) -> Request:
        """Errors: ValueError for a packet that is no request."""
        kind, *fields = packet.split(b"\0")
        own = wire.identity()
        same, fields = fields[: len(own)] == own, fields[len(own) :]
        entry, *streams, count = fields[:5]
        words = [os.fsdecode(word) for word in fields[5 : 5 + int(count)]]
        environment = dict(_variable(field) for field in fields[5 + int(count) :])
        return cls(kind, same, os.fsdecode(entry), tuple(map(os.fsdecode, streams)), words, environment)


def _variable(field: bytes) -> tuple[bytes, bytes]:
    name, sign, value = field.partition(b"=")
    if not sign:
        raise ValueError("a variable without value")
    return name, value


def import_time_variables(environment: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The variables that act when Python, torch, numpy or the C library are loaded: a child comes too late for them.

    Threads are one where nothing is said; torch's own number of them can still be set.
    """
    first = tuple(map(str.encode, IMPORT_TIME))
    found = {name.encode(): b"1" for name in THREADS} | {
        n: value for n, value in environment.items() if n.startswith(first)
    }
    del found[b"OMP_NUM_THREADS"]
    return found


def receive(connected: socket.socket) -> tuple[Request, list[int]]:
    """The request and its descriptors, asked for. Errors: ValueError, OSError (also when none comes in time)."""
    connected.settimeout(REQUEST_SECONDS)
    connected.send(wire.GO)
    packet, descriptors, flags, _ = socket.recv_fds(connected, wire.MAX_REQUEST, wire.DESCRIPTORS)
    connected.settimeout(None)
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or len(descriptors) != wire.DESCRIPTORS:
        raise ValueError("no request")
    return Request.decode(packet), descriptors


def rehearse(run: Run, argv: list[str]) -> None:
    """Serves a request of this process's own, but for its last word: what it needs is at hand then."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with here, there:
        null, root = os.open(os.devnull, os.O_RDWR), os.open("/", os.O_RDONLY)
        socket.send_fds(there, [wire.encode(wire.RUN, argv)], [null, null, null, root])
        os.close(null)
        os.close(root)
        received, descriptors = receive(here)
        request = replace(received, streams=("utf-8:strict",) * 3)
        _check(request, os.getpid(), import_time_variables(request.environment))
        _inherit(os.getpid())
        _become(request, descriptors)
        _finished(run, request.argv)


def serve(
    connected: socket.socket, door: socket.socket, run: Run, variables: dict[bytes, bytes], status: bytes
) -> NoReturn:
    """Answers one connection and ends this process.

    door: to the server, which says whether to go on, and is told of work that may take longer than MAX_SECONDS
    variables: those that the server was loaded with; status: the answer to a request for it
    """
    try:
        request, descriptors = receive(connected)
        client = wire.peer(connected)[0]
        if request.kind == wire.STATUS and request.same:
            _ask_to_go_on(door)
            connected.send(status)
            os._exit(NO_WORK)
        _check(request, client, variables)
        if _is_long(request.argv):
            door.send(LONG)
        _inherit(client)
        _ask_to_go_on(door)
        door.close()
        _become(request, descriptors)
        _die_with_the_client(connected)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        connected.send(wire.RUNS + b"%d" % os.getpid())
    except (_RefusedError, OSError, ValueError, LookupError) as error:
        why = str(error) if isinstance(error, _RefusedError) else UNABLE
        _say(connected, wire.NO + why.encode("ascii", "replace"))
        os._exit(NO_WORK)
    try:
        code = _finished(run, request.argv)
    except KeyboardInterrupt:  # between the last line of the run and here
        code = 130
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    fcntl.fcntl(connected, fcntl.F_SETFL, 0)  # what is over is not to be killed
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # who reads our output sees its end now: to end a process of this size takes a while
        os.dup2(null, number)
    _say(connected, wire.EXIT + b"%d" % code)
    os._exit(code)


class _RefusedError(Exception):
    """Why a child does not run a command: in words for who insists."""


def _check(request: Request, client: int, variables: dict[bytes, bytes]) -> None:
    """Errors: _RefusedError for what a child would not do as a process of one's own."""
    if request.kind != wire.RUN or not request.same:
        raise _RefusedError("it is of another version of gradcli or Python, or with other options")
    asked = import_time_variables(request.environment)
    if asked != variables:
        differing = sorted(os.fsdecode(name) for name, _ in asked.items() ^ variables.items())
        raise _RefusedError(f"it was started with another {differing[0]}")
    if not _takes(request.argv):
        raise _RefusedError(
            "what has no time limit, uses another device, or runs code or processes of your own, runs cold"
        )
    if not _same_world(client):
        raise _RefusedError("it has other rights or namespaces than this shell")


def _ask_to_go_on(door: socket.socket) -> None:
    """Errors: _RefusedError where the server does not say so."""
    said = door.recv(1)
    if said != GO_ON:
        raise _RefusedError("its code has changed, and it ends" if said == STALE else "it ends")


def _say(connected: socket.socket, word: bytes) -> None:
    try:
        connected.send(word)
    except OSError:
        return  # the client has gone: there is nobody to tell


def _takes(argv: list[str]) -> bool:
    """Whether a child can do what a process of one's own does: nothing endless, no processes or code of the user's.

    A GPU's driver keeps from its first call what it sees of devices, and a child has made that call while it waited,
    before it had the client's environment.
    """
    foreign = any(word.startswith(("--python", "--jobs", "--run", "--cluster")) for word in argv)
    foreign |= any(device != "cpu" for device in _given(argv, "--device"))
    foreign |= "--error=-" in argv or ("--error", "-") in pairwise(argv)  # as long as the program that writes
    try:
        limits = [float(seconds) for seconds in _given(argv, "--timeout")]
        each = [float(seconds) for seconds in _given(argv, "--check-time")] if _is_long(argv) else []
    except ValueError:  # a usage error
        return False
    return not foreign and all(0 < limit <= MAX_SECONDS for limit in limits) and all(limit > 0 for limit in each)


def _is_long(argv: list[str]) -> bool:
    """Claims of files have a time limit each, and none for all of them."""
    return bool(_given(argv, "--file")) and not _given(argv, "--timeout")


def _given(argv: list[str], option: str) -> list[str]:
    """The values of an option, ``--timeout 5`` and ``--timeout=5``."""
    pairs = [(word.partition("="), after) for word, after in pairwise([*argv, ""])]
    return [value if sign else after for (name, sign, value), after in pairs if name == option]


def _same_world(client: int) -> bool:
    """Whether a path means the same file for the client, and it may do the same."""
    facts, own = _facts_of(client), _facts_of(os.getpid())
    return all(facts.get(name) == own.get(name) for name in RIGHTS) and all(
        os.readlink(f"/proc/{client}/{link}") == os.readlink(f"/proc/self/{link}") for link in WORLD
    )


def _inherit(client: int) -> None:
    """Limits, umask, niceness and processors of the client's process. Errors: OSError, ValueError if not to be had."""
    for name in dir(resource):
        if name.startswith("RLIMIT_"):
            limit = getattr(resource, name)
            wanted = resource.prlimit(client, limit)
            if wanted != resource.getrlimit(limit):
                resource.setrlimit(limit, wanted)
    os.umask(int(_facts_of(client)["Umask"], 8))
    os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, client))
    os.sched_setaffinity(0, os.sched_getaffinity(client))
    _bound_memory()


def _facts_of(pid: int) -> dict[str, str]:
    """What the kernel tells of a process. Errors: OSError."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return {name: value.strip() for name, _, value in (line.partition(":") for line in file)}


def _bound_memory() -> None:
    """No child takes more than a share of the machine's memory: what goes beyond is a MemoryError, exit code 6."""
    now = 1024 * int(_facts_of(os.getpid())["VmData"].split()[0])
    most = now + int(SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _become(request: Request, descriptors: list[int]) -> None:
    """Takes over streams, directory, environment, arguments and encodings. Errors: OSError, LookupError, ValueError."""
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    os.fchdir(descriptors[3])
    for descriptor in descriptors:
        os.close(descriptor)
    for variable in os.environb.keys() - request.environment.keys():
        del os.environb[variable]
    for variable, value in request.environment.items():
        if os.environb.get(variable) != value:
            os.environb[variable] = value
    sys.argv[1:] = request.argv
    sys.path[0] = request.entry
    for number, (name, wanted) in enumerate(zip(("stdin", "stdout", "stderr"), request.streams, strict=True)):
        stream = _stream(number, wanted)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(number: int, named: str) -> TextIO:
    """A standard stream as the interpreter makes it: by lines on a terminal and on stderr."""
    encoding, _, errors = named.partition(":")
    lines = number == 2 or os.isatty(number)
    return open(number, "w" if number else "r", 1 if lines else -1, encoding, errors, newline="\n", closefd=False)


def _die_with_the_client(connected: socket.socket) -> None:
    """The kernel kills this process's group when the other side closes: also inside C code, also without a server."""
    number = connected.fileno()
    fcntl.fcntl(number, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(number, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | fcntl.FASYNC)


def _finished(run: Run, argv: list[str]) -> int:
    """Runs as ``python -m gradcli`` does, down to what it does with an error that nobody catches."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        code = run(argv)
    except KeyboardInterrupt:
        code = 130
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - this is the interpreter's own place
        sys.excepthook(*sys.exc_info())
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return 120
    return code
