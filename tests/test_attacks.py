"""No input may hang, exhaust memory, run code, repeat a secret, or print a traceback or a raw control character.

The corpus' entries and more of our own kind run in forks of one process (see runner); some also as real processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import attacks
import pytest
from attacks import Attack, faults
from runner import FORBIDDEN, SECRET, Completed, run

IDENTIFIERS = attacks.identifiers()
REAL = ["inj-039", "uni-032", "sem-049", "res-045", "val-045", "bin-022", "fil-032", "opt-040", "std-022", "con-018"]
needs_corpus = pytest.mark.skipif(not IDENTIFIERS, reason=f"no corpus in {attacks.CORPUS}")

Answers = Callable[[str], tuple[Attack, Completed]]


def names(count: int) -> list[str]:
    return [f"v{i}" for i in range(count)]


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + "x" + closing * depth


LETTERS = "abcdefghijklmnopqrstuvwxyz"
ONE, TWO = "x=1", "x=1,2"
OURS: dict[str, tuple[list[str | bytes], set[int]]] = {  # command lines, and the exit codes that may come of them
    # depth and length
    "ternaries": (["grad", nested("1 if x>0 else ", "", 90), "x=-1"], {0}),
    "ternaries-deep": (["grad", nested("1 if x>0 else ", "", 4000), ONE], {6}),
    "comparisons": (["grad", f"where({'<'.join(['x'] * 2000)}, x, 1)", ONE], {6}),
    "statements": (["grad", "\n".join(f"a{i} = x" for i in range(5000)) + "\nx", ONE], {0}),
    "doubling": (["grad", "a=x*x;" + "a=a*a;" * 60 + "a", ONE], {6}),
    "doubling-symbolic": (["grad", "a=x*x;" + "a=a*sin(a);" * 30 + "a"], {6}),
    "doubling-arrays": (["grad", "a=concat(x,x);" + "a=concat(a,a);" * 40 + "sum(a)", TWO], {6}),
    "its-own-name": (["grad", "a=a+x; a", ONE], {0}),
    "digits": (["grad", "x*" + "9" * 60_000, ONE], {6}),
    "exponent": (["grad", "x*1e99999999999", ONE], {6}),
    "axes": (["grad", f"sum(x[{','.join(['None'] * 500)}])", TWO], {3, 6}),
    "axes-one-by-one": (["grad", f"sum(x{'[None]' * 150})", TWO], {3, 6}),
    # bindings
    "bindings": (["grad", "+".join(names(2000)), *(f"{name}=1" for name in names(2000))], {0}),
    "bindings-chained": (["grad", "v800", "v0=1", *(f"v{i}=v{i - 1}+1" for i in range(1, 801)), "--allow-unused"], {0}),
    "bindings-doubling": (["grad", "sum(v30)", "v0=1,1", *(f"v{i}=concat(v{i - 1},v{i - 1})" for i in range(1, 31))], {6}),
    "huge-number": (["grad", "x", "x=1e99999999999999"], {5}),
    "randn": (["grad", "sum(x)", "x=randn(10**9)"], {6}),
    "linspace": (["grad", "sum(x)", "x=linspace(0,1,10**9)"], {6}),
    "arange": (["grad", "sum(x)", "x=arange(10**9)"], {6}),
    "arange-step": (["grad", "sum(x)", "x=arange(0,1,1e-12)"], {6}),
    "eye": (["grad", "sum(x)", "x=eye(10**5)"], {6}),
    # options
    "shape": (["grad", "sum(A)", "--shape", "A=9999,9999"], {6}),
    "shape-digits": (["grad", "sum(A)", "--shape", "A=" + "9" * 5000], {4, 6}),
    "shape-axes": (["grad", "sum(A)", "--shape", "A=" + ",".join("2" * 40)], {4, 6}),
    "shape-axes-of-one": (["grad", "sum(A)", "--shape", "A=" + ",".join("1" * 400)], {4, 6}),
    "shape-twice": (["grad", "sum(A)", "--shape", "A=2", "--shape", "A=3"], {2, 4}),
    "order": (["grad", "exp(sin(x)*cos(x))/x", ONE, "--order", "8"], {0, 6}),
    "order-symbolic": (["grad", "exp(sin(x)*cos(x))/x", "--order", "8"], {0, 6}),
    "order-digits": (["grad", "x**2", ONE, "--order", "1" + "0" * 5000], {2}),
    "select-code": (["grad", "x**2", TWO, "--select", "0],__import__('os').mkdir('CANARY_select')#["], {2, 3}),
    "select-statement": (["grad", "x**2", TWO, "--select", "0];x[0"], {2, 3}),
    "select-brackets": (["grad", "x**2", TWO, "--select", "0]+f[1"], {2, 3}),
    "select-deep": (["grad", "x**2", TWO, "--select", "[" * 5000], {6}),
    "select-axes": (["grad", "x**2", TWO, "--select", ",".join(["None"] * 500)], {3, 6}),
    "outputs-huge": (["grad", "x**2", TWO, "--grad-outputs", "ones(10**9)"], {6}),
    "outputs-name": (["grad", "x**2", TWO, "--grad-outputs", "y"], {4}),
    "outputs-file": (["grad", "x**2", TWO, "--grad-outputs", "@/etc/passwd"], {4}),
    "outputs-nan": (["grad", "x**2", TWO, "--grad-outputs", "nan,1"], {5}),
    "outputs-deep": (["grad", "x**2", TWO, "--grad-outputs", "[" * 3000], {6}),
    "outputs-inner-name": (["grad", "x**2", TWO, "grad_outputs·=1", "--grad-outputs", "1,1"], {4}),
    "wrt-many": (["grad", "x**2", ONE, "--wrt", ",".join(["x"] * 10_000)], {2}),
    "wrt-escape": (["grad", "x**2", ONE, "--wrt", "x\x1b]0;a\x07"], {4}),
    "wrt-long": (["grad", "x**2", ONE, "--wrt", "x" * 100_000], {4, 6}),
    "jvp-twice": (["jacobian", "x**2", TWO, "--jvp", "x=1,2;x=3,4"], {2, 4}),
    "jvp-rest": (["jacobian", "x**2", TWO, "--jvp", "x=1,2;junk"], {2, 4}),
    "timeout-huge": (["grad", "x", ONE, "--timeout", "1e300"], {0, 2}),
    "timeout-nan": (["grad", "x", ONE, "--timeout", "nan"], {2}),
    "seed-huge": (["grad", "sum(x)", "x=randn(3)", "--seed", "9" * 30], {2}),
    "seed-64-bits": (["grad", "sum(x)", "x=randn(3)", "--seed", str(2**64 - 1)], {0, 2}),
    "device-escape": (["grad", "x", ONE, "--device", "\x1b[2J"], {7}),
    "command-escape": (["gr\x1b[2Jad", "x"], {2}),
    "ops-long": (["ops", "a" * 100_000], {3}),
    # files
    "file-directory": (["grad", "@.", ONE], {4}),
    "file-endless": (["grad", "@/dev/zero", ONE], {4}),
    "output-directory": (["grad", "x**2", ONE, "-o", "."], {74}),
    "output-long": (["grad", "x**2", ONE, "-o", "a" * 300], {74}),
    "output-memory": (["grad", "x**2", ONE, "-o", "/proc/self/mem"], {74}),
    # mathematics
    "einsum-letters": (["grad", f"einsum('{','.join(LETTERS)}->', {','.join('x' * 26)})", "x=randn(100)"], {0, 6}),
    "einsum-outer": (["grad", f"sum(einsum('{','.join(LETTERS[:8])}->{LETTERS[:8]}', {','.join('x' * 8)}))", "x=randn(30)"], {6}),
    "einsum-subscripts": (["grad", f"einsum('{'i' * 5000}->', x)", TWO], {3, 6}),
    "tower": (["grad", "x**x**x", "x=100"], {5}),
    "gamma": (["grad", "gamma(10**9)*x", ONE], {5}),
    "exponentials": (["grad", "exp(exp(exp(x)))", "x=100"], {5}),
    "binomial": (["grad", "(x+y)**(10**6)"], {0}),
    "square-roots": (["grad", nested("sqrt(1+", ")", 40), "x=2"], {0}),
    "square-roots-hessian": (["hessian", nested("sqrt(2+", ")", 12), "x=2"], {0}),
    "remainders": (["grad", nested("mod(", ",1.1)", 30), "x=2.5"], {0}),
    "sums-of-stacks": (["grad", f"sum(cumsum(cumsum([{','.join(f'x**{i}' for i in range(400))}], 0), 0))", "x=0.5"], {0}),
    "product-of-stacks": (["grad", f"prod([{','.join(f'sin({i}*x)' for i in range(1, 1000))}])", "x=0.5"], {0}),
    "determinant": (["grad", "det(A)", "--shape", "A=8,8"], {0, 6}),
    "hessian-of-many": (["hessian", f"exp({'*'.join(f'({name}+1)' for name in names(15))})"], {0, 6}),
}  # fmt: skip


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("attacks")
    attacks.make_fixtures(directory)
    return directory


@pytest.fixture(scope="module")
def answers(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Runs an attack once for all tests that judge it."""
    known = {attack.name: attack for attack in attacks.corpus(files)} if IDENTIFIERS else {}
    ours = tmp_path_factory.mktemp("ours")
    for name, (argv, codes) in OURS.items():
        known[name] = Attack(name, tuple(argv), codes=frozenset(codes), files=ours)

    @cache
    def answer(name: str) -> tuple[Attack, Completed]:
        return known[name], known[name].run()

    return answer


