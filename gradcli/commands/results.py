"""What commands return: frozen dataclasses with the fields of the JSON output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import ExitCode
from gradcli.base.sparse import SparseMatrix
from gradcli.base.words import CERTIFICATE, SCHEMA
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.closed.arrangement import PLAIN, Arrangement
from gradcli.commands.derived import NORMAL, Derived
from gradcli.inputs.claim_lines import PassedOver
from gradcli.inputs.symbolic import Axes
from gradcli.inputs.wanted import Wanted
from gradcli.language.write import write
from gradcli.verdicts.verdict import Check, Verdict

if TYPE_CHECKING:
    from gradcli.closed.notation.question import Form

Number = float | npt.NDArray[np.float64]


def json_value(value: Any) -> Any:  # Any: numbers, arrays, mappings of them -> JSON values
    """Numbers, arrays and mappings as JSON values; a number that JSON lacks is a string."""
    if isinstance(value, Mapping):
        return {key: json_value(part) for key, part in value.items()}
    if isinstance(value, SparseMatrix):
        rows, columns = value.rows.tolist(), value.indices.tolist()
        return {"shape": list(value.shape), "row": rows, "column": columns, "data": json_value(value.data)}
    if isinstance(value, np.ndarray):
        finite = value.dtype.kind == "f" and bool(np.isfinite(value).all())  # then there is nothing to look for
        return value.tolist() if finite else json_value(value.tolist())
    if isinstance(value, list | tuple):
        return [json_value(part) for part in value]
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


@dataclass(frozen=True, slots=True)
class Sparsity:
    """How many entries of a sparse derivative are held, of how many, and how they were found.

    method:  ``templates`` of a formula that repeats itself, ``colours`` of its pattern, or ``dense``: all were computed
    colours: so many products gave all of them, None for other methods
    reason:  why it is dense
    asked:   was it asked for? Else it is sparse as all entries are too many
    """

    method: str
    entries: int
    size: int
    colours: int | None = None
    reason: str = ""
    asked: bool = True

    @property
    def way(self) -> str:
        """The method in words."""
        if self.method == "templates":
            return "from the templates of the formula"
        if self.method == "colours":
            return f"by {self.colours} colours" if self.colours != 1 else "by 1 colour"
        return "all were computed" + (f" ({self.reason})" if self.reason else "")

    def __str__(self) -> str:
        return f"{self.entries:,} of {self.size:,} entries, {self.way}"

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        colours = {} if self.colours is None else {"colours": self.colours}
        reason = {"reason": self.reason} if self.reason else {}
        return {"method": self.method, "entries": self.entries, "size": self.size, **colours, **reason}


@dataclass(frozen=True, slots=True)
class Result:
    """The answer of ``grad``, ``jacobian`` or ``hessian``.

    derivative: by variable; for a Hessian by row variable, then column variable; None where only a formula was asked
                for; an unused variable is None. Arrays have output axes, then input axes. Of a sparse derivative
                ``SparseMatrix``: rows are entries of the output, or of the row variable, columns those of the variable,
                both counted through as ``ravel()`` does
    formula:    the derivative as text in gradcli's language: without values one closed form in matrix notation, else by
                entries, where the problem is small enough
    value:      the function's value, None without bindings
    code:       a program for value and derivative, where one was asked for
    refused:    why a formula is None, by variable as ``formula``; None where none is
    sparse:     how many entries of a sparse derivative are held, and how they were found; None of others
    derivations: the lines that lead to the formula, for each block, where they were asked for; detail: how small their
                steps are
    arrangement: its layout, whether matrices are stacked, which symmetric ones move as such; by default torch's axes
    """

    command: str
    expression: str
    read_as: str
    wrt: tuple[str, ...]
    value: Number | None
    derivative: Mapping[str, Any] | None  # Any: Number, SparseMatrix, None, or a mapping of these for a Hessian
    formula: Mapping[str, Any] | None  # Any: text, or a mapping of texts for a Hessian
    check: Check
    device: str
    dtype: str
    seed: int
    product: str | None = None  # "jvp", "vjp" or "hvp" where the derivative is a product with a vector
    digits: Mapping[str, Any] | None = None  # Any: the derivative's digits as texts in nested lists, where asked for
    certain: Mapping[str, Any] | None = (
        None  # Any: as derivative, with the certain number wherever torch's is not right
    )
    rest: Verdict = field(default=Verdict.AGREES, repr=False)  # the verdict on ``certain``
    min_digits: int = field(default=0, repr=False)  # that rounding has to leave right
    trees: Mapping[str, Any] | None = field(default=None, repr=False)  # Any: sympy's trees of the formula
    code: str | None = None
    refused: Mapping[str, Any] | None = None  # Any: a text, or a mapping of texts for a Hessian
    arrangement: Arrangement = PLAIN
    shapes: Mapping[str, Axes] | None = field(default=None, repr=False)  # of the names in a formula in matrix notation
    order: int = field(default=1, repr=False)  # how often it is differentiated in each variable
    sparse: Sparsity | None = None
    memory: int | None = field(default=None, repr=False)  # bytes of arrays at most, where a bound is set
    written: str | None = None  # the file that holds the derivative, of which it is a view
    notes: tuple[str, ...] = ()  # what whoever wrote the expression should know of how it was read
    derivations: tuple[Derived, ...] = ()
    detail: str = NORMAL
    forms: Mapping[tuple[str, ...], Form] = field(
        default_factory=dict, repr=False
    )  # closed forms without values in them
    latex: bool = False  # is the expression LaTeX? ``read_as`` is what it was read as

    @property
    def printed(self) -> Mapping[str, Any] | None:  # Any: as derivative
        """What is printed: the certain numbers where they were asked for, else torch's."""
        return self.derivative if self.certain is None else self.certain

    @property
    def finite(self) -> bool:
        """Is every number of the result finite?"""
        return all(_finite(part) for part in _arrays(self.printed)) and (
            self.certain is not None or all(np.isfinite(part).all() for part in _arrays(self.value))
        )

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """The exit code of the command line: by the verdict, and MATHEMATICS for a number that is not finite, and for a
        variable without a formula."""
        if self.certain is None:
            code = self.check.exit_code(strict=strict, min_digits=self.min_digits)
        else:
            code = self.rest.exit_code(strict=strict)
        lacking = self.refused or any(one.derivation is None for one in self.derivations)
        return ExitCode.MATHEMATICS if code is ExitCode.DONE and (lacking or not self.finite) else code

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """The JSON object."""
        found = {
            "schema": SCHEMA,
            "command": self.command,
            "expression": self.expression,
            "read_as": self.read_as,
            "wrt": list(self.wrt),
            "value": json_value(self.value),
            "derivative": json_value(self.derivative),
            "formula": json_value(self.formula),
            "check": json_value(self.check.to_dict()),
            "device": self.device,
            "dtype": self.dtype,
            "seed": self.seed,
        }
        return (
            found
            | ({"product": self.product} if self.product else {})
            | ({"digits": dict(self.digits)} if self.digits else {})
            | ({} if self.certain is None else {"certain": json_value(self.certain)})
            | ({} if self.code is None else {"code": self.code})
            | ({} if self.refused is None else {"refused": json_value(self.refused)})
            | ({} if self.sparse is None else {"sparse": self.sparse.to_dict()})
            | self.arrangement.to_dict()
            | ({"derivation": steps_by_name(self.derivations, self.detail)} if self.derivations else {})
            | ({"notes": list(self.notes)} if self.notes else {})
            | ({"latex": True} if self.latex else {})
        )


