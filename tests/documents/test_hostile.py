"""Documents that are malformed, huge or made to hurt: refused with the line, or read all the same, in bounded work."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from documents.conftest import ReadDocument

from gradcli.base.errors import ExitCode, InputError, MissingError
from gradcli.inputs.claim_files import read_file
from gradcli.inputs.documents import parser
from gradcli.language.latex.grammar import parse_latex
from gradcli.language.latex.macros import Macros
from gradcli.language.latex.nodes import Node

CLAIM = "$f(x) = x^2$, $f'(x) = 2x$\n"


def refused(name: str, content: bytes, folder: Path) -> InputError:
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_file(str(path))
    error = caught.value
    assert (error.kind, error.code) == ("suite", ExitCode.INPUT)
    assert error.message.isprintable()
    assert error.hint
    return error


MALFORMED: dict[str, tuple[str, bytes, str]] = {
    "no JSON": ("n.ipynb", b'{"cells": [\n}', ":2: not JSON"),
    "deep JSON": ("n.ipynb", b"[" * 100_000, "nested too deeply"),
    "another JSON": ("n.ipynb", b'{"worksheets": []}', "no list of cells"),
    "a list": ("n.ipynb", b"[1, 2]", "no list of cells"),
    "no cells": ("n.ipynb", b'{"cells": []}', "no claims"),
    "cells of anything": ("n.ipynb", b'{"cells": [1, null, {"cell_type": "markdown", "source": [1]}]}', "no claims"),
    "binary": ("n.tex", b"\\documentclass\n\x00\x01", ":2: not text"),
    "another encoding": ("n.md", "$x² > 0$".encode("latin-1"), ":1: not text"),
    "huge": ("n.tex", b"x" * ((16 << 20) + 1), "too long"),
    "an environment": ("n.tex", b"text\n\\begin{align}\nf'(x) &= 2x\n", ":2: a formula that does not end"),
    "a bracket": ("n.tex", b"\\[ f(x) = x^2 \\]\n\\[ f'(x) = 2x \\\\]\n", ":2: a formula that does not end"),
    "two dollars": ("n.tex", b"$$ f(x) = x^2\n\n", ":1: a formula that does not end"),
    "too many": ("n.tex", b"\\[x\\]\n" * 10_001, ":10001: too many formulas, found 10,001, expected at most 10,000"),
    "too many in a line": ("n.md", b"$x$ and " * 10_001, "found 10,001, expected at most 10,000"),
    "too many dollars": ("n.md", b"a $5 " * 60_000, "too many pieces, found more than 50,000"),
    "nothing": ("n.tex", b"Nothing here.", "no claims, found none, expected"),
    "none": ("n.md", b"$$f(x) = x^2$$", "found none among 1 formula"),
    "a comment": ("n.md", CLAIM.encode() + b"<!-- gradcli: shpae x=n -->", ":2: not a comment to gradcli"),
    "a shape": ("n.tex", b"% gradcli: shape x=[n\n$f(x) = x^2$, $f'(x) = 2x$", ":1: not a comment to gradcli"),
    "a name": ("n.tex", CLAIM.encode() + b"% gradcli: shape z=n", ":2: shape, found z"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    file, content, message = MALFORMED[name]
    assert message in refused(file, content, tmp_path).message


BENIGN: dict[str, tuple[str, str]] = {
    "a dollar": ("n.tex", "It costs $5.\n\n" + CLAIM),
    "many dollars": ("n.tex", "$ \n\n" * 2_000 + CLAIM),
    "money": ("n.md", "From $5 to $6.\n\n" + CLAIM),
    "two dollars": ("n.md", CLAIM + "\n$$ without an end"),
    "an environment": ("n.md", CLAIM + "\n\\begin{align} without an end"),
    "many ticks": ("n.md", "x" + "`" * 20_000 + "\n\n" + CLAIM),
    "ticks of all lengths": ("n.md", " ".join("`" * k for k in range(1, 400)) + "\n\n" + CLAIM),
    "a comment without an end": ("n.md", CLAIM + "<!-- $f'(x) = 0$"),
    "a fence without an end": ("n.md", CLAIM + "```\n$f'(x) = 0$"),
    "braces": ("n.tex", CLAIM + "\\section{" * 500),
    "deep braces": ("n.tex", CLAIM + f"${'{' * 5_000}x{'}' * 5_000}$"),
    "a long formula": ("n.tex", CLAIM + f"\\[ g(x) = {'x + ' * 3_000}x \\]"),
    "a file in itself": ("n.tex", CLAIM + "\\input{n}"),
    "marks of ours": ("n.md", "\ue0000\ue001 " + CLAIM),
    "escapes": ("n.tex", CLAIM + "\\" * 1_000 + "["),
}


@pytest.mark.parametrize("name", BENIGN)
def test_what_is_odd_does_not_hide_what_is_right(name: str, read: ReadDocument) -> None:
    file, text = BENIGN[name]
    assert [claim.claim for claim in read(file, text).claims] == ["2*x"]


def test_definitions_that_double_are_bounded(read: ReadDocument) -> None:
    rows = "\n".join(f"$f_{{{k}}}(x) = f_{{{k - 1}}}(x) + f_{{{k - 1}}}(x)$." for k in range(1, 60))
    (claim,) = read("n.md", f"$f_0(x) = x$.\n{rows}\n$f_{{59}}'(x) = 2$.").claims
    assert "longer than" in claim.unread


def test_definitions_in_one_another_are_bounded(read: ReadDocument) -> None:
    rows = "\n".join(f"$a_{{{k}}} = a_{{{k - 1}}} + x$." for k in range(1, 150))
    (claim,) = read("n.md", f"$a_0 = x$.\n{rows}\n$\\frac{{d a_{{149}}}}{{dx}} = 150$.").claims
    assert "too many definitions" in claim.unread


@pytest.mark.parametrize(
    ("limit", "most", "message"),
    [
        ("pieces.MAX_FORMULAS", 3, ":4: too many formulas, found 5, expected at most 3"),
        ("pieces.MAX_WRITTEN", 20, ":4: formulas that are too long, found 35 characters, expected at most 20"),
        ("reading.MAX_LETTERS", 2, ":3: too many letters, found 3 that mean something, expected at most 2"),
    ],
)
def test_what_is_too_much_is_refused_by_counts(
    limit: str, most: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"gradcli.inputs.documents.{limit}", most)
    lines = ["$f(x) = x^2$", "$a > 0$", "$b > 0$", "$c > 0$", "$f'(x) = 2x$"]
    error = refused("n.md", "\n".join(lines).encode(), tmp_path)
    assert (message in error.message, error.hint) == (True, "split the file"), error.message


def test_the_same_formula_is_parsed_once(read: ReadDocument, monkeypatch: pytest.MonkeyPatch) -> None:

    parsed: list[str] = []
    plain = parse_latex

    def counted(text: str, macros: Macros) -> Node:
        parsed.append(text)
        return plain(text, macros)

    monkeypatch.setattr(parser, "parse_latex", counted)
    assert [claim.claim for claim in read("n.md", CLAIM + "where $x > 0$, " * 1_000).claims] == ["2*x"]
    assert parsed.count("x > 0") == 1


def test_a_line_longer_than_a_sentence_is_read_in_parts(read: ReadDocument) -> None:
    (claim,) = read("n.md", "for $x > 0$, " * 1_000 + CLAIM).claims
    assert (claim.claim, claim.where) == ("2*x", ("x > 0",))


def test_a_notebook_counts_lines_of_json_and_of_cells(read: ReadDocument) -> None:
    cells = [
        {"cell_type": "code", "source": ["# $f'(x) = 0$"]},
        {"cell_type": "markdown", "metadata": {"source": ["$f'(x) = 0$"]}, "source": "# One\r\n\r\n$f(x) = x^2$\n"},
        {"cell_type": "markdown", "source": ["so\n", "\n", "$$f'(x)\n = 2\\,x$$\n", "and $f''(x) = 2$"]},
        {"cell_type": "raw", "source": ["$f'(x) = 0$"]},
    ]
    text = json.dumps({"metadata": {"cells": [{"source": ["$f'(x) = 0$"]}]}, "cells": cells}, indent=1)
    suite = read("n.ipynb", text)
    lines = text.split("\n")
    assert [claim.claim for claim in suite.claims] == ["2*x", "2"]
    assert ["f'(x)" in lines[suite.claims[0].line - 1], "f''(x)" in lines[suite.claims[1].line - 1]] == [True, True]
    assert [(claim.cell, claim.cell_line) for claim in suite.claims] == [(3, 3), (3, 5)]


def test_formulas_beside_blocks_are_said_to_be_not_read_without_the_extra(
    read: ReadDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lark", None)
    block = "```gradcli\nd(x)/d(x) = 1\n```\n"
    suite = read("n.md", block + CLAIM)
    assert [claim.claim for claim in suite.claims] == ["1"]
    ((line, kind, text, reason),) = [(found.line, found.kind, found.text, found.reason) for found in suite.passed]
    assert (line, kind, text) == (4, "not read", "2 formulas")
    assert "latex" in reason
    with pytest.raises(MissingError):
        read("n.md", CLAIM)
