"""What makes functions of functions, ``jax.grad(f)``, ``vmap(f)``: as data, one entry a name.

A derivative at arguments is that of the body in its place: in a variable where the argument is a name that stands
nowhere else in it, else in ``variable(u)``, which is u, and a variable of what it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import sympy

from gradcli.base.errors import Span
from gradcli.language import nodes
from gradcli.language.calls import Arguments, Callee, Parameter, Term, apply_row, as_number, constant_of
from gradcli.language.functions import FunctionReader
from gradcli.language.nodes import Tree
from gradcli.language.tuples import as_tuple
from gradcli.operations.table import OPS, candidates

_OFF = ("has_aux", "holomorphic", "allow_int", "create_graph", "strict", "vectorize")


@dataclass(frozen=True, slots=True)
class Derived:
    """A function made of another: ``take`` gets it, the arguments of a call and its place."""

    shown: str
    of: Callee
    take: Callable[[FunctionReader, Callee, Arguments, Span], Term]
    left: tuple[Parameter, ...] | None = None  # parameters, where it has others than that

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.of.parameters if self.left is None else self.left

    def called(self, reader: Any, arguments: Arguments, span: Span) -> Term:  # Any: see Callee
        """Errors: those of the function that it is made of."""
        return self.take(reader, self.of, arguments, span)


@dataclass(frozen=True, slots=True)
class Made:
    """A call that makes a function, ``grad(f, argnums=1)``: the function, what else was given, and the place."""

    shown: str
    function: Callee
    rest: tuple[Term, ...]
    keywords: Mapping[str, Term]
    span: Span


Transform: TypeAlias = Callable[[FunctionReader, Made], Term]


def transformed(reader: FunctionReader, shown: str, make: Transform, arguments: Arguments, span: Span) -> Term:
    """What a call of such a name means. Errors: ExpressionError where it is given no function."""
    first, *rest = arguments.positional or (Term(None, span),)
    if first.function is None:
        hint = f"write {shown}(f) with f = lambda x: ..., or def f(x): ..."
        raise reader.error(f"{shown} takes a function", first.span, hint=hint, kind="arity")
    return make(reader, Made(shown, first.function, tuple(rest), arguments.keywords, span))


# -- derivatives

Take: TypeAlias = Callable[[FunctionReader, str, Term, Sequence[Term], Span], Term]


def _of_arguments(operation: str, reader: FunctionReader, made: Made, *, result: str = "") -> Term:
    """``grad(f)``, in the arguments that argnums names, of the value's ``result``."""
    places, several = _argnums(reader, made)
    take = partial(_derivative, operation, places, several, result)
    return Term(None, made.span, function=Derived(made.shown, made.function, take))


def _argnums(reader: FunctionReader, made: Made) -> tuple[tuple[int, ...], bool]:
    """The numbers of the arguments to differentiate in, and whether that is a tuple. Errors: ExpressionError."""
    given = {"argnums": made.rest[0]} if made.rest else {}
    given |= {"argnums" if name == "argnum" else name: term for name, term in made.keywords.items()}
    for name, term in given.items():
        if name != "argnums" and not (name in _OFF and term.constant is False):
            hint = f"{made.shown}(f) takes argnums alone; {made.shown}(f)(x) is its value at x"
            raise reader.error(f"{made.shown} is not read with this argument", term.span, hint=hint, kind="arity")
    value = constant_of(reader, given["argnums"]) if "argnums" in given else 0
    several = isinstance(value, tuple)
    numbers = value if isinstance(value, tuple) else (value,)
    if not numbers or not all(isinstance(one, int) and not isinstance(one, bool) for one in numbers):
        hint = f"grad(f)(x) is the derivative at x; {made.shown}(f, 1) that in the second argument"
        raise reader.error(f"{made.shown}(f, argnums) takes whole numbers", given["argnums"].span, hint=hint)
    return numbers, several


def _derivative(
    operation: str, places: Sequence[int], several: bool, result: str,
    reader: FunctionReader, function: Callee, arguments: Arguments, span: Span,
) -> Term:  # fmt: skip
    """The derivative at the arguments, or with the value before it where that is asked for."""
    count = len(arguments.positional)
    if not all(-count <= place < count for place in places):
        hint = "argnums counts the arguments that are given by their place, from 0" if count else "as in grad(f)(x)"
        given = f"{count} argument{'s' * (count != 1)}"
        raise reader.error(f"{function.shown} is given {given} here", span, hint=hint, kind="arity")
    at = [place % count for place in places]
    value, moved = _value_and_variables(reader, function, arguments, at, span)
    differentiated = _summed(reader, value) if result == "sum" else value
    slopes = [_in_each(reader, operation, differentiated, one, span) for one in moved]
    found = _tuple(slopes, span) if several else slopes[0]
    if result != "value":
        return found
    return _tuple([function.called(reader, arguments, span), found], span, ("value", "grad"))


