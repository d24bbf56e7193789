"""From the row of a document to a claim: which function, in which variable, under which conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gradcli.inputs.claim_lines import NAME, ClaimText
from gradcli.inputs.documents.formulas import (
    Formula,
    Formulas,
    Unread,
    arguments_of,
    letters_in,
    parameters_of,
)
from gradcli.inputs.documents.guards import KNOWN_FUNCTIONS
from gradcli.inputs.documents.heads import Head
from gradcli.inputs.documents.magic import names_in
from gradcli.inputs.documents.scope import Definition, Scope
from gradcli.language.latex.nodes import Applied, Group, Letter, Listed, Matrix, Node
from gradcli.language.latex.readers.naming import name_of


class NoClaim(Exception):  # noqa: N818 - it says what a row is instead
    """Why an equation with a derivative on its left is no claim; ``kind``: of what is passed over."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.reason = kind, reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is being read: what holds, how much of it came before."""

    scope: Scope
    number: int
    line: int


@dataclass(frozen=True, slots=True)
class Stated:
    """A derivative's function and variables, read.

    formula: of the function; ``wrt``: the variables; ``kind``: None where the shapes decide
    whole:   is the claim the derivative in all variables at once, entry by entry?
    named:   may the left side as well be a name?
    """

    formula: Formula
    wrt: tuple[str, ...]
    kind: str | None
    place: int
    variables: frozenset[str]
    whole: bool = False
    named: bool = False
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def stated(head: Head, at: Place, fixed: frozenset[str] = frozenset()) -> Stated:
    """What a left side speaks of. ``fixed``: letters that stand for themselves. Errors: NoClaim; Unread."""
    node, definition, parameters = _function(head, at)
    place = at.number if definition is None else definition.place
    wrt = [name_of(letter) for letter in head.variables]
    if None in wrt:
        raise Unread("the variable has no name that can be read")
    names = [name for name in wrt if name is not None]
    formula = _formula(node, definition, at, place, {*parameters, *names, *fixed})
    names = names or _only_variable(head, formula, parameters)
    _check_dependence(definition, formula, names)
    shapes = {name: at.scope.shapes.get(name, ()) for name in names}
    if head.prime and any(shapes.values()):
        raise Unread(f"a prime is for a function of a number, and {names[0]} has axes", "write \\nabla, or \\partial")
    if head.named and _is_own_letter(head, at.scope):
        raise NoClaim("other", "a letter with an index")
    return _of_order(
        head,
        Stated(
            formula, tuple(names), head.kind, place, frozenset({*parameters, *names}), named=head.named, shapes=shapes
        ),
        shapes,
    )


def _function(head: Head, at: Place) -> tuple[Node, Definition | None, tuple[str, ...]]:
    """The formula that is differentiated, its definition and its parameters."""
    body = head.body
    definitions = at.scope.definitions
    letter = body.letter if isinstance(body, Applied) else body
    name = name_of(letter) if isinstance(letter, Letter) else None
    found = definitions.get(name or "")
    if isinstance(body, Letter):
        if found is None:
            raise NoClaim("unknown function", f"{name or 'the function'} is not defined before")
        return body, _sound(found), found.parameters
    if isinstance(body, Applied) and body.power is None:
        given = arguments_of(body)
        if found is not None:
            if given is None or len(set(given)) < len(given):
                raise NoClaim("other", f"{name} at a point")
            same = not found.parameters or {*given} <= {*found.parameters}
            return (body.letter if same else body), _sound(found), found.parameters if same else tuple(given)
        if given is not None and body.letter.base not in KNOWN_FUNCTIONS:
            raise NoClaim("unknown function", f"{name or 'the function'} is not defined before")
        return body, None, tuple(given or ())
    if head.named:
        raise NoClaim("other", "a letter with an index")
    return body, None, ()


def _sound(found: Definition) -> Definition:
    if found.unread or found.stale:
        raise Unread(found.stale or f"{found.name}, of line {found.line}, cannot be read: {found.unread}")
    return found


def _formula(node: Node, definition: Definition | None, at: Place, place: int, own: set[str]) -> Formula:
    """The function, with what came before it put in; with what came behind it too, where it lacks the variable else."""
    nodes = (node,) if definition is None or not isinstance(node, Letter) else definition.bodies
    failed: Unread | None = None
    for body in nodes:
        try:
            found = Formulas(at.scope, place, own).read(body)
            if own & found.names or definition is None:
                return found
            return Formulas(at.scope, None, {*own, definition.name}).read(body)
        except Unread as error:
            failed = failed or error
    message = failed.message if failed is not None else "there is no formula"
    where = f"{definition.name}, of line {definition.line}, cannot be read: " if definition is not None else ""
    raise Unread(where + message, failed.hint if failed is not None else "")


