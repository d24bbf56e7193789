"""The arithmetic of templates: each step's value as formulas over entries of the variables."""

from __future__ import annotations

from collections.abc import Mapping

from gradcli.language.nodes import Tree
from gradcli.meaning.program import Step
from gradcli.meaning.templates.fibres import along_fibres
from gradcli.meaning.templates.gathering import by_places
from gradcli.meaning.templates.meanings import by_meaning
from gradcli.meaning.templates.moves import move_of
from gradcli.meaning.templates.operations import entry_by_entry, in_other_places
from gradcli.meaning.templates.roots import Root, root_of, squared
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
        plain = [a for a in arguments if not isinstance(a, Root)]
        if len(plain) < len(arguments):
            return squared(step, arguments)
        root = root_of(step, plain)
        return self.computed(step, plain) if root is None else root

    def computed(self, step: Step, arguments: list[Value | None]) -> Value:
        """Of operands none of which is a root."""
        op = step.op
        assert op is not None
        shapes = [None if a is None else a.shape for a in arguments]
        if op.elementwise:
            return entry_by_entry(op, arguments, broadcast(*shapes), step.constants)
        shape = op.shape(*shapes, *step.constants)
        if op.moves:
            return in_other_places(move_of(step), [a for a in arguments if a is not None], shape)
        for way in (by_places, by_sliding, along_fibres):
            found = way(step, arguments, shape)
            if found is not None:
                return found
        return by_meaning(step, arguments, shape)
