"""Files of claims: each format read, each claim on its own line, each mistake told with file and line; JUnit written."""

from __future__ import annotations

import os
import random
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.base.errors import ExitCode, InputError
from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.commands.check import CheckReport
from gradcli.inputs import claim_files, claim_lines, toml_tables
from gradcli.inputs.claim_files import ClaimText, read_suite
from gradcli.language.parse import parse
from gradcli.report import as_junit
from gradcli.report.formats import rendered
from gradcli.report.kinds import document_of

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
Read = Callable[..., list[ClaimText]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Writes a file into an empty current directory and reads its claims."""
    monkeypatch.chdir(tmp_path)

    def written_and_read(name: str, content: str | bytes) -> list[ClaimText]:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_suite(name)

    return written_and_read


def refused(read: Read, name: str, content: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(name, content)
    error = caught.value
    assert (error.kind, error.code) == ("suite", ExitCode.INPUT)
    assert error.message.isprintable(), "one line, nothing that acts on a terminal"
    assert len(error.message) < 600
    assert error.hint
    return error


def block(*lines: str) -> str:
    return "\n".join(["```gradcli", *lines, "```", ""])


def module(docstring: str) -> str:
    return f'"""Text.\n\n{docstring}\n"""\n'


SQUARE = 'function = "x**2"\nderivative = "2*x"\n'


# -- TOML

TOML: dict[str, tuple[str, list[ClaimText]]] = {
    "least": ("[[claim]]\n" + SQUARE, [ClaimText("x**2", "2*x", line=3)]),
    "everything": (
        """[[claim]]
name = "squares"
function = "sum((X@w - y)**2)"
wrt = "w"
kind = "grad"
shapes = { X = "n,d", w = ["d"], y = "n" }
where = ["n > 1", "all(y > 0)"]
at = { y = [1, 2.50, -3e2] }
derivative = "2*X.T@(X@w - y)"
""",
        [
            ClaimText(
                "sum((X@w - y)**2)",
                "2*X.T@(X@w - y)",
                "w",
                "grad",
                ("X=n,d", "w=d", "y=n"),
                ("n > 1", "all(y > 0)"),
                ("y=[1, 2.50, -3e2]",),
                "squares",
                line=9,
            )
        ],
    ),
    "texts": (
        '[[claim]]\nshapes = ["X = n, d", "w=d"]\nvalues = ["s=pi/4", "t = [1, 2]"]\nwhere = "s > 0"\n'
        'function = "s*t*X@w"\nwrt = ["X", "w"]\nderivative = "1"\n',
        [
            ClaimText(
                "s*t*X@w", "1", "X,w", shapes=("X=n, d", "w=d"), where=("s > 0",), values=("s=pi/4", "t=[1, 2]"), line=7
            )
        ],
    ),
    "sizes": (
        '[[claim]]\nfunction = "a*b*c*A"\nwrt = "a"\nshapes = { a = 3, b = [], c = "", A = [2, "k"] }\nderivative = 0\n',
        [ClaimText("a*b*c*A", "0", "a", shapes=("a=3", "b=", "c=", "A=2,k"), line=5)],
    ),
    "digits as they are typed": (
        '[[claim]]\nfunction = "a*b"\nwrt = "a"\nderivative = 0.10\nvalues = { a = +1.50, b = [[-inf, 1_0.5], [0x10, "pi"]] }\n',
        [ClaimText("a*b", "0.10", "a", values=("a=1.50", "b=[[-inf, 1_0.5], [16, pi]]"), line=4)],
    ),
    "a table of derivatives": (
        '[[claim]]\nname = "area"\nfunction = "a*b"\n[claim.derivative]\na = "b"\n\n# b = "wrong"\nb = "a"\n',
        [ClaimText("a*b", "b", "a", name="area (a)", line=5), ClaimText("a*b", "a", "b", name="area (b)", line=8)],
    ),
    "a table in one line": (
        '[[claim]]\nfunction = "a*b"\nderivative = { a = "b", b = "a" }\n',
        [ClaimText("a*b", "b", "a", line=3), ClaimText("a*b", "a", "b", line=3)],
    ),
    "dotted and quoted keys": (
        '[[ "claim" ]]\n"function" = \'a*b\'\nderivative.a = "b"\n\'derivative\' . "b" = "a"\n',
        [ClaimText("a*b", "b", "a", line=3), ClaimText("a*b", "a", "b", line=4)],
    ),
    "claims in one array": (
        'claim = [\n  { function = "x", derivative = "1" },\n  # ]\n  { derivative = "2", function = "2*x" },\n]\n',
        [ClaimText("x", "1", line=2), ClaimText("2*x", "2", line=4)],
    ),
    "mixed second derivative": (
        '[[claim]]\nfunction = "x*y"\nkind = "hessian"\nderivative = { "x,y" = 1 }\n',
        [ClaimText("x*y", "1", "x,y", "hessian", line=4)],
    ),
    "names": (
        "[[claim]]\nname = 2019\nfunction = 'β*x̂'\nwrt = 'β'\nderivative = 'x̂'\n",
        [ClaimText("β*x̂", "x̂", "β", name="2019", line=5)],
    ),
    "composed accents": (
        "[[claim]]\nfunction = 'e\u0301**2'\nwrt = 'e\u0301'\nderivative = '2*e\u0301'\nshapes = {\"e\u0301\" = 2}\n",
        [ClaimText("é**2", "2*é", "é", shapes=("é=2",), line=4)],
    ),
    "several lines of text": (
        "[[claim]]\nfunction = \"\"\"\na = x**2\nderivative = a\"\"\"\nderivative = '''\n\n2*x'''\n",
        [ClaimText("a = x**2\nderivative = a", "2*x", line=5)],
    ),
    "decoys": (
        """# derivative = "no"
[[claim]]
function = "x" # derivative = "no"
name = \"\"\"
derivative = "no" \\\"\"\"
[[claim]]
\"\"\"\"\"
where = [
  '''x > 0 # ] ''',
  "x != 1 # \\" ]", # derivative
  "derivative > 0 or x > 0",
]
derivative = "1"
[[claim]]
function = "derivative"
derivative = "1"
""",
        [
            ClaimText(
                "x",
                "1",
                where=("x > 0 # ]", 'x != 1 # " ]', "derivative > 0 or x > 0"),
                name='derivative = "no" """\n[[claim]]\n""',
                line=13,
            ),
            ClaimText("derivative", "1", line=16),
        ],
    ),
    "lines that other systems end": (
        "\ufeff[[claim]]\r\nfunction = 'x'\r\nderivative = '1'\r\n",
        [ClaimText("x", "1", line=3)],
    ),
    "a form feed and a separator end no line": (
        "# \u2028 \x85\n[[claim]]\nfunction = 'x'\nderivative = '1'\n",
        [ClaimText("x", "1", line=4)],
    ),
}


