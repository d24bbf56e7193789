"""The border of Python: signatures, misfits, sympy's expressions, what is exported, errors that speak of keywords."""

from __future__ import annotations

import ast
import inspect
import itertools
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import sympy
import torch
from oracles.precise import Precise

import gradcli
from gradcli import api
from gradcli.base.errors import ExitCode, GradcliError
from gradcli.base.wording import as_flags, as_keywords, call, columns, either, option
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.cli.app import app
from gradcli.cli.options import _COMMON, _TABLE, SHOWN, CheckMode
from gradcli.commands import derivatives
from gradcli.commands.explain import explanation
from gradcli.commands.results import CheckReport
from gradcli.inputs import request
from gradcli.inputs.request import Options, Trying, lettered_shapes, names_of, shapes_by_name, variables_of
from gradcli.inputs.sources import parse_source, source_text
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree, run

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    "check", "check_files", "check_python", "check_steps", "check_table", "error_catalogue", "explain", "explain_error", "explain_run",
    "grad", "grad_table", "hessian", "hessian_table", "jacobian", "jacobian_table", "plot",
)  # fmt: skip
TABLES = {"check_table", "grad_table", "hessian_table", "jacobian_table"}
SEEDED = [name for name in COMMANDS if "error" not in name and name != "explain_run"]
X, Y, Z = sympy.Symbol("x"), sympy.Symbol("y"), sympy.Symbol("z", positive=True)


def said(call: Callable[[], object]) -> str:
    """Message and hint of the error of a call."""
    with pytest.raises(GradcliError) as caught:
        call()
    return f"{caught.value} | {caught.value.hint}"


def parameters(name: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(getattr(gradcli, name)).parameters)


# -- signatures


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_stands_in_the_signature_and_in_help(name: str) -> None:
    found = parameters(name)
    assert {p.kind for p in found.values()} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    assert all(p.annotation is not inspect.Parameter.empty for p in found.values())
    command = getattr(gradcli, name)
    home = inspect.getdoc(gradcli.grad) if name in {"explain", "hessian", "jacobian"} else ""
    home = inspect.getdoc(gradcli.grad_table) if name in TABLES else home
    for option_name in found:
        assert re.search(rf"\b{option_name}\b", f"{inspect.getdoc(command)}\n{home}"), option_name
    assert (command.__module__, command.__name__, command.__qualname__) == ("gradcli", name, name)
    assert pickle.loads(pickle.dumps(command)) is command  # noqa: S301


SHOWN_ONLY = {*SHOWN, "value", "spy", "graph", "plot", "plot_range"}  # of the shell alone


@pytest.mark.parametrize("name", ["grad", "jacobian", "hessian", "explain"])
def test_the_shared_options_are_those_of_the_command_line_with_its_defaults(name: str) -> None:
    found = parameters(name)
    left_out = {"digits", "correct"} if name == "explain" else set()
    shared = {field.name: field.default for field in fields(Options) if field.name not in left_out}
    assert {n: found[n].default for n in shared} == shared
    theirs = {n: default for n, (_, default) in _COMMON.items() if n not in SHOWN_ONLY}
    assert theirs.keys() == {field.name for field in fields(Options)}
    assert {n: theirs[n] for n in shared} == shared


def test_the_choices_of_the_command_line_are_those_of_the_types() -> None:
    assert tuple(mode.value for mode in CheckMode) == get_args(request.CheckMode)


def test_every_option_of_a_command_has_a_keyword() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.callback.__name__
        if name in {"grad", "jacobian", "hessian", "explain"}:
            own = {*inspect.signature(command.callback).parameters} - SHOWN_ONLY - {"expression", "bindings"}
            own -= {"error", "context", "run", "trace", "nan", "attempt"}  # gradcli.explain_error, explain_run
            own -= {"html"}  # gradcli.html(explanation)
            others = {"digits", "correct"}  # which explain refuses
            if name != "explain":
                assert _TABLE.keys() - {"table"} <= parameters(f"{name}_table").keys()
                own -= _TABLE.keys()
            file = {"output"}  # which is -o, of all commands
            assert own - others == parameters(name).keys() - {"expression", "values", *file, *others}


