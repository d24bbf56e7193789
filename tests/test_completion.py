"""What a shell offers for the word that is being typed, through typer's own protocol, as bash and zsh ask."""

from __future__ import annotations

import re

import pytest

from gradcli.cli import app, completion
from gradcli.cli.completion import names_in
from gradcli.export.code import DIALECTS
from gradcli.inputs.request import REDUCTIONS
from gradcli.language.constants import CONSTANTS
from gradcli.language.parse import parse


def offered(shell: str, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What stands in the shell's list for the last word of a line; of bash as bash cuts it, at = too."""
    words = re.findall(r"'[^']*'?|=|[^\s=']+", line) + [""] * line.endswith(" ")
    for name, value in {
        "_GRADCLI_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        app._command()([], prog_name="gradcli")
    out = capsys.readouterr().out
    return (
        set(re.findall(r"""^(?:_arguments '\*: :\(\()?"([^"]+)\"""", out, re.MULTILINE))
        if shell == "zsh"
        else set(out.split())
    )


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("gradcli grad 'x*y' --wrt ", {"x", "y"}),
        ("gradcli grad 'x*y' --wrt x,", {"x,y"}),
        ("gradcli grad 'sin(alpha)*a' --wrt al", {"alpha"}),
        ("gradcli grad --check off 'x*y' --wrt ", {"x", "y"}),
        ("gradcli grad -x*y --wrt ", {"x", "y"}),
        ("gradcli grad 'x*y' ", {"x=", "y="}),
        ("gradcli grad -x*y ", {"x=", "y="}),
        ("gradcli hessian 'x*y' x=3 ", {"y="}),
        ("gradcli jacobian 'x*y' --shape ", {"x=", "y="}),
        ("gradcli explain 'exp(x)' ", {"x="}),
        ("gradcli check 'x*y' y --wrt ", {"x", "y"}),
        ("gradcli check 'x*y' --claim ", {"x=", "y="}),
        ("gradcli check 'r = A@x; r@r' --assume ", {"A=", "x="}),
        ("gradcli grad 'x*(y' --wrt ", {"x", "y"}),
        ("gradcli grad 'x*$' --wrt ", set()),
        ("gradcli grad \"x*\\\"\" --wrt ", set()),
        ("gradcli grad x --format ", {"text", "json", "csv", "latex", "npy", "npz", "mtx", "png", "html"}),
        ("gradcli grad x --dtype fl", {"float64", "float32", "float16"}),
        ("gradcli grad x --device ", {"cpu", "cuda", "mps", "auto"}),
        ("gradcli jacobian x --mode ", {"auto", "reverse", "forward"}),
        ("gradcli grad x --symmetric ", {"joint"}),
        ("gradcli grad x --code ", set(DIALECTS)),
        ("gradcli grad x --reduce ", set(REDUCTIONS)),
        ("gradcli explain x --show tape,me", {"tape,memory"}),
        ("gradcli ops soft", {"softmax", "softmin", "softplus", "softshrink", "softsign", "softmax_over", "soft_margin_loss"}),
        ("gradcli grad x --allow", {"--allow-unused"}),
    ],
)  # fmt: skip
def test_a_shell_is_offered(
    shell: str, line: str, due: set[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(shell, line, capsys, monkeypatch) == due


@pytest.mark.parametrize("line", ["gradcli grad 'x*y' x=", "gradcli grad 'x*y' x=y", "gradcli grad 'x*y' x=3 y="])
def test_nothing_is_offered_inside_of_a_value(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [offered(shell, line, capsys, monkeypatch) for shell in ("bash", "zsh")] == [set(), set()]


@pytest.mark.parametrize(
    "text",
    [
        "x*sin(y) + pi", "beta*gamma(beta)", "A.T @ x.sum(dim=0)", "r = A@x - b; sum(r**2)", "a = x; b = a*y; a + b", "torch.sin(x) + np.pi*F.relu(z)",
        "softmax(x, axis=-1)[0]", "φ̇**2*θ + λ", "lambda*x if x > 0 and not y < z else 1e3", "besselj(2, x)", "F.T @ F", "7",
        "norm.logpdf(x, mu, s) + t.mean() + D.Normal(0, v).log_prob(z) + beta.T @ gamma",
    ],
)  # fmt: skip
def test_the_variables_are_those_that_are_read(text: str) -> None:
    assert sorted(names_in(text)) == sorted(parse(text, bound=("F",) if "F.T" in text else ()).names)


@pytest.mark.parametrize(
    "text", ["", "x*$", "'", "2..3", "((((", "x = ", "=", "a, b = c", "\x00", "x" * 70_000, "))x", "[x = 2]"]
)
def test_no_text_is_too_odd_to_be_asked(text: str) -> None:
    assert set(names_in(text)) <= {"x", "c"}


def test_constants_are_those_of_the_language() -> None:
    """But for tau, which is a variable."""
    assert CONSTANTS.keys() - {"tau"} == completion.CONSTANTS