@pytest.mark.parametrize("name", TOML)
def test_toml(read: Read, name: str) -> None:
    content, expected = TOML[name]
    assert read("c.toml", content) == [replace(claim, file="c.toml") for claim in expected]


DEFAULTS = """[defaults]
function = "sum(X@w)*s"
wrt = "w"
kind = "grad"
shapes = { X = "n,d", w = "d" }
where = ["s > 0", "n > 1"]
"""


def test_claims_inherit_what_they_do_not_have(read: Read) -> None:
    (claim,) = read("c.toml", DEFAULTS + '[[claim]]\nderivative = "s*sum(X, dim=0)"\n')
    inherited = ("X=n,d", "w=d"), ("s > 0", "n > 1")
    assert (claim.function, claim.wrt, claim.kind, claim.shapes, claim.where, claim.line) == (
        "sum(X@w)*s", "w", "grad", *inherited, 8,
    )  # fmt: skip


def test_own_shapes_win_and_own_conditions_are_added(read: Read) -> None:
    own = 'shapes = { w = 3 }\nwhere = "s < 2"\nkind = "jacobian"\nwrt = "s"\nderivative = "sum(X@w)"\n'
    (claim,) = read("c.toml", DEFAULTS + "[[claim]]\n" + own)
    assert claim.shapes == ("X=n,d", "w=3")
    assert claim.where == ("s > 0", "n > 1", "s < 2")
    assert (claim.kind, claim.wrt) == ("jacobian", "s")


def test_a_table_of_derivatives_outdoes_an_inherited_variable(read: Read) -> None:
    claims = read("c.toml", DEFAULTS + '[[claim]]\nderivative = { s = "sum(X@w)", w = "1" }\n')
    assert [claim.wrt for claim in claims] == ["s", "w"]


def test_claims_inherit_only_what_is_about_them(read: Read) -> None:
    first, second = read(
        "c.toml", DEFAULTS + '[[claim]]\nderivative="1"\n[[claim]]\nfunction="w@w"\nderivative="2*w"\n'
    )
    assert first.shapes == ("X=n,d", "w=d")
    assert second.shapes == ("w=d",)
    assert second.where == ()


REFUSED_TOML: dict[str, tuple[str, str]] = {
    "unknown key": (f'[[claim]]\n{SQUARE}funktion = "x"\n', r"c\.toml:4: an unknown key, found 'funktion', expected name, fu"),
    "unknown top": (f"[[claims]]\n{SQUARE}", r"c\.toml:1: an unknown key, found 'claims', expected claim, defaults"),
    "unknown default": ("[defaults]\n\nname = 'x'\n", r"c\.toml:3: an unknown key, found 'name'"),
    "unknown in an array": ('claim = [\n {function="x", derivative="1"},\n\n {a.b = 1}]', r"c\.toml:4: an unknown key, found 'a'"),
    "no function": ('\n[[claim]]\nderivative = "2*x"\n', r"c\.toml:2: a claim without function, expected the key function"),
    "no derivative": ('[[claim]]\nfunction = "x"\n', r"c\.toml:1: a claim without derivative, expected the key derivative"),
    "second without": (f"[[claim]]\n{SQUARE}[[claim]]\nname='b'\n", r"c\.toml:4: a claim without function"),
    "function of a list": ('[[claim]]\nfunction = ["x"]\nderivative = "1"\n', r"c\.toml:2: function: found a list of 1, expected a text"),
    "derivative true": ('[[claim]]\nfunction = "x"\nderivative = true\n', r"c\.toml:3: derivative: found true, expected a text"),
    "derivative blank": ('[[claim]]\nfunction = "x"\nderivative = " "\n', r"c\.toml:3: derivative: found nothing, expected a text"),
    "derivative a date": ('[[claim]]\nfunction = "x"\nderivative = 2020-01-01\n', r"c\.toml:3: derivative: found 2020-01-01, expected"),
    "derivative long": (f'[[claim]]\nfunction = "x"\nderivative = "{"x" * 70_000}"\n', r"c\.toml:3: derivative: found 70,000 characters"),
    "empty table": ('[[claim]]\nfunction = "x"\n[claim.derivative]\n', r"c\.toml:3: derivative: found an empty table"),
    "nested table": ('[[claim]]\nfunction = "x"\nderivative = { x = { y = 1 } }\n', r"c\.toml:3: x: found a table, expected a text"),
    "no variable": ('[[claim]]\nfunction = "x"\nderivative = { "2x" = "1" }\n', r"c\.toml:3: 2x: found '2x', expected the name of a"),
    "table and wrt": (
        '[[claim]]\nfunction = "x"\nwrt = "x"\nderivative = { x = "1" }\n',
        r"c\.toml:4: derivative: found a table and the key wrt, expected variables in one of them",
    ),
    "wrt": (f'[[claim]]\n{SQUARE}wrt = "2"\n', r"c\.toml:4: wrt: found '2', expected the name of a variable"),
    "wrt empty": (f"[[claim]]\n{SQUARE}wrt = []\n", r"c\.toml:4: wrt: found '', expected the name of a variable"),
    "wrt a number": (f"[[claim]]\n{SQUARE}wrt = 1.5\n", r"c\.toml:4: wrt: found 1\.5, expected a text or a list of texts"),
    "kind": (f'[[claim]]\n{SQUARE}kind = "hesse"\n', r"c\.toml:4: kind: found 'hesse', expected grad, jacobian, hessian, value"),
    "name": (f"[[claim]]\n{SQUARE}name = []\n", r"c\.toml:4: name: found a list of 0, expected a text"),
    "where": (f"[[claim]]\n{SQUARE}where = [1]\n", r"c\.toml:4: where: found 1, expected a text or a list of texts"),
    "where blank": (f"[[claim]]\n{SQUARE}where = ''\n", r"c\.toml:4: where: found nothing, expected a text"),
    "shape": (f"[[claim]]\n{SQUARE}shapes = {{ x = 1.5 }}\n", r"c\.toml:4: shapes\.x: found 1\.5, expected sizes"),
    "shape true": (f"[[claim]]\n{SQUARE}[claim.shapes]\n\nx = [true]\n", r"c\.toml:6: shapes\.x: found a list of 1, expected sizes"),
    "shape text": (f"[[claim]]\n{SQUARE}shapes = {{ x = 'n d' }}\n", r"c\.toml:4: shapes\.x: found 'n d', expected sizes"),
    "shape list": (f"[[claim]]\n{SQUARE}shapes = ['n,d']\n", r"c\.toml:4: shapes: found 'n,d', expected sizes"),
    "shape name": (f"[[claim]]\n{SQUARE}shapes = {{ '' = 2 }}\n", r"c\.toml:4: : found '', expected the name of a variable"),
    "values": (f"[[claim]]\n{SQUARE}values = ['x']\n", r"c\.toml:4: values: found 'x', expected values"),
    "value missing": (f"[[claim]]\n{SQUARE}values = ['x=']\n", r"c\.toml:4: values: found 'x=', expected values"),
    "value": (f"[[claim]]\n{SQUARE}at = {{ x = [1, true] }}\n", r"c\.toml:4: at\.x: found a list of 2, expected values"),
    "value deep": (f"[[claim]]\n{SQUARE}at = {{ x = {'[' * 60}1{']' * 60} }}\n", r"c\.toml:4: at\.x: found a list of 1, expected"),
    "at and values": (f"[[claim]]\n{SQUARE}at = {{ x = 1 }}\nvalues = {{ x = 1 }}\n", r"c\.toml:5: found at and values"),
    "one claim": (f"[claim]\n{SQUARE}", r"c\.toml:1: claim: found a table, expected tables \[\[claim\]\]"),
    "claims of texts": ("claim = ['x']", r"c\.toml:1: claim: found a list of 1, expected tables \[\[claim\]\]"),
    "defaults": ("\ndefaults = 3", r"c\.toml:2: defaults: found 3, expected a table"),
    "default unused": (
        f"[defaults.shapes]\nx = 2\nX = 'n,d'\n[[claim]]\n{SQUARE}",
        r"c\.toml:3: shape, found X, expected a name that a claim here uses",
    ),
    "default condition": (f"[defaults]\nwhere = 'z > 0'\n[[claim]]\n{SQUARE}", r"c\.toml:2: where, found z, expected a name"),
    "syntax": (f"[[claim]]\n{SQUARE}where = x > 0\n", r"c\.toml:4: not TOML: "),
    "cut off": ("[[claim]]\nfunction = 'x'\nname =\n\n", r"c\.toml:3: not TOML: "),
    "never closed": ('[[claim]]\nfunction = """x\n', r"c\.toml:2: not TOML: "),
    "twice": ("a = 1\na = 2\n", r"c\.toml:2: not TOML: "),
    "escapes": ("a = '\x1b[2J'\n", r"c\.toml:1: not TOML: .*'\\x1b'"),
    "many digits": (f"a = {'9' * 5000}\n", r"c\.toml: not TOML: "),
    "deep": (f"a = {'[' * 100_000}", r"c\.toml: not TOML that can be read, found values nested too deeply"),
    "nothing": ("", r"c\.toml: no claims, found none, expected tables \[\[claim\]\] with function and derivative"),
    "defaults alone": ("[defaults]\nshapes = { x = 2 }\n", r"c\.toml: no claims, found none"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_TOML)
def test_toml_that_is_refused(read: Read, name: str) -> None:
    content, message = REFUSED_TOML[name]
    assert re.match(message, refused(read, "c.toml", content).message)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (f'[[claim]]\n{SQUARE}funktion = "x"\n', "did you mean function?"),
        (f"[[claim]]\n{SQUARE}Where = 'x > 0'\n", "did you mean where?"),
        (f"[[claims]]\n{SQUARE}", "did you mean claim?"),
        (f"[[claim]]\n{SQUARE}kind = 'gradient'\n", "did you mean grad?"),
        (f"[[claim]]\n{SQUARE}kind = 'hesian'\n", "did you mean hessian?"),
        (f"[defaults]\nwhere = 'alhpa > 0'\n[[claim]]\n{SQUARE.replace('x', 'alpha')}", "did you mean alpha?"),
        (f"[claim]\n{SQUARE}", "write [[claim]]"),
    ],
)
def test_hints(read: Read, content: str, hint: str) -> None:
    assert refused(read, "c.toml", content).hint == hint


