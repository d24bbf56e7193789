"""Objects of libraries: made by a call, kept under a name, asked by methods and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradcli.base.errors import Span
from gradcli.language.calls import Made, Term
from gradcli.language.spelled import Expander, Given, Misfit, apply_spellings, fitting, no_signature
from gradcli.operations.blueprint import Blueprint
from gradcli.operations.table import did_you_mean


def construct(
    reader: Expander,
    shown: str,
    blueprints: Sequence[Blueprint],
    positional: Sequence[Term],
    keywords: Mapping[str, Term],
    span: Span,
) -> Term:
    """The object of a call. Errors: ExpressionError where the arguments fit none of the class's calls."""
    misfits: list[Misfit] = []
    makers = {maker: blueprint for blueprint in blueprints for maker in blueprint.makers}
    found = next(fitting(reader, tuple(makers), positional, keywords, misfits), None)
    if found is None:
        raise no_signature(reader, shown, tuple(makers), misfits, span)
    maker, parts = found
    assert isinstance(maker.means, str)
    for name, _, formula in (text.partition(" = ") for text in maker.means.split("; ") if text):
        parts = {**parts, name: reader.expand(formula, parts, span)}
    return Term(None, span, shown=shown, made=Made(makers[maker], parts))


def attribute(reader: Expander, made: Made, name: str, span: Span) -> Term:
    """``d.mean``: a part, or a formula of the parts."""
    part = _own(made.parts, name)
    if part is not None:
        return part._replace(span=span)
    if name not in made.blueprint.attributes:
        raise _unknown(reader, made, name, span, called=False)
    spellings = made.blueprint.attributes[name]
    found = apply_spellings(reader, f".{name}", spellings, [], {}, span, refuse=True, of=made)
    assert found is not None
    return found


def method(
    reader: Expander,
    made: Made,
    name: str,
    positional: Sequence[Term],
    keywords: Mapping[str, Term],
    span: Span,
) -> Term:
    """``d.log_prob(x)``"""
    if name not in made.blueprint.methods:
        raise _unknown(reader, made, name, span, called=True)
    spellings = made.blueprint.methods[name]
    found = apply_spellings(reader, f".{name}", spellings, positional, keywords, span, refuse=True, of=made)
    assert found is not None
    return found


def _own(parts: Given, name: str) -> Term | None:
    """A part that was given, or made of what was."""
    part = parts.get(name)
    return None if part is None or (part.node is None and part.made is None) else part


def _unknown(reader: Expander, made: Made, name: str, span: Span, *, called: bool) -> Exception:
    blueprint = made.blueprint
    written = f".{name}()" if called else f".{name}"
    otherwise = f".{name}" if called else f".{name}()"
    if otherwise in blueprint.members or (called and _own(made.parts, name)):
        hint = f"write {otherwise}"
    else:
        close = did_you_mean(name, [*blueprint.methods, *blueprint.attributes])
        hint = f"did you mean .{close}?" if close else f"it has {', '.join(blueprint.members)}"
    return reader.error(f"{blueprint.name} has no {written}", span, hint=hint, kind="name")
