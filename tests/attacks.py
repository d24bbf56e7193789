"""Hostile command lines: the corpus, expanded, and what may be said against a run of one.

``faults(attack, done)`` is the oracle: the complaints about a finished run, none when it behaved.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from places import CORPUS
from runner import CLOSED, MEMORY_MB, SECRET, Completed, run

EXCEPTIONS = {  # entries that contradict the contract, which then holds: id -> its exit code, and why
    "opt-003": (0, "grad x without bindings prints the symbolic derivative"),
    "val-033": (0, "[0]*10**9 is a product, as * is elementwise: nothing is repeated"),
}
READINGS = {  # "a plain number without a warning" that the contract's language gives: id -> the number
    "sem-036": 0.0,  # softmax of a scalar is the constant 1
    "val-025": 2000.0,  # 1_000 is a number
    "val-029": 2 / 3,  # a value is an expression without free names
    "val-030": 2 * math.pi,
}

_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_ECHO = 10_000  # no message is longer, however long the input


@dataclass(frozen=True, slots=True)
class Attack:
    """A command line, its stdin, and what is allowed to come of it."""

    name: str
    argv: tuple[bytes | str, ...]
    stdin: bytes | int = b""
    codes: frozenset[int] = frozenset(range(8))
    expect: dict[str, Any] | None = None  # Any: JSON numbers and lists: the derivative
    reading: float | None = None
    no_plain_number: bool = False
    secrets: tuple[str, ...] = (SECRET,)
    seconds: float = 20.0
    memory: float = MEMORY_MB
    files: Path = field(default=Path("/"))

    def run(self) -> Completed:
        """A fork's answer."""
        return run(self.argv, self.stdin, cwd=self.files, seconds=self.seconds)


def identifiers() -> list[str]:
    """The corpus' entries by name; none where the corpus is not there."""
    path = CORPUS / "attacks.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []  # a text also ends lines at U+2028
    return [json.loads(line)["id"] for line in lines]


def make_fixtures(directory: Path) -> None:
    """The files that the corpus names."""
    command = [sys.executable, str(CORPUS / "make_fixtures.py"), str(directory)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def corpus(files: Path) -> Iterator[Attack]:
    """Every entry of the corpus, its notation expanded for fixtures in ``files``."""
    for entry, argv, stdin in _corpus_library().load(CORPUS / "attacks.jsonl", str(files)):
        name, limits = entry["id"], entry.get("limits", {})
        if isinstance(stdin, dict):
            stdin = CLOSED if "closed" in stdin else os.open(stdin["device"], os.O_RDONLY)
        wanted = entry.get("expect_grad")
        yield Attack(
            name=name,
            argv=(*argv, b"--json") if wanted else tuple(argv),
            stdin=stdin or b"",
            codes=_codes(entry),
            expect=wanted,
            reading=READINGS.get(name),
            no_plain_number="plain_number_without_warning" in entry["must_not"],
            secrets=(SECRET, *([entry["leak_marker"]] if "leak_marker" in entry else [])),
            seconds=limits.get("seconds", 20.0),
            memory=limits.get("mem_mb", MEMORY_MB),
            files=files,
        )


def _corpus_library() -> ModuleType:
    spec = importlib.util.spec_from_file_location("attacks_lib", CORPUS / "attacks_lib.py")
    assert spec is not None
    assert spec.loader is not None
    library = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(library)
    return library


def _codes(entry: dict[str, Any]) -> frozenset[int]:  # Any: JSON values
    """The exit codes that an entry allows."""
    if entry["id"] in EXCEPTIONS:
        return frozenset({EXCEPTIONS[entry["id"]][0]})
    if entry["expect"] == "ok":
        return frozenset({0})
    refused = frozenset(range(1, 8))
    return refused if entry["expect"] == "error" and not entry.get("soft") else refused | {0}


def _answers_no(attack: Attack, done: Completed) -> bool:
    """check says what it found on stdout, whatever it is."""
    return attack.argv[:1] in {("check",), (b"check",)} and done.code in {1, 5} and done.raw != b""


def faults(attack: Attack, done: Completed) -> list[str]:
    """What is wrong with a run, in words."""
    said = done.stdout + done.stderr
    found = {
        f"exit code {done.code}, allowed are {sorted(attack.codes)}": done.code not in attack.codes,
        f"{done.seconds:.1f} s": done.seconds > attack.seconds,
        f"{done.peak_mb:.0f} MB": done.peak_mb > attack.memory,
        "a traceback": "Traceback" in said,
        "a raw control character": _RAW.search(said) is not None,
        "a secret repeated": any(secret in said for secret in attack.secrets),
        f"stdout with exit {done.code}": done.code in {2, 3, 4, 6, 7} and done.raw != b"",
        f"exit {done.code} without a word": done.code != 0 and not done.stderr and not _answers_no(attack, done),
        f"{len(done.stderr)} characters on stderr": len(done.stderr) > _ECHO,
        "a canary": any(attack.files.glob("**/CANARY_*")) if attack.files != Path("/") else False,
        "a plain number without a warning": _plain(attack, done),
        "another derivative": attack.expect is not None and not _matches(attack.expect, done),
    }
    return [fault for fault, here in found.items() if here]


def _plain(attack: Attack, done: Completed) -> bool:
    if not attack.no_plain_number or done.code != 0 or done.stderr:
        return False
    return attack.reading is None or not math.isclose(float(done.stdout), attack.reading, rel_tol=1e-15)


def _matches(expect: dict[str, Any], done: Completed) -> bool:  # Any: JSON numbers and lists
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return False
    given = result.get("derivative") if isinstance(result, dict) else None
    return (
        isinstance(given, dict) and given.keys() == expect.keys() and all(_close(given[n], expect[n]) for n in expect)
    )


def _close(given: Any, expect: Any) -> bool:  # Any: JSON numbers and lists
    if isinstance(expect, list):
        return isinstance(given, list) and len(given) == len(expect) and all(map(_close, given, expect))
    return isinstance(given, float) and math.isclose(given, expect, rel_tol=1e-14)
