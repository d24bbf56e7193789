"""Reading a file of claims in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from claim_files.texts import Read

from gradcli.inputs.claim_files import ClaimText, read_suite


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Writes a file into an empty current directory and reads its claims."""
    monkeypatch.chdir(tmp_path)

    def written_and_read(name: str, content: str | bytes) -> list[ClaimText]:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_suite(name)

    return written_and_read
