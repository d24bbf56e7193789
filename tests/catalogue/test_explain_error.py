"""``explain --error``: what is said of a text, as text and JSON, from the shell and from Python, and what it loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from catalogue.corpus import CORPUS
from catalogue.pastes import SCALAR, TRACEBACK
from catalogue.test_pasted import HOSTILE
from runner import CLOSED, run

import gradcli
from gradcli.catalogue.table import CAUSES, MESSAGES
from gradcli.commands.explain.error import is_error
from gradcli.language.prose import looks_like_prose
from gradcli.report.document import View
from gradcli.report.writing import document_of, rendered

SCHEMA = json.loads((Path(gradcli.__file__).parent / "schema.json").read_text())
UNTRACKED = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"
UNKNOWN = "KeyError: 'x'"


def text_of(said: str, *, verbose: bool = False) -> str:
    return str(rendered(document_of(gradcli.explain_error(said)), "text", View(verbose=verbose)))


# -- from the shell


def test_a_traceback_from_a_pipe() -> None:
    done = run(["explain", "--error", "-"], TRACEBACK.encode())
    assert (done.code, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()[:2]
    assert first == "train.py:33: loss.backward()"
    assert second == f"RuntimeError: {SCALAR}"
    assert "What it means" in done.stdout


def test_a_file_a_text_and_stdin_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(TRACEBACK)
    (tmp_path / "wide").write_text(TRACEBACK, "utf-16")
    said = {
        run(["explain", "--error", given], TRACEBACK.encode(), cwd=tmp_path).stdout
        for given in ("-", TRACEBACK, "@log", "@wide")
    }
    assert len(said) == 1


def test_json_is_what_the_schema_says_and_has_what_was_promised() -> None:
    for given, code in ((TRACEBACK, 0), (UNKNOWN, 5), ("list", 0), ("hello", 5)):
        done = run(["explain", "--error", given, "--json"])
        assert done.code == code
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(done.stdout))
    found = json.loads(run(["explain", "--error", TRACEBACK, "--json"]).stdout)
    assert (found["file"], found["line"], found["code"]) == ("train.py", 33, "loss.backward()")
    assert (found["recognised"], found["message"], found["framework"]) == (True, "non_scalar", "torch")
    assert found["raised"] == {"kind": "RuntimeError", "message": SCALAR}
    assert all(cause[part] for cause in found["causes"] for part in ("name", "text", "how_to_tell", "fix"))
    assert found["causes"] == gradcli.explain_error(TRACEBACK).to_dict()["causes"]


@pytest.mark.parametrize(("said", "message"), [
    ("trying to backward through the graph a second time", "graph_freed"),
    ("RUNTIMEERROR: GRAD CAN BE IMPLICITLY CREATED ONLY FOR SCALAR OUTPUTS", "non_scalar"),
    ("a leaf variable that requires grad is being used in an in-place operation", "inplace_leaf"),
    ("ELEMENT 0 OF TENSORS DOES NOT REQUIRE GRAD AND DOES NOT HAVE A GRAD_FN", "no_graph"),
])  # fmt: skip
def test_capitals_do_not_matter(said: str, message: str) -> None:
    """As people type a message from memory; with or without the option."""
    for argv in (["explain", "--error", said, "--json"], ["explain", said, "--json"]):
        done = run(argv)
        assert (done.code, json.loads(done.stdout)["message"]) == (0, message)


def test_capitals_matter_in_what_a_program_has_written() -> None:
    """NoneType is no name of a network, for all that it has the letters of Net."""
    for said in (
        "'NoneType' object has no attribute 'grad'",
        "AttributeError: 'NoneType' object has no attribute 'grad'",
    ):
        found = gradcli.explain_error(said)
        assert (found.recognised, {cause.likelihood for cause in found.causes}) == (False, {"guess"})


@pytest.mark.parametrize("said", [
    "AttributeError: 'function' object has no attribute 'grad'",
    "AttributeError: 'module' object has no attribute 'grad'",
    "TypeError: 'int' object is not iterable",
    "AttributeError: 'NoneType' object has no attribute 'shape'",
    "RuntimeError: expected scalar type Long but found Float",
])  # fmt: skip
def test_no_cause_is_certain_where_other_mistakes_say_the_same(said: str) -> None:
    assert "certain" not in {cause.likelihood for cause in gradcli.explain_error(said).causes}


def test_an_exception_explains_itself() -> None:
    try:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    except RuntimeError as error:
        found = gradcli.explain_error(error)
    assert (found.message, Path(found.file).name) == ("non_scalar", Path(__file__).name)
    assert found.code.startswith("raise RuntimeError")
    given: Any  # what the signature forbids
    for given in (b"RuntimeError: x", None, 3, ["x"]):
        with pytest.raises(gradcli.UsageError, match=type(given).__name__):
            gradcli.explain_error(given)


@pytest.mark.parametrize(("word", "name"), [
    ("nonscalar", "non_scalar"), ("non-scalar", "non_scalar"), ("LIST", "list"), ("inplace_leef", "inplace_leaf"),
])  # fmt: skip
def test_a_misspelt_name_of_the_catalogue_is_put_right(word: str, name: str) -> None:
    done = run(["explain", "--error", word])
    assert done.code == 5
    assert f"Did you mean {name}?" in done.stdout
    assert gradcli.explain_error("x").notes == ()


def test_a_text_of_which_the_beginning_was_not_read_says_so() -> None:
    long = f"RuntimeError: {SCALAR}\n" + "step 17\n" * 300_000
    assert gradcli.explain_error(long).notes == ("Only the last 2,000,000 characters of the text were read.",)
    assert gradcli.explain_error(f"{long}RuntimeError: {SCALAR}\n").notes == ()


def test_what_nothing_fits_is_said_not_to_fit() -> None:
    done = run(["explain", "--error", UNKNOWN])
    assert done.code == 5
    assert "none is near" in done.stdout
    found = gradcli.explain_error(UNKNOWN)
    assert (found.recognised, found.message, found.causes, found.nearest) == (False, None, (), ())


@pytest.mark.parametrize("said", [
    "grad can be implicitly created only for scalar",
    "grad can be implicitely created only for skalar output",
    "RuntimeError: grad can only be created implicitly for scalar outputs",
    "Fehler: grad can be implicitly created only for scal",
])  # fmt: skip
def test_a_text_that_is_nearly_a_message_is_a_guess(said: str) -> None:
    found = gradcli.explain_error(said)
    assert not found.recognised
    assert "non_scalar" in found.nearest
    assert {cause.likelihood for cause in found.causes} == {"guess"}
    assert "a guess" in " ".join(text_of(said).split())
    assert run(["explain", "--error", said]).code == 5


@pytest.mark.parametrize("said", [
    "Dear all, the meeting is on Monday in the large room, please bring your slides.",
    "ModuleNotFoundError: No module named 'torch'",
    "FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
    "SyntaxError: invalid syntax",
    "ZeroDivisionError: division by zero",
    "all good, no error", "x", "42", "??",
])  # fmt: skip
def test_nothing_is_guessed_of_a_text_that_is_near_to_none(said: str) -> None:
    found = gradcli.explain_error(said)
    assert (found.recognised, found.nearest, found.causes) == (False, (), ())


@pytest.mark.parametrize("given", ["", " \n\t"])
def test_an_empty_text_is_an_error_of_the_input(given: str) -> None:
    for argv, stdin in ((["explain", "--error", given], b""), (["explain", "--error", "-"], given.encode())):
        done = run(argv, stdin)
        assert (done.code, done.stdout) == (4, "")
        assert "empty" in done.stderr
    with pytest.raises(gradcli.InputError, match="empty") as caught:
        gradcli.explain_error(given)
    assert "explain_error" in str(caught.value.hint)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = run(["explain", "--error", "@nowhere.log"], cwd=tmp_path)
    assert (done.code, done.stdout) == (4, "")
    assert run(["explain", "--error", "@."], cwd=tmp_path).code == 4
    assert run(["explain", "--error", "-"], CLOSED).code == 4


@pytest.mark.parametrize(("argv", "names"), [
    (["x**2"], "x**2"),
    (["x=1", "y=2"], "x=1"),
    (["--wrt", "x"], "--wrt"),
    (["--digits", "30"], "--digits"),
    (["--shape", "A=2,2"], "--shape"),
    (["--check", "off"], "--check"),
    (["--seed", "1", "--dtype", "float32"], "--dtype, --seed"),
])  # fmt: skip
def test_options_of_a_function_are_refused_in_words(argv: list[str], names: str) -> None:
    done = run(["explain", "--error", UNTRACKED, *argv])
    assert (done.code, done.stdout) == (2, "")
    assert names in done.stderr


def test_csv_has_no_place_for_it() -> None:
    done = run(["explain", "--error", UNTRACKED, "--format", "csv"])
    assert (done.code, done.stdout) == (2, "")


def test_the_catalogue_lists_all_messages_and_causes() -> None:
    done = run(["explain", "--error", "list"])
    assert done.code == 0
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    assert {message.name for message in MESSAGES} | CAUSES.keys() <= listed
    found = gradcli.error_catalogue().to_dict()["catalogue"]
    assert sum(len(group["messages"]) for group in found) == len(MESSAGES)


@pytest.mark.parametrize("name", ["non_scalar", "non_scalar_output"])
def test_a_row_by_its_name(name: str) -> None:
    found = gradcli.explain_error(name)
    assert (found.recognised, found.message, found.causes[0].name) == (True, "non_scalar", "non_scalar_output")


NEAR = {
    "RuntimeError: one of the variables needed for gradient computation": "inplace_saved",
    "Trying to backward thru the graph second time": "graph_freed",
    "a leaf variable that requires grad used in inplace operation": "inplace_leaf",
    "tensor doesnt require grad and doesnt have a grad fn": "no_graph",
    "cannot call numpy on tensor that requires grad": "numpy_on_grad",
    "buffers have already been freed": "graph_freed",
    "appears to not have been used in the graph": "unused_input",
    "modified by an inplace operation": "inplace_saved",
}


@pytest.mark.parametrize("said", NEAR)
def test_half_a_message_and_one_from_memory_find_their_row(said: str) -> None:
    found = gradcli.explain_error(said)
    assert NEAR[said] in {found.message, *found.nearest}


# -- what stands in the place of a formula


@pytest.mark.parametrize("words", [
    [f"RuntimeError: {SCALAR}"],
    [SCALAR],
    f"RuntimeError: {SCALAR}".split(),
    [TRACEBACK],
    ["ValueError: never heard of"],
])  # fmt: skip
def test_an_error_in_the_place_of_a_formula_is_taken_for_one(words: list[str]) -> None:
    done = run(["explain", *words])
    assert done.stderr == "taken for an error message, as gradcli explain --error says\n"
    assert done.code == (5 if "never" in words[0] else 0)
    quiet = run(["explain", "-q", *words])
    assert (quiet.code, quiet.stdout, quiet.stderr) == (done.code, done.stdout, "")


@pytest.mark.parametrize("command", ["grad", "jacobian", "hessian"])
def test_other_commands_name_who_explains_it(command: str) -> None:
    done = run([command, f"RuntimeError: {SCALAR}", "x=1"])
    assert done.code == 3
    assert "try: gradcli explain --error" in done.stderr
    assert "explain --error" not in run([command, "x +", "x=1"]).stderr


def test_no_formula_is_taken_for_an_error() -> None:
    done = run(["explain", "x if x > 0 else -x", "x=1"])
    assert (done.code, done.stderr) == (0, "")


def test_a_formula_needs_no_catalogue() -> None:
    assert "gradcli.catalogue.table" not in imported("explain", "x**2")


def test_an_error_needs_nothing_heavy() -> None:
    for said in (TRACEBACK, UNKNOWN, "list"):
        found = imported("explain", "--error", said)
        assert found & {"torch", "sympy", "numpy", "mpmath", "gradcli.operations.table"} == set()
        assert "gradcli.catalogue.table" in found
    assert "numpy" in imported("grad", "x**2")  # a planted one would be seen


def imported(*argv: str) -> set[str]:
    """What a fresh process has imported at the end of a command line."""
    code = "import sys\nfrom gradcli.cli.app import run\nrun(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, check=False)
    return set(done.stderr.splitlines()[-1].split())


# -- how it looks


def test_it_fits_eighty_columns_but_for_code_and_the_texts_own_lines() -> None:
    for message in MESSAGES:
        shown = text_of(message.name)
        code = {
            line.strip()
            for cause in CAUSES.values()
            for part in (cause.fix, cause.program, cause.mended, cause.command)
            for line in part.splitlines()
        }
        wide = [
            line
            for line in shown.splitlines()
            if len(line) > 80 and line.strip().lstrip("+- ") not in code and "gradcli" not in line
        ]
        assert wide == []


def test_many_causes_are_cut_and_told_in_full_to_those_who_ask() -> None:
    found = gradcli.explain_error(UNTRACKED)
    assert len(found.causes) > 4
    short, long = text_of(UNTRACKED), text_of(UNTRACKED, verbose=True)
    assert short.count("How to tell:") == 3
    assert long.count("How to tell:") == len(found.causes)
    assert all(cause.title in short for cause in found.causes)
    assert "-v tells" in short
    assert "-v tells" not in long
    assert all(cause.mended.splitlines()[-1] in long for cause in found.causes)


def test_a_files_name_in_a_command_line_is_quoted() -> None:
    assert "--run 'a; rm b.py'" in text_of(f'  File "a; rm b.py", line 3, in f\n    x\n{UNTRACKED}')
    assert "--run train.py" in text_of(TRACEBACK)


def test_the_program_and_its_twin_stand_beside_each_other() -> None:
    shown = text_of(f"RuntimeError: {SCALAR}")
    assert "\n  - y.backward()\n" in shown
    assert "\n  + y.sum().backward()\n" in shown


def test_parts_of_the_text_are_escaped_and_cut() -> None:
    hostile = "\x1b[2J\u202e\x07" + "9, " * 500
    said = f"RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([{hostile}]) and output[0] has a shape of torch.Size([1])."
    found = gradcli.explain_error(said)
    assert found.recognised
    assert all(len(part) <= 200 for part in found.parts.values())
    shown = text_of(said)
    assert not set(shown) & {"\x1b", "\u202e", "\x07"}
    for line in (
        f"train\x1b[31m\u202e.py:1: UserWarning: x\n  {UNTRACKED}",
        f'  File "a\u202eb.py", line 3, in f\n    x\u2066\n{UNTRACKED}',
    ):
        assert not set(text_of(line)) & {"\x1b", "\u202e", "\u2066"}


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_answered_within_bounded_work(name: str) -> None:
    """The runner kills what works for longer than its bound."""
    done = run(["explain", "--error", "-"], HOSTILE[name].encode("utf-8", "surrogatepass"), seconds=20)
    assert done.code in {0, 4, 5}, done.stderr


def test_a_long_log_is_read_in_bounded_memory() -> None:
    log = b"epoch 1 step 2 loss 0.25\n" * 2_000_000 + TRACEBACK.encode()
    done = run(["explain", "--error", "-"], log, seconds=30)
    assert (done.code, done.stdout.splitlines()[0]) == (0, "train.py:33: loss.backward()")
    assert done.peak_mb < 1500


# -- certain, likely, possible


@pytest.mark.generated(share=1 / 4, kind=lambda message: (len(message.causes) == 1, message.sure))
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_certain_is_said_of_a_cause_that_stands_alone_where_the_row_is_sure(message: object) -> None:
    causes = getattr(message, "causes", ())
    for name in causes:
        if CAUSES[name].beyond or CAUSES[name].program == "":
            continue
        found = explained(name)
        if found.message != getattr(message, "name", ""):
            continue
        certain = len(causes) == 1 and getattr(message, "sure", True)
        assert [cause.likelihood == "certain" for cause in found.causes] == [certain] * len(causes)


def explained(name: str) -> gradcli.ErrorExplanation:
    from catalogue.scripts import ended

    return gradcli.explain_error(ended(CAUSES[name].program).stderr)


SIGNS: list[tuple[str, Callable[[str], str], str]] = [
    ("the failing line", lambda code: f'File "a.py", line 3, in f\n    {code}\n{UNTRACKED}', "loss = net(x).detach().sum().backward()"),
    ("a line nearby", lambda code: f"{code}\nloss.backward()\n{UNTRACKED}", "features = encoder(x).detach()"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "text", "code"), SIGNS, ids=[where for where, _, _ in SIGNS])
def test_a_sign_in_the_text_moves_a_cause_up(where: str, text: Callable[[str], str], code: str) -> None:
    found = gradcli.explain_error(text(code))
    assert (found.causes[0].name, found.causes[0].likelihood) == ("detached", "likely")
    assert "detach" in found.causes[0].sign
    assert gradcli.explain_error(UNTRACKED).causes[0].likelihood == "possible"


def test_of_several_errors_the_last_that_is_known_counts_and_others_are_named() -> None:
    both = f"{TRACEBACK}\n{UNTRACKED}\n"
    found = gradcli.explain_error(both)
    assert found.raised is not None
    assert found.raised["message"] in UNTRACKED
    assert found.others == ("non_scalar",)
    later = gradcli.explain_error(f"{TRACEBACK}\nsubprocess.CalledProcessError: Command returned 1\n")
    assert later.message == "non_scalar"
    assert "CalledProcessError" in later.notes[0]


# -- formulas


def formulas() -> list[str]:
    """All formulas and claims of the corpora, and what their command lines say."""
    found: list[str] = []
    for path in sorted(CORPUS.parent.glob("*.jsonl")):
        for line in path.read_text().strip().split("\n") if path != CORPUS else ():
            entry = json.loads(line)
            found += [entry[key] for key in ("expr", "claim", "function", "reads") if isinstance(entry.get(key), str)]
            if path.name in {"bugs.jsonl", "people.jsonl"}:
                found += [word for word in entry["argv"] if isinstance(word, str)]
    return found


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus lies beside the checkout, and is not there")
def test_no_formula_of_the_corpora_is_taken_for_an_error() -> None:
    found = formulas()
    assert len(found) > 1000
    assert [text for text in found if is_error(text)] == []
    prose = [text for text in found if looks_like_prose(text)]
    assert len(prose) < len(found) / 500, prose  # only these cost the reading of the catalogue
    assert is_error(f"RuntimeError: {SCALAR}")
