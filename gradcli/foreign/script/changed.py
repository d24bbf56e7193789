"""A line of a file that is another one as the file is loaded: in memory, nothing is written, no code is kept."""

from __future__ import annotations

import io
import json
import linecache
import os
import sys
import tokenize
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import decode_source
from pathlib import Path
from types import ModuleType

from gradcli.foreign.script.failure import Edit


def changed(data: bytes, edit: Edit) -> bytes:
    """The source with the line changed, in its own encoding. Errors: ValueError where the line is not the old one."""
    encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0].replace("utf-8-sig", "utf-8")
    lines = data.splitlines(keepends=True)
    line = lines[edit.line - 1] if edit.line <= len(lines) else b""
    text = line.rstrip(b"\r\n")
    mark = b"\xef\xbb\xbf" if text.startswith(b"\xef\xbb\xbf") else b""
    if not line or text.removeprefix(mark).rstrip() != edit.old.rstrip().encode(encoding):
        raise ValueError(f"{edit.file}:{edit.line} is another line now")
    lines[edit.line - 1] = mark + edit.new.encode(encoding) + line[len(text) :]
    return b"".join(lines)


def install(file: str) -> Callable[[str, str], SourceFileLoader]:
    """From now on the file is loaded with the change that is written in ``file``; what loads the script, too."""
    edit = Edit(**json.loads(Path(file).read_text(encoding="ascii")))
    sys.meta_path.insert(0, _Finder(edit))
    return lambda name, path: _Changed(name, path, edit) if _is_same(path, edit.file) else SourceFileLoader(name, path)


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


class _Changed(SourceFileLoader):
    """Loads the changed source."""

    def __init__(self, name: str, path: str, edit: Edit) -> None:
        super().__init__(name, path)
        self.edit = edit

    def get_data(self, path: str) -> bytes:
        data = super().get_data(path)
        if not _is_same(path, self.edit.file):
            return data
        made = changed(data, self.edit)
        lines = decode_source(made).splitlines(keepends=True)
        linecache.cache[path] = (len(made), None, lines, path)  # tracebacks have the line that ran
        return made

    def path_stats(self, path: str) -> dict[str, float]:
        """No code is read from a cache, or written there."""
        raise OSError(path)


class _Finder:
    """Finds as the others do, and puts our loader where the file is the changed one."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            found = None if finder is self else finder.find_spec(name, path, target)
            if found is not None:
                if found.origin and _is_same(found.origin, self.edit.file):
                    found.loader = _Changed(name, found.origin, self.edit)
                return found
        return None
