"""The README is what the program prints: runs its blocks and rebuilds its table of functions.

A block that opens with a file's name in a comment is that file: the commands find it where they run, in a folder of
their own beside a link to ``examples``. ``python tests/docs.py --check`` fails where a block prints something else,
``--write`` puts the present output in. Numbers may differ in the last digits between machines, and seconds differ each
time, so that blocks are compared as text with numbers to twelve digits, and without seconds.
"""

from __future__ import annotations

import ast
import contextlib
import math
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from warm_site import runtime_directory, warm_server

from gradcli.operations.table import groups

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
_PYTHON = re.compile(r"(?<=```python\n)(?!# \S+\.py\n).*?(?=```)", re.DOTALL)
_FILE = re.compile(r"^(`{3,})\w+\n((?:# |<!-- )([\w-]+\.\w+)(?: -->)?\n.*?)^\1$", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"(?<=<!-- functions -->\n).*?(?=<!-- end -->)", re.DOTALL)
_VARIES = re.compile(r"(?<= in )\d+\.\d(?= s$)|(?<=process )\d+|\d+(?= MB)|(?<=\"ms\": )[\d.]+", re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]?\d+)?(?!\w)")
_RUNNABLE = ("gradcli ", "printf ", "python -c ")


def run_block(block: str, folder: Path, environment: dict[str, str]) -> str:
    """The block with each ``$`` command followed by what it prints now, stderr included."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    if not all(command.startswith(_RUNNABLE) for command in commands):
        return block  # installation: .ci/run runs those
    with runtime_directory() if "gradcli warm" in block else contextlib.nullcontext(environment) as found:
        return "".join(f"$ {command}\n{run_command(command, folder, found)}" for command in commands)


def run_command(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a shell command prints, in the order in which it prints it."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


def run_python(block: str, folder: Path) -> str:
    """The block with each ``expression  # value`` showing its value now; a shown value may end in dots."""
    names: dict[str, Any] = {}  # Any: whatever the block makes
    lines = block.splitlines()
    with contextlib.chdir(folder):
        for node in ast.parse(block).body:
            if not isinstance(node, ast.Expr):
                exec(compile(ast.Module([node], []), README.name, "exec"), names)  # noqa: S102
                continue
            value = eval(compile(ast.Expression(node.value), README.name, "eval"), names)  # noqa: S307
            last = (node.end_lineno or 0) - 1
            code, sign, shown = lines[last].partition("  # ")
            found = repr(str(value) if isinstance(value, str) else value)
            whole = found == shown or (shown.endswith("...") and found.startswith(shown[:-3]))
            lines[last] = f"{code}  # {found}" if sign and not whole else lines[last]
    return "".join(f"{line}\n" for line in lines)


def function_table() -> str:
    """The functions by group, as Markdown."""
    rows = [f"| {group} | {' '.join(f'`{op.name}`' for op in ops)} |" for group, ops in groups().items()]
    return "\n".join(["| group | functions |", "| --- | --- |", *rows]) + "\n"


def rebuilt(text: str) -> str:
    """The README's text with every block run and the table made anew; what prints the same stays as it was."""

    def kept(old: str, new: str) -> str:
        return old if same(old, new) else new

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "examples").symlink_to(ROOT / "examples")
        for _, content, file in _FILE.findall(text):
            (folder / file).write_text(content)
        with warm_server() as environment, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            blocks = _BLOCK.findall(text)
            ran = iter(list(pool.map(lambda block: run_block(block, folder, environment), blocks)))
        text = _BLOCK.sub(lambda match: kept(match[0], next(ran)), text)
        text = _PYTHON.sub(lambda match: kept(match[0], run_python(match[0], folder)), text)
    return _TABLE.sub(lambda _: function_table(), text)


def same(ours: str, theirs: str) -> bool:
    """Equal as text, with decimal numbers equal to twelve digits, whatever the seconds, process numbers and megabytes."""
    ours, theirs = _VARIES.sub("", ours), _VARIES.sub("", theirs)
    if _NUMBER.sub("#", ours) != _NUMBER.sub("#", theirs):
        return False
    pairs = zip(_NUMBER.findall(ours), _NUMBER.findall(theirs), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-12, abs_tol=1e-15) for a, b in pairs)


def main() -> int:
    text = README.read_text()
    new = rebuilt(text)
    if "--write" in sys.argv:
        README.write_text(new)
        return 0
    if text == new:
        print("README.md: every block prints what it shows")
        return 0
    for old_line, new_line in zip(text.splitlines(), new.splitlines(), strict=False):
        if not same(old_line, new_line):
            print(f"README.md shows   {old_line}\nbut the program says {new_line}\nrun: python tests/docs.py --write")
            break
    return 1


if __name__ == "__main__":
    sys.exit(main())
