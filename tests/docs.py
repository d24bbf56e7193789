"""The README and the page for man are what the program prints: runs the README's blocks and makes its tables and contents anew.

A block that opens with a file's name in a comment is that file: the commands find it where they run, in a folder of
their own beside a link to ``examples``. What stands between ``<!-- NAME -->`` and ``<!-- end -->`` is made of what
``gradcli --help-json``, ``gradcli ops --json`` and the examples of the help with ``--json`` print (PARTS). The page
for man is made of the first of them. ``python tests/docs.py --check`` fails where the README or the page say something
else, ``--write`` puts the present output in.
Numbers may differ in the last digits between machines, and seconds differ each time, so that texts are compared with
numbers to twelve digits, and without seconds.
"""

from __future__ import annotations

import ast
import contextlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from contents import write as write_contents
from manual import manual, option_of, own_parameters, shared_parameters
from places import MANUAL, README, ROOT
from warm_site import runtime_directory, warm_server

from gradcli.cli.help import told, written
from gradcli.engine.exactness import EXACTNESS, USUAL, Exactness

_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
_PYTHON = re.compile(r"(?<=```python\n)(?!# \S+\.py\b).*?(?=```)", re.DOTALL)
_FILE = re.compile(r"^(`{3,})\w+\n((?:# |<!-- )([\w-]+\.\w+)(?: -->)?\n.*?)^\1$", re.DOTALL | re.MULTILINE)
_VARIES = re.compile(
    r'(?<=time: )\d+\.\d(?= s$)|(?<=process )\d+|\d+(?= MB)|(?<="ms": )[\d.]+|(?<="seconds": )[\d.]+', re.MULTILINE
)
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]?\d+)?(?!\w)")
_OPTION = re.compile(r"(?<![\w`-])--[a-z][\w-]*(?![\w`-])")
TABLE = "gradcli grad 'S/T' --table quotes.csv --wrt S --json -q -o /dev/null --output-format csv"
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


# -- what is made of what the program prints

Json = dict[str, Any]  # Any: JSON values


@dataclass(frozen=True, slots=True)
class Facts:
    """What the program prints about itself: ``--help-json``, ``ops --json``; command lines with the JSON of each."""

    reference: Json
    ops: list[Json]
    examples: dict[str, Json]


def facts(run: Callable[[str], str]) -> Facts:
    """run: what a command line prints, stderr included. The examples: the first of each command that has ``--json``."""
    reference = json.loads(run("gradcli --help-json"))
    shown = [c for c in reference["commands"] if " " not in c["name"] and option_of(c, "--json")]
    lines = [f"{command['examples'][0]} --json" for command in shown] + [TABLE, "gradcli grad '2x' x=3 --json"]
    return Facts(reference, json.loads(run("gradcli ops --json")), {line: json.loads(run(line)) for line in lines})


