"""Functions for workers of a cluster: of a module that they can import, as those of the package are."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from gradcli.base.errors import InputError
from gradcli.engine.cluster.worker import abandoned


def square(shared: int, item: int) -> int:
    return shared + item * item


def killed_once(folder: str, item: int) -> int:
    """Some items kill their worker the first time."""
    seen = Path(folder) / str(item)
    if item % 5 == 3 and not seen.exists():
        seen.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def killed(poison: int, item: int) -> int:
    if item == poison:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def raising(bad: int, item: int) -> int:
    if item == bad:
        raise ZeroDivisionError("no quotient")
    return item


def raising_once(folder: str, item: int) -> int:
    seen = Path(folder) / str(item)
    if not seen.exists():
        seen.touch()
        raise OSError("not now")
    return item


def mistaken(bad: int, item: int) -> int:
    if item == bad:
        raise InputError("the file is not there", hint="look for it")
    return item


def hungry(poison: int, item: int) -> int:
    """One item takes more memory than a worker may have."""
    taken = []
    while item == poison:
        taken.append(b"x" * 2**24)
    return item


def waiting(folder: str, item: int) -> int:
    """Until nobody waits for it; says that it began, and that it ended."""
    given_up = abandoned()
    (Path(folder) / f"began-{item}").touch()
    while not given_up():
        time.sleep(0.01)
    (Path(folder) / f"ended-{item}").touch()
    return item


def failing_partitions(numbers: list[int]) -> None:
    """On a worker: these partitions of tables raise from now on; none does where there are no numbers."""
    from gradcli.commands.tables import partition

    original = getattr(partition.part_of, "original", partition.part_of)

    def part_of(form: object, wanted: object) -> object:
        if wanted.number in numbers:  # type: ignore[attr-defined]
            raise ZeroDivisionError("no quotient")
        return original(form, wanted)

    part_of.original = original  # type: ignore[attr-defined]
    partition.part_of = part_of  # type: ignore[assignment]


def blind(*_: object) -> str:
    return "/data/table.parquet: No such file or directory"
