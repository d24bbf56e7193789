"""The README is what the program prints: runs its console blocks and rebuilds its table of functions.

``python tests/docs.py --check`` fails where they differ, ``--write`` puts the present output in. Numbers may differ in
the last digits between machines, so that blocks are compared as text with numbers to twelve digits.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

from gradcli.language.table import groups

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
_TABLE = re.compile(r"(?<=<!-- functions -->\n).*?(?=<!-- end -->)", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]?\d+)?(?!\w)")
_RUNNABLE = ("gradcli ", "printf ", "python -c ")


def run_block(block: str) -> str:
    """The block with each ``$`` command followed by what it prints now, stderr included."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    if not all(command.startswith(_RUNNABLE) for command in commands):
        return block  # installation: .ci/run runs those
    return "".join(f"$ {command}\n{run_command(command)}" for command in commands)


def run_command(command: str) -> str:
    """What a shell command prints, in the order in which it prints it."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


def function_table() -> str:
    """The functions by group, as Markdown."""
    rows = [f"| {group} | {' '.join(f'`{op.name}`' for op in ops)} |" for group, ops in groups().items()]
    return "\n".join(["| group | functions |", "| --- | --- |", *rows]) + "\n"


def rebuilt(text: str) -> str:
    """The README's text with every block run and the table made anew."""
    text = _BLOCK.sub(lambda match: run_block(match[0]), text)
    return _TABLE.sub(lambda _: function_table(), text)


def same(ours: str, theirs: str) -> bool:
    """Equal as text, with decimal numbers equal to twelve digits."""
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
    if same(text, new):
        print("README.md: every block prints what it shows")
        return 0
    for old_line, new_line in zip(text.splitlines(), new.splitlines(), strict=False):
        if not same(old_line, new_line):
            print(f"README.md shows   {old_line}\nbut the program says {new_line}\nrun: python tests/docs.py --write")
            break
    return 1


if __name__ == "__main__":
    sys.exit(main())