# -- Markdown


def lines_of(claims: list[ClaimText]) -> list[int]:
    return [claim.line for claim in claims]


def equations(claims: list[ClaimText]) -> list[tuple[str, str | None, str]]:
    return [(claim.function, claim.wrt, claim.claim) for claim in claims]


EQUATIONS: dict[str, tuple[str, str, str, str | None]] = {
    "d(x**2)/d(x) = 2*x": ("x**2", "x", "2*x", None),
    "d(x**2)/dx = 2*x": ("x**2", "x", "2*x", None),
    "  d ( x**2 ) / d ( x )=2*x": ("x**2", "x", "2*x", None),
    "d(x2)/dx2 = 1": ("x2", "x2", "1", None),
    "d(f_1)/df_1 = 1": ("f_1", "f_1", "1", None),
    "d(β²)/dβ = 2*β": ("β²", "β", "2*β", None),
    "d(e\u0301)/de\u0301 = 1": ("é", "é", "1", None),
    "d(sin((x)*(y)))/d(x) = (y)*cos(x*y)": ("sin((x)*(y))", "x", "(y)*cos(x*y)", None),
    "d(d(x)/d(x))/d(x) = 0": ("d(x)/d(x)", "x", "0", None),
    "d(x == 1)/d(x) = (x == 2)": ("x == 1", "x", "(x == 2)", None),
    "d(a = x; a**2)/d(x) = b = x; 2*b": ("a = x; a**2", "x", "b = x; 2*b", None),
    "d(einsum('i,(i)', x, y))/d(x) = y": ("einsum('i,(i)', x, y)", "x", "y", None),
    """d(f("(", x))/d(x) = g(')')""": ("""f("(", x)""", "x", "g(')')", None),
    "d2(x**3)/d(x)2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d2(x**3)/dx2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d²(x**3)/dx² = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d²(x**3)/d(x)² = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d^2(x**3)/d(x)^2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d**2(x**3)/dx**2 = 6*x": ("x**3", "x", "6*x", "hessian"),
    "d2(x2)/dx22 = 0": ("x2", "x2", "0", "hessian"),
    'd(x)/d(x) = 1 # it\'s the "identity"': ("x", "x", "1", None),
    "d(x)/d(x) = f('# no') # yes": ("x", "x", "f('# no')", None),
}


@pytest.mark.parametrize("text", EQUATIONS)
@pytest.mark.parametrize("file", ["c.md", "c.py"])
def test_equations(read: Read, text: str, file: str) -> None:
    (claim,) = read(file, block(text) if file == "c.md" else f"'''\n{text}\n'''\n")
    assert (claim.function, claim.wrt, claim.claim, claim.kind) == EQUATIONS[text]
    assert (claim.line, claim.file) == (2, file)


