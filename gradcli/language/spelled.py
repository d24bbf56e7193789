"""A library's own call: the arguments are fitted to one of its signatures, and its formula is read in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from numbers import Number
from typing import Any, Protocol

from gradcli.base.errors import ExpressionError, Span, printable
from gradcli.language import nodes
from gradcli.language.calls import NO_CONSTANT, Made, Reader, Term, apply_row, as_condition, as_number, constant_of
from gradcli.language.kinds import KINDS, WORDS
from gradcli.language.tuples import as_tuple
from gradcli.operations.row import CONDITION, NONE, REQUIRED, Param
from gradcli.operations.shape_rules import Shape, ShapeMismatch, shape_text
from gradcli.operations.spelling import (
    ANYTHING,
    APART,
    ARRAY,
    BOUNDED,
    FUNCTION,
    LIST,
    LISTS,
    MASK,
    NARROW,
    NUMBERS,
    OBJECT,
    OPERAND,
    PARTS,
    RANKED,
    SHAPED,
    SHAPES,
    STORED,
    TOLD,
    TRUTH,
    WHOLE,
    Spelling,
)
from gradcli.operations.table import candidates, did_you_mean, infix

Given = Mapping[str, Term]
_OPERANDS = frozenset({ANYTHING, APART, ARRAY, SHAPED, RANKED, TOLD, MASK, WHOLE, NUMBERS})  # kinds that any term fits


_ARRAYS = frozenset({SHAPED, RANKED, ARRAY, MASK})  # of these, kinds of arrays alone
# What a formula that is written for numbers, axes and shapes comes to where it is given a text or a function: the call
# is none of the library's then.
_UNREADABLE = (TypeError, ValueError, AttributeError, KeyError, ArithmeticError)


class Expander(Reader, Protocol):
    def expand(self, formula: str, given: Given, span: Span) -> Term: ...
    def shape_for(self, term: Term, *, written_out: bool) -> Shape: ...
    def entry(self, term: Term) -> Any: ...  # Any: a whole number, or nested tuples of them, or of truth values
    def shape_in_numbers(self, term: Term) -> Shape | None: ...
    def shape_known(self, term: Term) -> Shape | None: ...


_NOWHERE = "elsewhere the library has no number"  # a signature that fits but for values came nearest


class Misfit(Exception):  # noqa: N818  # told to the user only where no signature fits
    """Why a call is not the one of a signature."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def apply_spellings(
    reader: Expander,
    shown: str,
    spellings: Sequence[Spelling],
    positional: Sequence[Term],
    keywords: Mapping[str, Term],
    span: Span,
    *,
    refuse: bool,
    of: Made | None = None,
) -> Term | None:
    """The term of the first signature that the arguments fit; names of values are constants where nothing else fits.

    refuse: raise what shows all signatures where none fits, in the place of None
    of:     the object of which it is a method: its parts stand in the formula beside the arguments
    Errors: ExpressionError.
    """
    misfits: list[Misfit] = []
    parts = {} if of is None else {**of.parts, "self": Term(None, span, made=of)}
    for spelling, bound in fitting(reader, spellings, positional, keywords, misfits):
        given = {**parts, **bound}
        try:
            _check(reader, shown, spelling, given, span)
            formula = _formula(reader, spelling, given, {} if of is None else of.blueprint.kinds)
        except ShapeMismatch as mismatch:
            raise reader.error(f"{shown} needs {mismatch.needs}", span, hint=mismatch.hint, kind="shape") from None
        except IndexError:  # of a shape, at an axis that it lacks
            raise reader.error(f"{shown} has an axis that its array lacks", span, kind="shape") from None
        except _UNREADABLE:
            misfits.append(Misfit(f"does not take these arguments together{_found(reader, spelling, given)}"))
            continue
        if not formula:
            misfits.append(Misfit("does not take these arguments together"))
            continue
        if formula.startswith(NONE):
            raise reader.error(f"{shown}: {formula.removeprefix(NONE)}", span, kind="name")
        if spelling.note:
            reader.note(spelling.note)
        return reader.expand(formula, given, span)._replace(fields=spelling.fields, shown=shown)
    if refuse:
        raise no_signature(reader, shown, spellings, misfits, span)
    return None


def fitting(
    reader: Expander,
    spellings: Sequence[Spelling],
    positional: Sequence[Term],
    keywords: Mapping[str, Term],
    misfits: list[Misfit],
) -> Iterator[tuple[Spelling, Given]]:
    """The signatures that the arguments fit, and what their parameters stand for; why the others do not, in misfits."""
    for named, spelling in ((named, spelling) for named in (False, True) for spelling in spellings):
        try:
            given = _bound(reader, spelling, positional, keywords, named)
            _check_values(reader, spelling, given)
        except Misfit as misfit:
            misfits.append(misfit)
        else:
            yield spelling, given


