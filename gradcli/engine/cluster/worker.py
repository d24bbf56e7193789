"""What runs on a worker: a task, which says where it ran; and is anybody still waiting for it?"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import gradcli
from gradcli.base.errors import MissingError


def task(shared: bytes, item: bytes, version: str) -> Any:  # Any: as above
    """``function(value, item)`` of what is packed: the function and a value, and an item.

    Errors: those of the function; MissingError, which names the worker, where it cannot run here.
    """
    try:
        require_version(version)
        unpacked = import_module("distributed.protocol.pickle").loads
        function, value = unpacked(shared)
        return function(value, *unpacked(item))
    except MissingError as error:
        error.said = f"worker {_worker().address}: {error.said}"
        raise


def require_version(version: str) -> None:
    """Errors: MissingError for another version of gradcli than that of who asks."""
    if gradcli.__version__ != version:
        raise MissingError(f"it has gradcli {gradcli.__version__}, and here is {version}", kind="cluster")


def abandoned() -> Callable[[], bool]:
    """In a task's own thread: what tells, in any thread, whether who asked for it has gone, or has given it up."""
    worker = _worker()
    key = worker.get_current_task()

    def look() -> bool:
        found = worker.state.tasks.get(key)
        return found is None or found.state == "cancelled"

    return look


def _worker() -> Any:  # Any: distributed has no types of its own
    return import_module("distributed").get_worker()