def _value_and_variables(
    reader: FunctionReader, function: Callee, arguments: Arguments, at: Sequence[int], span: Span
) -> tuple[Term, list[Term]]:
    """The value, and in what it is differentiated: names alone where they stand nowhere else in it."""

    def with_variables(make: Callable[[Term], Term]) -> tuple[Term, list[Term]]:
        positional = list(arguments.positional)
        for place in at:
            positional[place] = _each(reader, make, positional[place])
        value = function.called(reader, replace(arguments, positional=positional), span)
        return value, [positional[place] for place in at]

    opened = reader.opened
    value, moved = with_variables(lambda term: _variable(reader, term))
    reader.opened = opened
    names = [leaf.node for place in at for leaf in _leaves(arguments.positional[place])]
    plain = all(isinstance(name, sympy.Symbol) for name in names) and len(set(names)) == len(names)
    if plain and not {*names} & _free_outside(value, {leaf.tree for one in moved for leaf in _leaves(one)}):
        return with_variables(lambda term: term)
    return value, moved


def _variable(reader: FunctionReader, term: Term) -> Term:
    """Another one than all that are open here, also where it has the same value."""
    tree = as_number(reader, term)
    reader.opened += 1
    return reader.join(nodes.make(OPS["variable"], [tree], (reader.opened - 1,)), term)


def _free_outside(value: Term, moved: set[Tree]) -> set[Tree]:
    """The names in a value, but for those in what it is differentiated in."""
    found, waiting = set[Tree](), [leaf.tree for leaf in _leaves(value)]
    seen = set(moved)
    while waiting:
        tree = waiting.pop()
        if tree in seen:
            continue
        seen.add(tree)
        if isinstance(tree, sympy.Symbol):
            found.add(tree)
        waiting.extend(tree.args)
    return found


def _leaves(term: Term) -> list[Term]:
    """The arrays of a tuple of arrays."""
    return [leaf for item in term.items for leaf in _leaves(item)] if term.items else [term] if term.node else []


def _each(reader: FunctionReader, make: Callable[[Term], Term], term: Term) -> Term:
    """The same for each array of a tuple or a list of them, as jax takes these."""
    if not term.items:
        return make(term)
    items = [_each(reader, make, item) for item in term.items]
    return _tuple(items, term.span) if term.node is None else reader.listed(items, term.span)


def _in_each(reader: FunctionReader, operation: str, value: Term, moved: Term, span: Span) -> Term:
    def of(variable: Term) -> Term:
        return apply_row(reader, operation, candidates(operation), [value, variable], {}, span)

    return _each(reader, of, moved)


def _summed(reader: FunctionReader, value: Term) -> Term:
    return apply_row(reader, "sum", candidates("sum"), [value], {}, value.span)


def _tuple(items: Sequence[Term], span: Span, fields: tuple[str, ...] = ()) -> Term:
    return as_tuple(items, span)._replace(fields=fields, shown="this" if fields else "")


# -- along a direction


def _along(operation: str, reader: FunctionReader, made: Made) -> Term:
    """``hessian_vector_product(f)``: the last argument of a call is the direction."""

    def take(reader: FunctionReader, function: Callee, arguments: Arguments, span: Span) -> Term:
        *positional, direction = arguments.positional
        value, (moved,) = _value_and_variables(reader, function, replace(arguments, positional=positional), [0], span)
        return apply_row(reader, operation, candidates(operation), [value, moved, direction], {}, span)

    _nothing_else(reader, made)
    return Term(None, made.span, function=Derived(made.shown, made.function, take))


def _slope(reader: FunctionReader, made: Made) -> Term:
    """autograd's ``deriv(f)``: along ones."""

    def take(reader: FunctionReader, function: Callee, arguments: Arguments, span: Span) -> Term:
        value, (moved,) = _value_and_variables(reader, function, arguments, [0], span)
        ones = apply_row(reader, "ones_like", candidates("ones_like"), [moved], {}, span)
        return apply_row(reader, "jvp", candidates("jvp"), [value, moved, ones], {}, span)

    _nothing_else(reader, made)
    return Term(None, made.span, function=Derived(made.shown, made.function, take))