def table(head: str, rows: Iterable[tuple[object, ...]]) -> str:
    """Markdown; a | in a cell is escaped, and options are set as code."""
    names = head.split(" | ")
    cells = [[_OPTION.sub(r"`\g<0>`", str(cell).replace("|", "\\|")) for cell in row] for row in rows]
    lines = [names, ["---"] * len(names), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def verdict_table(found: Facts) -> str:
    """The verdicts of a number, the harmless first."""
    rows = sorted(found.reference["verdicts"], key=lambda row: (row["code"] != 0, row["strict"] != 0, -row["code"]))
    return table("verdict | means | exit", ((f"`{row['verdict']}`", row["meaning"], code_text(row)) for row in rows))


def code_text(row: Json) -> str:
    """The exit code of a verdict: ``0, `--strict` 5``."""
    return f"{row['code']}" if row["code"] == row["strict"] else f"{row['code']}, `--strict` {row['strict']}"


def claim_verdict_table(found: Facts) -> str:
    rows = sorted(found.reference["claim_verdicts"], key=lambda row: row["code"])
    return table("verdict | means | exit", ((f"`{r['verdict']}`", r["meaning"], r["code"]) for r in rows))


def exit_code_table(found: Facts) -> str:
    return table("exit | means", ((row["code"], row["meaning"]) for row in found.reference["exit_codes"]))


def error_table(found: Facts) -> str:
    rows = ((f"`{row['kind']}`", row["code"], row["meaning"]) for row in found.reference["errors"])
    return table("kind | exit | means", rows)


def function_table(found: Facts) -> str:
    """The functions by group."""
    groups: dict[str, list[str]] = {}
    for op in found.ops:
        groups.setdefault(op["group"], []).append(f"`{op['name']}`")
    return table("group | functions", ((group, " ".join(names)) for group, names in groups.items()))


def exactness_table(_found: Facts) -> str:
    """What is stated of compiled kernels, the most exact first; the usual is not written out."""
    stated: dict[Exactness, list[str]] = {}
    for name, exact in EXACTNESS.items():
        stated.setdefault(exact, []).append(f"`{name}`")
    rows = [(" ".join(names), exact) for exact, names in stated.items()] + [("all others", USUAL)]
    rows.sort(key=lambda row: (row[1].ulp, row[1].floor))
    return table(
        "functions | ulp, at most | of smaller values, in ulp of",
        ((n, f"{e.ulp:g}", f"{e.floor:g}" if e.floor else "") for n, e in rows),
    )


def option_tables(found: Facts) -> str:
    """What several commands share, once; then what each command takes of its own."""
    names, shared = shared_parameters(found.reference)
    joined = ", ".join(f"`{name}`" for name in names)
    blocks = [("Every command", "", found.reference["options"]), (f"What {joined} share", "", shared)]
    for command in found.reference["commands"]:
        blocks.append((f"`{command['usage']}`", f"{command['help']}\n\n", own_parameters(command, names, shared)))
    return "".join(f"\n#### {title}\n\n{text}{parameter_table(rows)}" for title, text, rows in blocks) + "\n"


def parameter_table(rows: list[Json]) -> str:
    """A row for each, in panels as in help."""
    if not rows:
        return "No options of its own.\n"
    titled = [
        row
        for title, part in groupby(rows, itemgetter("group"))
        for row in [(f"**{title}**", "", ""), *map(cells, part)]
    ]
    return table("name | means | default", titled)


def cells(parameter: Json) -> tuple[str, str, str]:
    """An argument or option: how it is written, what it means, its default."""
    text, _, default = told(parameter).partition(" [default: ")
    said = default.rstrip("]")
    return f"`{written(parameter).replace(', ', '`, `')}`", text, said if said in parameter["help"] else f"`{said}`"


def json_examples(found: Facts) -> str:
    """Each command line with its object."""
    return "".join(f"\n`{line}`\n\n```json\n{laid_out(it)}\n```\n" for line, it in found.examples.items()) + "\n"


def laid_out(value: object, margin: int = 0, before: int = 0) -> str:
    """JSON in lines of at most 110 columns where it can be broken: a line for each item of what is longer.

    margin: blanks before the line; before: columns that are taken on it
    """
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (margin and margin + before + len(line) <= 110):
        return line
    keys = [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    items = value.values() if isinstance(value, dict) else value
    pad = " " * (margin + 2)
    lines = [f"{pad}{key}{laid_out(item, margin + 2, len(key))}" for key, item in zip(keys, items, strict=True)]
    return line[0] + "\n" + ",\n".join(lines) + f"\n{' ' * margin}{line[-1]}"


PARTS: dict[str, Callable[[Facts], str]] = {
    "verdicts": verdict_table,
    "claim verdicts": claim_verdict_table,
    "exit codes": exit_code_table,
    "functions": function_table,
    "exactness": exactness_table,
    "options": option_tables,
    "json": json_examples,
    "errors": error_table,
}


def headings(text: str) -> Iterator[tuple[int, str]]:
    """The depth and words of each heading outside of blocks of code."""
    plain = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from ((len(marks), words) for marks, words in re.findall(r"^(#+) (.+)$", plain, re.MULTILINE))


def contents(text: str) -> str:
    """The headings of the second and third level, linked as GitHub names them."""
    lines = []
    for depth, words in headings(text):
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        lines += [f"{'  ' * (depth - 2)}- [{words}](#{anchor})\n"] if depth in {2, 3} else []
    return "".join(lines)


def generated(text: str, found: Facts) -> str:
    """The README's text with its parts made anew."""
    for name, make in PARTS.items():
        text = replaced(text, name, make(found))
    return replaced(text, "contents", contents(text))


def replaced(text: str, name: str, new: str) -> str:
    """The text with ``new`` between the marks of a part, unless it is the same but for last digits and seconds."""
    before, mark, rest = text.partition(f"<!-- {name} -->\n")
    old, end, after = rest.partition("<!-- end -->")
    assert mark, f"README.md has no part {name}"
    return before + mark + (old if same(old, new) else new) + end + after


# -- all of it


def rebuilt(text: str) -> str:
    """The README's text with every block run and every part made anew; what prints the same stays as it was."""

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
            text = generated(text, facts(lambda command: run_command(command, ROOT / "examples", environment)))
        text = _BLOCK.sub(lambda match: kept(match[0], next(ran)), text)
        return _PYTHON.sub(lambda match: kept(match[0], run_python(match[0], folder)), text)


def same(ours: str, theirs: str) -> bool:
    """Equal as text, with decimal numbers equal to twelve digits, without seconds, process numbers, megabytes."""
    ours, theirs = _VARIES.sub("", ours), _VARIES.sub("", theirs)
    if _NUMBER.sub("#", ours) != _NUMBER.sub("#", theirs):
        return False
    pairs = zip(_NUMBER.findall(ours), _NUMBER.findall(theirs), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-12, abs_tol=1e-15) for a, b in pairs)


def main() -> int:
    if "--write" in sys.argv:
        write_contents()
    text, page = README.read_text(), manual(json.loads(run_command("gradcli --help-json", ROOT, dict(os.environ))))
    new = rebuilt(text)
    if "--write" in sys.argv:
        README.write_text(new)
        MANUAL.write_text(page)
        return 0
    if page != MANUAL.read_text():
        print(f"{MANUAL.name} is not what gradcli --help-json says\nrun: python tests/docs.py --write")
        return 1
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