def test_a_document(read: Read) -> None:
    claims = read(
        "notes.md",
        "# Title\n\nd(prose)/d(x) = 1\n\n```gradcli\n# the square\nd(x**2)/d(x) = 2*x\n\nd(y*x)/d(y) = x\n```\n\n"
        "```python\nd(no)/d(x) = 1\n```\n\n~~~ gradcli\nd(x)/d(x) = 1\n~~~\n",
    )
    assert claims == [
        ClaimText("x**2", "2*x", "x", name="the square", file="notes.md", line=7),
        ClaimText("y*x", "x", "y", file="notes.md", line=9),
        ClaimText("x", "1", "x", file="notes.md", line=17),
    ]


@pytest.mark.parametrize("name", ["c.md", "c.MD", "c.markdown"])
def test_suffixes(read: Read, name: str) -> None:
    assert lines_of(read(name, block("d(x)/d(x) = 1"))) == [2]


FENCES: dict[str, tuple[str, list[int]]] = {
    "longer": ("`````gradcli\nd(x)/d(x) = 1\n`````\n", [2]),
    "longer at the end": ("```gradcli\nd(x)/d(x) = 1\n``````  \nd(text\n", [2]),
    "shorter inside of longer": ("````gradcli\nd(x)/d(x) = 1\n# ```\n````\n", [2]),
    "a block that is shown": ("````markdown\n```gradcli\nnonsense\n```\n````\n```gradcli\nd(x)/d(x) = 1\n```", [7]),
    "deep": (f"{'`' * 500}md\n{'`' * 499}gradcli\nno\n{'`' * 499}\n{'`' * 500}\n" + block("d(x)/d(x) = 1"), [7]),
    "other sign": ("~~~text\n```gradcli\nno\n```\n~~~\n~~~gradcli\n\nd(x)/d(x) = 1\n~~~\n", [8]),
    "indented": ("   ```gradcli\n   d(x)/d(x) =\n     1\n  ```\ntext\n", [2]),
    "indented too far": ("    ```gradcli\n    no\n    ```\n" + block("d(x)/d(x) = 1"), [5]),
    "capitals, more words": ("``` Gradcli title=x\nd(x)/d(x) = 1\n```\n", [2]),
    "another language": ("```gradcli2\nno\n```\n" + block("d(x)/d(x) = 1"), [5]),
    "code in a line": ("``` gradcli ```\ntext\n" + block("d(x)/d(x) = 1"), [4]),
    "never closed": ("```gradcli\nd(x)/d(x) = 1\n", [2]),
    "no language": ("```\nno\n```\n" + block("d(x)/d(x) = 1"), [5]),
    "an empty block": ("```gradcli\n```\n" + block("", "d(x)/d(x) = 1"), [5]),
    "windows": ("\ufeff```gradcli\r\nd(x)/d(x) = 1\r\n```\r\n", [2]),
    "old mac": ("```gradcli\rd(x)/d(x) = 1\r```\r", [2]),
    "tabs": ("```gradcli\t\n\td(x)/d(x)\t=\t1\t\n\t\t+ 0\n```\n", [2]),
    "separators that end no line": ("a\x0cb\x1cc\u2028d\x85\n" + block("d(x)/d(x) = 1"), [3]),
}


@pytest.mark.parametrize("name", FENCES)
def test_fences(read: Read, name: str) -> None:
    content, expected = FENCES[name]
    assert lines_of(read("c.md", content)) == expected


def test_right_sides_go_on_in_deeper_lines(read: Read) -> None:
    text = block(
        "d(x*sin(x))/d(x) = sin(x)  # the product rule", "    + x *", "  cos(x)", "d(x)/d(x) =", "\t1", "  d(y)/d(y) = 1",
        "    where y > 0",
    )  # fmt: skip
    claims = read("c.md", text)
    assert equations(claims) == [("x*sin(x)", "x", "sin(x) + x * cos(x)"), ("x", "x", "1"), ("y", "y", "1")]
    assert lines_of(claims) == [2, 5, 7]
    assert claims[2].where == ("y > 0",)


def test_settings_hold_for_their_block(read: Read) -> None:
    first = block(
        "where x > 0", "d(sum(X@x))/d(x) = X", "shape X=n,d  x = d;", "at X=[[1, 2]]; x = 1, 2", "where n > 1"
    )
    (claim, other) = read("c.md", first + block("d(x)/d(x) = 1"))
    assert claim.where == ("x > 0", "n > 1")
    assert claim.shapes == ("X=n,d", "x=d")
    assert claim.values == ("X=[[1, 2]]", "x=1, 2")
    assert (other.where, other.shapes, other.values) == ((), (), ())


def test_settings_go_to_the_claims_that_they_name(read: Read) -> None:
    claims = read(
        "c.md", block("shape x=n y=", "at y=f(a=1)", "where x*y > 0", "where y < 2", "d(x)/dx = 1", "d(y)/dy = 1")
    )
    assert [claim.shapes for claim in claims] == [("x=n",), ("y=",)]
    assert [claim.values for claim in claims] == [(), ("y=f(a=1)",)]
    assert [claim.where for claim in claims] == [("x*y > 0",), ("x*y > 0", "y < 2")]


@pytest.mark.parametrize(
    ("above", "name"),
    [
        (["# the chain rule"], "the chain rule"),
        (["#no blank"], "no blank"),
        (["# first", "## second "], "second"),
        (["# far", ""], ""),
        (["# far", "where x > 0"], ""),
        (["d(x)/d(x) = 1 # of the other"], ""),
        (["#"], ""),
    ],
)
def test_a_comment_names_the_claim_below(read: Read, above: list[str], name: str) -> None:
    assert read("c.md", block(*above, "d(x**2)/d(x) = 2*x"))[-1].name == name


