"""``check --steps``: derivations line by line; the first wrong line, what was done there, and how it should read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gradcli.base.errors import ExitCode, UsageError
from gradcli.base.words import SCHEMA
from gradcli.claims.chain import ChainResult
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.commands.chains import judge, trying_of
from gradcli.commands.check_files import check_text
from gradcli.commands.results import json_value
from gradcli.inputs.assumptions import Assumptions
from gradcli.inputs.claim_lines import ClaimText
from gradcli.inputs.request import (
    POINTS,
    Kind,
    Layout,
    Shapes,
    Symmetric,
    Trying,
    Wrt,
    lettered_shapes,
    names_of,
    texts_of,
    trials,
)
from gradcli.inputs.step_files import Given, read_steps, steps_of


@dataclass(frozen=True, slots=True)
class StepsReport:
    """What came of the derivations of one text: as good as the worst of their lines."""

    chains: tuple[ChainResult, ...]
    seconds: float = field(default=0.0, compare=False)

    @property
    def verdict(self) -> Conclusion:
        """The worst of the lines' verdicts."""
        return max((chain.verdict for chain in self.chains), key=lambda verdict: verdict.rank)

    def __bool__(self) -> bool:
        """Is every line proved, or does it agree?"""
        return self.exit_code() is ExitCode.DONE

    def exit_code(self, *, strict: bool = False) -> ExitCode:  # noqa: ARG002 - as other results
        codes = [chain.exit_code for chain in self.chains]
        if ExitCode.NO in codes:
            return ExitCode.NO
        return next((code for code in codes if code is not ExitCode.DONE), ExitCode.DONE)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """The JSON object."""
        return {
            "schema": SCHEMA,
            "command": "check",
            "verdict": str(self.verdict),
            "steps": [json_value(chain.to_dict()) for chain in self.chains],
            "seconds": round(self.seconds, 3),
        }


def check_steps(
    steps: str | Sequence[str] | None = None,
    *,
    file: str | None = None,
    function: str | None = None,
    wrt: Wrt = None,
    kind: Kind | None = None,
    shape: Shapes = None,
    latex: bool = False,
    where: str | Sequence[str] = (),
    assume: Assumptions = None,
    layout: Layout | None = None,
    vec: bool = False,
    symmetric: Symmetric | None = None,
    at: Sequence[str] = (),
    seed: int = 0,
    points: int = POINTS,
    check_time: float = 60.0,
) -> StepsReport:
    """Which line of a derivation is the first wrong one, what was done there, and how should it read?

    steps:      a text ``d(f)/d(x) = line``, then lines ``= line``; or the lines of the derivative of ``function``
    file:       a file with such a text, ``-`` for stdin
    function, wrt, kind: of which function the lines are the derivative, where the text does not say
    latex:      function and lines are LaTeX, ``f(x) = x^2`` and ``f'(x) = 2x`` among them; settings are not
    shape, where, assume, layout, vec, symmetric, at: as for ``check``
    seed:       of the points; points: how many of them at the first sizes
    check_time: seconds for each line; 0 is no limit
    Errors: ExpressionError with the line for what is no line of a derivation, InputError, LimitError, UsageError. A
    line whose formula cannot be read is a result with an error.

    >>> report = check_steps("d(x**2*sin(x))/d(x) = 2*x*sin(x) + x*cos(x)")
    >>> report.chains[0].first_wrong, report.chains[0].mistake.should_read
    (0, '2*x*sin(x) + x**2*cos(x)')
    """
    trials(seed, points, check_time)
    if (steps is None) == (file is None):
        raise UsageError("a derivation is a text or a file", hint='check_steps("d(x**2)/d(x) = 2*x")')
    started = time.monotonic()
    given = Given(
        function=function,
        wrt=",".join(names_of(wrt) or ()) or None,
        kind=kind,
        shapes=tuple(f"{name}={','.join(sizes)}" for name, sizes in lettered_shapes(shape).items()),
        where=tuple(texts_of(where)),
        values=tuple(texts_of(at)),
        assume=tuple(_assumed(assume)),
        layout=layout,
        vec=vec or None,
        symmetric=symmetric,
    )
    text = steps if steps is None or isinstance(steps, str) else "\n".join(_as_line(line, function) for line in steps)
    how = (seed, points, check_time)
    if latex:
        from gradcli.commands.latex_steps import judged_in_latex  # with lark, which an extra brings

        found = judged_in_latex(file, text or "", given, partial(_judged, how=how))
    else:
        chains = read_steps(file, given) if file is not None else steps_of(text or "", given)
        found = tuple(_judged(rows, how) for rows in chains)
    return StepsReport(found, time.monotonic() - started)


def _judged(rows: Sequence[ClaimText], how: tuple[int, int, float]) -> ChainResult:
    return judge(rows, partial(_checked, how=how), partial(_asked, how=how))


def _as_line(line: str, function: str | None) -> str:
    """A line out of a list, on one line, after its sign."""
    flat = " ".join(str(line).split())
    return f"= {flat}" if function is not None and not flat.startswith("=") else flat


def _assumed(assume: Assumptions) -> list[str]:
    if assume is None or isinstance(assume, str) or not hasattr(assume, "items"):
        return texts_of(assume)
    return [f"{name}={','.join(texts_of(said))}" for name, said in assume.items()]


def _checked(claim: ClaimText, diagnosed: bool, how: tuple[int, int, float]) -> ClaimResult:
    return check_text(claim, *how, diagnosed=diagnosed)


def _asked(claim: ClaimText, how: tuple[int, int, float]) -> Trying:
    return trying_of(claim, *how)
