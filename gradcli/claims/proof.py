"""Proofs of a claim: in index form for all sizes, in residues at those that are tried, by sympy where neither decides.

A method that does not prove says why; none of them says anything against a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from zlib import crc32

from gradcli.base.errors import LimitError
from gradcli.claims.simplification import simplify
from gradcli.claims.statement import Statement
from gradcli.closed.proof import prove
from gradcli.meaning.program import compile_tree
from gradcli.meaning.residues.identity import Outcome, holds_everywhere

ALL: Final = "all"
SIMPLIFIED = 2  # sizes at which sympy is asked: each takes as long as it takes

Sizes = Literal["all"] | tuple[Mapping[str, int], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Is it proved?

    why:    if not, why not: ``sympy: the difference has 3,412 operations, it is simplified up to 1,000``
    method: how it was proved: index form, residues or sympy
    sizes:  for which sizes of the shapes' letters: ``all``, or those of the statements
    error:  at most the probability that the method says yes to a wrong claim; 0 for what is certain
    """

    sure: bool
    why: str = ""
    method: str = ""
    sizes: Sizes = ()
    error: float = 0.0

    def covers(self, statement: Statement) -> bool:
        return self.sure and (self.sizes == ALL or statement.sizes in self.sizes)


NO_PROOF = Proof(False)
Method = Callable[[Sequence[Statement]], Proof]  # errors: LimitError with the reason where there is no proof


def by_sympy(statements: Sequence[Statement]) -> Proof:
    simplify(statements[:SIMPLIFIED])
    return Proof(True, method="sympy", sizes=_sizes(statements[:SIMPLIFIED]))


def by_index_form(statements: Sequence[Statement]) -> Proof:
    """For all sizes; where numbers stand in the place of letters, for these too if it holds for any in their places."""
    statement = statements[0]
    general = {name: _axes(statement, name) for name in {*statement.letters, *statement.given} - {*statement.sizes}}
    try:
        found = _in_index_form(statement, general)
    except LimitError:
        if all(statement.sizes for statement in statements):
            raise
        as_it_stands = {name: statement.shape_of(name) for name in general}
        return Proof(True, method=_in_index_form(statement, as_it_stands), sizes=_sizes(statements))
    lettered = any(isinstance(size, str) for shape in general.values() for size in shape)
    return Proof(True, method=found, sizes=ALL if lettered else _sizes(statements))


def _axes(statement: Statement, name: str) -> tuple[str | int, ...]:
    """A letter for each size of a name: its own, or one for its number. One entry stays one."""
    shape = statement.shape_of(name)
    letters = statement.letters.get(name, ("0",) * len(shape))
    return tuple(
        size if size == 1 else f"size {size}" if part.isdecimal() else part
        for part, size in zip(letters, shape, strict=True)
    )


def _in_index_form(statement: Statement, shapes: Mapping[str, tuple[str | int, ...]]) -> str:
    """How it is proved. Errors: LimitError."""
    bound = [name for name in statement.given if name not in statement.sizes]
    prove(statement.function, statement.claim, statement.kind, statement.wrt, shapes, statement.where, bound)
    return "index form"


def by_residues(statements: Sequence[Statement]) -> Proof:
    """At those sizes at which it holds."""
    proved, error, refusals = [], 0.0, dict[str, None]()
    for statement in statements:
        try:
            outcome = _in_residues(statement)
        except LimitError as limit:
            refusals[limit.message] = None
            continue
        if outcome.holds:
            proved.append(statement)
            error += outcome.error
        else:
            refusals["no law that is known makes the difference vanish"] = None
    if not proved:
        raise LimitError("; ".join(refusals))
    return Proof(True, method="residues", sizes=_sizes(proved), error=error)


def _in_residues(statement: Statement) -> Outcome:
    """Errors: LimitError where residues have no model."""
    function, claim = (compile_tree(side.tree) for side in (statement.function, statement.claim))
    names = sorted({*function.names, *claim.names, *statement.wrt})
    return holds_everywhere(
        function,
        claim,
        statement.kind,
        statement.wrt,
        {name: statement.shape_of(name) for name in names},
        given={name: value for name, value in statement.given.items() if name in names},
        premises=[compile_tree(condition.tree) for condition in statement.where],
        seed=crc32(f"{statement.function.source} | {statement.claim.source} | {statement.kind}".encode()),
    )


# The first two take milliseconds, whatever they are given.
FOR_ALL_SIZES: Mapping[str, Method] = {"index form": by_index_form}  # asks for no more than the first sizes
AT_SIZES: Mapping[str, Method] = {"residues": by_residues}
QUICK = {**FOR_ALL_SIZES, **AT_SIZES}
SLOW: Mapping[str, Method] = {"sympy": by_sympy}


def proof_of(statements: Sequence[Statement], methods: Mapping[str, Method] | None = None) -> Proof:
    """The first proof that is found, by methods in their order; without any, why there is none."""
    if any(statement.claimed != statement.expected for statement in statements):
        return Proof(False, "the claim has another shape than the derivative")
    refusals: list[str] = []
    for name, method in ({**QUICK, **SLOW} if methods is None else methods).items():
        try:
            return method(statements)
        except LimitError as limit:
            refusals.append(f"{name}: {limit.message}")
    return Proof(False, "; ".join(refusals))


def _sizes(statements: Sequence[Statement]) -> tuple[Mapping[str, int], ...]:
    return tuple(statement.sizes for statement in statements)
