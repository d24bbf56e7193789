"""Calls: the arguments as written are fitted to a row's parameters, tensors to nodes and constants to Python values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import sympy

from gradcli.base.errors import ExpressionError, Span, printable
from gradcli.language import nodes
from gradcli.language.advice import function_hint
from gradcli.language.folding import fold_number
from gradcli.language.kinds import KINDS, SEVERAL, WORDS
from gradcli.language.nodes import Tree
from gradcli.operations.blueprint import Blueprint
from gradcli.operations.row import CONDITION, ENTRIES, INDEX, REQUIRED, VARIABLE, Op, Param
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import KEYWORD_ALIASES, OPS, did_you_mean, infix, meant_otherwise

NO_CONSTANT: Any = type(
    "NoConstant", (), {"__repr__": lambda _: "NO_CONSTANT"}
)()  # Any: stands beside constants of any type

VALUES = "values"  # the field that is meant where several are given and none is taken


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """An object of a library: its class, and its parts by name."""

    blueprint: Blueprint
    parts: Mapping[str, Term]


class Term(NamedTuple):
    """A parsed piece: its node (None for a text, a flag, a tuple), its place, and its constant value if it has one."""

    node: Tree | None
    span: Span
    size: int = 1
    depth: int = 1
    is_condition: bool = False
    constant: Any = NO_CONSTANT  # Any: int, Fraction, inf, text, bool, None, Ellipsis, tuple of these
    items: tuple[Term, ...] = ()  # of a list or tuple, as written
    fields: tuple[str, ...] = ()  # names of the items where a call returns several
    shown: str = ""  # that call, as it was written
    generated: bool = False  # a tuple that is written as a generator, ``x[i] for i in range(3)``
    made: Made | None = None  # of an object
    function: Callee | None = None  # of a name that takes arguments

    @property
    def tree(self) -> Tree:
        assert self.node is not None
        return self.node


@dataclass(frozen=True, slots=True)
class Arguments:
    """Those of a call, by their place and by their name."""

    positional: Sequence[Term]
    keywords: Mapping[str, Term]


class Parameter(NamedTuple):
    """A parameter of a function of the text: its default, and whether it goes by its name alone."""

    name: str
    default: Term | None = None
    named: bool = False
    written: str = ""

    @property
    def shown(self) -> str:
        return f"{self.name}={self.written}" if self.default else self.name


class Callee(Protocol):
    """What a name may stand for that takes arguments."""

    @property
    def shown(self) -> str: ...
    @property
    def parameters(self) -> tuple[Parameter, ...]: ...
    def called(self, reader: Any, arguments: Arguments, span: Span) -> Term: ...  # Any: the parser, of a later room


class Reader(Protocol):
    """What this room needs of the parser."""

    source: str
    spans: dict[Tree, Span]

    def error(
        self, message: str, span: Span | None, *, hint: str | None = None, kind: str = "syntax"
    ) -> ExpressionError: ...
    def join(
        self,
        tree: Tree,
        *terms: Term,
        is_condition: bool = False,
        start: Span | None = None,
        stop: Span | None = None,
        focus: Span | None = None,
    ) -> Term: ...
    def text_of(self, term: Term) -> str: ...
    def note(self, text: str) -> None: ...
    def literal(self, value: object) -> Term: ...
    def holds_truth(self, tree: Tree) -> bool: ...
    def fails(self, tree: Tree, sign: str, bound: int) -> bool: ...
    def refuted(self, condition: Tree) -> bool: ...
    def number_of(self, tree: Tree) -> int | Fraction | float | None: ...
    def numbers_of(self, tree: Tree) -> tuple[Any, ...] | None: ...


def as_number(reader: Reader, term: Term) -> Tree:
    """The node of ``term`` as a number; a condition counts 1 where it holds and 0 elsewhere, as in numpy."""
    if term.fields:
        return as_number(reader, _first_of(reader, term))
    if isinstance(term.constant, bool):
        return sympy.Integer(int(term.constant))
    if term.made is not None:
        members = f"take one of {', '.join(term.made.blueprint.members)}"
        raise reader.error(f"a number is needed here, found a {term.made.blueprint.name}", term.span, hint=members)
    if term.function is not None:
        shown = getattr(term.function, "written", "") or reader.text_of(term)
        named = len(shown) <= 40 and not shown.startswith(("lambda", "(lambda"))
        hint = f"call it: {shown}(...)" if named else "call it, or name it: f = lambda x: ..."
        raise reader.error("a number is needed here, found a function", term.span, hint=hint, kind="shape")
    if term.node is None:
        words: dict[type, str] = {str: "a text", tuple: "a tuple", slice: "a slice"}
        what = words.get(type(term.constant), f"{term.constant}")
        advice = _joined(term) if isinstance(term.constant, tuple) else None
        raise reader.error(f"a number is needed here, found {printable(what)}", term.span, hint=advice)
    if term.is_condition:
        return nodes.make(OPS["where"], [term.node, sympy.Integer(1), sympy.Integer(0)])
    return term.node


def _joined(term: Term) -> str:
    """What to write for a tuple where one number, or one array, is due."""
    several = "; of several results take one, [0], or join them: concat(ravel(a), ravel(b))"
    return f"write [ ] for a vector{several if term.items else ''}"


def _first_of(reader: Reader, term: Term) -> Term:
    """The values, where a call gives them beside their places; of other calls that give several none is meant."""
    fields = ", ".join(term.fields)
    if term.fields[0] != VALUES:
        hint = f"take one of them: {reader.text_of(term)}[0], or .{term.fields[0]}"
        raise reader.error(f"{term.shown} gives {len(term.fields)} results: {fields}", term.span, hint=hint)
    reader.note(f"{term.shown} gives {fields}; the values are taken")
    return term.items[0]


def as_condition(reader: Reader, term: Term) -> Tree:
    """The node of a condition; an array that was given as truth values is one. Errors: ExpressionError."""
    if term.node is not None and not term.is_condition and reader.holds_truth(term.node):
        return nodes.make(infix("!="), [term.node, sympy.Integer(0)])
    if term.node is None or not term.is_condition:
        raise reader.error(
            "a condition is needed here, found a number",
            term.span,
            hint=f"compare it: {reader.text_of(term)} != 0",
            kind="shape",
        )
    return term.node


def of_truth(reader: Reader, term: Term) -> bool:
    """Is it a condition, a name that was given truth values, one of True and False, or a list of such?"""
    if isinstance(term.constant, bool) or term.is_condition:
        return True
    if term.items and not term.fields:
        return all(of_truth(reader, item) for item in term.items)
    return term.node is not None and reader.holds_truth(term.node)


def true_where(reader: Reader, term: Term) -> Term:
    """The condition of 0 and 1 that it is 1; between them, where neither lies on the edge."""
    node = nodes.make(infix(">"), [as_number(reader, term), sympy.Rational(1, 2)])
    return reader.join(node, term, is_condition=True)


def as_variable(reader: Reader, term: Term) -> Tree:
    """The symbol of a variable to differentiate in. Errors: ExpressionError for anything but a name of a value."""
    row = None if term.node is None else nodes.row_of(term.node)
    if term.node is not None and (isinstance(term.node, sympy.Symbol) or (row is not None and row.variable)):
        return term.node
    shown, what, hint = reader.text_of(term), "", "grad(f, x) for a name x, or a list of names: grad(f, [x, y])"
    if term.node is not None and shown.isidentifier():
        constant = term.node.is_number
        what = "the constant " if constant else "the formula "
        hint = hint if constant else "differentiate in the variables that it is made of"
    raise reader.error(f"the name of a variable is needed here, found {what}{shown}", term.span, hint=hint, kind="wrt")


_READ: dict[str, Callable[[Reader, Term], Tree]] = {CONDITION: as_condition, VARIABLE: as_variable}


class NodeMaker:
    """Nodes by row name, ``m.stack(a, b, dim=-1)``: what a row's ``over_list`` is written in."""

    def __getattr__(self, name: str) -> Callable[..., Tree]:
        op = OPS[name]

        def made(*tensors: Tree, **given: Any) -> Tree:  # Any: see nodes.Static
            return nodes.make(op, list(tensors), tuple(given.get(p.name, p.default) for p in op.constants))

        return made

    def entry(self, tree: Tree, i: int) -> Tree:
        """``tree[i]``; of a list its part."""
        parts = nodes.parts_of_list(tree)
        return parts[i] if parts and i < len(parts) else nodes.make(OPS["index"], [tree], ((i,),))


