"""A cluster on this machine, for as long as a ``with`` block."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from gradcli.base.errors import MissingError

START, END = 120.0, 5.0  # seconds until it stands, on a machine however busy; until it is gone

_BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from gradcli.engine.cluster.host import main; main()"


@dataclass(frozen=True, slots=True)
class Local:
    """Where its scheduler is, and what lets a client in; scratch: a folder of its workers"""

    address: str
    certificate: str
    key: str
    scratch: str


@contextmanager
def local(workers: int, memory: int | None = None) -> Iterator[Local]:
    """A scheduler and so many workers of one thread each, gone afterwards, whatever happens here.

    memory: bytes that each may have; None: as dask shares the machine's
    Errors: MissingError where it does not start.
    """
    scratch = None
    with tempfile.TemporaryFile() as said:
        host = subprocess.Popen(  # noqa: S603 - this Python, and a text of ours
            [sys.executable, "-c", _BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
        try:
            assert host.stdin
            asked = {"workers": workers, "memory": memory}
            with suppress(BrokenPipeError):  # it has ended already, and has said why
                host.stdin.write(json.dumps(asked).encode() + b"\n")
                host.stdin.flush()
            found = _begun(host, said)
            scratch = found.scratch
            yield found
        finally:
            _end(host, scratch)


def _begun(host: subprocess.Popen[bytes], said: BinaryIO) -> Local:
    assert host.stdout
    line = host.stdout.readline() if select.select([host.stdout], [], [], START)[0] else b""
    try:
        found = json.loads(line)
        return Local(found["address"], found["certificate"], found["key"], found["scratch"])
    except KeyError:
        why = found["error"]
    except ValueError:
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").split("\n")
        why = next((line for line in reversed(lines) if line.strip()), f"nothing was heard of it for {START:g} s")
    raise MissingError(f"the local cluster did not start: {why}", kind="cluster")


def _end(host: subprocess.Popen[bytes], scratch: str | None) -> None:
    """It ends with its stdin, and with it its workers; what is left of it is killed."""
    assert host.stdin
    assert host.stdout
    with suppress(OSError):
        host.stdin.close()
    try:
        host.wait(END)
    except BaseException:
        host.kill()
        host.wait()
        raise
    finally:
        with suppress(OSError):
            os.killpg(host.pid, signal.SIGKILL)
        host.stdout.close()
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
