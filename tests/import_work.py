"""``python import_work.py LINE...`` runs command lines and prints how many calls each module of gradcli makes at its import.

Calls are counted and no time is taken, so that a busy machine says the same as an idle one. What a module imports in
its turn counts for itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def counted(calls: Counter[str]) -> Iterator[None]:
    """Calls by the module whose body makes them, at whatever depth."""
    importing: list[str] = []

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        body = frame.f_code.co_name == "<module>"
        if body and event == "call":
            importing.append(frame.f_globals.get("__name__", ""))
        elif body and event == "return" and importing:
            importing.pop()
        elif event in {"call", "c_call"} and importing and not frame.f_code.co_filename.startswith("<frozen importlib"):
            calls[importing[-1]] += 1

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)


def main() -> None:
    calls: Counter[str] = Counter()
    answer = os.dup(1)
    os.dup2(2, 1)  # what gradcli prints
    for line in sys.argv[1:]:
        sys.argv[1:] = shlex.split(line)
        with contextlib.suppress(SystemExit), counted(calls):
            from gradcli.__main__ import main as command

            command()
    ours = {name: count for name, count in calls.items() if name.split(".")[0] == "gradcli"}
    os.write(answer, json.dumps(ours).encode())


if __name__ == "__main__":
    main()
