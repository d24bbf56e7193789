"""Time limits: an alarm that rings on the way out is nobody's error."""

from __future__ import annotations

import inspect
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from slices import Draw

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.limits import alarm
from gradcli.language.parse import parse

pytestmark = pytest.mark.usefixtures("machine_time")


def test_an_alarm_rings_inside_or_not_at_all(draw: Draw) -> None:
    """What the body made is freed after its last line, which takes a while; then the time may be up."""

    def work() -> None:
        _made = [[] for _ in range(30_000)]

    ends, count = set(), draw.count(60, 200)
    for n in range(count):
        try:
            with alarm(5e-4 + n * 3e-3 / count, "late"):
                work()
            ends.add("done")
        except LimitError:
            ends.add("limit")
    assert "limit" in ends


def endless() -> None:
    while True:
        pass


def test_an_outer_alarm_goes_on_after_an_inner_one() -> None:
    def inner() -> None:
        with pytest.raises(LimitError, match="inner"), alarm(0.02, "inner"):
            endless()
        endless()

    with pytest.raises(LimitError, match="outer"), alarm(0.2, "outer"):
        inner()


def test_an_outer_alarm_rings_inside_an_inner_one() -> None:
    with pytest.raises(LimitError, match="outer"), alarm(0.02, "outer"), alarm(5, "inner"):
        endless()


def test_an_alarm_that_is_heard_late_rings_in_no_other() -> None:
    """What rings between two alarms, or where one begins, leaves no handler behind."""
    before = signal.getsignal(signal.SIGALRM)
    for n in range(300):
        try:
            with alarm(1e-3 + n * 1e-6, "outer"):
                for _ in range(100):
                    with alarm(5e-4, "inner"):
                        sum(range(500))
        except LimitError:
            continue
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_timer_of_the_callers_own_is_no_limit_of_ours() -> None:
    """A profiler's timer rings all the time, and says nothing about ours."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    try:
        with pytest.raises(LimitError, match="ours"), alarm(0.05, "ours"):
            endless()
        assert signal.getitimer(signal.ITIMER_REAL)[1] == pytest.approx(0.005, rel=0.1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# -- outside of the main thread, where there are no signals


def in_thread(work: Callable[[], Any]) -> Any:  # Any: what the work gives back
    """What ``work`` returns or raises in a thread of its own, which has a minute for it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(60)