NO_LINE = r"not a line of a gradcli block, found "
REFUSED_MARKDOWN: dict[str, tuple[list[str], str]] = {
    "prose": (["", "text"], rf"c\.md:3: {NO_LINE}text, expected d\(EXPR\)/d\(NAME\) = EXPR, or a line where"),
    "no claim": (["d(x**2)"], rf"c\.md:2: {NO_LINE}d\(x\*\*2\), expected"),
    "no sign": (["d(x)/d(x) 1"], rf"c\.md:2: {NO_LINE}"),
    "comparison": (["d(x)/d(x) == 1"], rf"c\.md:2: {NO_LINE}"),
    "two variables": (["d(x*y)/d(x, y) = 1"], rf"c\.md:2: {NO_LINE}"),
    "mixed": (["d2(x*y)/d(x)d(y) = 1"], rf"c\.md:2: {NO_LINE}"),
    "doctest": ([">>> d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}>>> d"),
    "unclosed": (["d(x**2/d(x) = 2*x"], r"c\.md:2: parentheses that do not match, found d\(x\*\*2/d\(x\) = 2\*x, expected d"),
    "closed twice": (["d(x**2))/d(x) = 2*x"], r"c\.md:2: parentheses that do not match"),
    "order above": (["d2(x)/d(x) = 0"], r"c\.md:2: orders above and below that differ, found d2\(x\)"),
    "order below": (["d(x)/d(x)2 = 0"], r"c\.md:2: orders above and below that differ"),
    "order below, raised": (["d(x)/dx² = 0"], r"c\.md:2: orders above and below that differ"),
    "no function": (["d( )/d(x) = 0"], r"c\.md:2: no function inside d\(\)"),
    "no right side": (["d(x)/d(x) = # one", "d(x)/d(x) = 1"], r"c\.md:2: nothing behind the sign"),
    "right side not deeper": (["d(x)/d(x) =", "1"], r"c\.md:2: nothing behind the sign, found d\(x\)/d\(x\) =, expected"),
    "right side after a gap": (["d(x)/d(x) = 1", "", "  + 0"], rf"c\.md:4: {NO_LINE}\+ 0"),
    "continuation alone": (["  + 0", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}\+ 0"),
    "where": (["where", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}where, expected where CONDITION"),
    "shape": (["d(x)/d(x) = 1", "shape of x"], rf"c\.md:3: {NO_LINE}shape of x, expected shape X=n,d y=n"),
    "shape of what": (["shape x=n d", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}shape x=n d, expected shape"),
    "at": (["at 3", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}at 3, expected at x=1 y=2"),
    "at nothing": (["at x=", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}at x=, expected at"),
    "at before": (["at 1 x=2", "d(x)/d(x) = 1"], rf"c\.md:2: {NO_LINE}at 1 x=2"),
    "shape twice": (["shape x=2", "d(x)/d(x) = 1", "shape x=3"], r"c\.md:4: shape: found x twice in one block, expected once"),
    "value twice": (["at x=2 x=3", "d(x)/d(x) = 1"], r"c\.md:2: at: found x twice in one block"),
    "shape of nothing": (["d(x)/d(x) = 1", "shape X=n"], r"c\.md:3: shape, found X, expected a name that a claim here uses"),
    "value of nothing": (["d(x)/d(x) = 1", "at sin=n"], r"c\.md:3: at, found sin, expected a name"),
    "condition on nothing": (["d(x)/d(x) = 1", "where sin(y) > 0"], r"c\.md:3: where, found y, expected a name"),
    "settings alone": (["where x > 0"], r"c\.md:2: where, found x, expected a name"),
    "long": (["d(x)/d(x) = " + "1" * 70_000], r"c\.md:2: too long, found 70,012 characters, expected at most 65,536"),
    "long in pieces": (["d(x)/d(x) = 1", *["  +1"] * 30_000], r"c\.md:\d+: too long, found 65,5\d\d characters"),
    "many settings": (["where x > 0"] * 1001 + ["d(x)/d(x) = 1"], r"c\.md:1002: too many lines where, shape or at, found 1,001"),
    "many claims": (["d(x)/d(x) = 1"] * 10_001, r"c\.md:10002: too many claims, found 10,001, expected at most 10,000"),
    "terminal": (["d\x1b[2J\u202e"], rf"c\.md:2: {NO_LINE}d\\x1b\[2J\\u202e"),
    "nothing": ([""], r"c\.md: no claims, found none, expected fenced blocks ```gradcli"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_MARKDOWN)
def test_markdown_that_is_refused(read: Read, name: str) -> None:
    lines, message = REFUSED_MARKDOWN[name]
    assert re.match(message, refused(read, "c.md", block(*lines)).message)


def test_too_many_claims_in_small_blocks(read: Read) -> None:
    error = refused(read, "c.md", block("d(x)/d(x) = 1") * 10_001)
    assert error.message.startswith("c.md:30002: too many claims, found 10,001")


# -- docstrings

PROGRAM = '''"""d(x)/d(x) = 1
where x > 0
"""

text = """
d(not_a_docstring)/d(x) = 1
"""


class Loss:
    \'\'\'Losses.

    d(w**2)/d(w) = 2*w
    \'\'\'

    def __init__(self):
        r"""Raw: \\d.

        \td(r)/d(r) = 1
        """

        async def inner(x):
            "d(a)/d(a) = 1"
            """d(second)/d(x) = 1"""

    def documented(self): "d(b)/d(b) = 1"

    def plain(self):
        return "d(c)/d(c) = 1"


def joined():
    """d(x)/d(x) = 1\\n""" """
    d(y)/d(y) = 1"""


def escaped():
    """One.\\nTwo. \\
    Three.

    d(z)/d(z) = "\\x31"
    """


raise SystemExit("this never runs")
'''


def test_docstrings(read: Read) -> None:
    claims = read("p.py", PROGRAM)
    assert [(claim.function, claim.line) for claim in claims] == [
        ("x", 1), ("w**2", 13), ("r", 19), ("a", 23), ("b", 26), ("x", 33), ("y", 33), ("z", 38),
    ]  # fmt: skip
    assert claims[0].where == ("x > 0",)


def test_lines_that_escapes_shift_are_those_of_the_docstring(read: Read) -> None:
    """After a joined line everything stands one line further than it counts."""
    shifted = 'def f():\n    """One \\\n    two.\n\n    d(z)/d(z) = 1\n    """\n'
    assert lines_of(read("p.py", shifted)) == [2]
    assert lines_of(read("p.py", shifted.replace("\\\n", "\n"))) == [5]


DOCSTRINGS: dict[str, tuple[str, list[tuple[str, str | None, str]]]] = {
    "prose is ignored": (
        "d is the distance, d(a, b) = 3.\nd(a, b)/d(b, c) = 2\nfor x: d(x)/d(x) = 1\n>>> d(x)/d(x) = 1\n- d(x)/d(x) = 1\n"
        "d(y)/d(y) = 1\nd(x) is the derivative; and /dx = 2",
        [("y", "y", "1")],
    ),
    "continued": ("d(x)/d(x) = (\n    1)\nnot this\n", [("x", "x", "( 1)")]),
    "not continued": ("d(x)/d(x) = 1\n\n    + 1\n", [("x", "x", "1")]),
    "deeper": ("Text:\n    d(x)/d(x) = 1\n        + 0\n    + 1", [("x", "x", "1 + 0")]),
}


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_lines_of_docstrings(read: Read, name: str) -> None:
    content, expected = DOCSTRINGS[name]
    assert equations(read("p.py", module(content))) == expected


def test_a_first_line_is_indented_like_its_docstring(read: Read) -> None:
    (claim,) = read("p.py", 'def f():\n    """d(x)/d(x) =\n        1\n    no more\n    """\n')
    assert (claim.claim, claim.line) == ("1", 2)


@pytest.mark.parametrize(
    ("lines", "where", "shapes"),
    [
        ("where x > 0\nd(x)/d(x) = 1\nshape x=n", ("x > 0",), ("x=n",)),
        ("d(x)/d(x) = 1\n\nwhere x > 0", (), ()),
        ("d(x)/d(x) = 1\nwhere x is the input", (), ()),
        ("d(x)/d(x) = 1\nwhere x is the input\nwhere x > 0", (), ()),
        ("where y > 0\nsomething\nd(x)/d(x) = 1", (), ()),
        ("d(x)/d(x) = 1\nshape of x\nat 3", (), ()),
        ("where x > 0\nd(y)/d(y) = 1\nprose\nd(x)/d(x) = 1\nshape x=2", ("x > 0",), ("x=2",)),
        ("d(x)/d(x) = 1\n  where x > 0", ("x > 0",), ()),
        ("# where\nd(x)/d(x) = 1", (), ()),
    ],
)
def test_settings_touch_claims(read: Read, lines: str, where: tuple[str, ...], shapes: tuple[str, ...]) -> None:
    claim = read("p.py", module(lines))[-1]
    assert (claim.where, claim.shapes, claim.name) == (where, shapes, "")


REFUSED_PYTHON: dict[str, tuple[str, str]] = {
    "syntax": ("x = 1\ndef f(:\n", r"p\.py:2: not Python, found .*, expected a module that parses"),
    "indent": ("def f():\nx\n", r"p\.py:2: not Python, found .*, expected a module that parses"),
    "unclosed": ('"""d(x)/d(x) = 1\n', r"p\.py:1: not Python, found .*, expected a module that parses"),
    "parentheses": ("(" * 100_000, r"p\.py:1: not Python, found .*, expected a module that parses"),
    "deep": ("-" * 1_000_000 + "1", r"p\.py(:1)?: not Python"),
    "no docstring": (
        "x = 'd(x)/d(x) = 1'\n",
        r"p\.py: no claims, found none, expected docstrings with lines d\(EXPR\)",
    ),
    "prose": (module("d(x) is x"), r"p\.py: no claims, found none"),
    "empty": ("", r"p\.py: no claims, found none"),
    "misspelt claim": (module("d(x**2/d(x) = 2*x"), r"p\.py:3: parentheses that do not match, found d\(x\*\*2/d\(x\)"),
    "orders": (module("d2(x)/d(x) = 2*x"), r"p\.py:3: orders above and below that differ"),
    "no right side": (module("d(x)/d(x) ="), r"p\.py:3: nothing behind the sign"),
    "condition on nothing": (module("d(x)/d(x) = 1\nwhere y > 0"), r"p\.py:4: where, found y, expected a name"),
    "large": (f"x = '{'a' * (2 << 20)}'\n", r"p\.py: too long, found more than 2,097,152 bytes"),
}


@pytest.mark.parametrize("name", REFUSED_PYTHON)
def test_python_that_is_refused(read: Read, name: str) -> None:
    content, message = REFUSED_PYTHON[name]
    assert re.match(message, refused(read, "p.py", content).message)


@pytest.mark.filterwarnings("error")
def test_python_is_parsed_quietly_and_not_run(read: Read, capfd: pytest.CaptureFixture[str]) -> None:
    program = "'''d(x)/d(x) = 1'''\nprint('ran')\nopen('ran', 'w')\nx = '\\d'\n1 is 1\nassert (1, 2)\n"
    assert len(read("p.py", program)) == 1
    assert capfd.readouterr() == ("", "")
    assert not Path("ran").exists()


# -- every file


@pytest.mark.parametrize("name", ["c.toml", "c.md", "c.py"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# a\n# b\xff\n", r":2: not text, found the byte 0xff, expected UTF-8"),
        (b"# a\r\n# b\r\n# \x00\n", r":3: not text, found a NUL character, expected UTF-8"),
        (b"# a\r# \xc3(", r":2: not text, found the byte 0xc3, expected UTF-8"),
        ("# ä\n".encode("utf-16"), r":1: not text, found the byte 0xff, expected UTF-8"),
        (os.urandom(1) + b"\x80\x00" * 1000, r":1: not text, found"),
        (b"#\xed\xa0\x80\n", r":1: not text, found the byte 0xed, expected UTF-8"),
        (b" " * ((16 << 20) + 1), r": too long, found more than [\d,]+ bytes, expected at most so many"),
    ],
)
def test_what_is_no_text_is_refused(read: Read, name: str, content: bytes, message: str) -> None:
    error = refused(read, name, content)
    assert re.match(re.escape(name) + message, error.message)
    assert error.hint in {"save the file as UTF-8 text", "split the file"}


def test_a_file_of_the_largest_size_is_read(read: Read) -> None:
    claim = block("d(x)/d(x) = 1")
    assert len(read("c.md", "a\n" * ((claim_files.MAX_BYTES - len(claim)) // 2) + claim)) == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.toml", r"missing\.toml: cannot be read: no such file or directory"),
        ("folder.md", r"folder\.md: cannot be read, found a directory, expected a regular file"),
        ("pipe.py", r"pipe\.py: cannot be read, found a special file, expected a regular file"),
        ("notes.txt", r"notes\.txt: of no known suffix, found \.txt, expected \.toml, \.md, \.markdown, \.py"),
        ("notes", r"notes: of no known suffix, found none, expected"),
        ("", r": cannot be read, found a directory"),
        ("a\0b.md", r"a\\x00b\.md: cannot be read: embedded null"),
        ("a\x1b[2J\nb.md", r"a\\x1b\[2J\\nb\.md: cannot be read: no such file"),
        ("a" * 5000 + ".md", r"a{200}…: cannot be read: file name too long"),
        ("loop.md", r"loop\.md: cannot be read: too many levels of symbolic links"),
        ("notes.txt/x.md", r"notes\.txt/x\.md: cannot be read: not a directory"),
    ],
)
def test_files_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.md").mkdir()
    Path("notes.txt").touch()
    Path("notes").touch()
    Path("loop.md").symlink_to("loop.md")
    os.mkfifo("pipe.py")
    with pytest.raises(InputError, match=message) as caught:
        read_suite(path)
    assert caught.value.kind == "suite"
    assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "c.md"
    path.touch(0)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        read_suite(str(path))


HOSTILE: dict[str, tuple[str, str]] = {
    "backticks": ("c.md", "`" * 2_000_000),
    "fences": ("c.md", "```\n" * 200_000),
    "blanks": ("c.md", block("d(x)/dx" + " " * 60_000)),
    "blanks below": ("c.md", block("d(x)" + " /" * 30_000)),
    "closings": ("c.md", block("d(x)" + " )" * 30_000)),
    "openings": ("c.md", block("d" + "(" * 60_000)),
    "slashes": ("c.md", block("d(" + "/ d(a" * 10_000)),
    "names": ("c.md", block("d(x)/d(x) = 1", "shape " + "a" * 60_000 + "=1")),
    "many names": ("c.md", block("d(x)/d(x) = 1", "shape " + "a" * 60_000)),
    "sizes": ("c.md", block("shape X=" + "a," * 30_000 + "!")),
    "bindings": ("c.md", block("at " + "x =" * 20_000)),
    "quotes": ("c.md", block("d('\"" + "'\" #" * 10_000)),
    "a long key": ("c.toml", "a" * 1_000_000 + "=1"),
    "a key of many parts": ("c.toml", "a" + ".a" * 2_000 + "=1"),
    "an attribute of an attribute": ("c.py", "a" + ".a" * 100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_little_time(read: Read, name: str) -> None:
    began = time.process_time()
    refused(read, *HOSTILE[name])
    assert time.process_time() - began < 10


# -- lines, against a search for marks


def misplaced(path: str) -> list[ClaimText]:
    """The claims that do not stand on the line where their mark, a number that occurs once, is found."""
    lines = re.split(r"\r\n|\r|\n", Path(path).read_bytes().decode("utf-8-sig"))
    marked = {int(mark): n for n, line in enumerate(lines, 1) for mark in re.findall(r"mark\*(\d+)", line)}
    claims = read_suite(path)
    assert len(claims) == len(marked) > 0
    return [claim for claim in claims if marked[int(claim.claim.partition("mark*")[2])] != claim.line]


NOISE_TOML = (
    "# derivative = 'mark'", "", "name = '''\nderivative = \"1\"\n[[claim]]\n'''", 'name = """a\\"""" # "', "where = ['x > 0', # ]\n]",
    "at = { x = [[1, 2],\n [3, 4]] }", "name = 'a \x85 \u2028'", "at.x = 1", '"kind" = "value"', "shapes = {}\n\n",
)  # fmt: skip
NOISE_MARKDOWN = ("text\x0c\u2028", "````md\n```gradcli\n````", "    ```gradcli", "~~~\n```\n~~~", "", "> ```gradcli")
NOISE_BLOCK = ("", "# note", "where x > 0", "  # \x85")
NOISE_PYTHON = ("x = '''\n'''", "# '''\x0c", "y = (1,\n 2)", "def g(): pass", "z = 'a\\\nb'", "'''no\n'''")


def random_file(kind: str, seed: int) -> str:
    """Claims with marks between things that could be taken for claims or for ends of lines."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice

    def pick(noise: tuple[str, ...]) -> str:
        return dice.choice(noise)

    parts = []
    for mark in range(dice.randint(1, 6)):
        if kind == "toml":
            body = [*{text.split()[0].strip('".x'): text for text in dice.choices(NOISE_TOML, k=3) if text}.values()]
            claim = [f"derivative = 'mark*{mark}'", "function = '''\nx'''", *body]
            dice.shuffle(claim)
            parts += ["[[claim]]", *claim]
        elif kind == "md":
            lines = [pick(NOISE_BLOCK), f"d(x*mark)/d(x) = mark*{mark}", pick(NOISE_BLOCK)]
            parts += [pick(NOISE_MARKDOWN), block(*lines)]
        else:
            docstring = f'    """{pick(("Text.", ""))}\n\n{pick(("", "    text", "    where n is n"))}\n    d(x)/d(x) = mark*{mark}\n    """'
            parts += [pick(NOISE_PYTHON), f"def f{mark}(x):\n{docstring}\n    return x"]
    return pick(("\n", "\r\n", "\r")).join("\n".join(["", *parts, ""]).split("\n"))


@pytest.mark.parametrize("kind", ["toml", "md", "py"])
def test_random_files(tmp_path: Path, kind: str) -> None:
    for seed in range(150):
        path = tmp_path / f"c.{kind}"
        path.write_bytes(random_file(kind, seed).encode())
        assert misplaced(str(path)) == [], f"seed {seed}"


def _naive_lines(text: str) -> dict[Any, int]:
    """What a search for `derivative =` would find."""
    found = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("derivative =")]
    return {("claim", k, "derivative"): n for k, n in enumerate(found)}


def _editor_less_lines(page: claim_lines.Page) -> list[str]:
    return page.text.splitlines()


@pytest.mark.parametrize(
    ("kind", "room", "name", "fault"),
    [
        ("toml", toml_tables, "key_lines", _naive_lines),
        ("md", claim_lines.Page, "lines", property(_editor_less_lines)),
        ("py", claim_lines.Page, "lines", property(_editor_less_lines)),
    ],
)
def test_a_wrong_line_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, room: Any, name: str, fault: Any
) -> None:
    monkeypatch.setattr(room, name, fault)
    seen = 0
    for seed in range(150):
        path = tmp_path / f"c.{kind}"
        path.write_bytes(random_file(kind, seed).encode())
        seen += bool(misplaced(str(path)))
    assert seen > 10


# -- examples


def value_of(formula: str, values: Mapping[str, Any]) -> Any:
    used = {name: values[name] for name in parse(formula).names}
    return gradcli.jacobian(formula, used).value if used else parse(formula).tree


def is_true(claim: ClaimText, seed: int) -> bool:
    """Whether the claim has autograd's numbers at a point in (0.15, 0.85), matrices that go into det being definite."""
    generator = np.random.default_rng(seed)
    letters = {"n": 3, "d": 2, "k": 4, "m": 3}
    shapes = {
        text.partition("=")[0]: [letters[size] for size in text.partition("=")[2].split(",")] for text in claim.shapes
    }
    names = {*parse(claim.function).names, *parse(claim.claim).names}
    values: dict[str, Any] = {n: generator.uniform(0.15, 0.85, shapes.get(n, ())) for n in sorted(names)}
    values |= {n: 2 * np.eye(3) + values[n] + values[n].T for n in names & {"A", "P"}}
    values |= {letter: float(size) for letter, size in letters.items() if letter in names - set(shapes)}
    inputs = {name: values[name] for name in parse(claim.function).names}
    assert claim.wrt is not None or len(inputs) == 1
    wrt = claim.wrt or next(iter(inputs))
    if claim.kind == "hessian":
        true = gradcli.hessian(claim.function, inputs, wrt=wrt).derivative[wrt][wrt]
    else:
        true = gradcli.jacobian(claim.function, inputs, wrt=wrt).derivative[wrt]
    found = np.asarray(value_of(claim.claim, values), float)
    return found.shape == np.shape(true) and np.allclose(found, true, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", ["claims.toml", "derivations.md"])
def test_the_examples_claim_what_is_true(name: str) -> None:
    claims = read_suite(str(EXAMPLES / name))
    assert [(claim.line, claim.name) for claim in claims if not is_true(claim, seed=1)] == []
    assert [claim.line for claim in claims if is_true(scaled(claim), seed=1)] == []


def scaled(claim: ClaimText) -> ClaimText:
    """The claim made wrong by a thousandth."""
    *statements, last = claim.claim.split("\n")
    return replace(claim, claim="\n".join([*statements, f"1.001*({last})"]))


# -- JUnit

TRUE = ClaimResult(
    "square", ("x",), "grad", "x**2", "2*x", Conclusion.PROVED, file="a/claims.toml", line=3, seconds=0.25
)
WRONG = ClaimResult(
    "x", ("x",), "grad", "x**2*y", "2*x", Conclusion.REFUTED, points=3,
    counterexample=Counterexample({"x": 1.0, "y": 2.0}, (), 2.0, 4.0, "gradcli grad 'x**2*y' x=1 y=2"),
    diagnosis=Diagnosis("missing factor", "chain rule: × y is missing", "2*x*y"), notes=("one note",),
    file="b.md", line=7, seconds=0.5,
)  # fmt: skip
OPEN = replace(TRUE, name="", conclusion=Conclusion.UNDECIDED, notes=("time is up", "more"), file=None, line=None)


def parsed(*results: ClaimResult, seconds: float = 1.5) -> ET.Element:
    return ET.fromstring(rendered(document_of(CheckReport(results, seconds)), "junit"))  # noqa: S314 - our own text


def test_junit_has_a_suite_for_each_file() -> None:
    root = parsed(WRONG, TRUE, replace(WRONG, line=9), OPEN)
    assert root.tag == "testsuites"
    assert root.attrib == {
        "name": "gradcli",
        "tests": "4",
        "failures": "2",
        "errors": "1",
        "skipped": "0",
        "time": "1.500",
    }
    assert [dict(suite.attrib) for suite in root] == [
        {"name": "b.md", "tests": "2", "failures": "2", "errors": "0", "skipped": "0", "time": "1.000"},
        {"name": "a/claims.toml", "tests": "1", "failures": "0", "errors": "0", "skipped": "0", "time": "0.250"},
        {"name": "claims", "tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0.250"},
    ]
    assert [case.get("line") for case in root.iter("testcase")] == ["7", "9", "3", None]


def test_junit_of_a_claim_that_holds() -> None:
    (case,) = parsed(TRUE).iter("testcase")
    assert case.attrib == {
        "name": "square",
        "classname": "a/claims",
        "file": "a/claims.toml",
        "line": "3",
        "time": "0.250",
    }
    assert list(case) == []
    (case,) = parsed(replace(TRUE, notes=("not at 0",))).iter("testcase")
    assert [(child.tag, child.text) for child in case] == [("system-out", "proved\nnot at 0")]


def test_junit_of_a_refuted_claim() -> None:
    (case,) = parsed(WRONG).iter("testcase")
    assert case.get("name") == "d(x**2*y)/d(x)"
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.attrib == {"message": "refuted at x=1.0, y=2.0: claimed 2.0, true 4.0", "type": "refuted"}
    assert failure.text == "\n".join([
        "d(x**2*y)/d(x) = 2*x", "at x = 1.0", "at y = 2.0", "claimed 2.0, true 4.0",
        "diagnosis: missing factor: chain rule: × y is missing", "suggestion: 2*x*y", "note: one note",
        "replay: gradcli grad 'x**2*y' x=1 y=2",
    ])  # fmt: skip


def test_junit_of_an_undecided_claim() -> None:
    (case,) = parsed(OPEN).iter("testcase")
    assert case.attrib == {"name": "d(x**2)/d(x)", "classname": "claims", "time": "0.250"}
    (error,) = case
    assert (error.tag, error.attrib) == ("error", {"message": "undecided: time is up", "type": "undecided"})
    assert error.text == "d(x**2)/d(x) = 2*x\nnote: time is up\nnote: more"


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (
            Counterexample({"x": [1.0, 2.0]}, (1,), 2.0, 4.0),
            "refuted at x=[1.0, 2.0]: component 1: claimed 2.0, true 4.0",
        ),
        (Counterexample({}, (0, 1), None, 0.1), "refuted: component 0,1: claimed has no value, true 0.1"),
        (Counterexample({"x": 1.0}, None, None, None), "refuted at x=1.0: the shapes of claim and derivative differ"),
        (Counterexample({"x": float("inf")}, (), float("nan"), 1e300), "refuted at x=inf: claimed nan, true 1e+300"),
        (None, "refuted: one note"),
    ],
)
def test_junit_messages(example: Counterexample | None, message: str) -> None:
    (failure,) = parsed(replace(WRONG, counterexample=example)).iter("failure")
    assert failure.get("message") == message


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": "my name"}, "my name"),
        ({"name": "x,y", "wrt": ("x", "y")}, "d(x**2*y)/d(x,y)"),
        ({"name": "", "kind": "value"}, "x**2*y"),
        ({"name": "n" * 1000}, "n" * 199 + "…"),
        ({"name": "", "function": "x" * 1000}, f"d({'x' * 159}…)/d(x)"),
    ],
)
def test_junit_names(changes: dict[str, Any], name: str) -> None:
    (case,) = parsed(replace(WRONG, **changes)).iter("testcase")
    assert case.get("name") == name


def test_junit_of_nothing() -> None:
    assert list(parsed(seconds=0)) == []


FORBIDDEN = "".join(map(chr, range(32))) + "\x7f\ud800\udfff\ufffe\uffff\u202e<&>\"']]>é𝛽"


def hostile() -> ClaimResult:
    return replace(
        WRONG, name=FORBIDDEN, function=FORBIDDEN, claim=FORBIDDEN, file=FORBIDDEN + ".md", notes=(FORBIDDEN,),
        counterexample=Counterexample({FORBIDDEN: 1.0}, (), 1.0, 2.0, FORBIDDEN), diagnosis=Diagnosis("a", FORBIDDEN, FORBIDDEN),
    )  # fmt: skip


def test_junit_escapes_what_xml_forbids() -> None:
    for result in (
        hostile(),
        replace(hostile(), conclusion=Conclusion.UNDECIDED),
        replace(hostile(), conclusion=Conclusion.AGREES),
    ):
        (case,) = parsed(result).iter("testcase")
        name = str(case.get("name"))
        assert name.startswith("\\x00\\x01")
        assert name.endswith("\\x7f\\ud800\\udfff\ufffd\ufffd\\u202e<&>\"']]>é𝛽")
        assert "".join(case[0].itertext()).isprintable() or "\n" in str(case[0].text)


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ufffe"])
def test_what_xml_forbids_would_be_seen(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setattr(as_junit, "_plain", lambda text: text)
    with pytest.raises(ET.ParseError):
        parsed(replace(WRONG, name=bad))
