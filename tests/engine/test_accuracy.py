"""No function of a compiled kernel is further from the truth than is stated of it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest
from engine import accuracy
from engine.accuracy import error, kernel_of, worst
from engine.built import COMPILER, built, compiled, in_loop
from engine.measured import MEASURED, named
from places import README

from gradcli.base.errors import LimitError
from gradcli.engine.c_source import c_source
from gradcli.engine.exactness import EXACTNESS, exactness_of
from gradcli.engine.formulas import formulas
from gradcli.export.c_scalars import HELPERS, SPELLINGS
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.operations.table import OPS

POINTS = 200  # of each range; `python tests/engine/accuracy.py` takes 100,000

# What C rounds once, or not at all, and what is a sum or product of such.
ROUNDED = frozenset({
    "add", "sub", "mul", "div", "neg", "reciprocal", "square", "abs", "sign", "round", "floor", "ceil", "trunc",
    "frac", "lerp", "modulus", "maximum", "minimum", "fmax", "fmin", "clamp", "where", "heaviside", "relu", "relu6",
    "leaky_relu", "prelu", "hardtanh", "hardsigmoid", "hardswish", "softshrink", "hardshrink", "threshold",
    "variable", "detach",
})  # fmt: skip


TEXTS = tuple(dict.fromkeys(each.text for each in MEASURED))

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


@needs_compiler
@pytest.mark.generated(share=1 / 4)
@pytest.mark.parametrize("text", TEXTS)
def test_no_error_is_larger_than_stated(text: str) -> None:
    found = {each: worst(each, POINTS) for each in MEASURED if each.text == text}
    assert [(each, at) for each, at in found.items() if at.ulp > exactness_of(named(each)).ulp] == []


@needs_compiler
def test_a_formula_that_loses_digits_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HELPERS, "log1mexp", "static double log1mexp(double x) { return log(1.0 - exp(x)); }")
    monkeypatch.setattr(accuracy, "function_of", lambda text: built(kernel_of(text)))
    (measured,) = (each for each in MEASURED if each.text == "log1mexp(x)")
    assert worst(measured, POINTS).ulp > 1000


def calls_vectors() -> bool:
    """Have the system and its compiler all functions of vectors, and is there a program that lists them?"""
    said = "" if COMPILER is None else subprocess.run([COMPILER, "--version"], capture_output=True, text=True).stdout
    name, version = platform.libc_ver()
    new = name == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 35)
    return (
        new and platform.machine() == "x86_64" and "Free Software Foundation" in said and shutil.which("nm") is not None
    )


@pytest.mark.skipif(not calls_vectors(), reason="no functions of vectors, or nothing that lists them")
@pytest.mark.generated(share=1 / 4, kind=lambda text, kind: kind)
@pytest.mark.parametrize("text", [*TEXTS, "entr(exp(x))", "clamp(exp(x), 0, 3)"])
@pytest.mark.parametrize("kind", ["value", "grad"])
def test_functions_are_called_for_vectors(text: str, kind: str, tmp_path: Path) -> None:
    """All that the loop calls, itself or through functions of ours, and that there is."""
    names = compile_tree(parse(text).tree).names
    with suppress(LimitError):  # a rule may be lacking
        kernel = formulas(parse(text).tree, kind, names, names, ())
        assert in_loop(c_source(kernel)) <= vectors_in(compiled(kernel, tmp_path))


def vectors_in(library: Path) -> set[str]:
    """The functions of which a library calls the vectors of another."""
    listed = subprocess.run(
        ["nm", "-D", "--undefined-only", library], capture_output=True, text=True, check=True
    ).stdout
    return set(re.findall(r"\b_ZGV[a-e]N\d+v+_(\w+)", listed))


def test_calls_for_one_row_alone_would_be_seen(tmp_path: Path) -> None:
    kernel = kernel_of("exp(x)")
    assert in_loop(c_source(kernel)) == {"exp"}
    assert vectors_in(compiled(kernel, tmp_path, "-D__clang__")) == set()


def test_the_readme_has_each_function_and_none_that_is_further_off() -> None:
    _, _, part = README.read_text().partition("<!-- measured accuracy -->\n")
    shown = re.findall(r"`(\w+)` (\d+\.\d)", part.partition("<!-- end -->")[0])
    assert sorted(name for name, _ in shown) == sorted({named(each) for each in MEASURED})
    assert [(name, ulp) for name, ulp in shown if float(ulp) > exactness_of(name).ulp] == []


def test_every_function_is_measured() -> None:
    measured = {named(each) for each in MEASURED}
    spelled = {name for name in SPELLINGS if not OPS[name].boolean}
    assert measured | ROUNDED == spelled
    assert measured & ROUNDED == set()
    assert measured >= EXACTNESS.keys()


@pytest.mark.parametrize(("value", "least", "most"), [
    (2.718281828459045, 0.32, 0.33), (2.7182818284590455, 0.67, 0.68), (2.718281828459047, 3.67, 3.68), (inf, inf, inf),
])  # fmt: skip
def test_an_error_would_be_seen(value: float, least: float, most: float) -> None:
    """e is 2.71828182845904523536, an ulp 4.44e-16."""
    assert least <= error("exp(x)", 0.0, 1.0, 0.0, value) <= most


def test_the_nearest_number_is_half_a_unit_away() -> None:
    assert error("log(1 + x)", 0.0, 1.0, 0.0, 0.6931471805599453) <= 0.5
    assert error("log(1 + x)", 0.0, 1.0, 0.0, 0.6931471805599454) > 0.5
