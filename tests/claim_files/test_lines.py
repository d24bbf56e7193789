"""Each claim stands on its own line, found against a search for marks; and the examples claim what is true."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from claim_files.texts import block
from places import EXAMPLES

import gradcli
from gradcli.inputs import claim_lines, toml_tables
from gradcli.inputs.claim_files import ClaimText, read_suite
from gradcli.language.parse import parse

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
