"""The contents of the operation table: what they say of each name, that they are not stale, and what is loaded by them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import contents
import pytest

import gradcli.operations.rows
import gradcli.operations.spellings
from gradcli.operations import table
from gradcli.operations.blueprint import Blueprint
from gradcli.operations.contents import Contents, blueprints_in, made, present, read, rows_of, spellings_in, written
from gradcli.operations.row import Op
from gradcli.operations.rows import SUBJECTS
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings import LIBRARIES

PLUS = Op("plus", "x, y", "sums", "x + y", "plus(x, 1) x=1", sympy="Add", infix="+", aliases=("np.more(y=1)", "more"))
CALLED = Op("called", "u; n:integer", "others", "f of n and u.", "called(x, 1) x=1", sympy=lambda s, u, n: s.f(n, u),
            unlike=("np.f, np.g(x): it is another; write called(x, 1)",))  # fmt: skip
MADE = Blueprint("np.G", (Spelling("np.G(x)", ""),), {}, {})


def test_they_are_of_the_rows_and_spellings_as_they_are() -> None:
    assert not contents.stale(), "run: python tests/contents.py --write"


def test_stale_ones_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "present", lambda: made({"sums": [PLUS]}, {}))
    assert contents.stale()


def test_what_they_say_of_rows_and_spellings() -> None:
    calls = [Spelling("np.f(x)", "x"), Spelling("np.f(x, y)", "x + y"), Spelling("plus(x)", "x")]
    found = made(
        {"sums": [PLUS], "others": [CALLED]}, {"numpy.one": calls[:1], "numpy.two": calls[1:]}, {"numpy.two": [MADE]}
    )
    assert found == Contents(
        rows={"plus": "sums", "called": "others"},
        groups={"sums": ("plus",), "others": ("called",)},
        aliases={"np.more": "plus", "more": "plus"},
        unlike={"np.f": "called", "np.g(x)": "called"},
        signs={"+": "plus"},
        classes={"Add": "plus"},
        functions={"Add": "plus", "f": "called"},
        operands=frozenset({"x", "y", "u"}),
        spelled={"np.f": ("numpy.one", "numpy.two"), "plus": ("numpy.two",)},
        made={"np.G": ("numpy.two",)},
    )
    assert CALLED.function == ("f", ("n", "u"))


def test_two_rows_of_one_name_are_seen() -> None:
    with pytest.raises(AssertionError, match="plus"):
        made({"sums": [PLUS], "others": [PLUS]}, {})


def test_they_read_back_as_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.operations.contents.FILE", tmp_path / "contents.json")
    (tmp_path / "contents.json").write_text(written(present()))
    assert read() == present() == table.CONTENTS


@pytest.mark.parametrize(
    ("folder", "known"), [(gradcli.operations.rows, SUBJECTS), (gradcli.operations.spellings, LIBRARIES)]
)
def test_each_file_is_known_and_has_something(folder: object, known: tuple[str, ...]) -> None:
    root = Path(str(folder.__file__)).parent  # type: ignore[attr-defined]  # of a package
    files = {".".join(path.relative_to(root).with_suffix("").parts) for path in root.rglob("*.py")}
    assert {name for name in files if not name.endswith("__init__")} == set(known)
    assert all(rows_of(name) if known is SUBJECTS else spellings_in(name) or blueprints_in(name) for name in known)


LOADED = """
import sys
import gradcli.language.parse
before = {name for name in sys.modules if name.startswith("gradcli.operations.")}
for text in sys.argv[1:]:
    gradcli.language.parse.parse(text)
import json
print(json.dumps(sorted({name for name in sys.modules if name.startswith("gradcli.operations.")} - before)))
"""


def loaded(*texts: str) -> list[str]:
    """The files of the table that reading the texts loads."""
    done = subprocess.run([sys.executable, "-c", LOADED, *texts], capture_output=True, text=True, check=True)
    return [name.removeprefix("gradcli.operations.") for name in json.loads(done.stdout)]


def test_only_the_files_of_the_names_in_a_text_are_loaded() -> None:
    assert [name for name in loaded("sqrt(x) + 1") if name.startswith("rows.")] == ["rows.elementwise"]
    assert {"rows.bessel", "kernels.bessel"} <= set(loaded("bessel_j0(x)"))
    assert not {"spellings.torch.order", "rows.neural"} & set(loaded("np.std(x)"))
    assert "spellings.torch.order" in loaded("torch.max(x, 0)[0]")


def test_the_list_and_a_misspelt_name_load_no_row() -> None:
    program = (
        "import sys\nfrom gradcli.cli.app import run\nfrom gradcli.language.parse import parse\nrun(['ops'])\n"
        "try:\n    parse('sinn(x)')\nexcept Exception as error:\n    print(error.hint)\n"
        "print(sorted(name for name in sys.modules if 'operations.rows.' in name))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["did you mean sin?", "[]"]


def test_every_spelling_says_what_it_means_without_its_arguments() -> None:
    for library in LIBRARIES:
        assert all(isinstance(spelling.plainly, str) for spelling in spellings_in(library))
