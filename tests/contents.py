"""The contents of the operation table, made anew: ``python tests/contents.py --write``, ``--check``."""

from __future__ import annotations

import sys

from gradcli.operations.contents import FILE, present, written


def stale() -> bool:
    """Do the contents say something else than the rows and spellings?"""
    return not FILE.exists() or FILE.read_text() != written(present())


def write() -> None:
    FILE.write_text(written(present()))


def main() -> int:
    """Exit 1 where ``--check`` finds them stale."""
    if sys.argv[1:] == ["--write"]:
        write()
        return 0
    return stale()


if __name__ == "__main__":
    sys.exit(main())
