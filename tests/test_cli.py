"""The command line of the contract: what is printed, where, with which exit code; each case a fork (see runner)."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from runner import CLOSED, Completed, run

from gradcli.cli.app import protect_expression

GRADCLI = [sys.executable, "-m", "gradcli"]
TORCH_SAYS = "grad can be implicitly created only for scalar outputs"
MISMATCH = "Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2])"  # fmt: skip


def gradcli(line: str, stdin: bytes | int = b"", cwd: Path | str = "/") -> Completed:
    """Runs ``gradcli LINE``, split as a shell would."""
    return run(shlex.split(line), stdin, cwd=cwd)


def answer(line: str) -> dict[str, Any]:  # Any: JSON values
    """The JSON object of a command; NaN and Infinity as bare words are errors."""
    found: dict[str, Any] = json.loads(gradcli(f"{line} --json").stdout, parse_constant=pytest.fail)
    return found


def failure(done: Completed) -> dict[str, Any]:  # Any: JSON values
    """The one JSON object on stderr; nothing on stdout."""
    assert (done.raw, len(done.stderr.splitlines())) == (b"", 1), done
    found = json.loads(done.stderr)
    error: dict[str, Any] = found.pop("error")
    assert found == {"schema": "gradcli/1"}
    assert error.keys() - {"source"} == {"kind", "code", "message", "span", "hint"}
    assert bool(error.pop("source", None)) == bool(error["span"])
    assert error["code"] == done.code
    return error


# -- results

SHOWN = {  # worked by hand: the command, and its stdout; stderr is empty and the exit code 0
    "grad 'x**2' x=3": "6.0\n",
    "grad 'x²' x=3": "6.0\n",
    "grad -x**2 x=3": "-6.0\n",
    "grad '-(x + 1)*x' x=3": "-7.0\n",
    "grad -- -x x=3": "-1.0\n",
    "grad 'x**2' x=1,2 --grad-outputs 2,3": "[4.0, 12.0]\n",
    "grad 'x**2' x=1,2 --reduce sum": "[2.0, 4.0]\n",
    "grad 'x**2' x=1,2 --reduce mean": "[1.0, 2.0]\n",
    "grad 'x**2' x=1,2 --select 1": "[0.0, 4.0]\n",
    "grad 'x**2' 'x=[[1,2],[3,4]]' --select 1,0": "[[0.0, 0.0], [6.0, 0.0]]\n",
    "grad 'x*y' x=2 y=3": "x = 3.0\ny = 2.0\n",
    "grad 'x*y' x=2 y=3 --wrt y": "2.0\n",
    "grad 'x**3' x=2 --order 2": "12.0\n",
    "grad 'r = x - 1; r**2' x=3": "4.0\n",
    "grad 'a*b*c' a=2 b=a+1 c=a*b": "a = 18.0\nb = 12.0\nc = 6.0\n",
    "grad 'x' x=1 y=2 --allow-unused": "x = 1.0\ny = null\n",
    "grad 'x' x=1 y=1,2 --materialize-grads": "x = 1.0\ny = [0.0, 0.0]\n",
    "grad 'sum(A @ x)' 'A=[[1,2],[3,4]]' x=5,6 --wrt x": "[4.0, 6.0]\n",
    "jacobian '[x[0]**2, x[1]**3]' x=1,2": "[[2.0, 0.0], [0.0, 12.0]]\n",
    "jacobian '[x[0]**2, x[1]**3]' x=1,2 --mode forward": "[[2.0, 0.0], [0.0, 12.0]]\n",
    "jacobian '[x*y, x]' x=2 y=3": "x = [3.0, 1.0]\ny = [2.0, 0.0]\n",
    "jacobian '[x[0]**2, x[1]**3]' x=1,2 --jvp 1,10": "[2.0, 120.0]\n",
    "jacobian '[x[0]**2, x[1]**3]' x=1,2 --vjp 10,1": "[20.0, 12.0]\n",
    "hessian 'x**2*y' x=1 y=2": "x,x = 4.0\nx,y = 2.0\ny,x = 2.0\ny,y = 0.0\n",
    "hessian 'x[0]**2*x[1]' x=1,2": "[[4.0, 2.0], [2.0, 0.0]]\n",
    "hessian 'x[0]**2*x[1]' x=1,2 --hvp 1,10": "[24.0, 2.0]\n",
    "grad 'x**2'": "2*x\n",
    "grad 'x**2*sin(y)'": "x = 2*x*sin(y)\ny = x**2*cos(y)\n",
    "grad 'x**3' --order 2": "6*x\n",
    "grad 'sin(x)' --order 8": "sin(x)\n",
    "grad 'det(A)' --shape A=2,2 --entries": "[[A[1, 1], -A[1, 0]], [-A[0, 1], A[0, 0]]]\n",
    "jacobian 'A @ x' --shape A=2,2 --shape x=2 --wrt x --entries": "[[A[0, 0], A[0, 1]], [A[1, 0], A[1, 1]]]\n",
    "jacobian 'A @ x' --shape A=n,m --shape x=m --wrt x": "A\n",
    "grad 'x**2' x=3 --format latex": "2 x\n",
    "jacobian '[x[0]**2, x[1]**3]' x=1,2 --format csv": "2.0,0.0\n0.0,12.0\n",
    "jacobian '[x*y, x]' x=2 y=3 --format csv": "variable,index,value\nx,0,3.0\nx,1,1.0\ny,0,2.0\ny,1,0.0\n",
    "grad 'x*0.1*3' x=1": "0.30000000000000004\n",  # what reads back as 0.1 * 3
    "grad 'x/3' x=1 --dtype float32": "0.3333333432674408\n",  # 11184811 / 2**25
    "grad 'x/3' x=1 --dtype bfloat16": "0.333984375\n",  # 171 / 2**9
    "grad 'x/3' x=1 --dtype float16": "0.333251953125\n",  # 1365 / 2**12
    "--version": "gradcli 0.1.0\n",
}


@pytest.mark.parametrize("line", SHOWN)
def test_shown(line: str) -> None:
    done = gradcli(line)
    assert (done.stdout, done.stderr, done.code) == (SHOWN[line], "", 0)


def test_json_of_a_gradient() -> None:
    """The contract's example, field by field; digits of the check are the check's affair."""
    found = answer("grad 'x**2' x=3")
    assert found["check"].pop("digits") > 15
    assert found == {
        "schema": "gradcli/1", "command": "grad", "expression": "x**2", "read_as": "x**2", "wrt": ["x"], "value": 9.0,
        "derivative": {"x": 6.0}, "formula": {"x": "2*x"},
        "check": {"verdict": "agrees", "checked": 1, "total": 1, "reference": "sympy", "notes": []},
        "device": "cpu", "dtype": "float64", "seed": 0,
    }  # fmt: skip


def test_json_of_hessian_blocks_and_of_unused_variables() -> None:
    found = answer("hessian 'x**2*y' x=1 y=2")
    assert found["derivative"] == {"x": {"x": 4.0, "y": 2.0}, "y": {"x": 2.0, "y": 0.0}}
    assert found["formula"] == {"x": {"x": "2*y", "y": "2*x"}, "y": {"x": "2*x", "y": "0"}}
    assert found["check"]["total"] == 4
    assert answer("grad 'x' x=1 y=2 --allow-unused")["derivative"] == {"x": 1.0, "y": None}


def test_numbers_that_json_lacks_are_strings() -> None:
    both = {"log(x)": ("-Infinity", "Infinity"), "1/x": ("Infinity", "-Infinity"), "log(-1+x)": ("NaN", "-1.0")}
    for expression, (value, derivative) in both.items():
        found = answer(f"grad {expression} x=0")
        assert (found["value"], str(found["derivative"]["x"])) == (value, derivative)
        assert found["check"]["verdict"] == "singular"


def test_a_terminal_shows_the_ends_of_a_large_array_and_a_pipe_all_of_it() -> None:
    argv = ["grad", "2*sum(x)", "x=ones(2000)", "--check", "off", "-q"]
    assert run(argv, tty=True).stdout == "[2.0, 2.0, 2.0, ..., 2.0, 2.0, 2.0]\n"
    assert json.loads(run(argv).stdout) == [2.0] * 2000


def test_seed() -> None:
    line = "grad 'sum(x**2)/2' 'x=randn(3)' --seed"
    first, again, other = gradcli(f"{line} 7"), gradcli(f"{line} 7"), gradcli(f"{line} 8")
    assert first.stdout == again.stdout != other.stdout
    assert len(json.loads(first.stdout)) == 3


def test_expression_and_values_from_stdin_and_files(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("sum(x**2)\n")
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    assert gradcli("grad - x=3", b"x**2\n").stdout == "6.0\n"
    assert gradcli("grad @f.txt x=1,2", cwd=tmp_path).stdout == "[2.0, 4.0]\n"
    assert gradcli("grad @f.txt x=@x.csv", cwd=tmp_path).stdout == "[[2.0, 4.0], [6.0, 8.0]]\n"
    assert gradcli("grad 'sum(x**2)' x=@-", b"1,2\n").stdout == "[2.0, 4.0]\n"
    assert gradcli("grad - x=@-", b"x").code == 4


@pytest.mark.parametrize("suffix", ["csv", "npy"])
def test_what_is_written_reads_back_equal(suffix: str, tmp_path: Path) -> None:
    line = "grad 'sum(exp(X)/3)' 'X=randn(3,2)' --seed 3"
    written = gradcli(f"{line} --format {suffix} -o J.{suffix}", cwd=tmp_path)
    assert (written.code, written.stdout, written.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == [f"J.{suffix}"]
    assert gradcli(f"{line} --format {suffix}").raw == (tmp_path / f"J.{suffix}").read_bytes()
    assert gradcli(f"grad 'sum(X**2)/2' X=@J.{suffix}", cwd=tmp_path).stdout == gradcli(line).stdout
    if suffix == "npy":
        assert np.load(tmp_path / "J.npy").tolist() == json.loads(gradcli(line).stdout)


# -- remarks and verdicts


def test_remarks_of_a_kink() -> None:
    line = "grad 'relu(x)' x=0"
    done, quiet, strict = gradcli(line), gradcli(f"{line} -q"), gradcli(f"{line} --strict")
    assert [(d.stdout, d.code) for d in (done, quiet, strict)] == [("0.0\n", 0), ("0.0\n", 0), ("0.0\n", 5)]
    assert done.stderr == strict.stderr
    assert done.stderr.startswith("check: convention")
    assert "0.0 from the left, 1.0 from the right; torch gives 0.0" in done.stderr
    assert quiet.stderr == ""


def test_verbose_echoes_what_was_read_and_the_verdict() -> None:
    done = gradcli("grad 'x² + √(y)' x=3 y=4 -v")
    assert done.stderr.startswith("read as: x**2 + sqrt(y)\ncheck: agrees to ")
    assert done.stdout == "x = 6.0\ny = 0.25\n"


@pytest.mark.parametrize("line", ["grad 'x**2' x=3 --check off", "grad 'x**2' --check off"])
def test_what_is_not_checked_says_so(line: str) -> None:
    assert answer(line)["check"]["verdict"] == "unchecked"
    assert "unchecked" in gradcli(line).stderr
    assert gradcli(f"{line} --strict").code == 5


CODES = {
    0: ["grad x**2 x=3", "grad --help", "jacobian --help", "hessian --help", "explain --help", "ops --help", "ops", "ops sin --json"],
    1: ["grad 'relu(x)-relu(-x)' x=0"],
    2: [
        "", "nosuch x", "grad", "grad x x=1 --nosuch", "grad x x=1 -z", "grad x**2 x=1,2 --grad_outputs 1,1", "grad x x=1 -q -v",
        "grad x**2 x=1,2 --reduce sum --select 0", "grad x**2 x=1,2 --grad-outputs 1,1 --select 0", "grad x x=1 --json --format csv",
        "jacobian x x=1,2 --jvp 1,1 --vjp 1,1", "grad x x=1 --rtol -1", "grad x x=1 --order 0",
        "grad x x=1 --dtype float8", "grad x --format npy", "grad x*y x=1 y=1 --format npy",
    ],
    3: [
        "grad 'x +' x=1", "grad 'foo(x)' x=1", "grad 'sin(x, x)' x=1", "grad x+[1,2] x=1,2,3", "grad x**2 x=1,2", "ops nosuch",
        "grad x**2 --shape x=2", "grad x**2 x=1,2 --grad-outputs 1,2,3", "hessian x**2 x=1,2", "grad 2x x=1",
    ],
    4: [
        "grad x x=1 --shape x=2", "grad x*y z=1", "explain x*y x=1", "grad x x=1 y=2", "grad x*y y=x x=1", "grad x x=1 x=2", "grad x x=@nosuch.npy", "grad @nosuch.txt x=1",
        "grad x x=1 --wrt y", "grad x x=", "grad x x", "grad sum(x) x=@-",
    ],
    5: ["grad 1/x x=0", "grad log(x) x=-1", "grad sqrt(x) x=0"],
    6: ["grad x x=randn(10**9)", "grad x*1e999 x=1", "hessian sum(x)**2 x=ones(100000)"],
    7: ["grad x x=1 --device tpu"],
}  # fmt: skip
RUNS = [(line, code) for code, lines in CODES.items() for line in lines]


@pytest.mark.parametrize(("line", "code"), RUNS)
def test_exit_codes(line: str, code: int) -> None:
    done = gradcli(line)
    assert done.code == code, done
    assert (done.stdout != "") == (done.code in {0, 1, 5})
    assert (done.stderr != "") == (done.code != 0)


def test_timeout() -> None:
    """A limit on the whole command, the check included."""
    for line in ("hessian 'sum(sin(x))**2' 'x=randn(1500)'", "grad 'sum(digamma(exp(x)))' 'x=randn(20000)'"):
        done = gradcli(f"{line} --timeout 0.3")
        assert (done.code, done.raw) == (6, b""), done
        assert done.stderr == "error: more than 0.3 s\ntry: --timeout SECONDS raises the limit; 0 removes it\n"
        assert done.seconds < 10


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_device_is_named_with_what_torch_sees() -> None:
    error = failure(gradcli("grad x x=1 --device cuda --json"))
    said = f"the device 'cuda' is not there: torch {torch.__version__} sees cpu"
    assert (error["kind"], error["message"].startswith(said)) == ("device", True)


# -- error messages

TEXTS = [
    (["A @ b + c", "A=[[1,2,3],[4,5,6]]", "b=1,2,3,4", "c=1"], """\
