"""A claim as statements: its formulas, variables and shapes at each choice of sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from gradcli.base.errors import ExpressionError, InputError, LimitError, UsageError
from gradcli.base.wording import either, option
from gradcli.closed.arrangement import NUMERATOR, PLAIN, Arrangement, Plan, reread
from gradcli.closed.premises import premises_of
from gradcli.closed.sizes import size_choices
from gradcli.inputs.arranging import arrangement_of
from gradcli.inputs.asking import known_of
from gradcli.inputs.request import Trying, Wrt, names_of, valid_name
from gradcli.language import nodes
from gradcli.language.parse import Expression, at_sizes, parse, parse_condition
from gradcli.meaning.program import compile_tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.shapes import output_shape
from gradcli.operations.shape_rules import Shape, shape_text, size
from gradcli.operations.table import OPS, did_you_mean

MAX_ENTRIES = 400  # of a derivative at the sizes that are tried


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A claim at one choice of sizes: ``claim`` is said to be the derivative of ``function``.

    kind:     grad, jacobian, hessian or value; wrt: one variable, for a Hessian two
    shapes:   of every name, those of values that were given included
    given:    values that stay, and the letters of sizes as numbers
    expected: the shape of the derivative
    mismatch: why the claim has no value at these sizes, or none of the expected shape
    letters:  shapes as they were written, letters or numbers
    remarks:  how it was read, where a person may have meant something else
    arrangement: of the claim as it was written; then function and claim are those of an ordinary question, see
              ``closed.arrangement``
    plan:     the way from torch's axes to the claim's own; written: the statement as it was before
    """

    function: Expression
    claim: Expression
    kind: str
    wrt: tuple[str, ...]
    shapes: Mapping[str, Shape]
    given: Mapping[str, Array]
    where: tuple[Expression, ...]
    sizes: Mapping[str, int]
    expected: Shape = ()
    claimed: Shape | None = None
    mismatch: ExpressionError | None = None
    letters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    arrangement: Arrangement = PLAIN
    plan: Plan | None = None
    written: Statement | None = None

    def shape_of(self, name: str) -> Shape:
        return self.given[name].shape if name in self.given else self.shapes[name]

    @property
    def axes(self) -> dict[str, tuple[str | int, ...]]:
        """The shapes of all names but sizes, as they were written: letters or numbers."""
        return {
            name: tuple(int(part) if part.isdecimal() else part for part in self.letters[name])
            if name in self.letters
            else self.shape_of(name)
            for name in (*self.shapes, *self.given)
            if name not in self.sizes
        }

    def place(self, place: tuple[int, ...]) -> tuple[int, ...]:
        """An entry of the derivative as the claim counts it."""
        return place if self.plan is None else self.plan.place(place)

    @property
    def free(self) -> dict[str, Shape]:
        """The names that are drawn."""
        return {name: shape for name, shape in self.shapes.items() if name not in self.given}

    @property
    def opened(self) -> Statement:
        """The same claim with no values but those of its sizes."""
        shapes = {name: value.shape for name, value in self.given.items() if name not in self.sizes}
        sizes = {name: value for name, value in self.given.items() if name in self.sizes}
        return replace(self, shapes={**self.shapes, **shapes}, given=sizes)


def statements_of(function: str, claim: str, wrt: Wrt, options: Trying) -> Iterator[Statement]:
    """The claim at each choice of sizes, read as they are asked for. Errors: ExpressionError, InputError, UsageError,
    LimitError."""
    for made in readings(function, claim, wrt, options):
        if len(made.wrt) > (2 if made.kind == "hessian" else 1):
            hint = either("--claim x=... --claim y=...", 'claim={"x": ..., "y": ...}')
            raise UsageError("a claim is a derivative in one variable", hint=hint)
        yield _shaped(replace(made, arrangement=_arrangement(made, options)))


def readings(function: str, claim: str, wrt: Wrt, options: Trying) -> Iterator[Statement]:
    """The claim at each choice of sizes, of as many variables as are named, nothing known yet of its shape. Errors:
    ExpressionError, InputError, UsageError.

    A name without a value that stands where a whole number is due, n in besselj(n, x), is tried as a size is.
    """
    taken = {*options.given, *options.shapes, *(names_of(wrt) or ())}
    orders: tuple[str, ...] = ()
    while True:
        try:
            yield from _readings(function, claim, wrt, options, orders)
            return
        except ExpressionError as error:
            further = tuple(name for name in error.orders if name not in {*taken, *orders})
            if not further:
                raise
            orders += further