@needs_corpus
@pytest.mark.generated(share=1 / 6, kind=lambda name: name.partition("-")[0])
@pytest.mark.parametrize("name", IDENTIFIERS)
def test_corpus(name: str, answers: Answers) -> None:
    attack, done = answers(name)
    assert faults(attack, done) == [], f"{done}"[:2000]


@pytest.mark.generated(share=1 / 2)
@pytest.mark.parametrize("name", OURS)
def test_ours(name: str, answers: Answers) -> None:
    attack, done = answers(name)
    assert faults(attack, done) == [], f"{done}"[:2000]


@needs_corpus
@pytest.mark.generated(share=0.2)
@pytest.mark.parametrize("name", REAL)
def test_a_real_process_answers_as_the_fork(name: str, answers: Answers) -> None:
    attack, fork = answers(name)
    given: dict[str, Any] = {"input": attack.stdin} if isinstance(attack.stdin, bytes) else {"stdin": attack.stdin}
    command = [sys.executable, "-m", "gradcli", *attack.argv]
    done = subprocess.run(command, **given, capture_output=True, cwd=attack.files, timeout=600, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (fork.code, fork.raw, fork.stderr.encode())


# -- the oracle and the runner see what they are there to see

GOOD = Completed(0, b'{"derivative": {"x": 6.0}}\n', "", 0.1, 200.0)
CASE = Attack("planted", (), expect={"x": 6.0})


def test_a_good_run_has_no_fault() -> None:
    assert faults(CASE, GOOD) == []


@pytest.mark.parametrize(
    ("attack", "change"),
    [
        (CASE, {"code": 70, "stderr": "error: a bug"}),
        (CASE, {"code": -9, "stderr": "killed"}),
        (CASE, {"code": 3}),
        (CASE, {"code": 3, "stderr": "error: no"}),
        (CASE, {"seconds": 21.0}),
        (CASE, {"peak_mb": 5000.0}),
        (CASE, {"stderr": "Traceback (most recent call last):"}),
        (CASE, {"stderr": "error: \x1b[2J"}),
        (CASE, {"stderr": "error: \x9b31m"}),
        (CASE, {"stderr": "error: \u202e"}),
        (CASE, {"stderr": b"error: \x9b".decode("utf-8", "surrogateescape")}),
        (CASE, {"stderr": "error: " + SECRET}),
        (CASE, {"stderr": "e" * 10_001}),
        (CASE, {"raw": b'{"derivative": {"x": 6.000001}}\n'}),
        (CASE, {"raw": b"6.0\n"}),
        (replace(CASE, codes=frozenset({3})), {}),
        (replace(CASE, expect=None, no_plain_number=True), {}),
        (replace(CASE, expect=None, no_plain_number=True, reading=2.0), {"raw": b"2.5\n"}),
    ],
)
def test_a_planted_fault_is_found(attack: Attack, change: dict[str, object]) -> None:
    assert faults(attack, replace(GOOD, **change)) != []  # type: ignore[arg-type]  # fields by name


def test_a_canary_is_found(tmp_path: Path) -> None:
    assert faults(replace(CASE, files=tmp_path), GOOD) == []
    (tmp_path / "CANARY_planted").mkdir()
    assert faults(replace(CASE, files=tmp_path), GOOD) == ["a canary"]


def test_the_runner_ends_what_hangs() -> None:
    reading, writing = os.pipe()  # a stdin that never ends
    try:
        done = run(["grad", "-", ONE], reading, seconds=0.1)
    finally:
        os.close(reading)
        os.close(writing)
    assert done.code == -9


def test_the_runner_ends_what_works_on_and_on() -> None:
    done = run(["grad", "gamma(x)**gamma(x)*zeta(x)", "--order", "10", "x=1.5", "--timeout", "0"], seconds=0.5)
    assert done.code == -9
    assert done.seconds > 0.5


@pytest.mark.parametrize(
    "code", ["subprocess.run(['true'])", "os.system('true')", "pickle.loads(pickle.dumps(os.getcwd))"]
)
def test_the_runner_forbids_programs_and_pickles(code: str) -> None:
    script = f"import os, pickle, subprocess, sys, runner; sys.addaudithook(runner._forbid); {code}"
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, check=False)
    assert done.returncode == FORBIDDEN
    assert done.stderr.startswith(b"forbidden: ")
