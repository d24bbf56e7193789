"""``gradcli check``: every exit code, and that nothing hostile brings it down."""

from __future__ import annotations

import re

import pytest
from checking.asking import check
from checking.exit_codes import CODES


@pytest.mark.parametrize("line", CODES)
def test_exit_codes(line: str) -> None:
    code, text = CODES[line]
    done = check(line)
    assert done.code == code, done
    shown, silent = (done.stdout, done.stderr) if code in {0, 1, 5} else (done.stderr, done.stdout)
    assert re.search(text, shown, re.DOTALL), done
    assert not silent, done
