"""What the finders read of a user's source and live objects: positions, definitions that reach, and hostile programs."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from script.forked import answer

from gradcli.foreign.script.reading import edits, live
from gradcli.foreign.script.reading.bindings import reaching
from gradcli.foreign.script.reading.source import Source, read_source, start


def source_of(folder: Path, text: str) -> Source:
    path = folder / "user.py"
    path.write_text(textwrap.dedent(text))
    source = read_source(str(path))
    assert source is not None
    return source


def use_of(source: Source, name: str) -> ast.Name:
    """The last use of a name."""
    uses = [
        n for n in ast.walk(source.tree) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
    ]
    return max(uses, key=start)


REACHING = {
    "the last of a line": ("x = 1\nx = 2\nprint(x)\n", [2]),
    "both branches": ("if a:\n    x = 1\nelse:\n    x = 2\nprint(x)\n", [4, 2]),
    "not the other branch": ("x = 0\nif a:\n    x = 1\nelse:\n    print(x)\n", [1]),
    "a sum and its beginning": ("x = 0\nfor i in y:\n    x += i\nprint(x)\n", [3, 1]),
    "the end of the loop before": ("x = 0\nfor i in y:\n    print(x)\n    x = i\n", [1, 4]),
    "through a with": ("x = 1\nwith a:\n    x = 2\nprint(x)\n", [3]),
    "what was put in": ("x = []\nfor i in y:\n    x.append(i)\nprint(x)\n", [3, 1]),
    "what was set at an index": ("x = z\nx[0] = 2\nprint(x)\n", [2, 1]),
    "an unpacking": ("x = 1\na, (x, b) = f()\nprint(x)\n", [2]),
    "a walrus": ("if (x := f()) > 1:\n    print(x)\n", [1]),
    "what a loop goes through": ("for a, x in y:\n    print(x)\n", [1]),
    "a target of with": ("with open(f) as x:\n    print(x)\n", [1]),
}


@pytest.mark.parametrize("name", REACHING)
def test_the_statements_that_reach_a_use_are_found(name: str, tmp_path: Path) -> None:
    text, lines = REACHING[name]
    source = source_of(tmp_path, text)
    found = reaching(source, source.tree, "x", use_of(source, "x"))
    assert [getattr(each.value, "lineno", 0) for each in found] == lines


EDITS = {
    "a method": ("loss.backward()\n", "loss", ".sum()", "loss.sum().backward()"),
    "an operation": ("(a + b).backward()\n", "a + b", ".sum()", "((a + b).sum()).backward()"),
    "letters of many bytes": ("größe = ß; σ.backward()\n", "σ", ".sum()", "größe = ß; σ.sum().backward()"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_method_is_added_in_the_line(name: str, tmp_path: Path) -> None:
    text, inner, new, line = EDITS[name]
    source = source_of(tmp_path, text)
    node = next(n for n in ast.walk(source.tree) if isinstance(n, ast.expr) and source.segment(n) == inner)
    edit = edits.after(source, node, new, mechanical=True)
    assert edit is not None
    assert edit.new == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("g = grad(y, x)\n", "g = grad(y, x, create_graph=True)"),
        ("g = grad()\n", "g = grad(create_graph=True)"),
        ("g = grad(y, x,)\n", "g = grad(y, x, create_graph=True)"),
        ("g = grad(y, x, create_graph=False)[0]\n", "g = grad(y, x, create_graph=True)[0]"),
        ("g = grad(y, (x))\n", "g = grad(y, (x), create_graph=True)"),
    ],
)
def test_a_keyword_is_added_in_the_line(text: str, line: str, tmp_path: Path) -> None:
    source = source_of(tmp_path, text)
    call = next(n for n in ast.walk(source.tree) if isinstance(n, ast.Call))
    edit = edits.with_keyword(source, call, "create_graph=True", mechanical=True)
    assert edit is not None
    ast.parse(edit.new)
    assert edit.new == line


class Hostile:
    """Raises at whatever is asked of it."""

    __slots__ = ("__dict__",)

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("equal")

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __bool__(self) -> bool:
        raise RuntimeError("bool")

    __hash__ = None  # type: ignore[assignment]  # a class that cannot be hashed

    @property
    def loud(self) -> None:
        raise RuntimeError("property")


def test_live_objects_are_read_without_running_their_code() -> None:
    hostile = Hostile()
    hostile.__dict__["plain"] = 3
    assert live.attribute(hostile, "plain") == 3
    for name in ("loud", "absent", "__class__"):
        assert live.attribute(hostile, name) is live.MISSING
    assert not live.is_tensor(hostile)
    assert list(live.tensors_in([hostile, {"a": hostile}])) == []
    assert live.callee(hostile) is None
    assert live.item(hostile, 0) is live.MISSING


HOSTILE = """
import torch