def _readings(function: str, claim: str, wrt: Wrt, options: Trying, orders: Sequence[str]) -> Iterator[Statement]:
    letters = list(dict.fromkeys(p for parts in options.shapes.values() for p in parts if not p.isdecimal()))
    fixed = _fixed_sizes(options, letters)
    letters += orders
    for turn, chosen_sizes in enumerate(size_choices([letter for letter in letters if letter not in fixed])):
        sizes = {**fixed, **chosen_sizes}
        named = dict.fromkeys((*options.given, *options.shapes, *(names_of(wrt) or ())))
        bound = tuple(name for name in named if name not in sizes)
        if turn == 0:
            known = known_of(options.given, _shapes_at(options.shapes, sizes))
            f, c = (parse(text, bound=bound, sizes=sizes, known=known) for text in (function, claim))
            conditions = tuple(parse_condition(text, bound=bound, sizes=sizes, known=known) for text in options.where)
        else:
            f, c = (at_sizes(side, sizes, bound=bound) for side in (f, c))
            conditions = tuple(at_sizes(side, sizes, bound=bound, condition=True) for side in conditions)
        shapes = {n: tuple(int(sizes.get(p, p)) for p in parts) for n, parts in options.shapes.items()}
        chosen = _variables(wrt, f, options)
        variables = (*chosen, *options.others)
        _known_names(f, c, conditions, variables, options)
        free = {name: shapes.get(name, ()) for name in (*f.names, *variables) if name not in options.given}
        given = {**options.given, **{n: np.asarray(float(v)) for n, v in sizes.items()}}
        told = (f, c, options.kind or "", chosen, free, given, conditions, sizes)
        remarks = tuple(dict.fromkeys((*f.notes, *c.notes, *_unused(chosen, f), *map(_whole, orders))))
        yield Statement(*told, letters=options.shapes, remarks=remarks)


def _whole(name: str) -> str:
    return f"{name} stands for whole numbers, of which some are tried"


def _shapes_at(shapes: Mapping[str, tuple[str, ...]], sizes: Mapping[str, int]) -> dict[str, Shape]:
    """In numbers under their letters."""
    return {
        name: tuple(nodes.Size.of(part, sizes[part]) if part in sizes else int(part) for part in parts)
        for name, parts in shapes.items()
    }


def _arrangement(statement: Statement, options: Trying) -> Arrangement:
    """Errors: UsageError."""
    said = premises_of([condition.tree for condition in statement.where])
    symmetric = [name for name in statement.wrt if name in said.symmetric - said.diagonal]
    shapes = {name: statement.shape_of(name) for name in statement.wrt}
    found = arrangement_of(options.layout, options.vec, options.symmetric, dict.fromkeys(symmetric), shapes)
    if found and options.kind == "value":
        asked = next(name for name in ("layout", "vec", "symmetric") if getattr(options, name))
        raise UsageError(f"{option(asked)} is for derivatives, not for {option('kind', 'value')}")
    return found


def _fixed_sizes(options: Trying, letters: Sequence[str]) -> dict[str, int]:
    """Letters of sizes that have a number, or that values decide. Errors: InputError where a value has another shape
    than was said, or a size is no whole number."""
    found: dict[str, int] = {}
    for letter in letters:
        number = options.given.get(letter)
        if number is not None:
            if number.shape or number != number.round() or not 0 <= number < inf:
                raise InputError(f"{letter} is a size, a whole number", kind="binding")
            found[letter] = int(number)
    for name, parts in options.shapes.items():
        value = options.given.get(name)
        if value is None:
            continue
        sizes = zip(parts, value.shape, strict=False)
        known = [(int(part) if part.isdecimal() else found.setdefault(part, n)) == n for part, n in sizes]
        if len(parts) != value.ndim or not all(known):
            raise InputError(
                f"{name} has shape {value.shape}, not {','.join(parts)}",
                hint=f"leave {option('shape')} out: values bring their own",
                kind="binding",
            )
    return found


