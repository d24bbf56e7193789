"""The house stands: imports go down, heavy libraries load late, user text never becomes code, an operation is one row."""

from __future__ import annotations

import ast
import graphlib
import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from import_work import counted
from places import PACKAGE, README, TESTS

from gradcli.closed.notation.rewriting.engine import compiled, premised, related

SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}

# Ground floor first: the folders and loose modules, in the order of the README's table of rooms.
LADDER = tuple(
    name.rstrip("/").removesuffix(".py")
    for row in re.findall(r"^\| (`[\w/]+(?:/|\.py)`.*?) \| ", README.read_text(), re.MULTILINE)
    for name in re.findall(r"`([\w/.]+)`", row)
)
TORCH_ROOMS = ("autograd/", "inputs/", "foreign/", "engine/")
SYMPIFY_ROOMS = ("meaning/symbolic.py", "reference/formulas.py")  # numbers and expressions of ours, never a text


def module_of(path: str) -> str:
    """``language/parse.py`` -> ``gradcli.language.parse``."""
    return ".".join(["gradcli", *path.removesuffix(".py").removesuffix("__init__").rstrip("/").split("/")]).rstrip(".")


MODULES = frozenset(module_of(path) for path in SOURCES)


@cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(source)))


@cache
def imports_of(source: str, own: frozenset[str] = MODULES) -> frozenset[str]:
    """All modules that a source imports, at the top, lazily, for types only, or through import_module of a constant."""
    found: set[str] = set()
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (full & own) or {str(node.module)}
            found |= {str(node.module)} if full - own else set()
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func) and node.args:
            found |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return frozenset(found)


def rank(module: str) -> int:
    assert module.split(".")[1] in LADDER, f"{module} has no rung on the ladder: give it one"
    return LADDER.index(module.split(".")[1])


def upward(path: str, source: str) -> list[str]:
    """The imports of a module that point up the ladder."""
    here = module_of(path)
    ours = [name for name in imports_of(source) if name.startswith("gradcli.")]
    return [f"{here} imports {name}" for name in ours if rank(name) > rank(here)]


def imports_torch(source: str) -> bool:
    return any(name.split(".")[0] == "torch" for name in imports_of(source))


# -- the ladder


def test_the_ladder_is_the_folders() -> None:
    found = {path.split("/")[0].removesuffix(".py") for path in SOURCES} - {"__init__"}
    assert len(LADDER) == len(set(LADDER))
    assert set(LADDER) == found


def test_modules_import_only_downward() -> None:
    assert [wrong for path, source in SOURCES.items() if path != "__init__.py" for wrong in upward(path, source)] == []


@pytest.mark.parametrize("source", [
    "from gradcli.verdicts.crosscheck import Check",
    "def f():\n    import gradcli.verdicts.verdict",
    "from gradcli import api",
    "from importlib import import_module\nimport_module('gradcli.cli.app')",
])  # fmt: skip
def test_an_upward_import_would_be_seen(source: str) -> None:
    assert upward("meaning/shapes.py", source) != []


def test_modules_form_no_cycle_even_through_lazy_imports() -> None:
    graph = {module_of(path): imports_of(source) & (MODULES - {"gradcli"}) for path, source in SOURCES.items()}
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(MODULES)
    graph["gradcli.base.errors"] = {"gradcli.cli.app"}
    with pytest.raises(graphlib.CycleError):
        list(graphlib.TopologicalSorter(graph).static_order())


def test_api_is_imported_by_the_command_line_and_the_package_alone() -> None:
    users = {path for path, source in SOURCES.items() if "gradcli.api" in imports_of(source)}
    assert users <= {"__init__.py", *(path for path in SOURCES if path.startswith("cli/"))}
    assert "__init__.py" in users


def test_torch_is_imported_only_in_its_rooms() -> None:
    users = {path for path, source in SOURCES.items() if imports_torch(source)}
    assert [path for path in users if not path.startswith(TORCH_ROOMS)] == []
    assert {"autograd/tensors.py", "autograd/passes.py"} <= users


