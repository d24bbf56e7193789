"""The cross-check and claims against another checkout of gradcli: two processes, asked in turn.

Times are processor seconds of the process that is asked, which a busy machine leaves alone. Each is asked once before
it counts, so that imports and caches are nobody's time.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ONE_LINERS: tuple[tuple[str, dict[str, Any]], ...] = (  # Any: numbers and lists
    ("x**2*sin(x)", {"x": 3}),
    ("exp(-x**2/2)/sqrt(2*pi)", {"x": 0.7}),
    ("1/(1 + exp(-k*x))", {"k": 2, "x": 0.3}),
    ("log(1 + exp(x))", {"x": -3}),
    ("x**y", {"x": 2.5, "y": 1.5}),
    ("tanh(w*x + b)", {"w": 0.4, "x": 2, "b": -1}),
    ("sqrt(x**2 + y**2)", {"x": 3, "y": 4}),
    ("atan2(y, x)", {"x": 1, "y": 2}),
    ("relu(x)*x", {"x": 1.5}),
    ("gamma(x)", {"x": 3.5}),
    ("erf(x)*x", {"x": 0.5}),
    ("besselj(1, x)", {"x": 2.5}),
    ("sum(x**2)", {"x": [1, 2, 3]}),
    ("norm(x)", {"x": [1, 2, 2]}),
    ("logsumexp(x)", {"x": [1, 2, 3]}),
    ("prod(x)", {"x": [1, 2, 3, 4]}),
    ("x @ A @ x", {"x": [1, 2], "A": [[2, 1], [0, 3]]}),
    ("log(det(A))", {"A": [[2, 1], [0.5, 3]]}),
    ("trace(inv(A))", {"A": [[2, 1], [0.5, 3]]}),
    ("sum((A @ x - b)**2)", {"A": [[2, 1], [0.5, 3]], "x": [1, 2], "b": [0.5, 1]}),
)


class Asked:
    """A process that answers with one checkout's gradcli."""

    def __init__(self, root: Path, *, proofs: bool = True) -> None:
        environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "GRADCLI_WARM": "off"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "proofs" if proofs else "no proofs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=root,
        )
        assert Path(self(["where"])[1]) == root / "gradcli", "another gradcli comes first on the path"

    def __call__(self, request: Sequence[Any]) -> tuple[float, str]:  # Any: JSON
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(request), file=self.process.stdin, flush=True)
        seconds, said = json.loads(self.process.stdout.readline())
        return seconds, said

    def stop(self) -> None:
        self.process.communicate()


def answered(request: Sequence[Any]) -> str:  # Any: JSON
    """The verdict of ``["grad", text, values, check]`` or ``["check", function, claim, options]``; or what was wrong."""
    import gradcli

    if request[0] == "where":
        return str(Path(gradcli.__file__).parent)
    if request[0] == "grad":
        return str(gradcli.grad(request[1], request[2], check=request[3]).check.verdict)
    _, function, claim, options = request
    try:
        return str(gradcli.check(function, claim, **options).verdict)
    except gradcli.GradcliError as error:
        return type(error).__name__


def answer(*, proofs: bool) -> None:
    """Requests from stdin, a line each; seconds and verdicts on stdout."""
    if not proofs:
        _prove_nothing()
    for line in sys.stdin:
        started = time.process_time()
        said = answered(json.loads(line))
        print(json.dumps([time.process_time() - started, said]), flush=True)


def _prove_nothing() -> None:
    """In a checkout of either kind: proofs were a yes or no once."""
    examination: Any = importlib.import_module("gradcli.commands.examination")  # Any: a module of one of two versions
    if hasattr(examination, "proof_of"):
        unproved = importlib.import_module("gradcli.claims.proof").Proof(False)
        examination.proof_of = lambda *_: unproved
    else:
        examination.proved = lambda *_, **__: False


def table(other: Path, rounds: int = 15, claims: int = 200) -> list[dict[str, object]]:
    """Seconds of the other checkout and of this one, and their ratio: below 1 where this one is quicker."""
    rows = []
    teams = {proofs: [Asked(other.resolve(), proofs=proofs), Asked(ROOT, proofs=proofs)] for proofs in (True, False)}
    rows.append(_one_liners(teams[True], rounds))
    for proofs, team in teams.items():
        rows.append(
            _claims(team, _chosen(claims), "slips and derivatives, " + ("with" if proofs else "without") + " proofs")
        )
    rows.append(_claims(teams[True], _suite(claims), "claims of the corpora"))
    for asked in (asked for team in teams.values() for asked in team):
        asked.stop()
    return rows


def _one_liners(team: Sequence[Asked], rounds: int) -> dict[str, object]:
    """The check's part: what ``grad`` takes beyond the same with ``check="off"``."""
    parts: list[tuple[float, float]] = []
    for text, values in ONE_LINERS:
        taken: dict[tuple[int, str], list[float]] = {(k, how): [] for k in (0, 1) for how in ("full", "off")}
        for turn in range(rounds + 1):
            for k in (0, 1) if turn % 2 else (1, 0):
                for how in ("full", "off"):
                    seconds, _ = team[k](["grad", text, values, how])
                    taken[k, how].append(seconds)
        before, after = (median(taken[k, "full"][1:]) - median(taken[k, "off"][1:]) for k in (0, 1))
        parts.append((before, after))
        print(f"  {text:32} {1e3 * before:8.2f} ms {1e3 * after:8.2f} ms  {after / before:.2f}", flush=True)
    return {
        "what": f"the check of a one-liner, {len(parts)} of them",
        "before": median(before for before, _ in parts),
        "after": median(after for _, after in parts),
        "ratio": median(after / before for before, after in parts),
    }


@cache
def _chosen(count: int) -> list[Any]:  # Any: JSON, a request
    """The right derivative of every function of the pool, and as many slips in random order as it takes."""
    from mutating.mutants import all_of, pool, right_claims

    slips = [slip for source in pool() for slip in all_of(source)]
    random.Random(2026).shuffle(slips)  # noqa: S311 - the same in every run
    chosen = [*right_claims(count // 2, 2026), *slips][:count]
    return [["check", one.function, one.claim, {"wrt": one.name}] for one in chosen]


def _suite(count: int) -> list[Any]:  # Any: as above
    """The true claims of the corpora, and as many false ones as it takes."""
    from proofs.corpora import CORPORA, corpus

    claims = sorted((claim for name in CORPORA for claim in corpus(name)), key=lambda claim: not claim.holds)
    return [["check", one.function, one.claim, one.options] for one in claims[:count]]


def _claims(team: Sequence[Asked], chosen: Sequence[Any], how: str) -> dict[str, object]:  # Any: as above
    sums, times, others = [0.0, 0.0], [], 0
    for asked in team:
        asked(["check", "x**2", "2*x", {"wrt": "x"}])
    for turn, request in enumerate(chosen):
        seconds, verdicts = [0.0, 0.0], ["", ""]
        for k in (0, 1) if turn % 2 else (1, 0):
            seconds[k], verdicts[k] = team[k](request)
        sums = [total + one for total, one in zip(sums, seconds, strict=True)]
        times.append(seconds)
        others += verdicts[0] != verdicts[1]
    own = [1e3 * after for _, after in times]
    return {
        "what": f"{len(chosen)} {how}",
        "before": sums[0],
        "after": sums[1],
        "ratio": sums[1] / sums[0],
        "median ratio": median(after / before for before, after in times),
        "ms, median": median(own),
        "ms, p90": quantiles(own, n=10)[-1],
        "other verdicts": others,
    }


if __name__ == "__main__":
    answer(proofs=sys.argv[1] == "proofs")