def _check_values(reader: Expander, spelling: Spelling, given: Given) -> None:
    """Errors: Misfit where the library has no number at the values of operands."""
    if not spelling.holds or (spelling.unless and given[spelling.unless].constant is False):
        return
    for condition in spelling.holds.split(", "):
        if reader.refuted(as_condition(reader, reader.expand(condition, given, Span(0, 0)))):
            raise Misfit(f"needs {condition}", _NOWHERE)


def _check(reader: Expander, shown: str, spelling: Spelling, given: Given, span: Span) -> None:
    """Errors: ExpressionError where the library refuses operands that the formula takes."""
    if spelling.needs is None:
        return
    called = {name for name, term in given.items() if term.shown or (term.items and term.node is not None)}  # no number
    constants = {name: OPERAND if name in called else _constant(reader, term) for name, term in given.items()}
    shapes = {name: reader.shape_known(given[name]) for name, found in constants.items() if found is OPERAND}
    known = {name: shape for name, shape in shapes.items() if shape is not None}
    if len(known) < len(shapes):
        return
    try:
        spelling.needs({**constants, **known})
    except ShapeMismatch as mismatch:
        found = ", ".join(f"{name} {shape_text(shape) if shape else 'scalar'}" for name, shape in known.items())
        what = f"{shown} needs {mismatch.needs}, found {found}"
        raise reader.error(what, span, hint=mismatch.hint, kind="shape") from None


def _formula(reader: Expander, spelling: Spelling, given: Given, kinds: Mapping[str, str]) -> str:
    if isinstance(spelling.means, str):
        return spelling.means
    kinds = {**kinds, **{param.name: param.kind for param in spelling.parameters}}
    return spelling.means(*(_asked(reader, given[name], kinds.get(name, ANYTHING)) for name in spelling.asks))


def _found(reader: Expander, spelling: Spelling, given: Given) -> str:
    """The shapes of the arrays on which the formula hangs: ``, found a (3,)``."""
    arrays = {param.name: given[param.name] for param in spelling.parameters if param.kind == SHAPED}
    shapes = ((name, _asked(reader, term, SHAPED)) for name, term in arrays.items())
    found = ", ".join(f"{name} {shape}" for name, shape in shapes if isinstance(shape, tuple))
    return f", found {found}" if found else ""


def _asked(reader: Expander, term: Term, kind: str) -> Any:  # Any: see Term.constant
    if kind == SHAPES:
        return tuple(reader.shape_for(item, written_out=True) for item in term.items)
    if kind == TOLD:
        shape = reader.shape_in_numbers(term)
        return OPERAND if shape is None else shape
    if kind in {SHAPED, STORED, RANKED, TRUTH} and (term.node is not None or term.items):
        shape = reader.shape_for(term, written_out=kind != RANKED)
        return len(shape) if kind == RANKED else shape
    if kind == MASK and (term.is_condition or (term.node is not None and reader.holds_truth(term.node))):
        return CONDITION
    if kind == WHOLE and term.constant is not None:
        return term.constant if isinstance(term.constant, bool) else reader.entry(term)
    if kind == NUMBERS:
        found = constant_of(reader, term)
        return OPERAND if found is NO_CONSTANT else found
    if kind == PARTS and term.node is None and term.items:
        return len(term.items)
    if kind == LISTS and term.node is None and term.items:
        return tuple(len(item.items) if item.node is None else 0 for item in term.items)
    return _constant(reader, term)


def _constant(reader: Reader, term: Term) -> Any:  # Any: see Term.constant
    """The constant, or those of a list; FUNCTION, or OPERAND for anything else, also within a tuple."""
    if term.function is not None:
        return FUNCTION
    if term.items and term.node is None:
        return tuple(_constant(reader, item) for item in term.items)
    found = constant_of(reader, term, named=False)
    if found is NO_CONSTANT and term.items:
        parts = tuple(_constant(reader, item) for item in term.items)
        return OPERAND if OPERAND in parts else parts
    return OPERAND if found is NO_CONSTANT else found


def no_signature(
    reader: Reader, shown: str, spellings: Sequence[Spelling], misfits: Sequence[Misfit], span: Span
) -> ExpressionError:
    """The misfit of the signature that came nearest is the last: they stand from the plainest to the fullest."""
    usage = "usage: " + " or ".join(dict.fromkeys(spelling.usage for spelling in spellings))
    misfit = next((one for one in misfits if one.hint), misfits[-1])
    return reader.error(
        f"{shown} {misfit}", span, hint=f"{misfit.hint}; {usage}" if misfit.hint else usage, kind="arity"
    )


def _bound(
    reader: Reader, spelling: Spelling, positional: Sequence[Term], keywords: Mapping[str, Term], named: bool
) -> Given:
    """What each parameter stands for. Errors: Misfit."""
    found = _by_place(spelling, positional)
    for written, term in keywords.items():
        name = spelling.parameter_named(written)
        if name not in spelling.named:
            close = did_you_mean(name, spelling.named)
            raise Misfit(f"has no argument '{printable(name)}'", f"did you mean {close}=?" if close else "")
        if name in found:
            raise Misfit(f"is given {name} twice")
        found[name] = term
    return {param.name: _fitting(reader, param, found.get(param.name), named) for param in spelling.parameters}