def _pushed_forward(reader: FunctionReader, made: Made) -> Term:
    """``jvp(f, (x,), (v,))``: the value, and its change along v."""
    if len(made.rest) != 2 or made.keywords or not all(one.items for one in made.rest):
        hint = "usage: jvp(f, (x,), (v,))"
        raise reader.error(f"{made.shown} takes a function and two tuples", made.span, hint=hint, kind="arity")
    primals, tangents = (list(one.items) for one in made.rest)
    given = Arguments(primals, {})
    value, moved = _value_and_variables(reader, made.function, given, range(len(primals)), made.span)
    parts = [
        apply_row(reader, "jvp", candidates("jvp"), [value, one, tangent], {}, made.span)
        for one, tangent in zip(moved, tangents, strict=True)
    ]
    changed = reader.chain(sympy.Add, parts, [])
    return _tuple([made.function.called(reader, given, made.span), changed], made.span, ("value", "jvp"))


def _pulled_back(reader: FunctionReader, made: Made) -> Term:
    """``vjp(f, x)``: the value, and the function that gives v^T J for v, in a tuple."""
    if not made.rest or made.keywords:
        raise reader.error(f"{made.shown} takes a function and its arguments", made.span, kind="arity")
    given = Arguments(list(made.rest), {})
    value, moved = _value_and_variables(reader, made.function, given, range(len(made.rest)), made.span)

    def take(reader: FunctionReader, _function: Callee, arguments: Arguments, span: Span) -> Term:
        (v,) = arguments.positional
        back = [apply_row(reader, "vjp", candidates("vjp"), [value, one, v], {}, span) for one in moved]
        return _tuple(back, span)

    pullback = Term(None, made.span, function=Derived(made.shown, made.function, take))
    return _tuple([made.function.called(reader, given, made.span), pullback], made.span, ("value", "vjp"))


def _at_once(operation: str, reader: FunctionReader, made: Made) -> Term:
    """``torch.autograd.functional.jacobian(f, x)``; of a tuple of inputs a tuple."""
    (inputs,) = made.rest or (Term(None, made.span),)
    for name, term in made.keywords.items():
        if not (name in _OFF and isinstance(term.constant, bool)):
            raise reader.error(f"{made.shown} is not read with {name}=", term.span, kind="arity")
    given = Arguments(list(inputs.items) if inputs.node is None and inputs.items else [inputs], {})
    places = range(len(given.positional))
    return _derivative(operation, places, inputs.node is None, "", reader, made.function, given, made.span)


def _nothing_else(reader: FunctionReader, made: Made) -> None:
    if made.rest or made.keywords:
        other = [*made.rest, *made.keywords.values()][0]
        raise reader.error(f"{made.shown} is read with a function alone", other.span, kind="arity")


# -- row by row


def _row_by_row(reader: FunctionReader, made: Made) -> Term:
    """``vmap(f)``: the rows' results, one below the other."""
    axes = _in_axes(reader, made)

    def take(reader: FunctionReader, function: Callee, arguments: Arguments, span: Span) -> Term:
        count = len(arguments.positional)
        along = axes if isinstance(axes, tuple) else (axes,) * count
        if arguments.keywords or len(along) != count or not any(axis is not None for axis in along):
            message = f"{made.shown}(f) takes as many arguments as in_axes names, here {len(along)}"
            raise reader.error(message, span, kind="arity")
        split = [_rows(reader, term, axis) for term, axis in zip(arguments.positional, along, strict=True)]
        lengths = {len(rows) for rows, axis in zip(split, along, strict=True) if axis is not None}
        if len(lengths) != 1:
            raise reader.error(f"{made.shown} needs as many rows in each argument", span, kind="shape")
        rounds = [[rows[k if axis is not None else 0] for rows, axis in zip(split, along, strict=True)]
                  for k in range(*lengths)]  # fmt: skip
        found = [function.called(reader, Arguments(row, {}), span) for row in rounds]
        return _stacked(reader, found, span)

    return Term(None, made.span, function=Derived(made.shown, made.function, take))


def _in_axes(reader: FunctionReader, made: Made) -> int | tuple[int | None, ...] | None:
    given = {"in_axes": made.rest[0]} if made.rest else {}
    given |= {"in_axes" if name == "in_dims" else name: term for name, term in made.keywords.items()}
    for name, term in given.items():
        if name != "in_axes" and not (name in {"out_axes", "out_dims"} and term.constant == 0):
            message = f"{made.shown} is read with in_axes= alone"
            raise reader.error(message, term.span, hint="the results are stacked along axis 0", kind="arity")
    axes: Any = constant_of(reader, given["in_axes"]) if "in_axes" in given else 0  # Any: what was written
    if all(one is None or isinstance(one, int) for one in (axes if isinstance(axes, tuple) else (axes,))):
        return axes  # type: ignore[no-any-return]  # as asked
    hint = "in_axes=0, or (0, None) for each argument"
    raise reader.error("in_axes are whole numbers, or None", given["in_axes"].span, hint=hint, kind="arity")


