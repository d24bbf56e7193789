"""Compilers that fail, lie, hang or flood, libraries that are not what they must be, and the cache of those that are."""

from __future__ import annotations

import os
import shutil
import time
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradcli.base.errors import MissingError, UsageError
from gradcli.engine import build, choose, compiler, first_call, hung
from gradcli.engine.bare import Function
from gradcli.engine.bounded import SAID, SHOWN, Limits
from gradcli.engine.build import built
from gradcli.engine.cache import Cache
from gradcli.engine.choose import Chosen
from gradcli.engine.compiled import TILE, CompiledKernel
from gradcli.engine.formulas import Formulas, formulas
from gradcli.engine.tiles import TorchKernel
from gradcli.language.parse import parse

REAL = shutil.which("cc")
needs_compiler = pytest.mark.skipif(REAL is None, reason="no C compiler")


def made(text: str, names: str = "x", fixed: str = "") -> Formulas:
    columns, others = names.split(), fixed.split()
    return formulas(parse(text).tree, "grad", columns, columns, others)


SINE = made("x*sin(x)")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)


def fake(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler that is a shell script; $made is the file that it is to write, $1 where it is asked for its version."""
    path = folder / "fake cc"
    start = '#!/bin/sh\nif [ "$1" = --version ]; then echo fake 1.0; exit; fi\nmade=$2\n'
    path.write_text(start + script)
    path.chmod(0o700)
    monkeypatch.setenv("CC", f"'{path}'")
    return path


def build_of(found: Formulas, limits: Limits | None = None) -> Function:
    return built(found, TorchKernel(found, threads=1), Cache.own(), limits)


def computed(
    kernel: CompiledKernel | TorchKernel | Chosen, found: Formulas, **columns: list[float]
) -> dict[str, np.ndarray]:
    given = {name: np.array(column, dtype=np.float64) for name, column in columns.items() if name in found.columns}
    fixed = {name: value[0] for name, value in columns.items() if name in found.fixed}
    rows = len(next(iter(given.values())))
    outputs = {output.name: np.full((rows, *output.shape), nan) for output in found.outputs}
    flags = np.zeros(rows, dtype=np.uint8)
    kernel.run(given, fixed, outputs, flags)
    return outputs | {"flags": flags}


# -- a compiler that works


@needs_compiler
def test_a_kernel_computes_what_torch_does() -> None:
    found = made("a*sin(x)*exp(-y**2) + log(1 + x**2)", "x y", "a")
    kernel = CompiledKernel(found, build_of(found), threads=2)
    draw = np.random.default_rng(0)
    rows = {"x": draw.normal(size=3 * TILE + 5).tolist(), "y": draw.normal(size=3 * TILE + 5).tolist(), "a": [1.5]}
    ours, torch = computed(kernel, found, **rows), computed(TorchKernel(found), found, **rows)
    for name in ("value", "d_x", "d_y"):
        np.testing.assert_allclose(ours[name], torch[name], rtol=1e-13, atol=1e-15)


@needs_compiler
@pytest.mark.parametrize(("text", "names"), [
    ("x**100 - sin(1e6*x)", "x"),
    ("exp(x)/(1 + exp(x)) + log(1 + exp(-y*x))", "x y"),
    ("max(x, y)*abs(x - y) + sqrt(x)", "x y"),
    ("exp(-exp(-x**2)) + exp(-800*x)*exp(790*x)", "x"),
    ("s*(1 + erf((log(s/k) + (r + v**2/2)*t)/(v*sqrt(t))/sqrt(2)))/2", "s k r v t"),
    ("double*main + NULL**2*sin(errno)", "double main NULL errno"),
    ("sqrt(1 - (sin(x)**2 + cos(x)**2))", "x"),
])  # fmt: skip
def test_kernels_pass_their_first_call(text: str, names: str) -> None:
    build_of(made(text, names))


@needs_compiler
def test_a_kernel_refuses_arrays_of_other_rows_before_a_pointer_leaves() -> None:
    kernel = CompiledKernel(SINE, build_of(SINE), threads=1)
    good = {"value": np.zeros(4), "d_x": np.zeros(4)}
    flags = np.zeros(4, dtype=np.uint8)
    for columns, outputs in [
        ({"x": np.zeros(3)}, good),
        ({"x": np.zeros(8)[::2]}, good),
        ({"x": np.zeros(4, dtype=np.float32)}, good),
        ({"x": np.zeros(4)}, good | {"d_x": np.zeros(3)}),
    ]:
        with pytest.raises(AssertionError):
            kernel.run(columns, {}, outputs, flags)


@needs_compiler
def test_an_argument_of_cc_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "record"
    path = fake(tmp_path, "", monkeypatch)
    path.write_text(f'#!/bin/sh\necho "$*" >> "{record}"\nexec {REAL} "$@"\n')
    monkeypatch.setenv("CC", f"'{path}' -DTEXT='a b; c'")
    build_of(SINE)
    assert all("-DTEXT=a b; c" in line for line in record.read_text().splitlines())


@needs_compiler
@pytest.mark.parametrize("unknown", ["-march", "-fno-tree", "-fno-thread-jumps", "-lmvec"])
def test_options_that_a_compiler_does_not_know_are_left_out(
    unknown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiler says that it is one that does not call vectors."""
    refuses = f'case "$*" in *{unknown}*) echo error: {unknown} >&2; exit 1;; esac\n'
    fake(tmp_path, f'{refuses}exec {REAL} -D__clang__ "$@"\n', monkeypatch)
    assert computed(CompiledKernel(SINE, build_of(SINE), 1), SINE, x=[0.0])["d_x"].tolist() == [0.0]


# -- compilers that do not


@pytest.mark.parametrize(("script", "told"), [
    ("echo 'kernel.c:3: error: no such thing' >&2; echo more >&2; exit 1", "no such thing"),
    ("exit 3", "exit code 3"),
    ("kill -9 $$", "signal 9"),
    ("exit 0", "has written no library"),
    ("mkdir $made", "has written no library"),
    ("ln -s /bin/sh $made", "has written no library"),
    ("echo text > ../elsewhere.so", "has written no library"),
    ("echo text > $made", "failed when it was tried"),
    (": > $made", "failed when it was tried"),
    ("yes >&2", "failed"),
    ("yes > $made", "exit code"),
    ("dd if=/dev/zero of=/dev/null bs=600000000 count=1 2> /dev/null || exit 9", "exit code 9"),
    ("printf 'error: \\033[2J\\033]0;title\\007\\n' >&2; exit 1", "\\x1b[2J"),
])  # fmt: skip
def test_a_compiler_that_fails_or_lies(script: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, script + "\n", monkeypatch)
    with pytest.raises(MissingError) as caught:
        build_of(SINE, Limits(seconds=30, memory=400 << 20, size=100_000))
    assert told in str(caught.value)
    assert len(str(caught.value)) < SHOWN + 100 < SAID
    assert "\x1b" not in str(caught.value)


def test_a_compiler_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "pids"
    fake(tmp_path, f'echo $$ >> "{record}"; sleep 1000 & echo $! >> "{record}"; wait\n', monkeypatch)
    with pytest.raises(MissingError, match="more than 1 seconds"):
        build_of(SINE, Limits(seconds=1))
    both = record.read_text().split()
    assert len(both) == 4  # the second time at an empty text
    for _ in range(10_000):  # the system takes a moment to end what was killed; by itself it sleeps on for longer
        if not any(map(_runs, both)):
            return
        time.sleep(0.01)
    raise AssertionError(f"{both} run on")


def hanging(folder: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A compiler that hangs, and the file with a line for each time that it does."""
    record = folder / "runs"
    return fake(folder, f'{where}; echo run >> "{record}"; sleep 1000\n', monkeypatch), record


def fails_by(found: Formulas, told: str) -> str:
    with pytest.raises(MissingError, match=told) as caught:
        build_of(found, Limits(seconds=1))
    return str(caught.value)


def test_a_compiler_that_hangs_is_not_waited_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by another formula either, as it hangs at an empty text too; until it is another file, or is asked for."""
    path, record = hanging(tmp_path, ":", monkeypatch)
    fails_by(SINE, "more than 1 seconds")
    assert len(record.read_text().split()) == 2
    for found in (SINE, made("x*cos(x)")):
        said = fails_by(
            found, "took more than 1 seconds for an empty text, .* not run again for a day; rm .* tries again"
        )
    assert len(record.read_text().split()) == 2
    Path(said.partition("; rm ")[2].partition(" tries")[0]).unlink()
    fails_by(SINE, "again for a day")  # of this text it is known as well
    fails_by(made("x*cos(x)"), "more than 1 seconds$")
    assert len(record.read_text().split()) == 4
    os.utime(path, (0, 0))
    fails_by(SINE, "more than 1 seconds$")
    assert len(record.read_text().split()) == 6


def test_a_text_at_which_a_compiler_hangs_says_nothing_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, record = hanging(tmp_path, "test -s kernel.c || exit 0", monkeypatch)
    other = made("x*cos(x)")
    for found in (SINE, other, SINE, other):
        fails_by(found, "more than 1 seconds")
    assert len(record.read_text().split()) == 2


def test_what_is_no_memory_of_a_compiler_that_hung_is_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep("hung\0gcc", b"yesterday it hung")
    hung.require_ends(cache, "gcc")
    assert list(tmp_path.iterdir()) == []


def test_a_day_later_a_compiler_that_hung_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, record = hanging(tmp_path, ":", monkeypatch)
    fails_by(SINE, "more than 1 seconds$")
    now = time.time()
    for later in (86_000.0, 87_000.0, -1_000.0):
        with monkeypatch.context() as patched:
            patched.setattr(hung, "_now", lambda later=later: now + later)
            fails_by(SINE, "more than 1 seconds")
    assert len(record.read_text().split()) == 6


def test_one_that_hangs_at_the_question_of_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, record = hanging(tmp_path, ":", monkeypatch)
    path.write_text(f'#!/bin/sh\necho run >> "{record}"; sleep 1000\n')
    fails_by(SINE, "more than 1 seconds$")
    fails_by(SINE, "more than 1 seconds for --version, .* again for a day")
    assert len(record.read_text().split()) == 1


def _runs(pid: str) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def test_nothing_is_left_in_the_cache_by_one_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "echo text > $made\n", monkeypatch)
    for _ in range(2):
        with pytest.raises(MissingError, match="failed when it was tried"):
            build_of(SINE)
    assert len(list((tmp_path / "cache/gradcli/kernels").iterdir())) == 1  # what it says of its version


@pytest.mark.parametrize(("named", "told"), [
    ("'cc", "CC cannot be read"),
    ("no-such-compiler -O2", "CC names no-such-compiler"),
    ("cc; touch pwned", "CC names cc;"),
    ("$(touch pwned)", r"CC names \$\(touch"),
])  # fmt: skip
def test_a_cc_that_names_no_program(named: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC", named)
    with pytest.raises(MissingError, match=told):
        build_of(SINE)
    assert not (tmp_path / "pwned").exists()


def test_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="there is no C compiler"):
        build_of(SINE)


# -- libraries that are not what they must be

STRUCT = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct { const double *const *columns; const double *fixed; double **outputs; unsigned char *flags;
    long long rows, tile, next; } Job;
"""
JOB = STRUCT + "const unsigned long long gradcli_job_size = sizeof(Job);\n"


@needs_compiler
@pytest.mark.parametrize(("text", "told"), [
    (JOB, "failed when it was tried"),
    (JOB + "void gradcli_rows(Job *j) { *(volatile int *)0 = 1; }", "signal 11"),
    (JOB + "void gradcli_rows(Job *j) { abort(); }", "signal 6"),
    (JOB + "void gradcli_rows(Job *j) { exit(0); }", "ended by itself"),
    (JOB + "void gradcli_rows(Job *j) { for (;;); }", "the compiled kernel"),
    (JOB + "void gradcli_rows(Job *j) { }", "wrong numbers"),
    (JOB + 'void gradcli_rows(Job *j) { puts("hello"); fflush(stdout); }', "printed something"),
    (JOB + "void gradcli_rows(Job *j) { j->flags[j->rows] = 1; }", "wrote where nothing of it belongs"),
    (JOB + "void gradcli_rows(Job *j) { ((double **)j->columns)[0][3] = 1; }", "wrote where nothing of it belongs"),
    (JOB.replace("next;", "next, more;") + "void gradcli_rows(Job *j) { }", "its jobs have 64 bytes, not 56"),
    ("__attribute__((constructor)) static void f(void) { for (;;); }", "the compiled kernel"),
])  # fmt: skip
def test_a_library_that_does_not_compute(text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.c").write_text(text)
    fake(tmp_path, f'exec {REAL} -w -shared -fPIC -o $made "{tmp_path}/other.c"\n', monkeypatch)
    with pytest.raises(MissingError, match=told):
        build_of(SINE, Limits(seconds=2))


@needs_compiler
@pytest.mark.parametrize("change", [
    "j->outputs[0][k] = (float)j->outputs[0][k];",  # right to seven digits
    "j->outputs[1][k] *= k == 20 ? 1 + 1e-12 : 1;",
    "j->outputs[1][k] = 0.0/0.0;",
    "j->outputs[0][k] = isnan(j->outputs[0][k]) ? 0 : j->outputs[0][k];",
    "j->flags[k] = 0;",
    "j->flags[k] = 1;",
    "j->flags[k] |= 2;",
    "j->flags[k] |= 4;",
])  # fmt: skip
def test_a_library_that_computes_wrong_numbers(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lie = "#undef gradcli_rows\nvoid honest(Job *j);\nvoid gradcli_rows(Job *j) { honest(j); "
    (tmp_path / "other.c").write_text(f"{STRUCT}{lie} for (int k = 0; k < j->rows; k++) {{ {change} }} }}")
    fake(tmp_path, f'exec {REAL} -Dgradcli_rows=honest "$@" "{tmp_path}/other.c"\n', monkeypatch)
    with pytest.raises(MissingError, match="wrong numbers"):
        build_of(made("abs(x) + (x**2 - x)"))


# -- the cache


@needs_compiler
def test_a_kernel_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "record"
    path = fake(tmp_path, f'echo compiled >> "{record}"; exec {REAL} "$@"\n', monkeypatch)
    for _ in range(3):
        build_of(SINE)
    assert record.read_text().count("compiled") == 1
    build_of(made("x**2"))
    assert record.read_text().count("compiled") == 2
    os.utime(path, (0, 0))  # it is asked for its version again, which is the same
    build_of(SINE)
    assert record.read_text().count("compiled") == 2
    path.write_text(path.read_text().replace("fake 1.0", "fake 2.0"))
    build_of(SINE)
    assert record.read_text().count("compiled") == 3


@needs_compiler
def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    build_of(SINE)
    folder = tmp_path / "cache/gradcli/kernels"
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    whole = largest.read_bytes()
    for content in (b"", whole[:-1], whole[:2000] + b"\0" + whole[2001:] + b"\0"):
        largest.unlink()
        largest.write_bytes(content)
        function = build_of(SINE)
        assert computed(CompiledKernel(SINE, function, 1), SINE, x=[0.0])["d_x"].tolist() == [0.0]
        largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
        assert largest.read_bytes() != content


@needs_compiler
def test_a_file_that_was_kept_and_is_no_library_here_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache.own()
    assert cache is not None
    (_, key), *_ = compiler.found(cache, Limits()).ways(build.c_source(SINE), build.gradcli.__version__)
    kept = cache.keep(key, b"for another system")
    assert kept is not None
    build_of(SINE)
    assert not kept.exists()


@needs_compiler
def test_without_a_cache_a_kernel_is_made_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    function = built(SINE, TorchKernel(SINE, threads=1), None)
    assert computed(CompiledKernel(SINE, function, 1), SINE, x=[0.0])["value"].tolist() == [0.0]
    assert list(tmp_path.iterdir()) == []


@needs_compiler
def test_two_that_make_the_same_at_once_both_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second begins and ends while the first one tries what it has compiled."""
    functions = []

    def meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(first_call, "check", check)
        functions.append(build_of(SINE))
        check(*arguments)

    check = first_call.check
    monkeypatch.setattr(first_call, "check", meanwhile)
    functions.append(build_of(SINE))
    for function in functions:
        assert computed(CompiledKernel(SINE, function, 1), SINE, x=[0.0])["d_x"].tolist() == [0.0]
    assert len(functions) == 2
    assert len(list((tmp_path / "cache/gradcli/kernels").iterdir())) in {2, 3}  # a compiler may write another file


# -- which kernel


@needs_compiler
def test_the_number_of_rows_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "PAYS_AGAIN", 10)
    for _ in range(2):  # whether the cache has it does not
        assert Chosen(SINE, "auto", 9, 1).name == "torch"
        assert Chosen(SINE, "auto", 10, 1).name == "compiled"
        assert Chosen(SINE, "torch", 10, 1).name == "torch"
        assert Chosen(SINE, "compiled", 1, 1).name == "compiled"
        assert Chosen(SINE, "auto", None, 1).name == "torch"
        assert Chosen(SINE, "auto", None, 1, about=9).name == "compiled"
        assert Chosen(SINE, "auto", None, 1, about=8).name == "torch"


