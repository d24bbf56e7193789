"""A claim read: its statement at each choice of sizes, with the variables that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradcli.base.errors import ExpressionError, InputError, UsageError
from gradcli.base.wording import either, option
from gradcli.claims.statement import Statement, statement_of
from gradcli.inputs.request import Trying, Wrt, names_of
from gradcli.language.parse import Expression, parse, parse_condition
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import did_you_mean


def statements_of(function: str, claim: str, wrt: Wrt, options: Trying) -> list[Statement]:
    """The claim at each choice of sizes. Errors: ExpressionError, InputError, UsageError."""
    letters = list(dict.fromkeys(p for parts in options.shapes.values() for p in parts if not p.isdecimal()))
    fixed = _fixed_sizes(options)
    statements = []
    for chosen_sizes in size_choices([letter for letter in letters if letter not in fixed]):
        sizes = {**fixed, **chosen_sizes}
        bound = tuple(name for name in options.given if name not in sizes)
        f, c = (parse(text, bound=bound, sizes=sizes) for text in (function, claim))
        conditions = tuple(parse_condition(text, bound=bound, sizes=sizes) for text in options.where)
        shapes = {n: tuple(int(sizes.get(p, p)) for p in parts) for n, parts in options.shapes.items()}
        _known_names(f, c, conditions, shapes, options)
        free = {name: shapes.get(name, ()) for name in f.names if name not in options.given}
        chosen = _variables(wrt, f, free, options)
        given = {**options.given, **{n: np.asarray(float(v)) for n, v in sizes.items()}}
        statements.append(statement_of(f, c, options.kind, chosen, free, given, conditions, sizes))
    return statements


def _fixed_sizes(options: Trying) -> dict[str, int]:
    """Letters of sizes that values decide. Errors: InputError where a value has another shape than was said."""
    found: dict[str, int] = {}
    for name, parts in options.shapes.items():
        value = options.given.get(name)
        if value is None:
            continue
        fits = len(parts) == value.ndim
        for part, n in zip(parts, value.shape, strict=False):
            fits = fits and (int(part) if part.isdecimal() else found.setdefault(part, n)) == n
        if not fits:
            raise InputError(
                f"{name} has shape {value.shape}, not {','.join(parts)}",
                hint=f"leave {option('shape')} out: values bring their own",
                kind="binding",
            )
    return found


def size_choices(letters: Sequence[str]) -> list[dict[str, int]]:
    """Several sizes for each letter, different letters of different size: (2, 3), (3, 2), (4, 3)."""
    if not letters:
        return [{}]
    n = len(letters)
    rising = {letter: 2 + k for k, letter in enumerate(letters)}
    falling = {letter: 1 + n - k for k, letter in enumerate(letters)} if n > 1 else {letters[0]: 3}
    larger = {letter: 4 - k % 2 for k, letter in enumerate(letters)} if n < 4 else falling
    return [rising, falling, larger] if larger != falling else [rising, falling]


def _known_names(
    f: Expression, c: Expression, conditions: Sequence[Expression], shapes: Mapping[str, Shape], options: Trying
) -> None:
    """Errors: ExpressionError for a name in the claim or a condition, InputError for one in a shape, that f has not."""
    known = {*f.names, *options.given}
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
    for name in shapes:
        if name not in f.names:
            raise InputError(f"{option('shape')} names {name}, which the function does not use", kind="unused")
    for name in options.given:
        if name not in f.names and name not in c.names and not any(name in part.names for part in conditions):
            close = did_you_mean(name, f.names)
            raise InputError(
                f"{name} is bound, but neither function nor claim uses it",
                hint=f"did you mean {close}?" if close else None,
                kind="unused",
            )


def _variables(wrt: Wrt, f: Expression, free: Mapping[str, Shape], options: Trying) -> tuple[str, ...]:
    """The variables of the derivative: one, for a Hessian two. Errors: UsageError, InputError."""
    if options.kind == "value":
        return ()
    names = names_of(wrt) or ()
    for name in names:
        if name not in f.names:
            close = did_you_mean(name, f.names)
            raise InputError(
                f"the derivative in {name} is claimed, but the function does not use {name}",
                hint=f"did you mean {close}?" if close else f"it has {', '.join(f.names)}",
                kind="wrt",
            )
    if not names:
        candidates = tuple(free) or f.names
        if len(candidates) != 1:
            ways = f"{option('wrt', 'NAME')}, or {option('claim', 'NAME=FORMULA', '{NAME: FORMULA}')}"
            hint = ways if candidates else "write a function of a variable"
            raise UsageError(
                f"the claim is a derivative in which variable? The function has {', '.join(candidates) or 'none'}",
                hint=hint,
            )
        names = candidates
    if options.kind == "hessian":
        return names * 2 if len(names) == 1 else names[:2]
    if len(names) > 1:
        hint = either("--claim x=... --claim y=...", 'claim={"x": ..., "y": ...}')
        raise UsageError("a claim is a derivative in one variable", hint=hint)
    return names