def busy(seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    raise AssertionError("no alarm rang")


def test_an_alarm_rings_in_a_thread() -> None:
    def work() -> None:
        with pytest.raises(LimitError, match="in time") as caught, alarm(0.05, "in time"):
            busy()
        assert caught.value.kind == "time"
        assert sys.getprofile() is None

    in_thread(work)


def test_alarms_nest_in_a_thread() -> None:
    def inner() -> None:
        with pytest.raises(LimitError, match="inner"), alarm(0.02, "inner"):
            busy()
        busy()

    def inner_first() -> None:
        with pytest.raises(LimitError, match="outer"), alarm(0.1, "outer"):
            inner()

    def outer_first() -> None:
        with pytest.raises(LimitError, match="outer"), alarm(0.02, "outer"), alarm(5, "inner"):
            busy()

    in_thread(inner_first)
    in_thread(outer_first)


def test_a_profiler_of_the_callers_own_stays_and_the_limit_is_said_not_to_be_kept() -> None:
    heard = []

    def work() -> None:
        def listen(_frame: object, event: str, _argument: object) -> None:
            heard.append(event)

        sys.setprofile(listen)
        try:
            with pytest.warns(RuntimeWarning, match="is not kept"), alarm(0.01, "never"):
                time.sleep(0.05)
            assert sys.getprofile() is listen
        finally:
            sys.setprofile(None)

    in_thread(work)
    assert heard


def test_a_claim_that_sympy_cannot_finish_ends_in_a_thread_too() -> None:
    """Where sympy would take minutes to prove it, the claim agrees, in a thread as elsewhere."""

    def slow(*_: object) -> None:
        busy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gradcli.commands.examination.FOR_ALL_SIZES", {})
        patch.setattr("gradcli.commands.examination.AT_SIZES", {})
        patch.setattr("gradcli.claims.simplification._vanishing", slow)
        patch.setattr("gradcli.claims.simplification.BELT", 0.2)
        (found,) = in_thread(lambda: gradcli.check("x*sin(x)", "sin(x) + x*cos(x)")).claims
    assert (str(found.verdict), found.unproved) == ("agrees", "sympy: it was cut off after 0.2 s")


@pytest.mark.parametrize("text", ["x*sin(x)", "log(1 + exp(x))", "abs(x - 3)"])
def test_a_thread_changes_no_answer(text: str) -> None:
    work = lambda: gradcli.grad(text, {"x": 3.0}, check_time=60)  # noqa: E731
    assert in_thread(work).to_dict() == work().to_dict()


# -- the stack


def test_the_callers_recursion_limit_stays_as_it_is() -> None:
    program = (
        "import sys; before = sys.getrecursionlimit(); import gradcli; gradcli.grad('x**2'); "
        "gradcli.check('x**2', '2*x'); print(before, sys.getrecursionlimit())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, after = done.stdout.split()
    assert before == after


NESTINGS = [("(", "x", ")"), ("sqrt(1+", "x", ")"), ("1/(1+", "x", ")"), ("1 if x>0 else ", "x", ""), ("-", "x", "")]


@pytest.mark.parametrize(("opening", "inside", "closing"), NESTINGS)
def test_nesting_ends_in_a_number_or_a_limit_however_little_of_the_stack_is_left(
    opening: str, inside: str, closing: str
) -> None:
    def below(frames: int, levels: int) -> str:
        if frames:
            return below(frames - 1, levels)
        try:
            return str(gradcli.grad(opening * levels + inside + closing * levels, {"x": 1.5}, check_time=0.5).value)
        except LimitError as limit:
            return limit.message

    gradcli.grad("x", {"x": 1.5})  # torch is loaded
    for room in (700, 400, 300):
        for levels in (3, 30, 90, 101):
            said = below(sys.getrecursionlimit() - len(inspect.stack()) - room, levels)
            assert re.fullmatch(r"-?[\d.e+-]+|nested deeper than \d+ levels|sympy gives up: .*", said), said
            assert levels > 3 or said.lstrip("-")[0].isdigit()
            assert levels <= 100 or said.startswith("nested deeper than")


def test_a_tree_that_the_stack_has_no_room_for_says_what_makes_room() -> None:
    def below(frames: int) -> None:
        if frames:
            below(frames - 1)
        else:
            parse("y" + ".T" * 150)

    parse("x" + ".T" * 150)
    with pytest.raises(LimitError, match=r"nested deeper than \d\d levels") as caught:
        below(sys.getrecursionlimit() - len(inspect.stack()) - 300)
    assert "sys.setrecursionlimit(6000)" in (caught.value.hint or "")


@pytest.mark.parametrize("text", [
    "f = lambda a: (a, a, a, a, a, a); " + "f(" * 12 + "x" + ")" * 12, "sum((x,)*10**9)", "(x, x)*20_000",
    "np.triu_indices(2**31)", "np.indices((10**5, 10**5))", "torch.topk(y, 2**31)", "torch.combinations(y, 12)",
    "scipy.linalg.hadamard(2**31)", "scipy.special.jvp(1, x, 10**9)", "torch.triu_indices(10**6, 10**6)",
    "torch.tril_indices(10**9, 0)", "scipy.stats.beta.ppf(x/2, 3000, 3000)",
])  # fmt: skip
def test_what_a_number_multiplies_ends_before_it_is_made(text: str) -> None:
    with pytest.raises(LimitError):
        gradcli.grad(text, {"x": 1.0, "y": np.ones(30)}, allow_unused=True)
