"""Pasted texts: what is read of them, however they are dressed; hostile ones are read in linear work."""

from __future__ import annotations

import pytest
from catalogue.pastes import DRESSED, FREED, OTHERS, SCALAR, TRACEBACK, Paste, prefixed

from gradcli.catalogue.pasted import MAX_MESSAGE, Pasted, Place, read_pasted
from gradcli.catalogue.plain import MAX_TEXT, text_of
from gradcli.catalogue.recognise import recognise


def own(pasted: Pasted) -> Place:
    return recognise(pasted).place or Place("", 0)


@pytest.mark.parametrize("paste", [*DRESSED, *OTHERS], ids=lambda paste: paste.name)
def test_what_is_read_of_a_paste(paste: Paste) -> None:
    pasted = read_pasted(paste.text)
    assert (pasted.kind, pasted.message[: len(paste.message)]) == (paste.kind, paste.message)
    place = own(pasted)
    assert (place.file, place.line, place.code) == (paste.file, paste.line, paste.code)


def test_a_message_ends_where_the_next_thing_begins() -> None:
    for after in ("\n\nThanks", "\n$ ls", '\nTraceback (most recent call last):\n  File "b.py", line 1\n', "\n>>> x"):
        assert read_pasted(f"RuntimeError: {SCALAR}{after}").raised[0].message == SCALAR


def test_anomaly_mode_tells_of_the_forward_call() -> None:
    text = (
        "/opt/conda/lib/python3.9/site-packages/torch/autograd/__init__.py:173: UserWarning: Error detected in "
        "PowBackward0. Traceback of forward call that caused the error:\n"
        '  File "train.py", line 61, in <module>\n    out = model(images)\n'
        '  File "/workspace/model.py", line 27, in forward\n    pooled = x.mean().pow(1 / self.p)\n'
        " (Triggered internally at ../torch/csrc/autograd/python_anomaly_mode.cpp:104.)\n"
        'Traceback (most recent call last):\n  File "train.py", line 63, in <module>\n    loss.backward()\n'
        "RuntimeError: Function 'PowBackward0' returned nan values in its 0th output.\n"
    )
    found = recognise(read_pasted(text))
    assert found.place == Place("train.py", 63, "<module>", "loss.backward()")
    assert found.forward == Place("/workspace/model.py", 27, "forward", "pooled = x.mean().pow(1 / self.p)")


def test_a_warning_has_its_own_place() -> None:
    text = "/home/me/train.py:12: UserWarning: The .grad attribute of a Tensor that is not a leaf\n  print(h.grad)\n"
    (raised,) = read_pasted(text).raised
    assert (raised.kind, raised.warning, raised.places) == (
        "UserWarning", True, (Place("/home/me/train.py", 12, "", "print(h.grad)"),),
    )  # fmt: skip


def test_the_text_keeps_the_users_lines_and_loses_the_librarys() -> None:
    text = read_pasted(prefixed("[rank0]: ", f"x = f(x.detach())\n{TRACEBACK}")).text
    assert "x.detach()" in text
    assert "loss.backward()" in text
    assert "run_backward" not in text
    assert "rank0" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_bytes_of_any_shell(encoding: str) -> None:
    assert read_pasted(text_of(TRACEBACK.encode(encoding))).message == SCALAR


def test_bytes_of_no_encoding() -> None:
    assert read_pasted(text_of(b"\xff\xfe\xfa" + b"\x00" * 3)).kind == ""
    assert read_pasted(text_of(b"\xe9t\xe9\n" + TRACEBACK.encode())).message == SCALAR


def test_of_a_long_log_the_end_is_read() -> None:
    log = "step 1 loss 0.5\n" * (MAX_TEXT // 8)
    assert read_pasted(log + TRACEBACK).message == SCALAR
    assert read_pasted(TRACEBACK + log).kind == ""


# Each is read within the runner's bound on work in test_explain_error.py too; here no reading may fail.
HOSTILE = {
    "nothing": "",
    "blanks": " \n\t\r\n" * 1000,
    "zeros": "\x00" * 10_000,
    "one long word": "a" * 200_000,
    "one long name": ("a" * 50 + ".") * 4000 + "Error: x",
    "dots": ("a." * 100_000) + "Error",
    "quotes": '"' * 100_000,
    "open files": 'File "' * 20_000,
    "open frames": 'File "a\n' * 20_000,
    "frames": 'File "a.py", line 1, in f\n' * 20_000,
    "heads": "RuntimeError: x\n" * 20_000,
    "tracebacks": "Traceback (most recent call last):\n" * 20_000,
    "carets": "^" * 100_000,
    "marks": ">" * 100_000,
    "boxes": "| " * 50_000,
    "arrows": "-" * 100_000 + "> 1 x",
    "brackets": "[" * 100_000,
    "escapes": "\x1b[" * 50_000,
    "titles": "\x1b]" * 50_000,
    "digits": "1" * 100_000,
    "times": "10:10:10 " * 10_000,
    "levels": "ERROR " * 20_000,
    "blanks and a colon": "E" + " " * 100_000 + ":",
    "a head far in": " " * 50_000 + "RuntimeError: x",
    "other alphabets": "\u0420\u0435\u0448\u0438\u043b " * 20_000,
    "surrogates": "\ud800RuntimeError: \udfff" * 1000,
    "the message many times": f"{FREED} " * 500,
    "half of the message many times": "grad can be implicitly created " * 5000,
    "versions": "is at version " * 5000 + "1; expected version " * 5000,
    "a shape without end": "Mismatch in shape: grad_output[0] has a shape of torch.Size([" + "1, " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_read_and_bounded(name: str) -> None:
    pasted = read_pasted(HOSTILE[name])
    assert all(len(raised.message) <= MAX_MESSAGE for raised in pasted.raised)
    found = recognise(pasted)
    assert all(len(part) <= 200 for part in found.parts.values())