def _known_names(
    f: Expression, c: Expression, conditions: Sequence[Expression], wrt: Collection[str], options: Trying
) -> None:
    """Errors: ExpressionError for a name in the claim or a condition, InputError for one in a shape, that neither f nor
    the derivative has."""
    known = {*f.names, *wrt, *options.given}
    for part in (c, *conditions):
        for name in part.names:
            if name not in known:
                close = did_you_mean(name, known)
                value = option("at", f"{name}=VALUE", f'{{"{name}": VALUE}}')
                raise ExpressionError(
                    f"{name} is no variable of the function, which has {', '.join(f.names) or 'none'}",
                    span=next((span for tree, span in part.spans.items() if str(tree) == name), None),
                    source=part.source,
                    hint=f"did you mean {close}?" if close else f"give it a value: {either(f'{name}=VALUE', value)}",
                    kind="name",
                )
    for name in options.shapes:
        if name not in (*f.names, *wrt):
            raise InputError(f"{option('shape')} names {name}, which the function does not use", kind="unused")
    used = {*wrt, *(name for part in (f, c, *conditions) for name in part.names)}
    for name in options.given:
        if name not in used and not any(name in parts for parts in options.shapes.values()):
            close = did_you_mean(name, f.names)
            raise InputError(
                f"{name} is bound, but neither function nor claim uses it",
                hint=f"did you mean {close}?" if close else None,
                kind="unused",
            )


def _variables(wrt: Wrt, f: Expression, options: Trying) -> tuple[str, ...]:
    """The variables of the derivative, one of a Hessian twice; also such as the function does not use. Errors:
    UsageError, InputError."""
    if options.kind == "value":
        return ()
    names = tuple(map(valid_name, names_of(wrt) or ()))
    if not names:
        drawn = tuple(name for name in f.names if name not in options.given)
        names = drawn or tuple(name for name in f.names if name not in f.counted)
        if len(names) != 1:
            ways = f"{option('wrt', 'NAME')}, or {option('claim', 'NAME=FORMULA', '{NAME: FORMULA}')}"
            raise UsageError(
                f"the claim is a derivative in which variable? The function has {', '.join(names) or 'none'}",
                hint=ways,
            )
    return names * 2 if options.kind == "hessian" and len(names) == 1 else names


def _unused(wrt: Sequence[str], f: Expression) -> tuple[str, ...]:
    """The derivative in what a function lacks is 0: nothing is wrong with that, but the name may be misspelt."""
    lacking = {name: did_you_mean(name, f.names) for name in wrt if name not in f.names}
    return tuple(
        f"{name} does not occur in the function" + (f": did you mean {close}?" if close else "")
        for name, close in lacking.items()
    )


def _shaped(statement: Statement) -> Statement:
    """The statement with its kind and shapes worked out. Errors: ExpressionError where the function has no shape."""
    function, claim = statement.function, statement.claim
    inputs = {**statement.shapes, **{name: value.shape for name, value in statement.given.items()}}
    output = output_shape(compile_tree(function.tree), inputs, function)
    if output and size(output) == 1 and _is_of_its_entry(statement, output, inputs):
        function, output = _its_entry(function), ()
    chosen = statement.kind or ("grad" if output == () else "jacobian")
    if chosen in {"grad", "hessian"} and output != ():
        raise ExpressionError(
            f"the {'gradient' if chosen == 'grad' else 'Hessian'} is of a scalar; this function has shape {output}",
            source=function.source,
            hint=f"{option('kind', 'jacobian')}, or make a scalar of it: sum(...)",
            kind="non-scalar",
        )
    expected: Shape = () if chosen in {"grad", "hessian"} else output
    for name in statement.wrt:
        expected = (*expected, *inputs[name])
    if size(expected) > MAX_ENTRIES:
        raise LimitError(
            f"a derivative of {size(expected):,} entries; claims are tried at up to {MAX_ENTRIES}",
            hint=f"smaller sizes: {option('shape')}",
        )
    claimed, mismatch = _claimed(claim, inputs)
    for condition in statement.where:
        output_shape(compile_tree(condition.tree), inputs, condition)
    found = replace(statement, function=function, kind=chosen, expected=expected, claimed=claimed, mismatch=mismatch)
    return in_torch_order(found) if statement.arrangement else _without_axes_of_one(found)


def _is_of_its_entry(statement: Statement, output: Shape, inputs: Mapping[str, Shape]) -> bool:
    """Is the claim about a function of one entry, in a shape such as (1, 1), one about the number that this is?"""
    if statement.kind:
        return statement.kind in {"grad", "hessian"}
    variables = tuple(n for name in statement.wrt for n in inputs[name])
    claimed, _ = _claimed(statement.claim, inputs)
    return claimed is not None and claimed != (*output, *variables) and squeezed(claimed) == squeezed(variables)


def squeezed(shape: Shape) -> Shape:
    """Without the axes that columns, rows and keepdim add."""
    return tuple(n for n in shape if n != 1)