def _over_list(reader: Reader, op: Op, operands: list[tuple[str, Term | None]]) -> Tree | None:
    """The node of a derivative in a list of variables, ``grad(f, [x, y])``; None where there is no list."""
    lists = [term for kind, term in operands if kind == VARIABLE and term is not None and term.items]
    if not lists or op.over_list is None:
        return None
    if len(operands) != 2:
        raise reader.error(f"{op.name} takes one list of variables, and nothing beside it", lists[0].span, kind="arity")
    function = operands[0][1]
    assert function is not None
    variables = [as_variable(reader, item) for item in lists[0].items]
    try:
        made: Tree = op.over_list(NodeMaker(), as_number(reader, function), variables)
    except ShapeMismatch as mismatch:
        raise reader.error(f"{op.name} needs {mismatch.needs}", lists[0].span, kind="shape") from None
    for node in sympy.preorder_traversal(made):
        reader.spans.setdefault(node, function.span.to(lists[0].span))
    return made


def unknown_function(reader: Reader, name: str, span: Span, *, known: bool) -> ExpressionError:
    last = name.rpartition(".")[2]
    if known or len(last) == 1:
        return reader.error(
            f"{name} is not a function", span, hint=f"multiplication is written {name}*(...)", kind="name"
        )
    return reader.error(f"unknown function '{printable(name)}'", span, hint=function_hint(name), kind="name")


