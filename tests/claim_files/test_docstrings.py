"""Claims in the docstrings of Python, which is parsed and not run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from claim_files.texts import Read, equations, lines_of, module, refused

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
        ("assume that all is well\nlayout of the page\nvec of X\nd(x)/d(x) = 1", (), ()),
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