def test_the_second_route_shares_nothing_with_torch() -> None:
    """Reference, verdicts, claims and diagnosis reach neither torch nor the rooms that hold it, at any distance."""
    graph = {module_of(path): imports_of(source) for path, source in SOURCES.items()}
    heavy = {"gradcli.autograd.tensors", "gradcli.autograd.passes", "gradcli.autograd.point", "torch"}

    def reached(module: str) -> set[str]:
        seen, stack = set(), [module]
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack += graph.get(name, ())
        return seen

    rooms = tuple(f"gradcli.{room}." for room in ("reference", "verdicts", "claims", "diagnosis"))
    assert [module for module in graph if module.startswith(rooms) and reached(module) & heavy] == []
    assert heavy <= reached("gradcli.api")


def test_only_its_room_calls_torch_autograd_grad() -> None:
    """The derivatives of the commands, and those inside expressions."""
    call = "autograd.grad("
    users = {path for path, source in SOURCES.items() if call in source and call in _without_texts(source)}
    assert users == {"autograd/passes.py", "autograd/operators.py"}


def _without_texts(source: str) -> str:
    """The code without docstrings and other texts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


# -- nothing that a user writes becomes code


def offences(path: str, source: str) -> Iterator[str]:
    """Calls that would run, or unpickle, what somebody else wrote."""
    for node in nodes_of(source):
        if isinstance(node, ast.ImportFrom) and node.module in {"pickle", "marshal", "shelve", "dill", "sympy.parsing"}:
            yield ast.unparse(node)
        if not isinstance(node, ast.Call):
            continue
        dotted = ast.unparse(node.func)
        base, _, name = dotted.rpartition(".")
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if not base and name in {"eval", "exec", "compile", "__import__"}:
            yield dotted
        if base in {"builtins", "pickle", "marshal", "dill"} or name in {"parse_expr", "literal_eval", "eval", "exec"}:
            yield dotted
        if name in {"sympify", "S"} and path not in SYMPIFY_ROOMS:
            yield dotted
        if "allow_pickle" in keywords and ast.unparse(keywords["allow_pickle"]) != "False":
            yield dotted
        if dotted == "torch.load" and ast.unparse(keywords.get("weights_only", ast.Constant(None))) != "True":
            yield dotted


def test_user_text_never_becomes_code() -> None:
    assert {path: found for path, source in SOURCES.items() if (found := list(offences(path, source)))} == {}


@pytest.mark.parametrize("source", [
    "eval(text)", "exec(text)", "compile(text, '', 'eval')", "builtins.eval(text)", "sympy.parse_expr(text)", "parse_expr(text)",
    "sympy.sympify(text)", "sympify(text)", "sympy.S(text)", "pickle.load(file)", "from pickle import loads", "np.load(f, allow_pickle=True)",
    "np.load(f, allow_pickle=wish)", "torch.load(f)", "torch.load(f, weights_only=False)", "__import__(name)", "frame.eval(text)",
])  # fmt: skip
def test_code_from_text_would_be_seen(source: str) -> None:
    assert list(offences("inputs/values.py", source)) != []


# -- heavy libraries load late

HEAVY = ("torch", "sympy", "numpy", "mpmath")


def loaded(*argv: str) -> set[str]:
    """The heavy libraries that a fresh Python imports for a command line."""
    done = subprocess.run([sys.executable, "-X", "importtime", *argv], capture_output=True, text=True, check=False)
    report = re.findall(r"^import time:.*\|\s+([\w.]+)$", done.stderr, re.MULTILINE)
    assert "encodings" in report, done.stderr
    return {name for name in HEAVY if name in report}


def test_an_import_would_be_seen() -> None:
    assert loaded("-c", "import numpy") == {"numpy"}


@pytest.mark.parametrize(
    "argv", [("--help",), ("--help-json",), ("--version",), ("ops",), ("ops", "sin"), ("ops", "--json"), ("grad", "--frobnicate", "x"), ("grad",),
             ("warm", "status"), ("grad", "--help")],
)  # fmt: skip
def test_light_commands_load_nothing_heavy(argv: tuple[str, ...]) -> None:
    assert loaded("-m", "gradcli", *argv) == set()


def test_completion_loads_nothing_heavy() -> None:
    code = "import os, sys; os.environ.update(_GRADCLI_COMPLETE='complete_bash', COMP_WORDS='gradcli gr', COMP_CWORD='1', GRADCLI_WARM='off')"
    assert loaded("-c", f"{code}; sys.argv = ['gradcli']; from gradcli.__main__ import main; main()") == set()


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("-c", "import gradcli; gradcli.GradcliError; gradcli.ExitCode; gradcli.__version__") == set()


def test_a_symbolic_derivative_loads_sympy_but_no_torch() -> None:
    assert loaded("-m", "gradcli", "grad", "x**2*sin(y)") == {"sympy", "numpy", "mpmath"}


def test_numbers_load_torch() -> None:
    assert "torch" in loaded("-m", "gradcli", "grad", "x**2", "x=3")


MOST_CALLS = 20_000  # of a module as it is imported: some milliseconds


def import_work(*lines: str) -> dict[str, int]:
    """Calls that each module of ours makes as it is imported, for command lines one after another."""
    script = TESTS / "import_work.py"
    done = subprocess.run([sys.executable, str(script), *lines], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_no_module_of_ours_works_much_as_it_is_imported() -> None:
    work = import_work("--help", "grad x**2 x=3", "check x**2 2*x")
    assert {"gradcli.cli.app", "gradcli.autograd.passes", "gradcli.claims.proof"} <= work.keys()
    assert {name: calls for name, calls in work.items() if calls > MOST_CALLS} == {}
    assert [name for name in work if ".language.latex" in name] == [], "few write LaTeX"
    assert "gradcli.language.latex.context" in import_work("grad x^2 x=3 --latex")


def test_work_at_an_import_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lazy_here.py").write_text("import busy_here\n")
    (tmp_path / "busy_here.py").write_text(f"table = [abs(n) for n in range({MOST_CALLS + 1})]\n")
    monkeypatch.syspath_prepend(tmp_path)
    calls: Counter[str] = Counter()
    with counted(calls):
        importlib.import_module("lazy_here")
    assert calls["busy_here"] > MOST_CALLS
    assert calls["lazy_here"] < 100


def imports(*argv: str) -> set[str]:
    """Every module that a fresh Python imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", *argv], capture_output=True, text=True, check=False)
    return set(re.findall(r"^import time:\s+\d+ \|.*\|\s+([\w.]+)$", done.stderr, re.MULTILINE))