def _without_axes_of_one(statement: Statement) -> Statement:
    """A claim of the derivative's shape but for axes of size 1, as a gradient that is written as a column, is read in
    that shape."""
    claimed, due = statement.claimed, statement.expected
    if statement.kind == "value" or claimed is None or claimed == due or squeezed(claimed) != squeezed(due):
        return statement
    output, variables = _lettered(statement)
    shape = (*output, *(n for variable in variables for n in variable))
    tree = nodes.make(OPS["reshape"], [statement.claim.tree], (shape,))
    claim = reread(tree, statement.claim, statement.sizes, statement.function.names)
    written = output_shape(compile_tree(statement.claim.tree), in_letters(statement))
    told = f"the claim of shape {shape_text(written)} is read in the shape of the derivative, {shape_text(shape)}"
    return replace(statement, claim=claim, claimed=due, remarks=(*statement.remarks, told))


def in_torch_order(statement: Statement) -> Statement:
    """The same question about a claim in torch's order of axes, and about entries that move one by one.

    Errors: UsageError where the derivative has no such layout, InputError for a matrix that is not symmetric.
    """
    arrangement, names, written = statement.arrangement, statement.function.names, statement
    if arrangement.joint:
        given = {name: _as_freed(name, value, arrangement) for name, value in statement.given.items()}
        where = arrangement.premises(statement.where, statement.sizes, names)
        function = arrangement.freed(statement.function, statement.sizes, names)
        statement = replace(statement, function=function, given=given, where=where)
    plan = _plan(written)
    statement = replace(statement, plan=plan, written=written)
    if statement.mismatch is not None:
        return statement
    due = tuple(map(int, plan.arranged))
    if statement.claimed not in (due, *_of_one_row_or_column(due, statement)):
        words = f"the claim has shape {statement.claimed}, the derivative {due}: {arrangement}"
        return replace(statement, claimed=None, mismatch=ExpressionError(words, kind="shape"))
    tree = statement.claim.tree
    if statement.claimed != due:
        tree = nodes.make(OPS["reshape"], [tree], (plan.arranged,))
    claim = reread(plan.back(tree), statement.claim, statement.sizes, names)
    return replace(statement, claim=arrangement.freed(claim, statement.sizes, names), claimed=statement.expected)


def _plan(statement: Statement) -> Plan:
    """From torch's axes to those of the claim, in the letters of the sizes."""
    return statement.arrangement.plan(*_lettered(statement))


def _lettered(statement: Statement) -> tuple[Shape, list[Shape]]:
    """The shapes of the function, where it is one of the derivative's axes, and of the variables, in letters."""
    inputs = in_letters(statement)
    output = output_shape(compile_tree(statement.function.tree), inputs) if statement.kind == "jacobian" else ()
    return output, [inputs[name] for name in statement.wrt]


def in_letters(statement: Statement) -> dict[str, Shape]:
    """The shapes of all names, in letters where these were given."""
    sizes = {name: nodes.Size.of(name, number) for name, number in statement.sizes.items()}
    inputs = {name: statement.shape_of(name) for name in {*statement.shapes, *statement.given}}
    for name, parts in statement.letters.items():
        inputs[name] = tuple(sizes.get(part, size) for part, size in zip(parts, inputs[name], strict=True))
    return inputs


def _of_one_row_or_column(due: Shape, statement: Statement) -> Sequence[Shape]:
    """A vector may be claimed as the row or column that it is in a layout."""
    if len(due) != 1 or not statement.arrangement.layout:
        return ()
    is_row = (statement.kind == "grad") == (statement.arrangement.layout == NUMERATOR)
    return [(1, *due)] if is_row else [(*due, 1)]


def _as_freed(name: str, value: Array, arrangement: Arrangement) -> Array:
    """The matrix whose entries move one by one, in the place of a symmetric one: see ``Arrangement.freed``."""
    if name not in arrangement.joint:
        return value
    if not np.array_equal(value, value.T):
        raise InputError(f"{name} is said to be symmetric, and its value is not", kind="binding")
    return np.asarray((value + np.diag(np.diag(value))) / 2)


def _claimed(claim: Expression, inputs: Mapping[str, Shape]) -> tuple[Shape | None, ExpressionError | None]:
    """The claim's shape, or why it has none."""
    try:
        return output_shape(compile_tree(claim.tree), inputs, claim), None
    except ExpressionError as error:
        return None, error


def _its_entry(function: Expression) -> Expression:
    """A matrix of one entry, as ``x.T@A@x`` of a column is, as the number that people take it for."""
    return replace(function, tree=nodes.make(OPS["sum"], [function.tree], (None, False)))
