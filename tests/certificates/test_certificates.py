"""Certificates: those of true claims are replayed by a program that shares no code with gradcli, others are refused."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import replay_certificate
from adversaries.claims import LEAST, adversaries
from runner import run

import gradcli
from gradcli.base.errors import LimitError
from gradcli.closed.certificates import written

PROGRAM = Path(replay_certificate.__file__)
Json = Any  # a claim of a certificate

# function, claim, shapes, kind, premises
PROVED: dict[str, tuple[str, str, dict[str, str], str, str]] = {
    "product rule": ("x**2*sin(x)", "2*x*sin(x) + x**2*cos(x)", {}, "grad", ""),
    "softplus": ("log(1 + exp(x))", "sigmoid(x)", {}, "grad", ""),
    "root": ("sqrt(1 + x**2)", "x/sqrt(1 + x**2)", {}, "grad", ""),
    "power": ("x**y", "y*x**(y - 1)", {}, "grad", ""),
    "angle": ("sin(x)**2", "1 - cos(x)**2", {}, "value", ""),
    "tanh": ("sum(tanh(W@x))", "W.T@(1 - tanh(W@x)**2)", {"W": "n,m", "x": "m"}, "grad", ""),
    "least squares": ("mean((A@x - b)**2)", "2*A.T@(A@x - b)/n", {"A": "n,m", "x": "m", "b": "n"}, "grad", ""),
    "norm": ("norm(A@x - b)", "A.T@(A@x - b)/norm(A@x - b)", {"A": "n,m", "x": "m", "b": "n"}, "grad", ""),
    "trace": (
        "trace((A@x@B - C).T@(A@x@B - C))",
        "2*A.T@(A@x@B - C)@B.T",
        {"A": "n,m", "x": "m,k", "B": "k,d", "C": "n,d"},
        "grad",
        "",
    ),
    "inverse": ("trace(A@inv(x))", "-inv(x).T@A.T@inv(x).T", {"A": "n,n", "x": "n,n"}, "grad", ""),
    "ridge": ("y@inv(x + c*eye(n))@x@y", "c*outer(inv(x.T + c*eye(n))@y, inv(x + c*eye(n))@y)", {"x": "n,n", "y": "n"}, "grad", ""),
    "determinant": ("det(x)", "det(x)*inv(x.T)", {"x": "n,n"}, "grad", ""),
    "log determinant": ("logdet(x@x.T)", "2*inv(x@x.T)@x", {"x": "n,m"}, "grad", ""),
    "softmax": ("softmax(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", {"x": "n"}, "jacobian", ""),
    "Hessian": ("logsumexp(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", {"x": "n"}, "hessian", ""),
    "curved norm": ("norm(x)", "eye(n)/norm(x) - outer(x, x)/norm(x)**3", {"x": "n"}, "hessian", ""),
    "push-through": ("inv(eye(n) + A@B)@A", "A@inv(eye(m) + B@A)", {"A": "n,m", "B": "m,n"}, "value", ""),
    "Woodbury": (
        "inv(A + U@C@V)",
        "inv(A) - inv(A)@U@inv(inv(C) + V@inv(A)@U)@V@inv(A)",
        {"A": "n,n", "U": "n,m", "C": "m,m", "V": "m,n"},
        "value",
        "",
    ),
    "inverse of inverses": ("inv(inv(A) + inv(B))", "A@inv(A + B)@B", {"A": "n,n", "B": "n,n"}, "value", ""),
    "symmetric inverse": ("logdet(x)", "inv(x)", {"x": "n,n"}, "grad", "x == x.T"),
    "symmetric": ("x@S@x", "2*S@x", {"S": "n,n", "x": "n"}, "grad", "S == S.T"),
    "symmetric by premises": ("logdet(A + outer(x, x))", "2*inv(A + outer(x, x))@x", {"A": "n,n", "x": "n"}, "grad", "A == A.T"),
    "four axes": ("inv(x)", "-einsum('ik,lj->ijkl', inv(x), inv(x))", {"x": "n,n"}, "jacobian", ""),
    "new axis": ("1/2*(sum((x.T@y)**2) - sum((x*x).T@(y*y)))", "outer(y, x.T@y) - x*(y**2)[:, None]", {"x": "n,k", "y": "n"}, "grad", ""),
    "rows": ("sum(G*softmax(x@K.T, -1))", "S = softmax(x@K.T, dim=-1); (S*(G - sum(S*G, axis=1, keepdims=True)))@K", {"x": "n,d", "K": "m,d", "G": "n,m"}, "grad", ""),
    "mean of rows": ("sum(mean(x, axis=0)**2)", "2*ones(n, m)*mean(x, axis=0, keepdim=True)/n", {"x": "n,m"}, "grad", ""),
    "names": ("s = sigmoid(X@x); -(y*log(s)).sum()", "s = sigmoid(X@x); -X.T@(y*(1 - s))", {"X": "n,d", "x": "d", "y": "n"}, "grad", ""),
    "logistic": ("sum(log(1 + exp(-y*(X@x))))", "s = sigmoid(y*(X@x)); X.T@diag(y**2*s*(1 - s))@X", {"X": "n,d", "x": "d", "y": "n"}, "hessian", ""),
    "numpy": ("np.sum(np.log1p(np.exp(np.dot(x, X.T))))", "np.dot(X.T, 1 - 1/(1 + np.exp(np.dot(X, x))))", {"X": "n,d", "x": "d"}, "grad", ""),
    "absolute value": ("log(abs(x))", "1/x", {}, "grad", ""),
    "gamma": ("beta(x, y)*gamma(y)", "beta(x, y)*gamma(y)*(digamma(x) - digamma(x + y))", {}, "grad", ""),
    "Dirichlet": ("lgamma(sum(x)) - sum(lgamma(x))", "digamma(sum(x)) - digamma(x)", {"x": "k"}, "grad", "x > 0"),
    "inverse functions": ("asinh(x)*atanh(x)", "atanh(x)/sqrt(1 + x**2) + asinh(x)/(1 - x**2)", {}, "grad", ""),
    "acosh": ("acosh(x)", "1/(sqrt(x - 1)*sqrt(x + 1))", {}, "grad", ""),
    "Lambert": ("lambertw(x**2)", "2*lambertw(x**2)/x/(1 + lambertw(x**2))", {}, "grad", ""),
    "column": ("sum(x*y)", "y + 0*x", {"x": "n,1", "y": "n,1"}, "grad", ""),
}  # fmt: skip


def certificate(name: str) -> Json:
    """The certificate of a claim, by way of its text."""
    function, claim, shapes, kind, premises = PROVED[name]
    wrt = None if kind == "value" else "x"
    report = gradcli.check(
        function,
        claim,
        wrt=wrt,
        kind=kind,
        shape=shapes,
        where=premises or (),
        points=4,
        certificate=True,  # type: ignore[arg-type]
    )
    (found,) = report.claims
    assert found.uncertified == ""
    return json.loads(json.dumps(report.certificates()))["claims"][0]


@pytest.fixture(scope="module")
def made() -> dict[str, Json]:
    return {name: certificate(name) for name in PROVED}


def refused(claim: Json) -> str:
    reasons = ValueError, LookupError, TypeError, AttributeError, SyntaxError, RuntimeError, StopIteration
    with pytest.raises(reasons) as found:
        replay_certificate.replay(claim)
    return str(found.value)


@pytest.mark.parametrize("name", PROVED)
def test_a_certificate_is_replayed(made: dict[str, Json], name: str) -> None:
    function, claim, *_ = PROVED[name]
    said = replay_certificate.replay(made[name])
    assert function in said
    assert claim in said


def test_the_replaying_program_is_small_and_by_itself() -> None:
    text = PROGRAM.read_text()
    assert len(text.splitlines()) < 300
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported <= sys.stdlib_module_names


# -- tampered


def test_no_other_claim_is_accepted(made: dict[str, Json]) -> None:
    others = ["2*x", "x", "0*x", "-x"]
    for name, claim in made.items():
        names, semicolon, body = claim["claim"].rpartition(";")
        for text in [*others, f"{names}{semicolon} 2*({body})", f"{names}{semicolon} ({body}) + ({body})"]:
            refused(claim | {"claim": text})
        names, semicolon, body = claim["function"].rpartition(";")
        assert "not the sum" in refused(claim | {"function": f"{names}{semicolon} 2*({body})"}), name


def _places(part: Json) -> list[tuple[Json, Any]]:
    """Every place in nested lists at which a text or number stands."""
    found = []
    for at, entry in enumerate(part):
        found += _places(entry) if isinstance(entry, list) else [(part, at)]
    return found


def _changed(entry: Any) -> Any:
    if isinstance(entry, int):
        return entry + 1
    words = entry.split()
    if len(words) > 1:
        return " ".join(words[::-1])
    try:
        return str(int(entry) + 1)
    except ValueError:
        return None  # a name


@pytest.mark.parametrize("field", ["generators", "steps"])
def test_numbers_indices_and_terms_cannot_be_changed(made: dict[str, Json], field: str) -> None:
    changed = 0
    for claim in made.values():
        for n in range(len(_places(claim[field]))):
            other = copy.deepcopy(claim)
            part, at = _places(other[field])[n]
            new = _changed(part[at])
            symmetric = bool(claim["premises"]) and ("A" in part[:1] or "inv" in part[1:2])
            if new is None or new == part[at] or _alike(part, at) or (symmetric and " " in new):
                continue
            part[at] = new
            refused(other)
            changed += 1
        for n in range(len(claim[field])):
            other = copy.deepcopy(claim)
            del other[field][n]
            refused(other)
            changed += 1
    assert changed > 10


def _alike(part: Json, at: int) -> bool:
    """Is it a power of a delta, or indices whose order means nothing?"""
    square = [["1", ["x", "p0 b0", "1"], ["x", "p1 b0", "1"]]]  # x @ x.T
    return part[0] == "$delta" or (part[0] == "S" and at == 1) or (at == 2 and part[3:] == [square])


def test_what_stands_for_something_else_is_refused(made: dict[str, Json]) -> None:
    for name in ("tanh", "ridge", "push-through", "Woodbury", "logistic", "absolute value"):
        claim = copy.deepcopy(made[name])
        for generator in claim["generators"]:
            if generator[1] in {"base", "inv"}:
                generator[3].append(["1"] if generator[1] == "base" else copy.deepcopy(generator[3][0]))
        assert claim["generators"], name
        refused(claim)


def test_sizes_belong_to_the_claim(made: dict[str, Json]) -> None:
    refused(made["norm"] | {"shapes": {"A": ["n", "m"], "x": ["n"], "b": ["m"]}})
    refused(made["inverse"] | {"shapes": {"A": ["n", "n"], "x": ["n", "m"]}})
    refused(made["least squares"] | {"shapes": {"A": ["m", "n"], "x": ["n"], "b": ["m"]}})
    refused(made["symmetric"] | {"premises": []})
    refused(made["Hessian"] | {"kind": "grad"})
    refused(made["softmax"] | {"kind": "value"})


# -- false statements whose certificates are consistent but for one thing

NOTHING: Json = {
    "kind": "value",
    "wrt": [],
    "shapes": {"x": []},
    "premises": [],
    "free": "",
    "generators": [],
    "steps": [],
}


def test_a_false_statement_with_its_own_terms_is_refused() -> None:
    assert "not the sum" in refused(NOTHING | {"function": "x", "claim": "2*x"})
    assert replay_certificate.replay(NOTHING | {"function": "x", "claim": "x"}).startswith("verified")


FALSE = {"function": "0*x", "claim": "1 + 0*x"}


@pytest.mark.parametrize(
    ("generators", "steps"),
    [
        # 1/0 of a base that stands nowhere: N**-1 * (N - 0) would be 1
        ([["$1", "base", "", []]], [["base", ["$1"], "", ["-1", ["$1", "", "-1"]]]]),
        # a sine beside the sine, or the cosine, of something else
        ([["$1", "sin", "", [["1", ["x", "", "1"]]]]], [["sin", ["$1", "$1"], "", ["1"]]]),
        (
            [["$1", "sin", "", [["1", ["x", "", "1"]]]], ["$2", "cos", "", [["2", ["x", "", "1"]]]]],
            [["sin", ["$1", "$2"], "", ["1"]]],
        ),
        ([], [["premise", [0], "", ["1"]]]),
        ([["$1", "nothing", "", []]], [["nothing", ["$1"], "", ["1"]]]),
    ],
)
def test_relations_that_do_not_hold_are_refused(generators: Json, steps: Json) -> None:
    refused(NOTHING | FALSE | {"generators": generators, "steps": steps})


def test_only_inverses_have_the_relation_of_inverses() -> None:
    x = [["1", ["x", "p0 p1", "1"]]]
    for word in ("inv", "exp", "sin"):
        for side, function in (("left", f"{word}(x)@x"), ("right", f"x@{word}(x)"), ("", f"x@{word}(x)")):
            claim = {"function": function, "claim": "eye(n)", "shapes": {"x": ["n", "n"]}, "free": "i0 i1"}
            steps = [[f"{word} {side}".strip(), ["$1"], "i0 i1", ["1"]]]
            made = NOTHING | claim | {"generators": [["$1", word, "p0 p1", x]], "steps": steps}
            if word == "inv" and side:
                assert replay_certificate.replay(made).startswith("verified")
            else:
                refused(made)


@pytest.mark.parametrize(
    ("function", "claim", "shapes"),
    [
        ("sum(x**(y/y))", "x", {"x": [], "y": ["n"]}),  # n times x
        ("det(outer(x, x)**0)", "det(outer(y, y)**0)", {"x": ["n"], "y": ["m"]}),  # at n = 1 and m = 2
        ("x[:, None]", "x[None, :]", {"x": ["n"]}),
        ("x[:, None]", "x", {"x": ["n"]}),
        ("x + y[:, None]", "y + x[:, None]", {"x": ["n"], "y": ["n"]}),
        ("sum(x, axis=0)", "sum(x, axis=1)", {"x": ["n", "n"]}),
        ("sum(x, 0)", "sum(x, 1)", {"x": ["n", "n"]}),
        ("softmax(x, 0)", "softmax(x)", {"x": ["n", "n"]}),
        ("sum(x, axis=1, keepdim=True)*x", "sum(x, axis=1)*x", {"x": ["n", "n"]}),
        ("einsum('i->ii', x)", "outer(x, x/x)", {"x": ["n"]}),
        ("einsum('...i->i', x)", "einsum('aaai->i', x)", {"x": ["n", "n", "n", "n"]}),
        ("einsum('ij,kj->ik', x, y)", "einsum('ij,jk->ik', x, y)", {"x": ["n", "n"], "y": ["n", "n"]}),
        ("exp(x, y, y)", "exp(x)", {"x": [], "y": []}),
        ("a = x; b = a; a = 2*x; b", "2*x", {"x": []}),
        ("a = y; y = x; a", "x", {"x": [], "y": []}),
        ("y = x; x += y", "x", {"x": []}),
        ("abs(x)", "x", {"x": []}),
        ("abs(x)**3", "x**3", {"x": []}),
        ("lgamma(x)", "log(gamma(x))", {"x": []}),
        ("ones(n)", "ones(m)", {"x": ["n"], "y": ["m"]}),
        ("ones(x)", "1 + 0*x", {"x": []}),
    ],
)
def test_what_is_not_the_same_is_refused(function: str, claim: str, shapes: Json) -> None:
    for free in ("", "i0", "i0 i1"):
        refused(NOTHING | {"function": function, "claim": claim, "shapes": shapes, "free": free})


def test_words_are_not_read_with_options_that_the_program_does_not_know() -> None:
    shapes = {"x": ["n", "n"]}
    texts = (
        "mean(x, p=0)",
        "exp(x, dim=0)",
        "eye(2*n)",
        "x.exp",
        "x[0]",
        "x[:]",
        "norm(x, 1)",
        "eye(c)",
        "eye(n, n)",
        "np.exp",
    )
    for text in (
        *texts,
        "torch.exp(x)",
        "np.linalg.inv(x)",
        "sum(x, (0, 1))",
        "x < x",
        "einsum('ij', x)",
        "x if x else x",
    ):
        for free in ("", "i0", "i0 i1"):
            refused(NOTHING | {"function": text, "claim": text, "shapes": shapes | {"c": []}, "free": free})


def test_no_untrue_claim_has_a_certificate() -> None:
    """Those that hold nowhere may have one: it says nothing of where function and claim are defined."""
    untrue = [one for one in adversaries() if one.untruth != "nowhere"]
    assert len(untrue) > LEAST
    for one in untrue:
        statement, *_ = one.statements()
        shapes = {
            name: tuple(int(n) if n.isdecimal() else n for n in parts) for name, parts in statement.letters.items()
        }
        wrt = () if statement.kind == "value" else statement.wrt
        try:
            made = written.certificate(
                one.function, one.claim, statement.kind, wrt, shapes, one.options.get("where", ())
            )
        except LimitError:
            continue
        assert one.untruth == "sizes", one
        assert not any(isinstance(size, str) for shape in shapes.values() for size in shape), one
        assert replay_certificate.replay(json.loads(json.dumps(made))), one


# -- the command


def replayed(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(PROGRAM), str(path)], capture_output=True, text=True, check=False)


def test_the_command_writes_what_the_program_accepts(tmp_path: Path) -> None:
    argv = ["check", "x**2*y", "--claim", "x=2*x*y", "--claim", "y=x**2", "--certificate", "c.json", "--points", "4"]
    result = run(argv, cwd=tmp_path)
    assert result.code == 0
    assert result.stderr == ""
    found = replayed(tmp_path / "c.json")
    assert found.returncode == 0
    assert found.stdout.splitlines() == [
        "verified wherever both are defined, for all x, y: 2*x*y is the grad in ['x'] of x**2*y",
        "verified wherever both are defined, for all x, y: x**2 is the grad in ['y'] of x**2*y",
    ]
    text = (tmp_path / "c.json").read_text()
    for cut in (0, 1, len(text) // 2, len(text) - 3):
        (tmp_path / "cut.json").write_text(text[:cut])
        found = replayed(tmp_path / "cut.json")
        assert found.returncode == 1
        assert found.stderr.startswith("refused: ")
    assert replayed(tmp_path / "none.json").returncode == 1


def test_what_has_no_certificate_is_said_and_an_older_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("of an earlier run")
    result = run(["check", "relu(x)**2", "2*relu(x)", "--certificate", "c.json", "--points", "4"], cwd=tmp_path)
    assert result.code == 0
    assert "no certificate of x: certificates do not speak of relu" in result.stderr
    result = run(["check", "x**2", "3*x", "--certificate", "c.json"], cwd=tmp_path)
    assert result.code == 1
    assert json.loads((tmp_path / "c.json").read_text())["claims"] == []
    assert replayed(tmp_path / "c.json").returncode == 1
    for name in ("-", ""):
        assert run(["check", "x**2", "2*x", "--certificate", name], cwd=tmp_path).code == 2


def test_claims_of_files_share_one_certificate(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("```gradcli\nd(x**2)/dx = 2*x\nd(relu(x)**2)/dx = 2*relu(x)\nd(x)/dx = 2\n```\n")
    result = run(["check", "--file", "notes.md", "--certificate", "c.json", "--points", "4"], cwd=tmp_path)
    assert result.code == 1
    assert "no certificate of notes.md:3:" in result.stderr
    assert [claim["claim"] for claim in json.loads((tmp_path / "c.json").read_text())["claims"]] == ["2*x"]
    assert replayed(tmp_path / "c.json").returncode == 0


def test_code_has_no_certificate(tmp_path: Path) -> None:
    argv = ["check", "--python", "a:f", "--against", "a:g", "--certificate", "c.json"]
    assert run(argv, cwd=tmp_path).code == 2