UNUSUAL: dict[str, Any] = {
    "device": "cuda:9", "dtype": "float32", "check": "sample", "rtol": 0.25, "atol": 0.5, "seed": 7, "check_time": 3.5,
    "digits": 11, "min_digits": 6, "correct": True, "threads": 2,
}  # fmt: skip


@pytest.mark.parametrize(("name", "home"), [
    ("grad", derivatives), ("jacobian", derivatives), ("hessian", derivatives), ("explain", explanation),
])  # fmt: skip
def test_each_shared_option_arrives_under_its_own_name(name: str, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault, two of them exchanged, would be seen: no two of UNUSUAL are equal."""
    given = {n: value for n, value in UNUSUAL.items() if n in parameters(name)}
    seen: list[Options] = []

    def record(*args: Any) -> Options:
        seen.append(Options(*args))
        return seen[-1]

    monkeypatch.setattr(home, "Options", record)
    said(lambda: getattr(gradcli, name)("x**2", {"x": 3.0}, **given))  # there is no such device
    assert len(set(map(str, UNUSUAL.values()))) == len(UNUSUAL)
    assert {n: getattr(seen[0], n) for n in given} == given


SNIPPET = """import gradcli
gradcli.{name}({args}, seed=1)
gradcli.{name}({args}, sede=1)
"""


def test_mypy_refuses_a_misspelt_option(tmp_path: Path) -> None:
    arguments = {"check_files": "['a.toml']", "check_python": "'m:f', 'm:g'", "check_table": "'x', '1', {}"}
    arguments |= dict.fromkeys(TABLES - {"check_table"}, "'x', {}")
    wrong = []
    for name in SEEDED:
        (tmp_path / f"{name}.py").write_text(SNIPPET.format(name=name, args=arguments.get(name, "'x'")))
        wrong.append(f'{name}.py:3: error: Unexpected keyword argument "sede" for "{name}"')
    files = sorted(str(path) for path in tmp_path.glob("*.py"))
    done = subprocess.run([sys.executable, "-m", "mypy", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line.split("/")[-1] for line in done.stdout.splitlines() if ": error: " in line]
    assert [line.split(";")[0].split("  [")[0] for line in sorted(lines)] == sorted(wrong)


# -- calls that do not fit


@pytest.mark.parametrize("name", COMMANDS)
def test_a_misspelt_option_is_a_usage_error_with_did_you_mean(name: str) -> None:
    for right in parameters(name):
        wrong = {f"{right}x": 1}
        message = f"{name} has no option '{right}x' | did you mean {right}?"
        assert said(lambda: getattr(gradcli, name)(**wrong)) == message  # noqa: B023


def test_other_misfits_are_usage_errors_too() -> None:
    assert said(lambda: gradcli.grad("x**2", {"x": 3.0}, oder=2)) == "grad has no option 'oder' | did you mean order?"
    assert "it has expression, values, wrt, order" in said(lambda: gradcli.grad("x", frobnicate=1))
    assert (
        "check takes function and claim and at without a name, found 4 arguments | the others go by name: claims=..."
        in said(lambda: gradcli.check("x", "1", {}, "x"))
    )
    assert said(lambda: gradcli.jacobian()) == "jacobian needs expression | None"
    assert said(lambda: gradcli.check_python("m:f")) == "check_python needs against | None"
    assert said(lambda: gradcli.grad("x", expression="x")).startswith("grad is given expression twice")
    with pytest.raises(gradcli.UsageError) as caught:
        gradcli.hessian("x", hpv=1)
    assert (caught.value.code, caught.value.kind) == (ExitCode.USAGE, "usage")


def test_a_type_error_of_our_own_stays_one() -> None:
    def broken(x: int = 0) -> int:
        return x + None  # type: ignore[operator]  # the fault that is planted

    with pytest.raises(TypeError):
        api.for_python(broken)(x=1)


WRONG_VALUES: list[tuple[str, dict[str, Any], str]] = [
    ("grad", {"order": 0}, "order is a whole number from 1 to 10, not 0"),
    ("grad", {"order": 1.5}, "order is a whole number from 1 to 10, not 1.5"),
    ("grad", {"order": True}, "order is a whole number from 1 to 10, not True"),
    ("grad", {"seed": -1}, "seed is a whole number from 0 to 2**48 - 1, not -1"),
    ("grad", {"seed": "a"}, "seed is a whole number from 0 to 2**48 - 1, not a"),
    ("grad", {"threads": 1025}, "threads is a whole number from 1 to 1024, not 1025"),
    ("grad", {"rtol": float("nan")}, "rtol is a number that is not negative, not nan"),
    ("grad", {"atol": "much"}, "atol is a number that is not negative, not much"),
    ("grad", {"check_time": -1}, "check_time is a number that is not negative, not -1"),
    ("grad", {"dtype": "int8"}, "dtype is one of float64, float32, bfloat16, float16, not int8"),
    ("grad", {"check": "none"}, "check is full, sample or off, not none"),
    ("grad", {"digits": 0}, "digits is a whole number from 1 to 1000, not 0"),
    ("grad", {"reduce": "sum", "select": 0}, "reduce, select and grad_outputs exclude each other"),
    ("grad", {"wrt": "y"}, "wrt names 'y', which has no value"),
    ("grad", {"wrt": ["x", "x"]}, "wrt names a variable twice"),
    ("grad", {"wrt": []}, "wrt names no variable"),
    ("grad", {"shape": 3}, "'3' is not a shape"),
    ("jacobian", {"mode": "fast"}, "mode is auto, reverse, forward, not fast"),
    ("jacobian", {"jvp": 1, "vjp": 1}, "jvp and vjp exclude each other"),
    ("jacobian", {"shape": {"x": "2n"}}, "the shape of x is not a list of sizes: 2n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options", "message"), WRONG_VALUES)
def test_a_wrong_value_is_told_by_the_keyword(name: str, options: dict[str, Any], message: str) -> None:
    values = None if "shape" in options else {"x": 3.0}
    assert said(lambda: getattr(gradcli, name)("x**2", values, **options)).startswith(message)


@pytest.mark.parametrize(("options", "message"), [
    ({"kind": "slope"}, "kind is grad, jacobian, hessian, value, not slope"), ({"seed": -1}, "seed is a whole"),
    ({"points": 0}, "points is a whole number from 1 to 10000, not 0"),
    ({"check_time": -1}, "check_time is a number that is not negative, not -1"),
    ({"where": 3}, "a condition is needed"), ({"claims": ["x"]}, "a claim is NAME=FORMULA, not x"),
])  # fmt: skip
def test_a_wrong_value_of_check_is_told_by_the_keyword(options: dict[str, Any], message: str) -> None:
    claim = None if "claims" in options else "2*x"
    assert message in said(lambda: gradcli.check("x**2", claim, **options))


# -- one request


def test_names_are_read_in_one_way() -> None:
    assert names_of("x, y ") == names_of(["x", " y"]) == names_of((X, Y)) == ("x", "y")
    assert names_of(X) == ("x",)
    assert names_of(None) is None
    assert variables_of(None, {"a": 1, "b": 2}) == ("a", "b")
    at = {"x": 2.0, "y": 3.0}
    for wrt in (" y ", ["y"], Y):
        assert gradcli.grad("x*y", at, wrt=wrt).derivative == {"y": 2.0}
        assert gradcli.check("x*y", "x", wrt=wrt)


def test_shapes_are_numbers_tuples_texts_or_letters() -> None:
    for shape in ({"x": 3}, {"x": (3,)}, {"x": "3"}, ["x=3"], "x=3", {"x": torch.Size([3])}, {"x": [np.int64(3)]}):
        assert shapes_by_name(shape) == {"x": (3,)}
        assert lettered_shapes(shape) == {"x": ("3",)}
    assert shapes_by_name({"A": (2, 3), "s": ()}) == {"A": (2, 3), "s": ()}
    assert shapes_by_name({"A": ("n", 3)}) == {"A": ("n", 3)}
    assert lettered_shapes({"A": ("n", 3)}) == lettered_shapes({"A": "n,3"}) == {"A": ("n", "3")}
    assert gradcli.grad("sum(x**2)", shape={"x": 3}, entries=True).formula == {"x": "[2*x[0], 2*x[1], 2*x[2]]"}
    assert gradcli.check("sum(A**2)", "2*A", shape={"A": "n,n"}).claims[0].sizes[0] == {"n": 2}
    assert gradcli.check("sum(A**2)", "2*A", shape={"A": ("n", 3)})


def test_the_defaults_of_a_claim_are_those_of_check() -> None:
    made = Trying(None, {}, (), {})
    found = parameters("check")
    assert (made.seed, made.points, made.check_time) == tuple(
        found[n].default for n in ("seed", "points", "check_time")
    )


# -- sympy's expressions


def test_check_takes_sympy_expressions() -> None:
    assert gradcli.check(X**2, 2 * X).verdict == "proved"
    assert gradcli.check(3 * X, 3).verdict == "proved"
    assert not gradcli.check(X**2, 3 * X)
    assert gradcli.check(X * Y, {X: Y, Y: X})
    assert not gradcli.check(X * Y, {"x": Y, "y": 2 * X})
    assert gradcli.check(X * Y, claims={X: Y})
    assert gradcli.check("x**3", 3 * X**2)
    assert gradcli.check(X * Y, X, {X: 2.0})
    wrong = gradcli.check(sympy.sqrt(X) / 3, X, where="x > 0").claims[0]
    assert (wrong.function, wrong.claim) == ("sqrt(x)/3", "x")
    assert wrong.counterexample is not None
    assert wrong.counterexample.command.startswith("gradcli check 'sqrt(x)/3' x --wrt x")


def test_jacobian_takes_a_matrix_and_a_column_is_a_vector() -> None:
    at = {"x": 1.0, "y": 2.0}
    for matrix in (sympy.Matrix([X**2 * Y, X]), sympy.ImmutableMatrix([X**2 * Y, X])):
        assert gradcli.jacobian(matrix, at).derivative["x"].tolist() == [4.0, 1.0]
    assert gradcli.jacobian(sympy.Matrix([[X, Y], [X * Y, 1]]), wrt="x").formula == {"x": "[[1, 0], [y, 0]]"}
    assert gradcli.jacobian(sympy.Matrix([[X, Y]]), at).derivative["x"].tolist() == [[1.0, 0.0]]
    assert gradcli.check(sympy.Matrix([X**2, X**3]), sympy.Matrix([2 * X, 3 * X**2])).verdict == "proved"
    assert not gradcli.check(sympy.Matrix([X**2, X**3]), sympy.Matrix([2 * X, 3 * X]))


@pytest.mark.parametrize(("source", "message"), [
    (sympy.Matrix([]), "a matrix without entries"), (sympy.Eq(X, Y), "a condition is true or false"),
    (sympy.I * X, "I: a complex number"), (sympy.Matrix([sympy.I * X]), "I: a complex number"),
    (None, "not a text"), ([X], "not a text"),
    (True, "not a text"), (float("inf"), "not a text"),
])  # fmt: skip
def test_what_is_no_formula_is_a_clear_error(source: Any, message: str) -> None:
    for call_ in (lambda: gradcli.jacobian(source), lambda: gradcli.check(source, "x"), lambda: gradcli.grad(source)):
        assert message in said(call_)


def test_nothing_of_sympys_is_read_as_something_else() -> None:
    """sympy's sinc is sin(x)/x, torch's sin(pi x)/(pi x); a symbol may have a name that the language does not read."""
    assert gradcli.check(sympy.sinc(X), sympy.diff(sympy.sinc(X), X), where="x > 0")
    assert "a name cannot be 'x_{1}'" in said(lambda: gradcli.check(sympy.Symbol("x_{1}") ** 2, "x"))
    assert "DiracDelta(x): an impulse" in said(lambda: gradcli.check("x", sympy.DiracDelta(X)))


FORMULAS = [
    sympy.sin(X) * sympy.exp(-X / 3), sympy.log(Z) / Z, sympy.Max(X, Y) ** 2, sympy.erf(X), sympy.atan2(Y, X) / 7,
    sympy.Piecewise((X**2, X > 0), (-X, True)), sympy.sqrt(X**2 + 1), sympy.Float("0.1") * X**2, sympy.LambertW(Z),
    X**Y, (X + Y) ** 3 / (X - 2), sympy.acosh(Z + 1), sympy.Heaviside(X) * X, sympy.root(Z, 3), sympy.gamma(Z),
    sympy.Abs(X - Y) ** 3, -X / (-Y - 1),
    sympy.cot(X), sympy.Rational(-2, 3) ** 2 * X, sympy.pi * sympy.E * X, 1 / (X * (Y + 1) ** 2), -(X - Y), X - (Y - 1),
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_the_text_of_a_sympy_expression_has_its_value(formula: sympy.Expr) -> None:
    point = {"x": sympy.Rational(13, 8), "y": sympy.Rational(11, 16), "z": sympy.Rational(7, 4)}
    arithmetic = Precise(40)
    values = {name: arithmetic.exact(np.asarray(float(value))) for name, value in point.items()}
    for expression in (parse(source_text(formula)), parse_source(formula)):
        found = run(compile_tree(expression.tree), arithmetic, values)[()]
        true = formula.subs({symbol: point[symbol.name] for symbol in formula.free_symbols}).evalf(30)
        assert abs(sympy.Float(str(found), 30) - true) < 1e-14 * abs(true)


def test_the_derivative_that_sympy_leaves_open_is_worked_out_for_real_symbols() -> None:
    assert sympy.diff(sympy.Abs(X) ** 3, X).has(sympy.Derivative)
    assert gradcli.check(sympy.Abs(X) ** 3, sympy.diff(sympy.Abs(X) ** 3, X), where="x != 0")


# -- what is there


def test_dir_all_and_the_types_name_the_same() -> None:
    tree = ast.parse((ROOT / "gradcli" / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }
    homes = {name: f"gradcli.{home}" for home, names in gradcli._HOME.items() for name in names.split()}
    assert imported == homes
    assert set(gradcli.__all__) == set(homes)
    assert dir(gradcli) == sorted([*gradcli.__all__, "__version__"])
    for name in gradcli.__all__:
        assert getattr(gradcli, name).__name__ == name
    assert (
        set(api.__all__)
        == set(COMMANDS)
        == {name for name in gradcli.__all__ if name.islower()} - {"draw", "html", "spy"}
    )
    with pytest.raises(AttributeError, match="no attribute 'gard'"):
        gradcli.gard  # noqa: B018


def test_every_error_and_every_result_is_exported() -> None:
    errors = [GradcliError, *GradcliError.__subclasses__()]
    assert {error.__name__ for error in errors} <= set(gradcli.__all__)
    found = [gradcli.grad("x", {"x": 1.0}), gradcli.explain("x"), gradcli.check("x**2", "3*x")]
    claim = found[-1].claims[0]
    parts = [found[0].check, found[0].check.verdict, claim, claim.verdict, claim.counterexample, claim.diagnosis]
    for part in [*found, *parts, found[0].exit_code()]:
        assert type(part).__name__ in gradcli.__all__, part


def test_a_report_is_true_only_where_every_claim_is_proved_or_agrees() -> None:
    def report(*verdicts: Conclusion) -> CheckReport:
        return CheckReport(tuple(ClaimResult("x", ("x",), "grad", "x", "1", verdict) for verdict in verdicts))

    good, all_of_them = {Conclusion.PROVED, Conclusion.AGREES}, list(Conclusion)
    for verdicts in itertools.chain(itertools.product(all_of_them, repeat=1), itertools.product(all_of_them, repeat=2)):
        found = report(*verdicts)
        assert bool(found) == (set(verdicts) <= good)
        assert found.verdict is found.conclusion
        assert found.to_dict()["verdict"] == found.verdict
        assert [claim.verdict for claim in found.claims] == [claim.conclusion for claim in found.claims]
    assert not report()
    broken = CheckReport((ClaimResult("x", (), "", "x", "1", Conclusion.UNDECIDED, error=3),))
    assert not broken
    assert gradcli.check("x**2", "2*x")
    with pytest.raises(AssertionError):
        assert gradcli.check("x**2", "3*x")


# -- words


def test_a_piece_of_a_message_has_two_tongues() -> None:
    ones, digits = option("grad_outputs", "1,1", "[1, 1]"), option("digits", "N", "N")
    both = f"with {option('reduce', 'sum')} or {ones}, {call('grad', digits)}"
    assert as_flags(both) == "with --reduce sum or --grad-outputs 1,1, gradcli grad ... --digits N"
    assert as_keywords(both) == 'with reduce="sum" or grad_outputs=[1, 1], gradcli.grad(..., digits=N)'
    rows = columns([(option("order"), "a"), (either("--b", "a long one"), "b")], 9)
    assert as_flags(rows) == "--order   a\n--b       b"
    assert as_keywords(rows) == "order      a\na long one b"


def test_an_error_speaks_of_flags_until_it_leaves_through_the_border() -> None:
    error = gradcli.UsageError(f"{option('order')} is odd", hint=option("reduce", "sum"))
    assert (error.message, error.hint, str(error)) == ("--order is odd", "--reduce sum", "--order is odd")
    assert error.to_dict()["error"]["hint"] == "--reduce sum"
    error.in_python()
    assert (error.message, error.hint, str(error)) == ("order is odd", 'reduce="sum"', "order is odd")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(again), again.hint, again.kind) == ("order is odd", 'reduce="sum"', "usage")
    with pytest.raises(GradcliError, match="--order is a whole number"):
        api.function_of("grad")("x", order=0)


def sources() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted((ROOT / "gradcli").rglob("*.py")):
        yield path.relative_to(ROOT / "gradcli").as_posix(), ast.parse(path.read_text())


# Where a text with a flag in it is no error of Python's, or has its other tongue beside it.
FLAGS_ARE_RIGHT = (
    "cli/", "warm/", "__main__.py",  # of the command line alone
    "report/",  # formats are chosen there alone
    "base/errors.py", "operations/rows/",  # documentation
    "claims/notes.py", "foreign/compare.py",  # a command line that shows a counterexample again
    "inputs/again.py",  # one that asks the same again
    "catalogue/",  # command lines that a row shows, and how programs that start others mark their lines
    "engine/compiler.py",  # that of the compiler
    "foreign/script/record/spelling.py",  # the command line that shows a step of a script
    "commands/explain/ways.py", "commands/autograd_route.py", "verdicts/crosscheck.py",  # parts of results
)  # fmt: skip


def flags_outside_of(tree: ast.AST) -> list[str]:
    """Texts of a source that speak of flags, but for docstrings and the first argument of ``either``."""
    bodies = [node.body[0] for node in ast.walk(tree) if getattr(node, "body", None) and isinstance(node.body, list)]
    fine = {id(body.value) for body in bodies if isinstance(body, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "either":
            fine |= {id(part) for part in ast.walk(node.args[0])}
    texts = [
        n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in fine
    ]
    return [
        text.value
        for text in texts
        if re.search(r"--[a-z]|gradcli (grad|jacobian|hessian|check|explain)\b", text.value)
    ]


def test_no_error_speaks_of_flags_alone() -> None:
    found = {path: flags_outside_of(tree) for path, tree in sources() if not path.startswith(FLAGS_ARE_RIGHT)}
    assert {path: texts for path, texts in found.items() if texts} == {}
    assert flags_outside_of(ast.parse("raise UsageError(f'{x} needs --order')")) == [" needs --order"]
    assert flags_outside_of(ast.parse("either('--order', 'order')")) == []


def test_every_option_that_an_error_names_is_one_of_pythons() -> None:
    """The names are typed once, in the signatures: ``option`` makes the flag and the keyword of one name."""
    known = {name for command in COMMANDS for name in parameters(command)} | {"table"}  # which they are of
    trees = [tree for path, tree in sources() if not path.startswith("cli/")]  # where option is what typer takes
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    makers = [call_ for call_ in calls if getattr(call_.func, "id", "") in {"option", "whole", "not_negative"}]
    named = {call_.args[0].value for call_ in makers if isinstance(call_.args[0], ast.Constant)}
    assert len(named) > 20
    assert named <= known, named - known
    for name in named:
        assert (as_flags(option(name)), as_keywords(option(name))) == (f"--{name.replace('_', '-')}", name)