def _by_place(spelling: Spelling, positional: Sequence[Term]) -> dict[str, Term]:
    found: dict[str, Term] = {}
    rest = list(positional)
    for param in spelling.positional:
        if param.variadic and rest:
            found[param.name], rest = _together(rest, whole=param.kind != APART), []
        elif rest:
            found[param.name] = rest.pop(0)
    if rest:
        raise Misfit(f"takes at most {len(spelling.positional)} arguments by place, found {len(positional)}")
    return found


def _together(terms: Sequence[Term], *, whole: bool) -> Term:
    """All that are left, as one tuple; a tuple or a list alone is the whole of it, as in ``x.permute((1, 0))``."""
    if whole and len(terms) == 1 and terms[0].items:
        terms = terms[0].items
    elif whole and len(terms) == 1 and isinstance(terms[0].constant, tuple):
        return terms[0]
    span = terms[0].span.to(terms[-1].span)
    return as_tuple(terms, span)


def _apart(term: Term, *, nested: bool) -> Term:
    """A list whose entries stand by themselves, as those of a tuple do."""
    items = tuple(_apart(item, nested=True) if nested and _is_list(item) else item for item in term.items)
    return as_tuple(items, term.span)


def _is_list(term: Term) -> bool:
    """Are there entries that stand by themselves? Not in an array that a call made of a list, ``np.array([1, 2])``."""
    return bool(term.items) and not (term.node is not None and term.shown)


def _fitting(reader: Reader, param: Param, term: Term | None, named: bool) -> Term:
    if term is None and param.variadic:
        return Term(None, Span(0, 0), constant=())
    if term is None:
        if param.default is REQUIRED:
            raise Misfit(f"needs {param.name}")
        return reader.literal(param.default)
    if param.kind == ARRAY and term.node is None and term.items and not term.fields:
        return apply_row(reader, "[ ]", candidates("stack"), [term._replace(constant=NO_CONSTANT)], {}, term.span)
    if param.kind in BOUNDED:
        return _bounded(reader, param, term)
    if param.kind == TRUTH:
        return _truth(reader, term)
    if param.kind[0].isupper():
        return _object(param, term)
    if param.kind in _ARRAYS:
        return _array(param, term)
    if param.kind in _OPERANDS or (param.kind == LIST and term.items):
        return term
    if param.kind == STORED:
        return _stored(param, term)
    entries = _is_list(term) if param.kind == SHAPES else bool(term.items)
    if param.kind in {PARTS, LISTS, SHAPES} and entries and not term.fields:
        return _apart(term, nested=param.kind == LISTS)
    if param.kind in {LIST, PARTS, LISTS, SHAPES}:
        raise Misfit(f"needs {param.name} in brackets, [a, b]")
    value = constant_of(reader, term, named=named)
    if (value is None and param.default is None and term.node is None) or KINDS[param.kind](value):
        return reader.literal(value)._replace(span=term.span)
    raise Misfit(f"needs {param.name} as {NARROW.get(param.kind) or WORDS[param.kind]}")


def _bounded(reader: Reader, param: Param, term: Term) -> Term:
    """Errors: Misfit for what certainly lies elsewhere, where the library has no number."""
    for sign, bound in () if term.node is None else BOUNDED[param.kind]:
        if reader.fails(as_number(reader, term), sign, bound):
            raise Misfit(f"needs {param.name} {sign} {bound}", _NOWHERE)
    return term


def _object(param: Param, term: Term) -> Term:
    """An object of the class that the kind names."""
    if term.made is None or (param.kind != OBJECT and term.made.blueprint.plainly != param.kind):
        raise Misfit(f"needs {param.name} as {param.kind}(...)")
    return term


def _array(param: Param, term: Term) -> Term:
    """A term that can be one; a truth value is a number, and None stands for one that is left out."""
    if term.node is not None or term.items or (term.constant is None and param.default is None):
        return term
    if isinstance(term.constant, bool):
        return term._replace(node=nodes.number(int(term.constant)))
    if term.function is not None or term.made is not None or not isinstance(term.constant, Number | tuple):
        raise Misfit(f"needs {param.name} as an array")
    return term


def _stored(param: Param, term: Term) -> Term:
    """Errors: Misfit for anything but a name: a view of another's memory may lie there in another order."""
    if term.node is None or not term.node.is_Symbol:
        raise Misfit(f"needs {param.name} as a name, of which it is known how its entries lie in memory")
    return term


def _truth(reader: Reader, term: Term) -> Term:
    """A condition as it is, a number where it is not 0."""
    if isinstance(term.constant, bool) and term.node is None:
        term = term._replace(node=nodes.number(int(term.constant)))
    if term.is_condition or term.node is None or reader.holds_truth(term.node):
        return term
    if term.node.is_Symbol:
        reader.numbers_of(term.node)  # whole numbers are not differentiated then
    return reader.join(nodes.make(infix("!="), [term.node, nodes.number(0)]), term, is_condition=True)