def _rows(reader: FunctionReader, term: Term, axis: int | None) -> list[Term]:
    if axis is None:
        return [term]
    if axis == 0:
        return reader.entries(term)
    turned = apply_row(
        reader, "moveaxis", candidates("moveaxis"), [term, reader.literal(axis), reader.literal(0)], {}, term.span
    )
    return reader.entries(turned)


def _stacked(reader: FunctionReader, rows: Sequence[Term], span: Span) -> Term:
    if rows and rows[0].items and rows[0].node is None:
        columns = zip(*(row.items for row in rows), strict=True)
        return _tuple([_stacked(reader, column, span) for column in columns], span)
    return reader.listed(rows, span)


def _itself(_reader: FunctionReader, made: Made) -> Term:
    """``jit(f)``: quicker, but the same."""
    return Term(None, made.span, function=made.function)


# -- Python's own


def _given_in_part(_reader: FunctionReader, made: Made) -> Term:
    """``functools.partial(f, a, k=b)``"""

    def take(reader: FunctionReader, function: Callee, arguments: Arguments, span: Span) -> Term:
        keywords = {**made.keywords, **arguments.keywords}
        return function.called(reader, Arguments([*made.rest, *arguments.positional], keywords), span)

    taken = {one.name for one in made.function.parameters[: len(made.rest)]} | made.keywords.keys()
    left = tuple(one for one in made.function.parameters if one.name not in taken)
    return Term(None, made.span, function=Derived(made.shown, made.function, take, left))


def _of_each(reader: FunctionReader, made: Made) -> Term:
    """``map(f, x, y)``: as many as the shortest has."""
    _require_arrays(reader, made, made.rest)
    groups = zip(*(reader.entries(one) for one in made.rest), strict=False)
    return _tuple([made.function.called(reader, Arguments(group, {}), made.span) for group in groups], made.span)


def _folded(reader: FunctionReader, made: Made) -> Term:
    """``functools.reduce(f, x, first)``"""
    _require_arrays(reader, made, made.rest[:1])
    first, *rest = (*made.rest[1:2], *reader.entries(made.rest[0]))
    for one in rest:
        first = made.function.called(reader, Arguments([first, one], {}), made.span)
    return first


def _require_arrays(reader: FunctionReader, made: Made, arrays: Sequence[Term]) -> None:
    if not arrays or made.keywords:
        hint = f"usage: {made.shown}(f, x)"
        raise reader.error(f"{made.shown} takes a function and what it runs over", made.span, hint=hint, kind="arity")


_GRAD, _JACOBIAN, _HESSIAN = (partial(_of_arguments, name) for name in ("grad", "jacobian", "hessian"))
_BOTH, _EACH = partial(_of_arguments, "grad", result="value"), partial(_of_arguments, "grad", result="sum")
_BY_LIBRARY: dict[str, dict[str, Transform]] = {
    "jax": {
        "grad": _GRAD, "jacobian": _JACOBIAN, "jacfwd": _JACOBIAN, "jacrev": _JACOBIAN, "hessian": _HESSIAN,
        "value_and_grad": _BOTH, "vmap": _row_by_row, "jit": _itself, "checkpoint": _itself, "remat": _itself,
        "jvp": _pushed_forward, "vjp": _pulled_back,
    },
    "torch.func": {
        "grad": _GRAD, "jacfwd": _JACOBIAN, "jacrev": _JACOBIAN, "hessian": _HESSIAN, "vmap": _row_by_row,
        "jvp": _pushed_forward, "vjp": _pulled_back,
    },
    "torch": {"vmap": _row_by_row, "compile": _itself},
    "torch.autograd.functional": {"jacobian": partial(_at_once, "jacobian"), "hessian": partial(_at_once, "hessian")},
    "functools": {"partial": _given_in_part, "reduce": _folded},
    "autograd": {
        "grad": _GRAD, "jacobian": _JACOBIAN, "hessian": _HESSIAN, "value_and_grad": _BOTH, "elementwise_grad": _EACH,
        "deriv": _slope, **dict.fromkeys(("hessian_vector_product", "hessian_tensor_product"), partial(_along, "hvp")),
    },
}  # fmt: skip
TRANSFORMING = frozenset(_BY_LIBRARY) - {"torch"}  # libraries of which nothing else is read
_ALONE: dict[str, Transform] = {
    **_BY_LIBRARY["jax"],
    **_BY_LIBRARY["torch.func"],
    **_BY_LIBRARY["autograd"],
    **_BY_LIBRARY["functools"],
    "egrad": _EACH,
    "map": _of_each,
}


def transform_named(name: str, library: str | None) -> Transform | None:
    """What makes a function of a function under this name; None where it is none of these."""
    known = _ALONE if library is None else _BY_LIBRARY.get(library)
    return known.get(name) if known else None