def _only_variable(head: Head, formula: Formula, parameters: Sequence[str]) -> list[str]:
    names = list(parameters) or sorted(formula.names)
    if head.order == 1 and head.kind is None and not head.named and parameters:
        return names
    if len(names) == 1:
        return names
    raise (
        NoClaim("other", "the variable is not named")
        if head.named
        else Unread("the variable is not named", "write what it is differentiated in: \\nabla_w L, or L(w) = ... above")
    )


def _check_dependence(definition: Definition | None, formula: Formula, names: Sequence[str]) -> None:
    lacking = [name for name in names if name not in formula.names]
    if lacking:
        name = f"{definition.name}, as of line {definition.line}," if definition is not None else "the function"
        raise NoClaim("other", f"{name} does not depend on {lacking[0]}")


def _is_own_letter(head: Head, scope: Scope) -> bool:
    """Is ``u_t`` or ``f'`` a name by itself: said to be something, or used in a formula?"""
    return False if head.kind else any(name in scope.shapes for name in _own_names(head))


def _own_names(head: Head) -> list[str]:
    letter = head.body.letter if isinstance(head.body, Applied) else head.body
    if not isinstance(letter, Letter) or not head.variables:
        return []
    base, below = name_of(letter), [name_of(part) for part in head.variables]
    return [f"{base}_{''.join(part or '' for part in below)}"]


def _of_order(head: Head, found: Stated, shapes: dict[str, tuple[str, ...]]) -> Stated:
    """With the kind of a first or a second derivative; of others the function is differentiated once less."""
    names = found.wrt
    if head.order == 1 or (head.order == 2 and not head.variables):
        kind = head.kind or ("hessian" if head.order == 2 else None)
        return _replaced(found, found.formula, names, kind, whole=len(names) > 1)
    if head.order == 2 and len(set(names)) == 1:
        return _replaced(found, found.formula, names[:1], "hessian")
    if any(shapes.values()):
        raise Unread("a derivative of this order, in a variable that is no number, cannot be checked")
    before, _, last = found.formula.text.rpartition("; ")
    text = f"diff({last}, {', '.join(names[:-1])})"
    formula = Formula(f"{before}; {text}" if before else text, found.formula.names, (), found.formula.unsure)
    return _replaced(found, formula, names[-1:], "grad")


def _replaced(
    found: Stated, formula: Formula, wrt: tuple[str, ...], kind: str | None, *, whole: bool = False
) -> Stated:
    return replace(found, formula=formula, wrt=wrt, kind=kind, whole=whole)


def claim_of(head: Head, value: Node, at: Place, row: ClaimText) -> ClaimText:
    """The claim that a derivative is this. ``row``: with its place and name. Errors: NoClaim; Unread."""
    claim = _claim(head, value, at, row, frozenset())
    fixed = frozenset(part.partition(" = ")[0] for part in claim.function.split("; ")[:-1])
    if not head.partial or not fixed:
        return claim
    try:
        other = _claim(head, value, at, row, fixed)
    except (NoClaim, Unread):  # the letters cannot be held fixed: then the function lacks the variable
        return claim
    return replace(claim, other=other)


def _instance(claim: ClaimText, scope: Scope, names: frozenset[str]) -> ClaimText | None:
    """The claim at a value of those letters of which more is said than is understood; None where one has none."""
    wanted = [name for name in scope.more if name in names]
    if not wanted or any(name not in scope.members or name in (claim.wrt or "").split(",") for name in wanted):
        return None
    values = {name: scope.members[name] for name in wanted}
    two = {size for name in wanted for size in scope.shapes.get(name, ()) if not size.isdigit()}
    shapes = [text.partition("=") for text in claim.shapes]
    sized = [(name, ["2" if size in two else size for size in sizes.split(",")]) for name, _, sizes in shapes]
    kept = tuple(f"{name}={','.join(sizes)}" for name, sizes in sized if name not in values)
    where = tuple(text for text in claim.where if not values.keys() & {*re.findall(NAME, text)})
    at = tuple(f"{name}={value}" for name, value in values.items())
    return replace(claim, shapes=kept, where=where, values=(*claim.values, *at), unsure="", other=None)


