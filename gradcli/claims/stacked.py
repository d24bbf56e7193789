"""A claim in several variables at once, the stacked gradient or the whole Hessian, as its parts: claims in one variable
or two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, product
from math import prod

from gradcli.base.errors import ExpressionError, UsageError
from gradcli.base.wording import option
from gradcli.claims.statement import Statement, in_letters, readings, squeezed
from gradcli.inputs.request import Trying, Wrt, names_of
from gradcli.language import nodes
from gradcli.language.nodes import parts_of_list
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import output_shape
from gradcli.operations.shape_rules import Shape, shape_text, size
from gradcli.operations.table import OPS


@dataclass(frozen=True, slots=True)
class Part:
    """What a whole claim says of one variable, or of two: a claim by itself."""

    wrt: tuple[str, ...]
    claim: str
    options: Trying


@dataclass(frozen=True, slots=True)
class Whole:
    """A claim in several variables.

    kind:     grad, jacobian or hessian
    parts:    none where the claim has another shape than the derivative
    columns:  how many parts stand side by side; 0 where they are no numbers that brackets put together again
    mismatch: why there are no parts
    """

    names: tuple[str, ...]
    kind: str
    parts: tuple[Part, ...] = ()
    columns: int = 0
    mismatch: str = ""

    def joined(self, claims: Sequence[str]) -> str | None:
        """Claims of the parts as one claim: ``[a, b]``, ``[[a, b], [c, d]]``. None where brackets do not make it."""
        if not self.columns:
            return None
        rows = [claims[at : at + self.columns] for at in range(0, len(claims), self.columns)]
        texts = [f"[{', '.join(row)}]" for row in rows]
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def whole_of(function: str, claim: str, wrt: Wrt, options: Trying) -> Whole | None:
    """The claim as its parts; None where it is one in a single variable, or in one block of a Hessian.

    Errors: ExpressionError, InputError, UsageError.
    """
    names = names_of(wrt) or ()
    if len(names) < 2 or options.kind == "value":
        return None
    if len({*names}) < len(names):
        if options.kind == "hessian":
            return None
        raise UsageError(f"{option('wrt')} names a variable twice")
    return _Reading(next(readings(function, claim, wrt, options)), options).whole()


class _Reading:
    """The shapes of a claim in several variables, in letters, and what they make of it."""

    def __init__(self, statement: Statement, options: Trying) -> None:
        self.statement, self.options, self.names = statement, options, statement.wrt
        self.inputs = inputs = in_letters(statement)
        self.output = output_shape(compile_tree(statement.function.tree), inputs, statement.function)
        self.variables = [inputs[name] for name in self.names]
        self.ends = [*accumulate((prod(shape) for shape in self.variables), initial=0)]
        self.claimed: Shape | None = None
        self.why = ""
        try:
            self.claimed = output_shape(compile_tree(statement.claim.tree), inputs, statement.claim)
        except ExpressionError as error:
            self.why = error.message

    def whole(self) -> Whole | None:
        if self.kind == "hessian" and len(self.names) == 2 and not self._fits((self.ends[-1],) * 2):
            return None  # one block, or of no shape that is due
        if arranged := next((n for n in ("layout", "vec", "symmetric") if getattr(self.options, n)), ""):
            raise UsageError(f"{option(arranged)} is for claims in one variable")
        if not self._fits(self.due):
            if texts := self._one_a_variable():
                options = replace(self.options, kind=self.kind, others=self.names)
                parts = (Part((name,), text, options) for name, text in zip(self.names, texts, strict=True))
                return Whole(self.names, self.kind, tuple(parts), len(texts))
            found = self.why or f"the claim has shape {shape_text(self.claimed or ())}"
            in_all = f"the derivative in {', '.join(self.names)} has shape {shape_text(self.due)}"
            return Whole(self.names, self.kind, mismatch=f"{found}; {in_all}")
        return Whole(self.names, self.kind, tuple(self._parts()), self._columns)

    def _one_a_variable(self) -> list[str]:
        """The parts of ``[2*s*x, sum(x**2)]``: a gradient as a list, each part in its variable's shape; else none."""
        trees = parts_of_list(self.statement.claim.tree) if self.kind == "grad" else []
        try:
            shapes = [output_shape(compile_tree(tree), self.inputs, self.statement.claim) for tree in trees]
        except ExpressionError:
            return []
        fit = [*map(squeezed, shapes)] == [*map(squeezed, self.variables)]
        return [*map(write, trees)] if fit else []

    @property
    def kind(self) -> str:
        if self.options.kind is not None:
            return self.options.kind
        if size(self.output) > 1:
            return "jacobian"
        return "hessian" if self._fits((self.ends[-1],) * 2) else "grad"

    @property
    def due(self) -> Shape:
        """The shape of the derivative in all variables, one after the other."""
        return (self.ends[-1],) * 2 if self.kind == "hessian" else (*self._rows, self.ends[-1])

    @property
    def _rows(self) -> Shape:
        """The axes of the function, where it is more than a number."""
        return self.output if self.kind == "jacobian" else ()

    def _fits(self, due: Shape) -> bool:
        return self.claimed is not None and squeezed(self.claimed) == squeezed(due)

    @property
    def _columns(self) -> int:
        return len(self.names) if not any(self.variables) and not self._rows else 0

    def _parts(self) -> Iterator[Part]:
        options = replace(self.options, kind=self.kind, others=self.names)
        for places in product(range(len(self.names)), repeat=2 if self.kind == "hessian" else 1):
            listed = self._listed(places)
            yield Part(tuple(self.names[k] for k in places), self._cut(places) if listed is None else listed, options)

    def _listed(self, places: Sequence[int]) -> str | None:
        """The part of a claim that is a list of its parts, as it stands there."""
        tree = self.statement.claim.tree
        for place in places:
            parts = parts_of_list(tree) if self._columns else []
            if not parts:
                return None
            tree = parts[place]
        return write(tree)

    def _cut(self, places: Sequence[int]) -> str:
        """The part by its place in the claim."""
        tree, due = self.statement.claim.tree, self.due
        if self.claimed != due:
            tree = nodes.make(OPS["reshape"], [tree], (due,))
        index = ["..."] * bool(self._rows) + [self._axis(place) for place in places]
        cut = f"({write(tree)})[{', '.join(index)}]"
        shape = (*self._rows, *(n for place in places for n in self.variables[place]))
        return f"reshape({cut}, {', '.join(map(str, shape))})" if self._has_matrix(places) else cut

    def _axis(self, place: int) -> str:
        """The entries of one variable in the derivative: ``2``, or ``n:n + m``."""
        start, stop = self.ends[place], self.ends[place + 1]
        return f"{start}:{stop}" if self.variables[place] else f"{start}"

    def _has_matrix(self, places: Sequence[int]) -> bool:
        return any(len(self.variables[place]) > 1 for place in places)