@pytest.mark.parametrize("about", [None, 8])  # and a file that has more rows than its first ones tell
@pytest.mark.parametrize("batches", [(30,), (7, 3, 20), (1,) * 30, (9, 2, 19)])
def test_in_a_stream_the_row_decides_and_not_the_batch(
    batches: tuple[int, ...], about: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "PAYS_AGAIN", 10)
    monkeypatch.setattr(choose, "built", lambda *_: None)
    for kernel, sign in ((TorchKernel, 1), (CompiledKernel, -1)):
        monkeypatch.setattr(kernel, "run", lambda _, c, f, o, m, sign=sign: np.multiply(c["x"], sign, out=o["value"]))
    chosen = Chosen(SINE, "auto", None, 1, about=about)
    numbers = iter(range(1, 31))
    seen = [
        float(value)
        for size in batches
        for value in computed(chosen, SINE, x=[float(next(numbers)) for _ in range(size)])["value"]
    ]
    again = Chosen(SINE, "auto", None, 1, about=about)
    again.go_on(7)  # an interrupted run goes on
    assert computed(again, SINE, x=[float(row) for row in range(8, 31)])["value"].tolist() == seen[7:]
    assert seen == [float(row if row <= 10 else -row) for row in range(1, 31)]


def test_a_compiler_that_fails_is_told_and_torch_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "PAYS_AGAIN", 10)
    fake(tmp_path, "exit 1\n", monkeypatch)
    chosen = Chosen(SINE, "auto", 10, 1)
    assert (chosen.name, chosen.remark) == ("torch", "computed by torch: fake cc failed (exit code 1)")
    assert computed(chosen, SINE, x=[0.0])["value"].tolist() == [0.0]
    assert Chosen(SINE, "auto", 9, 1).remark is None
    with pytest.raises(MissingError, match=r"fake cc failed \(exit code 1\)") as caught:
        Chosen(SINE, "compiled", 1, 1)
    assert caught.value.code == 7