def _claim(head: Head, value: Node, at: Place, row: ClaimText, fixed: frozenset[str]) -> ClaimText:
    function = stated(head, at, fixed)
    scope = at.scope
    own = function.variables | function.formula.names | fixed
    claim = _value(value, function, Formulas(scope, None, own, unfit=True))
    names = function.formula.names
    _check_known(claim, function, scope)
    shapes = _shapes(scope, names | claim.names, own)
    settings = [said for said in scope.settings.values() if _concerns(said.text, names | claim.names)]
    chosen = {kind: tuple(said.text for said in settings if said.kind == kind) for kind in ("where", "assume", "at")}
    arranged = {said.kind: said.text for said in scope.settings.values()}
    unsure = [*function.formula.unsure, *claim.unsure]
    found = ClaimText(
        function.formula.text,
        claim.text,
        ",".join(function.wrt),
        function.kind,
        tuple(parameters_of(shapes, names | claim.names)),
        (*scope.conditions(names), *chosen["where"]),
        chosen["at"],
        (*scope.assumptions(names), *chosen["assume"]),
        arranged.get("layout"),
        True if "vec" in arranged else None,
        arranged.get("symmetric"),
        row.name,
        row.file,
        row.line,
        section=row.section,
        label=row.label,
        latex=row.latex,
        cell=row.cell,
        cell_line=row.cell_line,
        unsure="; ".join(dict.fromkeys([*unsure, *_more(scope, names | claim.names)])),
    )
    return found if unsure else replace(found, instance=_instance(found, scope, names | claim.names))


def _value(value: Node, function: Stated, formulas: Formulas) -> Formula:
    """The right side; one that lists the derivatives in several variables as their list."""
    entries = _entries(value)
    if entries is None or (len(function.wrt) == 1 and function.shapes.get(function.wrt[0])):
        return formulas.read(value)
    if not function.whole or len(entries) != len(function.wrt):
        raise Unread("a list of derivatives, and it is not said in which variables", "write f(x, y) = ... above")
    read = [formulas.read(entry) for entry in entries]
    if any("; " in found.text for found in read):
        raise Unread("a list of derivatives with definitions in it cannot be checked", "write a row for each variable")
    unsure = tuple(reason for found in read for reason in found.unsure)
    text = f"[{', '.join(found.text for found in read)}]"
    return Formula(text, frozenset().union(*(found.names for found in read)), None, unsure)


def _entries(value: Node) -> tuple[Node, ...] | None:
    r"""The entries of ``(2x, 2y)``, of a row or of a column."""
    inner = value.body if isinstance(value, Group) else value
    if isinstance(inner, Listed):
        return inner.items
    if isinstance(inner, Matrix) and (len(inner.rows) == 1 or all(len(row) == 1 for row in inner.rows)):
        return tuple(entry for row in inner.rows for entry in row)
    return None


def _check_known(claim: Formula, function: Stated, scope: Scope) -> None:
    """Errors: NoClaim where a right side only names the derivative; Unread for a letter that comes from nowhere."""
    sizes = {size for shape in scope.shapes.values() for size in shape}
    strange = claim.names - function.formula.names - function.variables - sizes
    strange -= frozenset() if function.named else frozenset(scope.shapes)
    if claim.text in claim.names - function.formula.names:
        raise NoClaim("definition", f"{claim.text} is a name for the derivative")
    if not strange:
        return
    name = min(strange)
    if function.named:
        raise NoClaim("other", "a letter with a mark or an index")
    raise Unread(
        f"{name} is neither in the function nor defined before", f"define {name} above, or say what it is: ${name} > 0$"
    )


def _shapes(scope: Scope, names: frozenset[str], own: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The shapes of the names that are free, those of letters too that stand for a formula elsewhere."""
    formulas = Formulas(scope, None, ())
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        shape = scope.shapes.get(name)
        if shape is None and name in own and name in scope.definitions:
            shape = formulas.shape(name)
        found[name] = shape or ()
    return found


def _concerns(text: str, names: frozenset[str]) -> bool:
    return bool(names_in(text)) and names_in(text) <= names


def _more(scope: Scope, names: frozenset[str]) -> list[str]:
    return [reason for name, reason in scope.more.items() if name in names]


__all__ = ["NoClaim", "Place", "claim_of", "letters_in", "stated"]
