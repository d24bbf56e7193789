"""The system's C compiler: which one, what it calls itself, and from C text to a library."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gradcli.base.errors import MissingError
from gradcli.engine import hung
from gradcli.engine.bounded import Ended, Limits, bounded
from gradcli.engine.cache import Cache, fresh
from gradcli.engine.instructions import machine

NAMES = ("cc", "gcc", "clang")

# What the numbers depend on: no sum is taken apart or fused, no function replaced by one that is less exact. What they
# do not: errno and floating-point traps, which nobody reads.
OPTIONS = (
    *("-O3", "-fno-builtin", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd", "-ffp-contract=off"),
    *("-shared", "-fPIC", "-w"),
)
# Of gcc, with the library of vectors: no step that moves a call under its condition, as it is one of vectors no more.
VECTORS = ("-fno-tree-sink", "-fno-tree-pre", "-fno-thread-jumps", "-Wl,-z,defs", "-lmvec")


@dataclass(frozen=True, slots=True)
class Compiler:
    """
    command: the program and its own arguments
    said:    what it says of its version
    file:    the command with the size and the time of the program
    """

    command: tuple[str, ...]
    said: str
    file: str

    MADE: ClassVar[str] = "kernel.so"  # what it writes into the folder

    @property
    def name(self) -> str:
        return Path(self.command[0]).name

    def ways(self, text: str, version: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """Each way to compile a text, the best first: its options, and the hash of all that its library depends on."""
        for options in _ways():
            parts = (*self.command, self.said, *options, machine(), *platform.libc_ver(), version, text)
            yield options, hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def compiled(self, text: str, options: tuple[str, ...], folder: Path, limits: Limits) -> Ended:
        """Runs it on a text, in a fresh folder."""
        source = folder / "kernel.c"
        source.write_text(text)
        command = [*self.command, "-o", str(folder / self.MADE), str(source), *options]
        return bounded(self.name, ["run", *command], folder, limits)


def found(cache: Cache | None, limits: Limits) -> Compiler:
    """That of CC, else the first on the path. Errors: MissingError where there is none."""
    command = _named()
    if command is None:
        raise MissingError(f"there is no C compiler ({', '.join(NAMES)})", hint="CC=PROGRAM names another one")
    file = _file(command)
    hung.require_ends(cache, file)
    return Compiler(command, _version(command, file, cache, limits), file)


def _named() -> tuple[str, ...] | None:
    """The command, its program as a whole path. Errors: MissingError for a CC that is none."""
    text = os.environ.get("CC", "")
    if not text.strip():
        path = next((path for name in NAMES if (path := shutil.which(name))), None)
        return None if path is None else (str(Path(path).absolute()),)
    try:
        program, *arguments = shlex.split(text)
    except ValueError as error:
        raise MissingError(f"CC cannot be read: {error}") from None
    path = shutil.which(program)
    if path is None:
        raise MissingError(f"CC names {program}, which is no program here")
    return (str(Path(path).absolute()), *arguments)


def _file(command: tuple[str, ...]) -> str:
    """What is another one where the program is another file. Errors: MissingError where it is none."""
    real = Path(command[0]).resolve()
    try:
        found = real.stat()
    except OSError as error:
        raise MissingError(f"{command[0]} cannot be run: {error.strerror}") from None
    return "\0".join((*command, str(real), str(found.st_size), str(found.st_mtime_ns)))


def _version(command: tuple[str, ...], file: str, cache: Cache | None, limits: Limits) -> str:
    """What it answers to --version, whatever that is; asked again where the program is another file."""
    key = f"version\0{file}"
    kept = cache and cache.find(key)
    if kept:
        return kept.read_text("utf-8", "replace")
    name = Path(command[0]).resolve().name
    with fresh(cache) as folder, hung.remembering(cache, file, "for --version"):
        said = bounded(name, ["run", *command, "--version"], folder, limits).said
    if cache:
        cache.keep(key, said.encode())
    return said


def _ways() -> Iterator[tuple[str, ...]]:
    """Options, the best first: other compilers and systems may not know them, or lack the library of vectors."""
    for vectors in ([VECTORS] if platform.libc_ver()[0] == "glibc" else []) + [()]:
        for processor in (("-march=native",), ()):
            yield (*OPTIONS, *processor, *vectors, "-lm")