class Hostile:
    def __getattr__(self, name):
        raise SystemExit(name)
    def __eq__(self, other):
        raise SystemExit("equal")
    def __repr__(self):
        raise SystemExit("repr")
    def __bool__(self):
        raise SystemExit("bool")
    def __len__(self):
        raise SystemExit("len")
    def __iter__(self):
        raise SystemExit("iter")
    @property
    def weights(self):
        raise SystemExit("property")
    def __call__(self, x):
        return x.detach()

h = Hostile()
x = torch.ones(3, requires_grad=True)
y = h(x) if h is not None else h.weights
y.sum().backward()
"""


def test_the_users_objects_are_not_run(tmp_path: Path) -> None:
    told = answer(HOSTILE, tmp_path)
    assert not told.trouble, told.trouble
    assert told.finding is not None
    assert told.finding.cause == "detached"
    assert told.finding.place.code == "return x.detach()"


STRANGE = {
    "exec": 'import torch\nexec("x = torch.ones(3)\\nx.sum().backward()")\n',
    "eval of a lambda": 'import torch\nf = eval("lambda t: t.detach().sum()")\nf(torch.ones(2, requires_grad=True)).backward()\n',
    "a thousand steps": "import torch\nx = torch.ones(2)\n" + "x = x + 1\n" * 1000 + "x.sum().backward()\n",
    "many nested parentheses": f"import torch\nx = torch.ones(2)\ny = {'(' * 80}x{' + 1)' * 80}\ny.sum().backward()\n",
    "a recursion": "import torch\ndef f(x, n):\n    return f(x * 2, n - 1) if n else x\nf(torch.ones(1), 50).backward()\n",
    "two recursions": """
import torch
def f(x, n):
    return x if n == 0 else f(x, n - 1) + g(x, n - 1)
def g(x, n):
    return x if n == 0 else g(f(x, n - 1), n - 1)
f(torch.ones(1), 4).backward()
""",
    "a loop that feeds itself": """
import torch
a, b = torch.ones(1), torch.ones(1)
for _ in range(3):
    a, b = b * a, a + b
    c = a
    a = c.clone()
b.backward()
""",
    "a star import and a deleted name": "import torch\nfrom math import *\nx = torch.ones(1)\ny = x * pi\ndel x\ny.backward()\n",
    "backward through getattr": 'import torch\ngetattr(torch.ones(1), "backward")()\n',
    "backward handed on": "import torch\nlist(map(torch.Tensor.backward, [torch.ones(1)]))\n",
    "grad of grads": "import torch\nx = torch.ones(1)\ntorch.autograd.grad([x, x * 2], [x, *[x]])\n",
    "a class body": "import torch\nclass A:\n    w = torch.ones(2)\n    loss = w.sum()\n    loss.backward()\n",
    "an async function": """
import asyncio
import torch
async def step(x):
    await asyncio.sleep(0)
    return x.detach()
async def main():
    loss = await step(torch.ones(1, requires_grad=True))
    loss.backward()
asyncio.run(main())
""",
    "a subclass of tensor": """
import torch
class Mine(torch.Tensor):
    pass
x = torch.ones(2).as_subclass(Mine)
x.sum().backward()
""",
}


@pytest.mark.generated(share=0, kind=lambda name, trace: name)  # each plain or traced
@pytest.mark.parametrize("trace", [False, True], ids=["plain", "traced"])
@pytest.mark.parametrize("name", STRANGE)
def test_no_program_makes_a_finder_raise(name: str, trace: bool, tmp_path: Path) -> None:
    told = answer(STRANGE[name], tmp_path, trace=trace)
    assert not told.trouble, told.trouble
    assert "does not require grad" in told.error
    if told.finding is not None:
        assert told.finding.place.line >= 1
