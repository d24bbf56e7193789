"""Reading a document in an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gradcli.inputs.claim_files import Suite, read_file

ReadDocument = Callable[[str, str], Suite]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadDocument:
    """Writes a document into an empty current directory and reads it."""
    pytest.importorskip("lark")
    monkeypatch.chdir(tmp_path)

    def written_and_read(name: str, text: str) -> Suite:
        Path(name).write_text(text, encoding="utf-8")
        return read_file(name)

    return written_and_read
