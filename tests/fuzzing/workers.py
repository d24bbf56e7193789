"""The long run: cases by number, in worker processes that may die."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import working_time
from fuzzing.calls import callable_rows
from fuzzing.cases import Case
from fuzzing.running import HANG, KILL, SLOW, case_of, minimise, replay_line, run_case
from runner import worked
from working_time import AMPLE

from gradcli.base.errors import GradcliError
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree

SHOWN = 5  # lines on stdout for failures that look alike; --out has them all


def groups_of(case: Case) -> list[str]:
    """The groups of the rows that a case uses."""
    try:
        steps = compile_tree(parse(case.text, bound=case.values).tree).steps
    except GradcliError:
        return []
    return sorted({step.op.group for step in steps if step.op is not None})


def signature_of(name: str, kind: str, reason: str) -> str:
    """What failures of one cause are likely to share: the place of a traceback, else the property."""
    return f"{kind}: {reason.partition(': ')[0]}" if kind == "traceback" else f"{kind}: {name}"


def work(seed: int) -> None:
    """A worker: reads case numbers, answers with JSON lines; before a case runs, its command line."""
    working_time.install()  # a busy machine makes nothing hang
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    seen: Counter[str] = Counter()
    for line in sys.stdin:
        case, wanted = case_of(seed, int(line))
        answers.write(json.dumps({"begin": case.replay(), "wanted": wanted}) + "\n")
        outcome = run_case(case, wanted)
        lines = []
        for name, kind, reason in outcome.failures:
            signature = signature_of(name, kind, reason)
            seen[signature] += 1
            least = case if kind in {"hang", "warning"} or seen[signature] > 2 else minimise(case, name, kind)
            again = [f for f in run_case(least, [name]).failures if f[1] == kind] if least is not case else []
            lines.append((signature, replay_line(least, name, kind, again[0][2] if again else reason)))
        answer = {
            "lines": lines, "verdicts": outcome.verdicts, "refusals": outcome.refusals, "seconds": outcome.seconds,
            "groups": groups_of(case), "replay": case.replay(),
        }  # fmt: skip
        answers.write(json.dumps(answer) + "\n")


class Worker:
    """A process that runs cases one after another; started again when it dies or hangs."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.begun: Any = None
        self.number = -1
        self.since, self.worked = 0.0, 0.0
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).parent), "--worker", "--seed", str(self.seed)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def send(self, number_: int) -> None:
        self.number, self.begun, self.since = number_, None, time.monotonic()
        self.worked = worked(self.process.pid)
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{number_}\n")
            self.process.stdin.flush()

    def answer(self) -> dict[str, Any] | None:
        """The answer that stands ready, or a failure if the process died or hangs; None while it works."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline() if select.select([self.process.stdout], [], [], 0)[0] else None
        if line:
            found: dict[str, Any] = json.loads(line)
            if "begin" not in found:
                return found
            self.begun = found
        dead = line == ""
        patience = KILL + len((self.begun or {}).get("wanted", "")) * HANG
        late = (
            worked(self.process.pid) - self.worked > AMPLE * patience or time.monotonic() - self.since > 10 * patience
        )
        if not dead and not late:
            return None
        if late:
            self.process.kill()
        code = self.process.wait()
        self.start()
        replay = (self.begun or {}).get("begin", f"case {self.number} of seed {self.seed}, while it was made")
        kind = f"crash (exit {code})" if dead else "hang (killed)"
        return {"lines": [(kind, f"{replay}  # {kind}")], "verdicts": [], "refusals": [], "seconds": 0.0, "groups": [], "replay": replay}  # fmt: skip

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class Tally:
    """What a long run counts."""

    cases: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    slow: list[str] = field(default_factory=list)

    def add(self, answer: Mapping[str, Any]) -> None:
        self.cases += 1
        for verdict in answer["verdicts"]:
            self.verdicts.update((group, verdict) for group in ["all", *answer["groups"]])
        self.failures.update(signature for signature, _ in answer["lines"])
        for refusal in answer["refusals"]:
            kind = refusal.partition(":")[0]
            if kind == "slow":
                self.slow.append(f"{refusal}: {answer['replay']}")
            self.refusals[kind] += 1
            self.examples.setdefault(kind, f"{refusal}: {answer['replay']}")

    def text(self, seconds: float) -> str:
        names = ["agrees", "unchecked", "rounding", "convention", "singular", "trap", "differs"]
        lines = [f"{self.cases} cases in {seconds:.0f} s: {self.cases / max(seconds, 1e-9):.2f} a second", ""]
        lines.append(f"{'verdicts by group':34}" + "".join(f"{name:>11}" for name in names))
        for group in ["all", *sorted({group for group, _ in self.verdicts} - {"all"})]:
            lines.append(f"{group:34}" + "".join(f"{self.verdicts[group, name]:11}" for name in names))
        lines += ["", "failures"] + [f"  {n:6} {signature}" for signature, n in self.failures.most_common()]
        lines += ["", "refusals"] + [
            f"  {n:6} {kind}, such as {self.examples[kind]}" for kind, n in self.refusals.most_common()
        ]
        return "\n".join(
            [*lines, "", f"slower than {SLOW:g} s: {len(self.slow)}", *(f"  {line}" for line in self.slow[:20])]
        )


def long_run(seconds: float, seed: int, workers: int, out: TextIO | None) -> Tally:
    """Cases 0, 1, 2, ... of a seed until the time is up; failures are printed as they come."""
    print(f"seed {seed}, {workers} workers, {seconds:g} s, {len(callable_rows())} rows", flush=True)
    tally, started, numbers = Tally(), time.monotonic(), itertools.count()
    team = [Worker(seed) for _ in range(workers)]
    for worker in team:
        worker.send(next(numbers))
    try:
        while time.monotonic() - started < seconds:
            streams = [worker.process.stdout for worker in team if worker.process.stdout is not None]
            select.select(streams, [], [], 1.0)
            for worker in team:
                answer = worker.answer()
                if answer is None:
                    continue
                tally.add(answer)
                for signature, line in answer["lines"]:
                    shown = (
                        [sys.stdout] if tally.failures[signature] <= SHOWN or signature.startswith("differs") else []
                    )
                    for stream in filter(None, (*shown, out)):
                        print(f"{line}  [{seed}:{worker.number}]", file=stream, flush=True)
                worker.send(next(numbers))
    except KeyboardInterrupt:
        pass
    finally:
        for worker in team:
            worker.stop()
    print(tally.text(time.monotonic() - started), flush=True)
    return tally