def test_long_formulas_are_compiled_for_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "built", lambda *_: None)
    steps = len(SINE.program.steps)
    for quick, slow, rows, name in [
        (steps, steps, choose.PAYS_AGAIN, "compiled"),
        (steps - 1, steps, choose.PAYS - 1, "torch"),
        (steps - 1, steps, choose.PAYS, "compiled"),
        (steps - 2, steps - 1, choose.PAYS, "torch"),
    ]:
        monkeypatch.setattr(choose, "QUICK", quick)
        monkeypatch.setattr(choose, "SLOW", slow)
        chosen = Chosen(SINE, "auto", rows, 1)
        assert chosen.name == name
        assert (chosen.remark is None) == (steps <= slow)


def test_digits_are_lost_unseen_where_torch_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "built", lambda *_: None)
    monkeypatch.setattr(choose, "PAYS_AGAIN", 10)
    monkeypatch.setattr(CompiledKernel, "run", lambda *_: None)
    for rows, counted in ((10, True), (None, False)):
        chosen = Chosen(SINE, "auto", rows, 1)
        computed(chosen, SINE, x=[1.0] * 20)
        assert chosen.name == "compiled"
        assert chosen.counts_loss == counted


def test_compiled_code_is_for_the_processor() -> None:
    with pytest.raises(UsageError, match="on the processor"):
        Chosen(SINE, "compiled", 1, 1, device="cuda")
