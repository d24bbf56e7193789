r"""Calls of functions: named ones by the rows of the language, logarithms with a base, letters before a parenthesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Call, Group, Letter, Listed, Node, Number, Relation
from gradcli.language.latex.readers.code import ATOM, POWER, PRODUCT, Code, written
from gradcli.language.latex.readers.definitions import defined
from gradcli.language.latex.readers.doubts import refuse_wide_argument
from gradcli.language.latex.readers.parts import Part, changed
from gradcli.language.latex.readers.powers import raised_to, transposed
from gradcli.language.latex.readers.products import side_by_side
from gradcli.language.latex.readers.reader import Reader, shape_option
from gradcli.language.latex.readers.spelled import REFUSED, SPELLED
from gradcli.operations.row import REQUIRED, Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch, broadcast, shape_text
from gradcli.operations.table import OPS, candidates, did_you_mean


def read_call(reader: Reader, node: Call) -> Part:
    """Errors: ExpressionError for an unknown function, a wrong number of arguments, shapes that it does not take."""
    if node.name in REFUSED and node.name not in reader.context.functions and not (node.name in _SPECIAL and node.sub):
        raise reader.error(node, f"{node.name}: {REFUSED[node.name]}")
    if node.power is not None and reader.fraction(node.power) == -1:
        inverse = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}.get(
            node.name, f"the inverse function of {node.name}"
        )
        raise reader.two(node, inverse, f"1/{node.name}", r"\arcsin x, or \frac{1}{\sin x}")
    refuse_wide_argument(reader, node)
    operands, constants = told_apart(reader, _arguments(node))
    arguments = [reader.read(argument) for argument in operands]
    if not arguments:
        raise reader.error(node, f"{node.name} without an argument")
    if constants:
        made = with_constants(reader, node.span, node.name, arguments, constants)
    else:
        made = called(reader, node.span, node.name, arguments, node.sub)
    return powered(reader, node.span, made, node.power)


def powered(reader: Reader, span: Span, made: Part, power: Node | None) -> Part:
    if power is None:
        return made
    if isinstance(power, Letter) and power.base in {"top", "intercal"}:
        return transposed(reader, span, made)
    return raised_to(reader, span, made, power)


def _arguments(node: Call) -> Sequence[Node]:
    """Of ``\\max\\{a, b\\}`` and ``\\max(a, b)`` the same."""
    if len(node.arguments) == 1 and isinstance(node.arguments[0], Group) and isinstance(node.arguments[0].body, Listed):
        return node.arguments[0].body.items
    if len(node.arguments) == 1 and isinstance(node.arguments[0], Listed):
        return node.arguments[0].items
    return node.arguments


def told_apart(reader: Reader, given: Sequence[Node]) -> tuple[list[Node], dict[str, Any]]:  # Any: numbers, flags
    r"""Operands, and constants by name, as ``\mathrm{dim}=1``."""
    operands, constants = list[Node](), dict[str, Any]()
    for one in given:
        if isinstance(one, Relation) and one.signs == ("=",) and isinstance(one.parts[0], Letter):
            constants[one.parts[0].base] = _constant(reader, one.parts[1])
        else:
            operands.append(one)
    return operands, constants


def _constant(reader: Reader, node: Node) -> Any:  # Any: a number, a flag, several numbers
    if isinstance(node, Letter) and node.base in {"True", "False", "None"}:
        return {"True": True, "False": False, "None": None}[node.base]
    if isinstance(node, Group) and isinstance(node.body, Listed):
        return tuple(_constant(reader, item) for item in node.body.items)
    value = reader.fraction(node)
    if value is None:
        raise reader.error(node, "a constant of a function is a number")
    return int(value) if value.denominator == 1 else value


def with_constants(
    reader: Reader, span: Span, name: str, arguments: Sequence[Part], constants: Mapping[str, Any]
) -> Part:  # Any: as above
    """A call with constants by name. Errors: ExpressionError for one that the function does not have."""
    row = _row(reader, span, name)
    known = {param.name: param.default for param in row.constants}
    unknown = [constant for constant in constants if constant not in known]
    if unknown or any(argument.axes or argument.sized for argument in arguments):
        raise reader.error(span, f"{row.name} has no constant {', '.join(unknown)}", row.usage, "arity")
    if len(arguments) > len(row.tensors) and not any(param.variadic for param in row.tensors):
        raise reader.error(
            span, f"{row.name} takes {len(row.tensors)} arrays, found {len(arguments)}", row.usage, "arity"
        )
    several = [param.name for param in row.constants if param.kind == "sizes"]
    constants = {
        n: (value,) if n in several and not isinstance(value, tuple) else value for n, value in constants.items()
    }
    values = [constants.get(constant, default) for constant, default in known.items()]
    if any(value is REQUIRED for value in values):
        raise reader.error(span, f"{row.name} lacks a constant", row.usage, "arity")
    told = "".join(f", {constant}={_shown(value)}" for constant, value in constants.items())
    shape = (
        broadcast(*(a.shape for a in arguments)) if row.elementwise else _shape(reader, span, row, arguments, values)
    )
    return Part(written(span, f"{row.name}(", *_listed(arguments), told, ")"), ATOM, span, shape)


def _shown(value: object) -> str:
    return str(value)


def called(reader: Reader, span: Span, name: str, arguments: Sequence[Part], sub: Sequence[Node] = ()) -> Part:
    """A function by its name in LaTeX, or as a document defines it."""
    if name in reader.context.functions:
        return defined(reader, span, name, arguments)
    special = _SPECIAL.get(SPELLED.get(name, name))
    if special is not None:
        return special(reader, span, arguments, sub)
    row = _row(reader, span, name)
    if sub:
        raise reader.error(sub[0], f"what stands below {name} has no meaning that is known")
    return by_row(reader, span, row, arguments)


def _row(reader: Reader, span: Span, name: str) -> Op:
    """Errors: ExpressionError for a function that the language lacks."""
    plain = SPELLED.get(name, name)
    for spelling in (plain, plain.lower()):
        if spelling in OPS and not OPS[spelling].helper:
            return OPS[spelling]
    found = candidates(plain)
    if len(found) == 1 and not found[0][1]:
        return found[0][0]
    close = did_you_mean(plain, OPS)
    raise reader.error(span, f"the function {name} is not known", f"did you mean {close}?" if close else None, "name")


def by_row(reader: Reader, span: Span, row: Op, arguments: Sequence[Part]) -> Part:
    """A call of an operation with its default constants. Errors: ExpressionError."""
    tensors, constants = row.tensors, row.constants
    if row.random or row.differentiates or any(p.default is REQUIRED for p in constants):
        raise reader.error(span, f"{row.name} is not read in LaTeX", "write the formula in gradcli's own language")
    variadic = any(param.variadic for param in tensors)
    needed = [param for param in tensors if param.default is REQUIRED and not param.variadic]
    if len(arguments) < len(needed) or (len(arguments) > len(tensors) and not variadic):
        raise reader.error(
            span, f"{row.name} takes {len(needed)} arguments, found {len(arguments)}", row.usage, "arity"
        )
    if row.elementwise:
        return _entry_by_entry(reader, span, row, arguments)
    if len(arguments) == 1 and arguments[0].sized is not None:
        raise reader.error(span, "how large this is, is not told", None, "shape")
    _refuse_numbers(reader, span, row, arguments)
    if any(argument.axes for argument in arguments):
        return _along_entries(reader, span, row, arguments)
    shape = _shape(reader, span, row, arguments)
    code = written(span, f"{row.name}(", *_listed(arguments), ")")
    return Part(code, ATOM, span, shape)


def _listed(arguments: Sequence[Part]) -> list[str | Code]:
    found: list[str | Code] = []
    for argument in arguments:
        found += [", ", argument.code] if found else [argument.code]
    return found


def _shape(
    reader: Reader, span: Span, row: Op, arguments: Sequence[Part], constants: Sequence[Any] | None = None
) -> Shape:  # Any: numbers, flags, texts
    values = [param.default for param in row.constants] if constants is None else constants
    try:
        return row.shape(*(a.shape for a in arguments), *values)
    except ShapeMismatch as mismatch:
        found = ", ".join(shape_text(argument.shape) for argument in arguments)
        raise reader.error(span, f"{row.name} needs {mismatch.needs}, found {found}", None, "shape") from None


def _refuse_numbers(reader: Reader, span: Span, row: Op, arguments: Sequence[Part]) -> None:
    """Errors: ExpressionError for the trace of a name that has no shape."""
    for argument in arguments:
        if argument.scalar and not argument.axes and row.group in _OF_MATRICES:
            hint = f"{shape_option(argument.text, 2)} tells it" if argument.text.isidentifier() else None
            raise reader.error(span, f"{row.name} is for matrices, and the shape of this is not given", hint, "shape")


_OF_MATRICES = frozenset({OPS["trace"].group, OPS["det"].group, OPS["matrix_exp"].group, OPS["diag"].group})


def _entry_by_entry(reader: Reader, span: Span, row: Op, arguments: Sequence[Part]) -> Part:
    matrices = [a for a in arguments if a.rank == 2 and a.shape[0] == a.shape[1]]
    if matrices:
        of_matrix = next((op for op in OPS.values() if op.slips.entrywise == f"{row.name}(x)"), None)
        if of_matrix is not None:
            hint = rf"\operatorname{{{of_matrix.name}}}(A), or \sum_{{i,j}} over entries"
            raise reader.two(span, f"{row.name} of each entry", f"{of_matrix.name} of the matrix", hint)
    if len(arguments) == 1:
        return changed(arguments[0], lambda x: replace(_one(span, row, x), row=x.row))
    beside = side_by_side(reader, span, *arguments)
    shape = max((argument.shape for argument in arguments), key=len)
    if any(argument.shape not in {(), shape} for argument in arguments):
        raise reader.error(span, f"{row.name} takes arrays of one shape", None, "shape")
    axes = next((part.axes for part in beside if part.axes), ())
    return Part(written(span, f"{row.name}(", *_listed(beside), ")"), ATOM, span, shape, axes)


def _one(span: Span, row: Op, x: Part) -> Part:
    return Part(written(span, f"{row.name}(", x.code, ")"), ATOM, span, x.shape, x.axes)


def _along_entries(reader: Reader, span: Span, row: Op, arguments: Sequence[Part]) -> Part:
    """Of vectors over which indices run: along their entries."""
    dims = [param for param in row.constants if param.name == "dim"]
    (one, *others) = arguments
    if others or not dims or one.rank != 1:
        raise reader.error(span, f"{row.name} of arrays that have an index is not read")
    shape = row.shape(one.shape, *(param.default for param in row.constants))
    dim = "" if dims[0].default == -1 else ", dim=-1"
    return Part(written(span, f"{row.name}(", one.code, dim, ")"), ATOM, span, shape, one.axes)


# -- functions that are written in ways of their own

Special = Callable[[Reader, Span, Sequence[Part], Sequence[Node]], Part]


def _logarithm(reader: Reader, span: Span, arguments: Sequence[Part], sub: Sequence[Node]) -> Part:
    if not sub:
        return by_row(reader, span, OPS["log"], arguments)
    base = sub[0]
    text = base.text if isinstance(base, Number) else base.base if isinstance(base, Letter) else ""
    if text in {"2", "10"}:
        return by_row(reader, span, OPS[f"log{text}"], arguments)
    log = by_row(reader, span, OPS["log"], arguments)
    if text == "e" and "e" not in reader.context.known:
        return log
    divisor = by_row(reader, span, OPS["log"], [reader.read(base)])
    if divisor.shape or divisor.axes:
        raise reader.error(base, "the base of a logarithm is a number")
    code = written(span, log.within(PRODUCT), "/", divisor.within(POWER))
    return Part(code, PRODUCT, span, log.shape, log.axes)


def _extremum(name: str) -> Special:
    def read(reader: Reader, span: Span, arguments: Sequence[Part], sub: Sequence[Node]) -> Part:
        if sub:
            raise reader.error(sub[0], f"what stands below {name} is no index of what follows")
        if len(arguments) == 1:
            (one,) = arguments
            if one.scalar and not one.axes:
                raise reader.error(span, f"{name} of one number", rf"\{name}(0, x)")
            if one.axes:
                raise reader.error(span, f"over which index this {name} goes, is not told", rf"\{name}_i x_i")
            return Part(written(span, f"{name}(", one.code, ")"), ATOM, span)
        if any(not argument.scalar or argument.axes for argument in arguments):
            row = OPS[{"max": "maximum", "min": "minimum"}[name]]
            return reduce(lambda a, b: by_row(reader, span, row, [a, b]), arguments)
        return Part(written(span, f"{name}(", *_listed(arguments), ")"), ATOM, span)

    return read


def _diagonal(reader: Reader, span: Span, arguments: Sequence[Part], sub: Sequence[Node]) -> Part:
    if len(arguments) > 1:
        if any(not one.scalar or one.axes for one in arguments):
            raise reader.error(span, "diag of several arrays is not read")
        n = len(arguments)
        return Part(written(span, "diag([", *_listed(arguments), "])"), ATOM, span, (n, n))
    (one,) = arguments
    if len(one.axes) == 1 and one.scalar and not sub:  # diag(x_i)
        one = replace(one, axes=(), shape=(reader.met.extents.get(one.axes[0], 0),), factors=())
    return by_row(reader, span, OPS["diag"], [replace(one, row=False)])


def _of_order(name: str) -> Special:
    r"""``\operatorname{J}_{0}(x)``."""

    def read(reader: Reader, span: Span, arguments: Sequence[Part], sub: Sequence[Node]) -> Part:
        if len(sub) != 1 or len(arguments) != 1:
            raise reader.error(span, f"{name} has one argument, and its order stands below")
        order, (x,) = reader.read(sub[0]), arguments
        if not order.scalar or order.axes:
            raise reader.error(sub[0], "an order is a number")
        tail = f", n={order.text})"
        return changed(
            x, lambda one: replace(one, code=written(span, f"{name}(", one.code, tail), binds=ATOM, factors=())
        )

    return read


def _norm_named(reader: Reader, span: Span, _: Sequence[Part], __: Sequence[Node]) -> Part:
    raise reader.error(span, "which norm this is, is not told", r"\|x\|_2, \|A\|_F")


_SPECIAL: dict[str, Special] = {
    "log": _logarithm, "max": _extremum("max"), "min": _extremum("min"), "diag": _diagonal, "norm": _norm_named,
    "J": _of_order("besselj"), "Y": _of_order("bessely"), "I": _of_order("besseli"), "K": _of_order("besselk"),
    "P": _of_order("legendre"), "T": _of_order("chebyshevt"), "U": _of_order("chebyshevu"), "H": _of_order("hermite"),
    "L": _of_order("laguerre"), "psi": _of_order("polygamma"),
}  # fmt: skip
