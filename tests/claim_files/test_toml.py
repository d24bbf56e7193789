"""Claims in TOML: each key read, each mistake told with its line."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from claim_files.texts import SQUARE, Read, refused
from claim_files.toml_cases import REFUSED_TOML, TOML


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


ARRANGED = """[defaults]
assume = { S = "symmetric" }
layout = "denominator"
vec = true
symmetric = "joint"
[[claim]]
function = "a@S@a"
derivative = { S = "1", a = "2" }
[[claim]]
function = "x**2"
derivative = "2*x"
layout = "numerator"
vec = false
[[claim]]
function = "S@a"
wrt = "a"
derivative = "S"
assume = ["a @ a == 1"]
"""


def test_claims_inherit_how_they_are_arranged_and_what_is_assumed(read: Read) -> None:
    assert [(c.assume, c.layout, c.vec, c.symmetric) for c in read("c.toml", ARRANGED)] == [
        (("S=symmetric",), "denominator", True, "joint"),
        (("S=symmetric",), "denominator", True, None),
        ((), "numerator", False, None),
        (("S=symmetric", "a @ a == 1"), "denominator", True, None),
    ]


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
        (f"[[claim]]\n{SQUARE}layout = 'denominater'\n", "did you mean denominator?"),
        (f"[[claim]]\n{SQUARE}asume = 'x=positive'\n", "did you mean assume?"),
        (f"[defaults]\nwhere = 'alhpa > 0'\n[[claim]]\n{SQUARE.replace('x', 'alpha')}", "did you mean alpha?"),
        (f"[claim]\n{SQUARE}", "write [[claim]]"),
    ],
)
def test_hints(read: Read, content: str, hint: str) -> None:
    assert refused(read, "c.toml", content).hint == hint