def _finite(part: Any) -> bool:  # Any: a number or an array
    """Of a view of a file, which may be larger than the memory, the verdict says so."""
    return isinstance(part, np.memmap) or bool(np.isfinite(part).all())


def formula_result(
    wanted: Wanted,
    formula: Mapping[str, Any],  # Any: a text, or a mapping of texts for a Hessian
    check: Check,
    trees: Mapping[str, Any] | None = None,  # Any: sympy's trees of each entry
) -> Result:
    """A derivative without a point: nothing but its formula."""
    return Result(
        command=wanted.command,
        expression=wanted.asked.source,
        read_as=write(wanted.asked.parsed.tree),
        wrt=wanted.asked.names,
        value=None,
        derivative=None,
        formula=formula,
        check=check,
        device="cpu",
        dtype="float64",
        seed=wanted.manner.seed,
        trees=trees,
        arrangement=wanted.arrangement,
        shapes=wanted.asked.shapes,
        order=wanted.manner.order,
        notes=wanted.asked.parsed.notes,
    )


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What came of all claims of one call: as good as the worst of them."""

    claims: tuple[ClaimResult, ...]
    seconds: float = 0.0
    total: int = 0  # claims of the files, those included that were left out after a failure
    passed: tuple[PassedOver, ...] = ()  # formulas of documents that are no claims
    again: str = field(default="", repr=False, compare=False)  # the command line that asks the same; "" of long values

    @property
    def verdict(self) -> Conclusion:
        """The worst of the claims' verdicts."""
        return max(
            (claim.verdict for claim in self.claims), key=lambda verdict: verdict.rank, default=Conclusion.UNDECIDED
        )

    @property
    def conclusion(self) -> Conclusion:
        """The verdict, by its older name."""
        return self.verdict

    def __bool__(self) -> bool:
        """Is every claim proved, or does it agree? ``assert gradcli.check("x**2", "2*x")``"""
        return self.verdict.exit_code is ExitCode.DONE

    def exit_code(self, *, strict: bool = False) -> ExitCode:  # noqa: ARG002 - as other results
        broken = next((claim.error for claim in self.claims if claim.error), 0)
        return self.verdict.exit_code if self.verdict is Conclusion.REFUTED or not broken else ExitCode(broken)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "schema": SCHEMA,
            "command": "check",
            "verdict": str(self.verdict),
            "claims": [json_value(claim.to_dict()) for claim in self.claims],
            "seconds": round(self.seconds, 3),
            **({"passed_over": [asdict(formula) for formula in self.passed]} if self.passed else {}),
        }

    def certificates(self) -> dict[str, Any]:  # Any: JSON values
        """What ``tests/replay_certificate.py`` replays, of the claims that have a certificate."""
        found = [dict(claim.certificate) for claim in self.claims if claim.certificate is not None]
        return {"format": CERTIFICATE, "claims": found}


