"""Runs properties of a case, says what failed and where, and finds smaller cases that fail alike."""

from __future__ import annotations

import contextlib
import os
import random
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from fuzzing.arrays import arrayed
from fuzzing.cases import Case, make_case
from fuzzing.edges import edged
from fuzzing.properties import CHEAP, COSTLY, scalar_text, small
from fuzzing.sides import kinked
from fuzzing.truths import made

import gradcli
from gradcli.base.errors import ExitCode, GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import parse
from gradcli.language.write import write

HANG, KILL, SLOW = 20.0, 60.0, 5.0  # seconds: of one property, until its process is killed, and worth a line
PACKAGE = str(Path(gradcli.__file__).parent) + os.sep


# -- running one case


@dataclass(slots=True)
class Outcome:
    """What one case did: failures as (property, kind, reason), verdicts by property, refusals, seconds."""

    failures: list[tuple[str, str, str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    seconds: float = 0.0


def place_of(error: BaseException) -> str:
    """Where in gradcli an error arose, and what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(PACKAGE)] or list(frames)
    last = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {last}: {str(error).strip().splitlines()[0][:160] if str(error).strip() else ''}"


def attempt(outcome: Outcome, name: str, check: Callable[[], Any]) -> None:
    """Runs one property; what it finds goes into ``outcome``."""
    started = time.monotonic()
    try:
        with warnings.catch_warnings(record=True) as heard, alarm(HANG, "fuzz: hang"):
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", DeprecationWarning)  # torch's own, which Python keeps from users
            warnings.simplefilter("ignore", ResourceWarning)  # of something else, which is collected just now
            result = check()
            if hasattr(result, "check"):
                outcome.verdicts.append(str(result.check.verdict))
        outcome.failures += [(name, "warning", f"{w.category.__name__}: {w.message}"[:200]) for w in heard[:1]]
    except GradcliError as error:
        if isinstance(error, LimitError) and error.message == "fuzz: hang":
            stack = error.__context__
            outcome.failures.append((name, "hang", place_of(stack) if stack else ""))
        elif error.code is ExitCode.BUG:
            outcome.failures.append((name, "bug", place_of(error)))
        else:
            outcome.refusals.append(f"{error.kind}: {error.message}")
    except AssertionError as error:
        inside = traceback.extract_tb(error.__traceback__)[-1]
        kind = next((word for word in ("differs", "false") if str(error).startswith(f"{word}:")), "property")
        if inside.filename.startswith(PACKAGE):
            outcome.failures.append((name, "traceback", place_of(error)))
        else:
            outcome.failures.append((name, kind, " ".join(str(error).split())[:300]))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        outcome.failures.append((name, "traceback", place_of(error)))
    seconds = time.monotonic() - started
    outcome.seconds += seconds
    if seconds > SLOW:
        outcome.refusals.append(f"slow: {name} took {seconds:.1f} s")


def run_case(case: Case, wanted: Sequence[str]) -> Outcome:
    """The named properties of a case."""
    outcome = Outcome()
    for name in wanted:
        check = {**CHEAP, **COSTLY}[name]
        attempt(outcome, name, lambda check=check: check(case))  # type: ignore[misc]
    return outcome


def wanted_of(rng: random.Random, case: Case) -> list[str]:
    """The cheap properties, the gradient, and one costly property more."""
    more = ["jacobian", "explain", "symbolic"] + (["hessian"] * 2 if small(case) else [])
    return [*CHEAP, "grad", rng.choice(more)]


# -- smaller cases that fail alike


def subtrees(tree: Tree) -> Iterator[Tree]:
    """All subtrees, smallest first."""
    seen: dict[Tree, int] = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        if node not in seen and not isinstance(node, Static):
            seen[node] = sum(1 for _ in _walk(node))
            stack.extend(node.args)
    return iter(sorted(seen, key=lambda node: seen[node]))


def _walk(node: Tree) -> Iterator[Tree]:
    yield node
    for child in node.args:
        yield from _walk(child)


def simpler(case: Case) -> Iterator[Case]:
    """Smaller cases: subtrees, subtrees lifted one level, rounder numbers."""
    tree = parse(case.text, bound=case.values).tree
    yield _with_tree(case, tree)
    for node in subtrees(tree):
        if node != tree and not getattr(node, "is_Boolean", False) and not isinstance(node, Static):
            yield _with_tree(case, node)
    for node in reversed(list(subtrees(tree))):
        for child in node.args:
            if not isinstance(child, Static) and child.args:
                with contextlib.suppress(Exception):
                    yield _with_tree(case, tree.xreplace({node: child}))
    for name, value in case.values.items():
        flat = np.asarray(value, dtype=np.float64)
        for at in np.ndindex(flat.shape):
            for rounder in (0.0, 1.0, 2.0, 0.5):
                if flat[at] == rounder:
                    break
                changed = flat.copy()
                changed[at] = rounder
                yield replace(case, values={**case.values, name: changed.tolist()})


def _with_tree(case: Case, tree: Tree) -> Case:
    """The case with another tree; where no variable is left, one that is not used."""
    text = write(tree)
    names = parse(text, bound=case.values).names
    if not names:
        return Case(("u = x",), text, {"x": 1.0})
    return Case((), text, {name: value for name, value in case.values.items() if name in names})


def minimise(case: Case, name: str, kind: str, seconds: float = 20.0) -> Case:
    """The smallest case found in that time that fails the same property in the same way."""
    until = time.monotonic() + seconds
    found = True
    while found:
        found = False
        for other in _safely(simpler(case)):
            if time.monotonic() > until:
                return case
            smaller = (len(other.text), len(repr(other.values))) < (len(case.text), len(repr(case.values)))
            if other.values and smaller and any(f[:2] == (name, kind) for f in run_case(other, [name]).failures):
                case, found = other, True
                break
    return case


def _safely(cases: Iterator[Case]) -> Iterator[Case]:
    with contextlib.suppress(Exception):
        yield from cases


# -- the long run: cases by number, in worker processes that may die


def case_of(seed: int, number_: int) -> tuple[Case, list[str]]:
    """Case ``number_`` of a seed, and the properties to run."""
    rng = random.Random(f"{seed}:{number_}")  # noqa: S311 - cases of a test
    if number_ % 60 == 59:  # a sum over many entries
        return arrayed(rng), ["entries"]
    if number_ % 6 == 5:  # a formula on its kinks, or at the end of a domain
        on_edge = number_ % 12 == 11
        sample = edged(rng) if on_edge else kinked(rng)
        return Case((), sample.text, sample.values), ["edges" if on_edge else "sides"]
    if number_ % 3 == 2:  # a formula that the independent reading knows
        sample = made(rng)
        return Case((), sample.text, sample.values), ["truth"]
    case = make_case(rng)
    return case, wanted_of(rng, case)


COMMANDS = {"jacobian": "jacobian", "hessian": "hessian", "explain": "explain", "echo": "jacobian"}


def replay_line(case: Case, name: str, kind: str, reason: str) -> str:
    """A command line, and what it shows."""
    line = case.replay(
        COMMANDS.get(name, "grad"), scalar_text(case) if name in {"hessian", "grad", "symbolic"} else case.text
    )
    return f"{line}  # {name}: {kind}: {reason}"
