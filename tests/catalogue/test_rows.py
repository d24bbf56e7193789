"""The catalogue cannot rot: every program fails as its row says, every twin ends well, every command runs."""

from __future__ import annotations

import ast
import re
import shlex
from collections import Counter

import pytest
from catalogue import table as printed
from catalogue.scripts import ended
from runner import run

from gradcli.catalogue.pasted import read_pasted
from gradcli.catalogue.patterns import anchor, squeezed, squeezed_pattern
from gradcli.catalogue.recognise import recognise
from gradcli.catalogue.row import Cause, Message, filled
from gradcli.catalogue.table import CAUSES, FILES, MESSAGES, groups

HERE = [cause for cause in CAUSES.values() if not cause.beyond]
BEYOND = [cause for cause in CAUSES.values() if cause.beyond]
PLACEHOLDER = re.compile(r"\{(\w+)\}")
GROUP = {cause.name: file.__name__ for file in FILES for cause in file.CAUSES}
by_name = pytest.mark.parametrize("cause", HERE, ids=lambda cause: cause.name)
some = pytest.mark.generated(share=1 / 3, kind=lambda cause: GROUP[cause.name])


# -- running them


@some
@by_name
def test_its_program_raises_a_message_that_lists_it(cause: Cause) -> None:
    done = ended(cause.program)
    assert done.code == 1, done.stderr
    found = printed.recognised(cause)
    assert found.message is not None, done.stderr[-2000:]
    assert cause.name in found.message.causes, (found.message.name, done.stderr[-2000:])


@some
@by_name
def test_its_mended_twin_ends_well(cause: Cause) -> None:
    done = ended(cause.mended)
    assert done.code == 0, done.stderr[-2000:]


@pytest.mark.generated(share=1 / 6, kind=lambda command: (command.split()[1], *re.findall("--[a-z-]+", command)))
@pytest.mark.parametrize("command", sorted({cause.command for cause in CAUSES.values() if cause.command}))
def test_its_command_comes_to_an_answer(command: str) -> None:
    program, *words = shlex.split(command)
    done = run(words)
    assert (program, done.code in {0, 1, 3, 5}) == ("gradcli", True), f"{command}\n{done.stderr}"


def test_a_program_that_ends_well_would_be_seen() -> None:
    assert ended("import torch\nprint(torch.ones(2).sum())\n").stdout == "tensor(2.)\n"
    wrong = Cause(
        name="planted", title="", text="", how_to_tell="", fix="", program="x = 1\n", mended="1/0\n", command=""
    )
    row = printed.row_of(wrong)
    assert (row.provoked, row.mended) == (False, False)
    assert ended("import sys\nsys.exit(3)\n").code == 3
    assert ended("import os\nos.kill(os.getpid(), 9)\n").code == -9


# -- what stands in them


def test_names_are_names_and_unique() -> None:
    names = Counter(message.name for message in MESSAGES)
    assert [name for name, count in names.items() if count > 1] == []
    causes = Counter(cause.name for file in FILES for cause in file.CAUSES)
    assert [name for name, count in causes.items() if count > 1] == []
    assert [name for name in (*names, *causes) if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
    assert names.keys() & {"list", "-"} == set()
    assert len(groups()) == len(FILES)


def test_messages_and_causes_name_each_other() -> None:
    listed = {name for message in MESSAGES for name in message.causes}
    assert listed - CAUSES.keys() == set()
    assert CAUSES.keys() - listed == set()
    assert [message.name for message in MESSAGES if not message.causes or not message.patterns] == []
    assert [message.name for message in MESSAGES if len(set(message.causes)) < len(message.causes)] == []


@pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda cause: cause.name)
def test_a_cause_says_all_that_it_should(cause: Cause) -> None:
    for text in (cause.title, cause.text, cause.how_to_tell, cause.fix, cause.program, cause.mended, cause.command):
        assert text.strip(), cause
    assert not cause.title.endswith(".")
    assert cause.program != cause.mended
    ast.parse(cause.program)
    ast.parse(cause.mended)
    for sign in cause.signs:
        assert re.compile(sign).match("") is None, f"{sign} is found in every text"


@pytest.mark.parametrize("cause", BEYOND, ids=lambda cause: cause.name)
def test_what_cannot_run_here_says_why(cause: Cause) -> None:
    """No pass of its programs: the table lists it apart, with this reason."""
    assert len(cause.beyond) > 3
    assert "TODO" not in cause.beyond


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_all_parts_of_its_texts_have_a_source(message: Message) -> None:
    """Each placeholder is a part that all patterns have, or has a default."""
    have = [set(re.compile(pattern).groupindex) for pattern in message.patterns]
    sure = set.intersection(*have) | message.defaults.keys()
    texts = [message.meaning]
    for name in message.causes:
        texts += [CAUSES[name].title, CAUSES[name].text, CAUSES[name].how_to_tell]
    asked = {part for text in texts for part in PLACEHOLDER.findall(text)}
    assert asked - sure == set()
    parts = dict.fromkeys(sure, "P")
    assert [text for text in texts if PLACEHOLDER.search(filled(text, parts))] == []


# -- patterns


def test_no_pattern_fits_an_empty_or_a_common_text() -> None:
    common = ["", "RuntimeError", "KeyError: 'x'", "ModuleNotFoundError: No module named 'torch'", "loss.backward()"]
    loose = [p for message in MESSAGES for p in message.patterns for text in common if re.search(p, text)]
    assert loose == []


@some
@by_name
def test_its_error_is_found_however_a_terminal_breaks_it(cause: Cause) -> None:
    """Without any blank, and by the text that a pattern cannot do without, the same message is found."""
    found = recognise(read_pasted(ended(cause.program).stderr))
    assert found.message is not None
    said = found.raised.message if found.raised else ""
    texts = [said, f"{found.raised.kind if found.raised else ''}: {said}", " ".join(found.pasted.text.split())]
    fits = [(p, text) for p in found.message.patterns for text in texts if re.search(p, text)]
    assert fits
    for pattern, text in fits:
        assert anchor(pattern) in text.lower()
        assert re.search(squeezed_pattern(pattern), squeezed(text)), squeezed_pattern(pattern)
        assert anchor(squeezed_pattern(pattern)) in squeezed(text).lower()


def test_the_table_counts_what_it_lists() -> None:
    assert len(HERE) + len(BEYOND) == len(CAUSES)
    assert len(CAUSES) >= 70
