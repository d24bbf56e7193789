"""Claims out of files: each is checked by itself, in this process or in several."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from itertools import groupby
from multiprocessing import active_children, get_context, parent_process
from threading import Thread

from gradcli.base.errors import ExitCode, ExpressionError, GradcliError, InputError, LimitError, UsageError, printable
from gradcli.base.wording import option
from gradcli.claims.chain import as_claim
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.commands.chains import judge, trying_of
from gradcli.commands.results import CheckReport
from gradcli.commands.wholes import conclude
from gradcli.inputs.again import command_line
from gradcli.inputs.chain_lines import MOST_LINES
from gradcli.inputs.claim_files import ClaimText, read_file
from gradcli.inputs.request import MAX_JOBS, POINTS, Trying, texts_of, trials, whole
from gradcli.operations.table import did_you_mean

Progress = Callable[[int, int], None]
How = tuple[int, int, float, bool]  # the seed, how many points, seconds for a claim, and are certificates made?


def check_files(
    paths: str | Sequence[str],
    *,
    only: str | Sequence[str] = (),
    seed: int = 0,
    points: int = POINTS,
    check_time: float = 60.0,
    certificate: bool = False,
    fail_fast: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> CheckReport:
    """The claims of TOML, Markdown and Python files, in their order.

    paths:      of the files
    only:       names of claims: these alone; a claim without a name goes by its variable
    seed:       of the points; points: how many of them at the first sizes
    check_time: seconds for each claim; 0 is no limit
    certificate: make certificates of what is proved, see ``check``
    fail_fast:  stop at the first claim that is refuted
    jobs:       processes
    progress:   called with how many of how many are done
    Errors: InputError for a file that cannot be read as a suite, and for a name that no
    claim has. A claim that makes no sense is a result with an error.
    """
    whole("jobs", jobs, MAX_JOBS)
    if not paths:
        raise UsageError("there is no file of claims to check")
    trials(seed, points, check_time)  # what is wrong with these is no single claim's error
    started = time.monotonic()
    suites = [read_file(path) for path in texts_of(paths)]
    passed = tuple(formula for suite in suites for formula in suite.passed)
    claims = _chosen([claim for suite in suites for claim in suite.claims], texts_of(only))
    results: list[ClaimResult] = []
    for result in _results(claims, (seed, points, check_time, certificate), min(jobs, len(claims))):
        results.append(result)
        if progress is not None:
            progress(len(results), len(claims))
        if fail_fast and result.verdict is Conclusion.REFUTED:
            break
    asked = {"file": texts_of(paths), "only": texts_of(only), "seed": seed}
    again = command_line("check", (), asked | ({} if points == POINTS else {"points": points}))
    return CheckReport(tuple(results), time.monotonic() - started, len(claims), passed, again)


def _chosen(claims: list[ClaimText], only: Sequence[str]) -> list[ClaimText]:
    """The claims of these names, all where there are none. Errors: InputError for a name that no claim has."""
    known = {name for claim in claims for name in _names_of(claim)}
    for name in only:
        if name not in known:
            close = did_you_mean(name, known)
            hint = f"did you mean '{close}'?" if close else "-v shows the names of all claims" if known else None
            raise InputError(f"no claim is named '{printable(name)[:60]}'", hint=hint, kind="suite")
    return [claim for claim in claims if not only or _names_of(claim) & {*only}]


def _names_of(claim: ClaimText) -> set[str]:
    """Its name, and that of its table where it is one of several variables': ``loss`` and ``loss (w)``."""
    name = claim.name or claim.wrt or ""
    return {name, name.removesuffix(f" ({claim.wrt})")} - {""}


def _results(claims: Sequence[ClaimText], how: How, jobs: int) -> Iterator[ClaimResult]:
    groups = _groups(claims)
    if jobs == 1:
        yield from (found for group in groups for found in check_group(group, how))
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_follow_the_parent)
    try:
        found = [pool.submit(check_group, group, how) for group in groups]
        yield from (result for future in found for result in future.result())
    except BrokenProcessPool:
        raise LimitError(
            "a process that was checking claims was killed", hint=f"fewer of them: {option('jobs')}"
        ) from None
    finally:
        for process in active_children():  # after an interrupt, or a caller that has seen enough, some still run
            process.terminate()
        pool.shutdown()