error: matmul needs equal inner sizes, found A (2, 3) @ b (4,)
  A @ b + c
  ~~^~~
try: A has 3 columns, A.T has 2; b has 4 entries
"""),  # the contract's example, but for the hint, where it gives A.T two rows
    (["1+2x", "x=1"], """\
error: an operator is missing: multiplication is always written
  1+2x
    ^~
try: write 2*x
"""),
    (["1 + sinn(x)", "x=1"], """\
error: unknown function 'sinn'
  1 + sinn(x)
      ^~~~
try: did you mean sin?
"""),
    (["a = x²\na + cosh(a, a)", "x=1"], """\
error: cosh takes 1 argument, found 2
  a + cosh(a, a)
      ^~~~~~~~~~
try: usage: cosh(x)
"""),
    (["x\x1b[2J + 1", "x=1"], """\
error: '\\x1b' (control character) is not part of the language
  x\\x1b[2J + 1
   ^~~~
"""),
    (["x + import os", "x=1"], """\
error: 'import' statements are not read: an expression is mathematics, not a program
  x + import os
      ^~~~~~
try: remove the line: torch., np. and math. are known
"""),
    (["x**2", "x=1,2"], f"""\
error: {TORCH_SAYS}: this output has shape (2,)
  x**2
  ^~~~
try: --reduce sum          the sum of the 2 entries (what TensorFlow's GradientTape does silently); also mean, prod, norm
     --select 0            one entry
     --grad-outputs 1,1    v^T J for a vector v of shape (2,)
     gradcli jacobian ...  the whole Jacobian J: one row for each entry
"""),
    (["x**2", "x=1,2", "--grad-outputs", "1,2,3"], f"""\
error: {MISMATCH}
try: --grad-outputs takes one number for each entry of the output
"""),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "text"), TEXTS, ids=[argv[0] for argv, _ in TEXTS])
def test_error_texts(argv: list[str], text: str) -> None:
    done = run(["grad", *argv])
    assert (done.stderr, done.raw) == (text, b"")


def test_torch_says_the_same_words() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=TORCH_SAYS):
        torch.autograd.grad(x**2, x)
    with pytest.raises(RuntimeError) as mismatch:
        torch.autograd.grad(x**2, x, torch.ones(3))
    assert MISMATCH in str(mismatch.value)


@pytest.mark.parametrize(
    ("line", "close"),
    [
        ("grad 'alpha*x' alhpa=1 x=2", "did you mean alhpa?"), ("grad 'alpha*x' alpha=1 x=2 alphs=3", "did you mean alpha?"),
        ("grad 'alpha*x' alpha=1 x=2 --wrt alpah", "did you mean alpha?"), ("grad 'sofmax(x)[0]' x=1,2", "did you mean softmax?"),
        ("grad 'x.sqroot()' x=2", "did you mean .sqrt()?"), ("gard x x=1", "did you mean grad?"), ("grad x x=1 --stirct", "--strict"),
        ("grad x x=1 --grad_outputs 1", "--grad-outputs"), ("ops sofmax", "did you mean softmax?"),
    ],
)  # fmt: skip
def test_did_you_mean(line: str, close: str) -> None:
    assert close in gradcli(line).stderr


@pytest.mark.parametrize("option", ["--json", "--format json", "--format=json"])
def test_errors_as_json(option: str) -> None:
    expression = "1 + sinn(x)"
    error = failure(gradcli(f"grad '{expression}' x=1 {option}"))
    span = error.pop("span")
    assert error == {"kind": "name", "code": 3, "message": "unknown function 'sinn'", "hint": "did you mean sin?"}
    assert expression[slice(*span)] == "sinn"


@pytest.mark.parametrize("line", [line for line, code in RUNS if code in {2, 3, 4, 6, 7} and line])
def test_every_error_as_json(line: str) -> None:
    error = failure(gradcli(f"{line} --json"))
    assert error["message"]
    assert error["kind"] not in {"bug", ""}


# -- files, pipes, signals


@pytest.mark.parametrize("path", ["/dev/full", "/nonexistent/J.json", "/proc/J.json", "."])
def test_output_that_cannot_be_written(path: str, tmp_path: Path) -> None:
    for line in (f"grad x x=1 -o {path}", f"check x 1 -o {path}", f"check x 1 --junit {path}"):
        done = gradcli(line, cwd=tmp_path)
        assert (done.code, done.stdout) == (74, "")
        assert done.stderr.startswith(f"error: cannot write {path}: ")
        assert (done.stderr.count("\n"), list(tmp_path.iterdir())) == (1, [])
    assert failure(gradcli(f"grad x x=1 --json -o {path}", cwd=tmp_path))["kind"] == "output"


def test_a_failed_command_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "J.txt").write_text("old")
    wrong = gradcli("grad 'x +' x=1 -o J.txt", cwd=tmp_path)
    full = subprocess.run(
        [*GRADCLI, "grad", "x**2", "-o", "J.txt"], cwd=tmp_path, capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)),
    )  # fmt: skip
    assert (wrong.code, full.returncode, full.stdout) == (3, 74, b"")
    assert full.stderr.startswith(b"error: cannot write J.txt: ")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"J.txt": "old"}
    assert gradcli("grad x x=1 -o J.txt", cwd=tmp_path).code == 0
    assert (tmp_path / "J.txt").read_text() == "1.0\n"


FULL = "error: cannot write the output: No space left on device\n"


def into_full(line: str, *streams: str) -> tuple[int, str]:
    """Exit code and stderr with streams that take nothing, buffered as users have them."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("wb") as full:
        both = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **dict.fromkeys(streams, full)}
        done = subprocess.run([*GRADCLI, *shlex.split(line)], **both, env=environment, check=False)  # type: ignore[call-overload]  # streams by name
    return done.returncode, (done.stderr or b"").decode()


@pytest.mark.parametrize("line", ["grad x**2", "grad relu(x) x=0", "check x**2 2*x", "explain x", "ops", "--help", "--version", "warm status"])  # fmt: skip
def test_a_full_disk_exits_74_with_one_line(line: str) -> None:
    assert into_full(line, "stdout") == (74, FULL)


@pytest.mark.parametrize(
    ("line", "code"), [("grad sinn(x) x=1", 3), ("grad 'relu(x)' x=0", 0), ("grad x --log json", 0)]
)
def test_a_full_stderr_keeps_the_exit_code(line: str, code: int) -> None:
    assert into_full(line, "stderr") == (code, "")
    assert into_full(line, "stdout", "stderr")[0] == (code or 74)


def test_a_closed_pipe_ends_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*GRADCLI, "grad", "x**2"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_interrupt() -> None:
    """Ctrl-C, while the expression is awaited on stdin."""
    with subprocess.Popen(
        [*GRADCLI, "grad", "-", "x=1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        waiting = Path(f"/proc/{process.pid}/syscall")
        deadline = time.monotonic() + 300
        while not waiting.read_text().startswith("0 0x0 ") and time.monotonic() < deadline:  # read(0, ...)
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_closed_stdin() -> None:
    assert [gradcli(f"grad {expression} x=3", CLOSED).code for expression in ("x**2", "-")] == [0, 4]


def test_help_loads_neither_torch_nor_sympy() -> None:
    script = "import sys; from gradcli.cli.app import run; run([{!r}]); print(*sorted({{'torch', 'sympy'}} & set(sys.modules)))"
    for word in ("--help", "ops"):
        done = subprocess.run([sys.executable, "-c", script.format(word)], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == ""
        assert len(done.stdout) > 100


@pytest.mark.parametrize(("word", "formula"), [
    ("-outer(x, x)", True), ("-omega*t", True), ("-o[0]", True), ("-oout.json", False), ("-o", False), ("--order", False),
])  # fmt: skip
def test_a_claim_may_begin_like_an_option(word: str, formula: bool) -> None:
    """A blank before it keeps it an argument."""
    assert protect_expression(["check", "x", word])[2] == (f" {word}" if formula else word)


@pytest.mark.parametrize(("argv", "guarded"), [
    (["check", "x*y", "-y", "--wrt", "x"], [2]), (["check", "-x", "-y"], [1, 2]), (["check", "x", "-q"], []), (["check", "-q", "-y"], []),
    (["grad", "-x", "x=3"], [1]), (["grad", "x", "-z"], []), (["jacobian", "x", "-2*x"], [2]), ([], []),
])  # fmt: skip
def test_a_name_with_a_minus_is_a_formula_where_one_stands(argv: list[str], guarded: list[int]) -> None:
    assert protect_expression(argv) == [f" {word}" if k in guarded else word for k, word in enumerate(argv)]
