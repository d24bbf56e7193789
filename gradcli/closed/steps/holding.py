"""Each line of a derivation held equal to the derivative of the function: before anybody sees it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gradcli.base.errors import GradcliError, LimitError
from gradcli.closed.notation.question import AtPoints
from gradcli.closed.proof import prove
from gradcli.closed.steps.line import Held
from gradcli.language.parse import Expression, parse
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.residues.identity import holds_everywhere


@dataclass(frozen=True, slots=True)
class Holding:
    """A function of scalars, and the variables in which it is differentiated one after the other."""

    function: Expression
    wrt: tuple[str, ...]
    at_points: AtPoints | None = None
    premises: tuple[Expression, ...] = ()

    @property
    def kind(self) -> str:
        return "grad" if len(self.wrt) == 1 else "hessian"

    def held(self, text: str) -> Held:
        """How a line is equal to the derivative: in residues, in index form, or in balls at points.

        Errors: LimitError where none of them says so.
        """
        claim = parse(text, bound=self.function.names)
        shapes = dict.fromkeys((*self.function.names, *claim.names), ())
        with suppress(GradcliError):
            asked = (self._program(self.function), self._program(claim), self.kind, self.wrt, shapes)
            found = holds_everywhere(*asked, premises=[compile_tree(one.tree) for one in self.premises])
            if found.holds:
                return Held("residues", found.error)
        with suppress(GradcliError):
            prove(self.function, claim, self.kind, self.wrt, {}, self.premises, self.function.names)
            return Held("index form")
        if self.at_points is not None and self.at_points(self.function, claim, self.wrt, shapes, {}):
            return Held("balls", 1.0)
        raise LimitError(f"a line could not be held equal to the derivative: {text}", kind="unchecked")

    def _program(self, side: Expression) -> Program:
        return compile_tree(side.tree)
