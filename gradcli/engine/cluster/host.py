"""Runs by itself, in a process and a session of its own: a scheduler and workers on this machine, until stdin ends.

So a user's script is not run again by each worker, as ``multiprocessing`` would, Ctrl-C in a terminal reaches none of
them, what they log is not on the user's stderr, and all of them end when this process does.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from typing import Any

# A worker has one thread, and results are small: nothing is gained from pausing one, or from moving its data to a disk.
CONFIG = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.scheduler.http.routes": [],  # which are open to whoever is on this machine
    "distributed.worker.http.routes": [],
    "distributed.scheduler.allowed-failures": 0,  # who sends a task counts how often it failed
}


def main() -> None:
    """Reads what is asked for, a line of JSON; says on stdout where the scheduler is, or why there is none."""
    line = sys.stdin.readline()
    if not line:  # who has started this is gone
        return
    scratch = tempfile.mkdtemp(prefix="gradcli-cluster-")
    try:
        asyncio.run(_serve(json.loads(line), scratch))
    except Exception as error:  # noqa: BLE001 - this is a process's outermost door
        _say({"error": f"{type(error).__name__}: {error}"})
    finally:
        _end(scratch)


async def _serve(asked: dict[str, Any], scratch: str) -> None:  # Any: JSON values
    dask, distributed = import_module("dask"), import_module("distributed")
    dask.config.set(CONFIG | {"temporary-directory": scratch})
    security = distributed.Security.temporary()
    cluster = distributed.LocalCluster(
        n_workers=asked["workers"],
        threads_per_worker=1,
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        security=security,
        local_directory=scratch,
        asynchronous=True,
        **({"memory_limit": asked["memory"]} if asked["memory"] else {}),
    )
    starting = asyncio.ensure_future(cluster)
    ending = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        await starting  # its error, if it has one
        keys = {"certificate": security.tls_ca_file, "key": security.tls_client_key, "scratch": scratch}
        _say({"address": cluster.scheduler_address, **keys})
        await ending
    _end(scratch)


def _say(said: dict[str, Any]) -> None:  # Any: JSON values
    with suppress(OSError):
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _end(scratch: str) -> None:
    """At once: nothing that workers have is needed."""
    for process in import_module("psutil").Process().children(recursive=True):
        with suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)