def apply_row(
    reader: Reader,
    shown: str,
    rows: list[tuple[Op, dict[str, Any]]],
    positional: list[Term],
    keywords: dict[str, Term],
    span: Span,
) -> Term:
    """The node of the first row that the arguments fit. Any: constants that an alias presets.

    Several rows: in ``torch.max(x, 1)`` and ``x.max(1)`` the number is an axis, in ``max(x, 1)`` it is a number.
    """
    otherwise = meant_otherwise(shown, alone=len(positional) == 1 and not positional[0].items)
    if otherwise:
        raise reader.error(f"{shown} means something else than {rows[-1][0].name}", span, hint=otherwise, kind="name")
    op, preset = next((row for row in rows if _fits(reader, row[0], positional)), rows[-1])
    operands, constants = _Binder(reader, shown, op, span).bind(positional, keywords, preset)
    listed = _over_list(reader, op, operands) if op.over_list else None
    if listed is not None:
        return reader.join(listed, *(term for _, term in operands if term is not None), start=span)
    arguments = [None if term is None else _READ.get(kind, as_number)(reader, term) for kind, term in operands]
    _note_constants(reader, shown, operands)
    given = [node for node in arguments if node is not None]
    terms = [term for _, term in operands if term is not None] or [Term(None, span)]
    if len(given) < len(arguments):  # an optional operand is left out: which ones are there goes with the constants
        present = tuple(node is not None for node in arguments)
        node = nodes.node_class(op.name)(*given, nodes.Static((*constants, present)), evaluate=False)
    else:
        node = nodes.make(op, given, constants)
    made = reader.join(node, *terms, is_condition=op.boolean, start=span)
    return true_where(reader, made) if _stays_true(reader, op, operands) else made


def _stays_true(reader: Reader, op: Op, operands: list[tuple[str, Term | None]]) -> bool:
    """Are truth values given, which stay such in the value?"""
    given = [term for _, term in operands if term is not None]
    return bool(op.keeps_truth) and all(
        of_truth(reader, term) for term in given[: 1 if op.keeps_truth == "first" else None]
    )