def _groups(claims: Sequence[ClaimText]) -> list[list[ClaimText]]:
    """The rows of each chain together, as long as they are of one derivative; every other claim by itself."""
    numbered = list(enumerate(claims, 1))
    found = groupby(numbered, key=lambda pair: _chain_of(pair[1]) if pair[1].chain is not None else pair[0])
    return [[claim for _, claim in group] for _, group in found]


def _chain_of(claim: ClaimText) -> tuple[object, ...]:
    return (claim.file, claim.chain, claim.function, claim.wrt, claim.kind)


def _follow_the_parent() -> None:
    """Leaves interrupts to the parent, and ends when it does, however that is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def check_group(rows: Sequence[ClaimText], how: How) -> list[ClaimResult]:
    """A claim by itself; or the rows of a chain, the first wrong one with what was done since the row above."""
    if len(rows) == 1 or len(rows) > MOST_LINES:
        return [check_text(row, *how) for row in rows]
    found = judge(rows, partial(_checked, how=how), partial(_asked, how=how))
    return [as_claim(line, k) for k, line in enumerate(found.lines, 1)]


def _checked(claim: ClaimText, diagnosed: bool, how: How) -> ClaimResult:
    return check_text(claim, *how, diagnosed=diagnosed)


def _asked(claim: ClaimText, how: How) -> Trying:
    return trying_of(claim, *how[:3])


def check_text(
    claim: ClaimText, seed: int, points: int, seconds: float, certificate: bool = False, *, diagnosed: bool = True
) -> ClaimResult:
    """One claim of a file; what is wrong with it as it is written becomes its error.

    diagnosed: is the probable mistake of a wrong one looked for?
    """
    try:
        if claim.unread:
            message, _, hint = claim.unread.partition("\n")
            raise ExpressionError(message, hint=hint or None, kind="syntax")
        request = trying_of(claim, seed, points, seconds, certificate=certificate, diagnosed=diagnosed)
        found = conclude(claim.function, claim.claim, claim.wrt, request)
    except GradcliError as error:
        wrt = () if claim.wrt is None else (claim.wrt,)
        found = ClaimResult(
            claim.name,
            wrt,
            claim.kind or "",
            claim.function,
            claim.claim,
            Conclusion.UNDECIDED,
            notes=(error.message, *([f"try: {error.hint}"] if error.hint else [])),
            error=int(error.code),
            span=error.span if error.source is not None else None,
            source=error.source or "",
        )
    if found.verdict is Conclusion.REFUTED:
        found = _reconsidered(found, claim, lambda other: check_text(other, seed, points, seconds, certificate))
    found = replace(found, latex=claim.latex, section=claim.section, label=claim.label)
    found = replace(found, cell=claim.cell, cell_line=claim.cell_line)
    return replace(found, name=claim.name or found.name, file=claim.file, line=claim.line, chain=claim.chain)


def _reconsidered(found: ClaimResult, claim: ClaimText, check: Callable[[ClaimText], ClaimResult]) -> ClaimResult:
    """What is refuted as a document was read, in the light of how else it can be read, and of what else it says."""
    if claim.other is not None:
        second = check(replace(claim.other, unsure=claim.unsure))
        if second.verdict.exit_code is ExitCode.DONE:
            return _the_other(found, second, claim)
    if not claim.unsure:
        return found
    if claim.instance is not None:
        second = check(claim.instance)
        if second.verdict is Conclusion.REFUTED:
            return second
    notes = (f"it does not hold as it was read; but {claim.unsure}", *found.notes)
    return replace(found, verdict=Conclusion.UNDECIDED, notes=notes)


def _the_other(found: ClaimResult, second: ClaimResult, claim: ClaimText) -> ClaimResult:
    """A claim that holds with letters held fixed, and not with what they stand for."""
    given = [part for part in claim.function.split("; ")[:-1] if part not in second.function.split("; ")]
    fixed, names = "; ".join(given), ", ".join(part.partition(" = ")[0] for part in given)
    if claim.either:
        return replace(second, notes=(f"holds with {names} held fixed; with {fixed} it does not", *second.notes))
    notes = (
        f"it holds with {names} held fixed, and does not with {fixed}",
        f"try: % gradcli: shape {given[0].partition(' = ')[0]}= says that it is a variable here",
    )
    return replace(found, verdict=Conclusion.UNDECIDED, notes=(*notes, *found.notes))