def _arrays(part: Any) -> list[Any]:  # Any: Number, SparseMatrix, None, or a mapping of these
    found = leaves(part).values() if isinstance(part, Mapping) else [part]
    return [each.data if isinstance(each, SparseMatrix) else each for each in found if each is not None]


def leaves(table: Mapping[str, Any] | None) -> dict[tuple[str, ...], Any]:  # Any: what a block holds, or mappings
    """By variable, and the blocks of a Hessian by row and column: what ``by_name`` was made of."""
    found: dict[tuple[str, ...], Any] = {}
    for name, part in (table or {}).items():
        below = {(name, *names): each for names, each in leaves(part).items()} if isinstance(part, Mapping) else None
        found |= {(name,): part} if below is None else below
    return found


def by_name(blocks: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:  # Any: what a block holds
    """Blocks by (name,), or by (row, column), as a mapping of names, or of rows of columns."""
    found: dict[str, Any] = {}
    for (name, *column), block in blocks.items():
        if column:
            found.setdefault(name, {})[column[0]] = block
        else:
            found[name] = block
    return found


def steps_by_name(found: Sequence[Derived], detail: str) -> dict[str, Any]:  # Any: JSON values
    """The lines of each block, by its variables as a formula is."""
    return by_name({one.names: one.to_dict(detail) for one in found})
