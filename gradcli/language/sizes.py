"""Shapes as numbers: ``x.shape[0]``, ``len(x)``, ``x.size(-1)``, ``x.numel()``, under the letters that they have."""

from __future__ import annotations

from gradcli.base.errors import ExpressionError, Span
from gradcli.base.wording import option
from gradcli.language import nodes
from gradcli.language.calls import Term, constant_of
from gradcli.language.indexing import IndexReader
from gradcli.language.tuples import is_tuple
from gradcli.operations.shape_rules import Shape

ATTRIBUTES = frozenset({"shape", "ndim", "size"})
METHODS = frozenset({"size", "numel", "nelement", "dim", "ndimension"})
FUNCTIONS = {"len": "len", "shape": "shape", "numel": "numel", "ndim": "ndim", "size": "numel"}  # size is numpy's


class SizeReader(IndexReader):
    """The part of the grammar that asks for the shape of what stands before it."""

    sized: bool

    def size_attribute(self, term: Term, name: str, span: Span) -> Term | None:
        """``.shape``, ``.ndim``, ``.size`` (numpy's) without a call, and the methods; None for any other name."""
        if self.peek().text != "(":
            return self.counts(term, "numel" if name == "size" else name, span) if name in ATTRIBUTES else None
        if name not in METHODS:
            return None
        axes, keywords, _ = self.arguments()
        axes += keywords.values()
        if axes:
            return self.along(self.counts(term, "shape", span), axes, span)
        return self.counts(term, {"size": "shape", "dim": "ndim", "ndimension": "ndim"}.get(name, "numel"), span)

    def size_call(self, what: str, shown: str, span: Span) -> Term:
        """``len(x)`` and its like."""
        positional, keywords, stop = self.arguments()
        if keywords or len(positional) != 1:
            raise self.error(f"{shown} takes one array", span.to(stop), kind="arity")
        return self.counts(positional[0], what, span)

    def shape_at(self, term: Term, place: Span) -> Shape:
        """The shape of a term that is asked for at a place of the text, which the reader of primaries provides."""
        raise NotImplementedError

    def arguments(self) -> tuple[list[Term], dict[str, Term], Span]:
        """What stands in a call's parentheses, which the reader of primaries provides."""
        raise NotImplementedError

    def counts(self, term: Term, what: str, span: Span) -> Term:
        """The shape, the number of axes, the first size, or the number of entries."""
        if what == "len" and is_tuple(term):
            return self.literal(len(term.items))._replace(span=span)
        sizes = self.sizes_of(term, span)
        if what == "ndim":
            return self.literal(len(sizes))._replace(span=span)
        if what == "numel":
            return self.size(nodes.count([size.constant for size in sizes]), span)
        if what == "len" and not sizes:
            name = self.text_of(term)
            example = option("shape", f"{name}=n", f'{{"{name}": "n"}}')
            raise self.error(
                f"{name} is a scalar: it has no length", span, hint=f"{example} gives it one", kind="shape"
            )
        constant = tuple(size.constant for size in sizes)
        return sizes[0]._replace(span=span) if what == "len" else Term(None, span, constant=constant, items=sizes)

    def along(self, shape: Term, axes: list[Term], span: Span) -> Term:
        axis = constant_of(self, axes[0])
        if len(axes) != 1 or not isinstance(axis, int) or not -len(shape.items) <= axis < len(shape.items):
            raise self.error(f"one axis of {len(shape.items)} is due", span, kind="shape")
        return shape.items[axis]._replace(span=span)

    def size(self, number: int, span: Span) -> Term:
        self.sized = self.sized or isinstance(number, nodes.Size)
        return Term(nodes.of_constant(number), span, constant=number)

    def sizes_of(self, term: Term, place: Span) -> tuple[Term, ...]:
        """Each size of what a term is. Errors: ExpressionError where nothing tells its shape."""
        if term.node is None or self.known.shape_of is None:
            raise self.unknown_shape(term)
        return tuple(self.size(number, place) for number in self.shape_at(term, place))

    def unknown_shape(self, term: Term) -> ExpressionError:
        hint = f"write the size as a number or a letter of {option('shape')}"
        return self.error("the shape is not known here", term.span, hint=hint, kind="shape")