def test_the_thin_client_imports_next_to_nothing() -> None:
    client = imports("-c", "from gradcli.warm import client") - imports("-c", "pass")
    assert client == {"_socket", "gradcli", "gradcli.warm", "gradcli.warm.wire", "gradcli.warm.client"}


# -- an operation is one row


@pytest.fixture
def cube(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A row that the table does not have, appended to it."""
    from gradcli.language import nodes
    from gradcli.operations import table
    from gradcli.operations.row import Op

    row = Op(
        "cube", "x", "roots and magnitudes", "x**3, in one row.", "cube(x) x=2", torch=lambda t, x: x**3,
        sympy=lambda s, x: x * x * x, aliases=("third_power",),
    )  # fmt: skip
    caches = (nodes.node_class, compiled, premised, related)  # rules hold classes of nodes
    with monkeypatch.context() as patch:
        patch.setitem(table.OPS.loaded, row.name, row)
        patch.setitem(table.CONTENTS.rows, row.name, "elementwise")
        patch.setitem(table.CONTENTS.aliases, "third_power", row.name)
        patch.setitem(table.CONTENTS.groups, row.group, (*table.CONTENTS.groups[row.group], row.name))
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()


def test_a_new_row_is_a_new_operation(cube: None) -> None:
    import gradcli
    from gradcli.commands.operations import operations
    from gradcli.language.parse import parse
    from gradcli.language.write import write
    from gradcli.report.writing import document_of, rendered

    assert write(parse("1 + x.cube()*torch.third_power(y)").tree) == "1 + cube(x)*cube(y)"
    result = gradcli.grad("sum(cube(x))", {"x": [2.0, -1.0]})
    assert result.value == 7.0
    assert result.derivative["x"].tolist() == [12.0, 3.0]
    assert (result.check.verdict, result.check.checked) == ("agrees", 2)
    assert gradcli.grad("cube(x)", {"x": 2.0}, order=2).derivative["x"] == 12.0
    assert gradcli.grad("cube(x)").formula == {"x": "3*x**2"}
    assert "  cube" in str(rendered(document_of(operations()), "text"))
    assert "x**3, in one row." in str(rendered(document_of(operations("cube")), "text"))
    with pytest.raises(gradcli.GradcliError) as caught:
        parse("cubs(x)")
    assert caught.value.hint == "did you mean cube?"


def test_without_its_row_the_operation_is_unknown() -> None:
    import gradcli
    from gradcli.language.parse import parse

    with pytest.raises(gradcli.GradcliError, match="unknown function 'cube'"):
        parse("cube(x)")
