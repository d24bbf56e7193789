"""The arithmetic of templates: each step's value as formulas over entries of the variables."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.language.nodes import Tree
from gradcli.meaning.moves import move_of
from gradcli.meaning.program import Step
from gradcli.meaning.templates.fibres import along_fibres
from gradcli.meaning.templates.gathering import by_places
from gradcli.meaning.templates.meanings import by_meaning
from gradcli.meaning.templates.operations import in_other_places
from gradcli.meaning.templates.roots import Root, with_roots
from gradcli.meaning.templates.sliding import by_sliding
from gradcli.meaning.templates.template import Untemplated
from gradcli.meaning.templates.values import Value
from gradcli.operations.shape_rules import broadcast


class TemplateArithmetic:
    """Of steps that depend on variables; those of numbers alone are known."""

    def number(self, tree: Tree) -> Value | Root:
        raise AssertionError(f"{tree} is known")

    def derive(
        self, step: Step, _arguments: list[Value | Root | None], _point: Mapping[str, Value | Root]
    ) -> Value | Root:
        """Errors: Untemplated."""
        assert step.op is not None
        raise Untemplated(f"{step.op.written} is a derivative inside the formula")

    def apply(self, step: Step, arguments: list[Value | Root | None]) -> Value | Root:
        """Errors: Untemplated where no formula is seen, or one of too many positions."""
        op = step.op
        assert op is not None
        shapes = [None if a is None else a.shape for a in arguments]
        shape = broadcast(*shapes) if op.elementwise else op.shape(*shapes, *step.constants)
        plain = [a for a in arguments if not isinstance(a, Root)]
        rooted = len(plain) < len(arguments)
        if op.elementwise and (not rooted or op.tree is not None):
            return with_roots(op, arguments, shape, step.constants)
        if op.moves and not rooted:
            return in_other_places(move_of(step), [a for a in plain if a is not None], shape)
        for way in () if rooted else (by_sliding, by_places, along_fibres):
            found = way(step, plain, shape)
            if found is not None:
                return found
        return by_meaning(step, arguments, shape)