def _note_constants(reader: Reader, shown: str, operands: list[tuple[str, Term | None]]) -> None:
    """Says of a variable that the function has not what that gives: ``diff(f, x, n)`` is no n-th derivative."""
    names = [term.node for kind, term in operands if kind == VARIABLE and term is not None]
    function = operands[0][1] if names else None
    if function is None or function.node is None:
        return
    for name in names:
        if name is not None and name.is_Symbol and name not in function.node.free_symbols:
            reader.note(f"what {shown} differentiates does not contain {name}: its derivative in {name} is 0")


_FITTING: dict[str, tuple[type, ...]] = {"number": (int, Fraction, float), "order": (int, Fraction, float, str)}


def _fits(reader: Reader, op: Op, positional: list[Term]) -> bool:
    """Is the second argument a constant where the row wants one?"""
    second = op.params[1:2]
    if len(positional) < 2 or not second or second[0].is_tensor:
        return True
    orders = _FITTING.get(second[0].kind)
    kinds = orders or (int, tuple)
    constant = constant_of(reader, positional[1], named=orders is not None)  # a name may be another's operand
    return isinstance(constant, kinds) or (constant is None and second[0].default is None)


def takes(op: Op, count: int) -> bool:
    """So many arguments at most?"""
    return count <= len(op.params) or any(p.variadic or p.kind in SEVERAL for p in op.params)


class _Binder:
    """Fits one call to one row; every misfit is an arity error that shows the usage."""

    def __init__(self, reader: Reader, shown: str, op: Op, span: Span) -> None:
        self.reader, self.shown, self.op, self.span = reader, shown, op, span

    def bind(
        self, positional: list[Term], keywords: dict[str, Term], preset: dict[str, Any]
    ) -> tuple[list[tuple[str, Term | None]], tuple[Any, ...]]:  # Any: constants as the parameters' kinds say
        """Operands with their kinds (tensor or condition), and constants, in the order of the parameters."""
        found = self.by_name(keywords)
        rest = self.by_place(positional, found)
        if rest:
            raise self.misfit(f"takes {_count(self.op)}, found {len(positional)}")
        tensors: list[tuple[str, Term | None]] = []
        constants: list[Any] = []  # Any: as above
        for param in self.op.params:
            values = found.get(param.name)
            if param.is_tensor:
                tensors += self.tensor(param, values)
            elif values is None:
                constants.append(self.default(param, preset))
            else:
                constants.append(self.constant(param, values))
        return tensors, tuple(constants)

    def by_name(self, keywords: dict[str, Term]) -> dict[str, list[Term]]:
        found: dict[str, list[Term]] = {}
        names = {param.name for param in self.op.params}
        for written, term in keywords.items():
            key = written if written in names else KEYWORD_ALIASES.get(written, written)
            if written == "unbiased" and "correction" in names and isinstance(term.constant, bool):
                key, term = "correction", Term(None, term.span, constant=int(term.constant))
            if key not in names:
                aliases = [alias for alias, name in KEYWORD_ALIASES.items() if name in names]
                close = did_you_mean(key, [*names, *aliases])
                raise self.misfit(
                    f"has no argument '{printable(written)}'", f"did you mean {close}=?" if close else None
                )
            if any(
                p.name == key and p.is_tensor and p.default is REQUIRED and written == key and len(key) == 1
                for p in self.op.params
            ):
                raise self.misfit(f"takes {key} by its place, without a name")
            found[key] = [term]
        return found

    def by_place(self, positional: list[Term], found: dict[str, list[Term]]) -> list[Term]:
        """Fills the parameters in order; a variadic one takes what the required ones after it leave."""
        rest = list(positional)
        for param in self.op.params:
            if not rest:
                break
            if param.variadic and self.op.unpacks and rest[0].items and _stands_alone(rest):
                found[param.name], rest = list(rest[0].items), rest[1:]
            elif param.variadic:
                found[param.name], rest = rest, []
            elif param.kind in SEVERAL and isinstance(rest[0].constant, tuple) and rest[0].node is None:
                found[param.name], rest = rest[:1], rest[1:]
            elif param.kind in SEVERAL:
                found[param.name], rest = rest, []
            elif param.name not in found:
                found[param.name], rest = rest[:1], rest[1:]
        return rest

    def tensor(self, param: Param, values: list[Term] | None) -> list[tuple[str, Term | None]]:
        if not values:
            if param.default is REQUIRED:
                raise self.misfit(f"takes {_count(self.op)}, found none for {param.name}")
            return [(param.kind, None)]
        if param.default is None and len(values) == 1 and values[0].constant is None and values[0].node is None:
            return [(param.kind, None)]
        return [(param.kind, value) for value in values]

    def default(self, param: Param, preset: dict[str, Any]) -> Any:  # Any: see Param.default
        if param.name in preset:
            return preset[param.name]
        if param.default is REQUIRED:
            raise self.misfit(f"needs {param.name}")
        return param.default

    def constant(self, param: Param, values: list[Term]) -> Any:  # Any: see Param.default
        if param.default is None and len(values) == 1 and values[0].constant is None:
            return None
        value = (
            _several(self.reader, values, entries=param.kind == ENTRIES)
            if param.kind in SEVERAL
            else constant_of(self.reader, values[0])
        )
        if value is None and param.default is None:
            return None
        if param.default is not REQUIRED and value == param.default and isinstance(param.default, Fraction):
            return param.default  # a beta of 1 is the default's 1.0: one tree, however it was written
        check = KINDS[param.kind]
        if value is NO_CONSTANT or not check(value):
            hint = "write x[0]" if param.kind == INDEX else None
            error = self.misfit(f"needs {WORDS[param.kind]} for {param.name}", hint, values[0].span)
            if values[0].node is not None and value is NO_CONSTANT:
                error.orders = tuple(sorted(symbol.name for symbol in values[0].node.free_symbols))
            raise error
        return value

    def misfit(self, message: str, hint: str | None = None, span: Span | None = None) -> ExpressionError:
        usage = f"usage: {self.op.usage}"
        return self.reader.error(
            f"{self.shown} {message}", span or self.span, hint=f"{hint}; {usage}" if hint else usage, kind="arity"
        )


