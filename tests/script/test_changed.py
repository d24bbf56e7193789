"""A change that is tried: a line that is another one in memory, wherever the file is loaded from."""

from __future__ import annotations

from pathlib import Path

import pytest
from script.running import NON_SCALAR, looked_at, written

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.attempt import attempt_of
from gradcli.foreign.script.changed import changed
from gradcli.foreign.script.failure import Edit, Finding

BAD = f"raise RuntimeError({NON_SCALAR!r})"
NOWHERE = -3  # subprocess.DEVNULL


@pytest.mark.parametrize(
    ("data", "line", "old", "new", "want"),
    [
        (b"a\nb\nc", 2, "b", "x", b"a\nx\nc"),
        (b"a\r\nb\r\n", 2, "b  ", "  x", b"a\r\n  x\r\n"),
        (b"\xef\xbb\xbfa\nb", 1, "a", "\u00fc", b"\xef\xbb\xbf\xc3\xbc\nb"),
        (b"# coding: latin-1\n\xe9 = 1\n", 2, "\u00e9 = 1", "\u00fc = 2", b"# coding: latin-1\n\xfc = 2\n"),
        (b"a = '\x0c \x1c'\nb\n", 2, "b", "x", b"a = '\x0c \x1c'\nx\n"),
    ],
)
def test_a_line_is_changed_in_the_files_own_bytes(data: bytes, line: int, old: str, new: str, want: bytes) -> None:
    assert changed(data, Edit("f", line, old, new)) == want


@pytest.mark.parametrize(("line", "old"), [(1, "b"), (4, ""), (2, " b")])
def test_a_line_that_is_not_the_old_one_is_left(line: int, old: str) -> None:
    with pytest.raises(ValueError, match="another line now"):
        changed(b"a\nb\n", Edit("f", line, old, "x"))


@pytest.mark.parametrize("words", [["script.py"], ["-m", "script"], ["link.py"]])
def test_the_script_itself(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"script.py": f"{BAD}\nprint('after')\n"})
    (tmp_path / "link.py").symlink_to("script.py")
    ran = looked_at(words, change=Edit(str(tmp_path / "script.py"), 1, BAD, "print('mended')"))
    assert (ran.exit, ran.out, ran.err) == (0, "mended\nafter\n", "")
    assert (tmp_path / "script.py").read_text().startswith(BAD)


def test_a_module_of_a_package_whose_code_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    written(
        tmp_path,
        {
            "part/__init__.py": "",
            "part/loss.py": "value = 1\n",
            "script.py": "import part.loss\nprint(part.loss.value)",
        },
    )
    assert looked_at(["script.py"]).out == "1\n"
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*.pyc")}
    assert len(kept) == 2
    edit = Edit(str(tmp_path / "part" / "loss.py"), 1, "value = 1", "value = 2")
    assert looked_at(["script.py"], change=edit).out == "2\n"
    assert looked_at(["script.py"]).out == "1\n"
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.pyc")} == kept


def found(edit: Edit | None) -> Finding:
    return Finding(cause="non_scalar_output", place=Place("", 1), says="", edit=edit)


@pytest.mark.parametrize(
    ("new", "mechanical", "want"),
    [
        ("x = 1", True, {"gone": True, "exit": 0, "error": "", "same": False}),
        ("x = 1; 1 / 0", True, {"gone": True, "exit": 1, "error": "ZeroDivisionError: division by zero", "line": 2}),
        (f"{BAD}  # again", True, {"gone": False, "exit": 1, "same": True, "line": 2}),
        ("raise SystemExit(5)", True, {"gone": False, "exit": 5, "same": False}),
        ("x = 1", False, {"exit": None, "gone": False}),
    ],
)
def test_what_comes_of_a_change(
    new: str, mechanical: bool, want: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"script.py": f"import sys\n{BAD}\n"})
    first = looked_at(["script.py"]).told
    assert first is not None
    edit = Edit(str(tmp_path / "script.py"), 2, BAD, new, mechanical)
    tried = attempt_of(found(edit), "script.py", (), first, NOWHERE)
    assert {name: getattr(tried, name) for name in want} == want
    assert bool(tried.refused) == (not mechanical)
    assert "no proposed change" in attempt_of(found(None), "script.py", (), first, NOWHERE).refused


def test_a_change_that_python_cannot_read_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"script.py": BAD})
    told = looked_at(["script.py"]).told
    assert told is not None
    edit = Edit(str(tmp_path / "script.py"), 1, BAD, "print((1", mechanical=True)
    finding = Finding(cause="non_scalar_output", place=Place(edit.file, 1), says="", edit=edit)
    tried = attempt_of(finding, "script.py", (), told, NOWHERE)
    assert (tried.gone, tried.exit) == (False, None)
    assert "was never closed" in tried.refused
