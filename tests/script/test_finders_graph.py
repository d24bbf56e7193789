"""The finders for graphs: cause and line of scripts in many styles, plain and traced, and changes that help."""

from __future__ import annotations

from pathlib import Path

import pytest
from script.forked import answer
from script.graph_scripts import SCRIPTS, Script

from gradcli.foreign.script.failure import Edit


@pytest.mark.generated(share=1 / 8, kind=lambda script, trace: (script.causes, trace))
@pytest.mark.parametrize("trace", [False, True], ids=["plain", "traced"])
@pytest.mark.parametrize("script", SCRIPTS, ids=[script.id for script in SCRIPTS])
def test_the_cause_and_the_line_are_found(script: Script, trace: bool, tmp_path: Path) -> None:
    told = answer(script.source, tmp_path, trace=trace)
    assert not told.trouble, told.trouble
    found = told.finding
    if not script.plain and not trace:  # the plain run may not know, but then it does not say so as certain
        assert found is None or found.cause in script.causes or not found.certain, found
        return
    assert found is not None, told.error
    assert found.cause in script.causes, found
    assert found.place.line in script.lines, found
    if script.variable is not None:
        assert found.variable == script.variable, found
    if trace and found.edit is not None and found.edit.mechanical:
        assert_it_helps(script, found.edit, tmp_path)


def assert_it_helps(script: Script, edit: Edit, folder: Path) -> None:
    """A change that may be tried takes the error away."""
    lines = script.source.splitlines()
    assert lines[edit.line - 1] == edit.old
    lines[edit.line - 1] = edit.new
    assert answer("\n".join(lines) + "\n", folder).error == "none", edit


SEEN_BY_ANOTHER_NAME = """
import torch
x = torch.ones(3, requires_grad=True)
a = x.exp()
c = a.view(3)
c.clamp_(max=1)
(a * 1).sum().backward()
"""


def test_a_change_that_another_name_would_not_see_is_not_mechanical(tmp_path: Path) -> None:
    for source, mechanical in ((SEEN_BY_ANOTHER_NAME, False), (SEEN_BY_ANOTHER_NAME.replace(".view(3)", " * 1"), None)):
        found = answer(source, tmp_path).finding
        assert (found and found.edit and found.edit.mechanical) is mechanical