def _stands_alone(operands: list[Term]) -> bool:
    """Is a list the only operand? ``cat([a, b])`` and ``cat([a, b], 1)`` join its entries, ``cat([0], x)`` does not."""
    return len(operands) == 1 or isinstance(operands[1].constant, int)


def _count(op: Op) -> str:
    required = sum(p.default is REQUIRED for p in op.params)
    total = len(op.params)
    if any(p.variadic for p in op.params):
        return f"at least {required} argument{'s' * (required != 1)}"
    return f"{required} argument{'s' * (required != 1)}" if required == total else f"{required} to {total} arguments"


def constant_of(reader: Reader, term: Term, *, named: bool = True) -> Any:  # Any: see Term.constant
    """The value of a term where a constant is due: a literal, a formula of numbers, or of names that have values.

    named: may such names stand in it?
    """
    if term.items and isinstance(term.constant, tuple):
        return tuple(constant_of(reader, item, named=named) for item in term.items)
    if term.constant is not NO_CONSTANT or term.node is None:
        return term.constant
    folded: Any = reader.number_of(term.node) if named else fold_number(term.node)  # Any: as above
    if folded is None and named and term.node.is_Symbol:
        folded = reader.numbers_of(term.node)
    return NO_CONSTANT if folded is None else folded


def _several(reader: Reader, terms: list[Term], *, entries: bool) -> Any:  # Any: a tuple of ints, or NO_CONSTANT
    """All that are left; one tuple alone is itself, and of sizes a list: among entries of an array a list is one."""
    found = tuple(constant_of(reader, term) for term in terms)
    alone = len(terms) == 1 and isinstance(found[0], tuple) and (terms[0].node is None or not entries)
    return found[0] if alone else found
