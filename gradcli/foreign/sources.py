"""Modules of the user's own, from their text as it is now.

What Python keeps of a module it knows by the text's length and by the second in which it was saved: of two texts saved
within a second it may run the first one, and a gradient would be held against a function that is not there any more.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


class _FromText(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _Finder:
    """As Python's own, but for modules of text that are of no library."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        found = PathFinder.find_spec(fullname, path, target)
        return None if found is None else from_text(found)


def from_text(spec: ModuleSpec) -> ModuleSpec:
    """The same, whose module is read anew where it is no library's."""
    origin = spec.origin
    if type(spec.loader) is SourceFileLoader and origin is not None and not origin.startswith(LIBRARIES):
        spec.loader = _FromText(spec.loader.name, spec.loader.path)
    return spec


@contextmanager
def read_anew() -> Iterator[None]:
    """Inside, modules of the user's are imported so."""
    finders: list[Any] = sys.meta_path  # Any: of other protocols
    at = finders.index(PathFinder) if PathFinder in finders else len(finders)
    finders.insert(at, _Finder)
    try:
        yield
    finally:
        finders.remove(_Finder)
