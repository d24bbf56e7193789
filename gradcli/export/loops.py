"""How rows that are not elementwise are written by entries: one short function a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite

from gradcli.export.arrays import Call, pairs_of
from gradcli.export.entries import Loop, Rule, Value, Writer, filled, repeated
from gradcli.meaning.source import STRENGTHS, Text
from gradcli.operations.product_shapes import einsum_letters, split_spec
from gradcli.operations.row import axes
from gradcli.operations.rows.structure import without_ellipsis
from gradcli.operations.shape_rules import Shape, added, axes_of


def times(*factors: Text) -> Text:
    """A product."""
    return Text("*".join(f"{f:u}" for f in factors), STRENGTHS["p"])


# -- entries in other places


def _transpose(writer: Writer, call: Call) -> Value:
    x, order = call.operands[0], list(range(len(call.shape)))
    if call.constants.get("dim0") is None:
        order = order[::-1] if "dim0" in call.constants else [*order[:-2], order[-1], order[-2]]
    else:
        a, b = call["dim0"] % len(order), call["dim1"] % len(order)
        order[a], order[b] = order[b], order[a]
    return Value(call.shape, lambda at: x.at([at[i] for i in order]), x.cheap)


def _permute(writer: Writer, call: Call) -> Value:
    x, rank = call.operands[0], len(call.shape)
    dims = [d % rank for d in call["dims"]] if call["dims"] is not None else list(range(rank))[::-1]
    return Value(call.shape, lambda at: x.at([at[dims.index(axis)] for axis in range(rank)]), x.cheap)


def _index(writer: Writer, call: Call) -> Value | None:
    x, shape = call.operands[0], call.shapes[0]
    assert shape is not None
    entries = without_ellipsis(len(shape), call["entries"])
    axes_of = [size for size, entry in zip(_beside(shape, entries), entries, strict=True) if entry is not None]
    if not all(_plain(entry, size) for entry, size in zip((e for e in entries if e is not None), axes_of, strict=True)):
        return None

    def at(indices: Sequence[str]) -> Text:
        rest, found, axis = list(indices), [], 0
        for entry in entries:
            if entry is None:
                rest.pop(0)
                continue
            first = _place(writer, entry if isinstance(entry, int) else entry.start or 0, shape[axis])
            step = 1 if isinstance(entry, int) else entry.step or 1
            found.append(first if isinstance(entry, int) else plus(scaled(rest.pop(0), step), first))
            axis += 1
        return x.at([*found, *rest])  # type: ignore[no-any-return]  # a Call's operands are Values here

    return Value(call.shape, at, x.cheap)


def _put_back(writer: Writer, call: Call) -> Value | None:
    """Zero but in the places of an index, where the entries of y are."""
    y, shape = writer.kept(call.operands[0]), call.shape
    entries = without_ellipsis(len(shape), call["entries"])
    sizes = _beside(shape, entries)
    if not all(entry is None or _plain(entry, size) for entry, size in zip(entries, sizes, strict=True)):
        return None

    def at(indices: Sequence[str]) -> Text:
        rest, places, conditions = iter(indices), [], []
        for entry, size in zip(entries, sizes, strict=True):
            index = "0" if entry is None else next(rest)
            if entry is None:
                places.append(index)
            elif isinstance(entry, int):
                conditions.append(f"{index} == {_place(writer, entry, size)}")
            else:
                start, stop, step = entry.start or 0, entry.stop, entry.step or 1
                first = _place(writer, start, size)
                conditions += [f"{index} >= {first}"] if first != "0" else []
                conditions += [f"{index} < {_place(writer, stop, size)}"] if stop is not None else []
                off = index if first == "0" else f"{index} - {first}" if first.isdigit() else f"{index} - ({first})"
                conditions += [f"{writer.language.remainder.format(off, step)} == 0"] if step > 1 else []
                places.append(writer.language.quotient.format(off, step) if step > 1 else off)
        found = y.at([*places, *rest])
        for condition in reversed(conditions):
            found = writer.language.chosen(condition, found, Text(writer.language.zero))
        return found

    return Value(shape, at, cheap=not entries)


def _beside(shape: Shape, entries: Sequence[object]) -> list[int]:
    """The size of the axis of each entry of an index; a new axis has size 1."""
    sizes = iter(shape)
    return [1 if entry is None else next(sizes) for entry in entries]


def _plain(entry: slice | int, size: int) -> bool:
    """Does an entry of an index go upwards, from a place that is there?"""
    if isinstance(entry, int):
        return True
    return (entry.step or 1) > 0 and all(-size <= place <= size for place in (entry.start or 0, entry.stop or 0))


def _place(writer: Writer, place: int, size: int) -> str:
    """A place counted from the front."""
    return str(place) if place >= 0 else f"{writer.size(size)} - {-place}"


def scaled(index: str, step: int) -> str:
    """A multiple of an index."""
    return index if step == 1 else f"{index}*{step}"


def _reshape(writer: Writer, call: Call) -> Value:
    """By the number of each entry, row by row."""
    x, language = call.operands[0], writer.language

    def at(indices: Sequence[str]) -> Text:
        number = "0"
        for index, size in zip(indices, call.shape, strict=True):
            number = index if number == "0" else f"({number})*{_factor(writer, size)} + {index}"
        places = []
        for axis, size in enumerate(x.shape):
            behind = [_factor(writer, other) for other in x.shape[axis + 1 :]]
            place = language.quotient.format(number, f"({'*'.join(behind)})") if behind else number
            places.append(language.remainder.format(place, _factor(writer, size)) if axis else place)
        return x.at(places)  # type: ignore[no-any-return]  # as above

    return Value(call.shape, at, x.cheap)


def _vec(writer: Writer, call: Call) -> Value:
    """The columns of a matrix one after the other."""
    x = call.operands[0]
    turned = Value(x.shape[::-1], lambda at: x.at(at[::-1]), x.cheap)
    return _reshape(writer, replace(call, operands=[turned if len(x.shape) == 2 else x]))


def _factor(writer: Writer, size: int) -> str:
    text = writer.size(size)
    return f"({text})" if not text.isidentifier() and not text.isdigit() else text


def _squeeze(writer: Writer, call: Call) -> Value:
    x = call.operands[0]
    gone = [axis for axis in axes_of(x.shape, call["dim"]) if x.shape[axis] == 1]

    def at(indices: Sequence[str]) -> Text:
        rest = iter(indices)
        return x.at(["0" if axis in gone else next(rest) for axis in range(len(x.shape))])  # type: ignore[no-any-return]

    return Value(call.shape, at, x.cheap)


def plus(index: str, other: str) -> str:
    """The sum of two indices."""
    return index if other == "0" else f"{index} + {other}"


def _flip(writer: Writer, call: Call) -> Value:
    x, shape = call.operands[0], call.shape
    turned = [axis % len(shape) for axis in (range(len(shape)) if call["dim"] is None else axes(None, call["dim"]))]

    def at(indices: Sequence[str]) -> Text:
        return x.at([  # type: ignore[no-any-return]  # as above
            f"{writer.size(shape[axis])} - 1 - ({i})" if axis in turned else i for axis, i in enumerate(indices)
        ])  # fmt: skip

    return Value(shape, at, x.cheap)


def _diag(writer: Writer, call: Call) -> Value:
    x, offset = call.operands[0], call["offset"]
    down, right = str(max(-offset, 0)), str(max(offset, 0))
    if len(x.shape) > len(call.shape):
        return Value(call.shape, lambda at: x.at([*at[:-1], plus(at[-1], down), plus(at[-1], right)]), x.cheap)

    def entry(at: Sequence[str]) -> Text:
        place = at[-1] if offset < 0 else at[-2]
        return _on_diagonal(writer, [plus(at[-2], right), plus(at[-1], down)], x.at([*at[:-2], place]))

    return Value(call.shape, entry, x.cheap)


def _on_diagonal(writer: Writer, at: Sequence[str], value: Text) -> Text:
    return writer.language.chosen(f"{at[0]} == {at[1]}", value, Text(writer.language.zero))


def _eye(writer: Writer, call: Call) -> Value:
    return Value(call.shape, lambda at: _on_diagonal(writer, at, Text(writer.language.one)))


def _triangle(sign: str) -> Rule:
    return lambda writer, call: triangle(writer, call.operands[0], sign, call["diagonal"])


def triangle(writer: Writer, x: Value, sign: str, diagonal: int = 0) -> Value:
    """Zero but where the column is before or behind the diagonal, by the sign, or on it."""
    nothing, down, right = Text(writer.language.zero), str(max(-diagonal, 0)), str(max(diagonal, 0))

    def entry(at: Sequence[str]) -> Text:
        return writer.language.chosen(f"{plus(at[-1], down)} {sign} {plus(at[-2], right)}", x.at(at), nothing)

    return Value(x.shape, entry, x.cheap)


def _solve_triangular(writer: Writer, call: Call) -> Value:
    """Of one triangle alone, whatever the other holds."""
    A, b = call.operands
    half = triangle(writer, A, ">=" if call["upper"] else "<=")
    solved = replace(call, operands=[half, b], constants={})
    return writer.called(writer.language.calls["solve"], solved)


def _roll(writer: Writer, call: Call) -> Value | None:
    x, shape = call.operands[0], call.shape
    if call["dim"] is None and len(shape) > 1:
        return None
    axis, shift, rest = (call["dim"] or 0) % len(shape), call["shifts"], writer.language.remainder
    size = _factor(writer, shape[axis])
    ahead = str(-shift) if shift <= 0 else f"{size} - {rest.format(shift, size)}"

    def at(indices: Sequence[str]) -> Text:
        place = rest.format(f"{indices[axis]} + {ahead}", size)
        return x.at([*indices[:axis], place, *indices[axis + 1 :]])  # type: ignore[no-any-return]  # as above

    return Value(shape, at, x.cheap)


def _pad(writer: Writer, call: Call) -> Value | None:
    """A number around the entries; widths stand by pairs, the last axis first."""
    x, shape = writer.kept(call.operands[0]), call.shape
    if call["mode"] != "constant" or min(call["pad"]) < 0 or not isfinite(call["value"]):
        return None
    widths = pairs_of(len(shape), call["pad"])
    around = Text(repr(call["value"]) if call["value"] else writer.language.zero)

    def at(indices: Sequence[str]) -> Text:
        places, conditions = [], []
        for index, size, (before, after) in zip(indices, x.shape, widths, strict=True):
            first = writer.size(before)
            places.append(index if first == "0" else f"{index} - {_factor(writer, before)}")
            conditions += [f"{index} >= {first}"] if before else []
            conditions += [f"{index} < {plus(writer.size(size), first)}"] if after else []
        found = x.at(places)
        for condition in reversed(conditions):
            found = writer.language.chosen(condition, found, around)
        return found

    return Value(shape, at)


def _unsqueeze(writer: Writer, call: Call) -> Value:
    x, axis = call.operands[0], call["dim"] % len(call.shape)
    return Value(call.shape, lambda at: x.at([i for a, i in enumerate(at) if a != axis]), x.cheap)


def _expand(writer: Writer, call: Call) -> Value:
    x = call.operands[0]
    return Value(call.shape, lambda at: x.at(repeated(x.shape, at)), x.cheap)


def _spread(writer: Writer, call: Call) -> Value:
    x = writer.kept(call.operands[0])
    gone = _taken(call.shape, call["dim"])

    def at(indices: Sequence[str]) -> Text:
        return x.at(["0" if a in gone else i for a, i in enumerate(indices) if a not in gone or call["keepdim"]])

    return Value(call.shape, at)


def _concat(writer: Writer, call: Call) -> Value:
    axis = call["dim"] % len(call.shape)

    def at(indices: Sequence[str]) -> Text:
        starts = ["0"]
        for part in call.operands[:-1]:
            size = writer.size(part.shape[axis])
            starts.append(size if starts[-1] == "0" else f"{starts[-1]} + {size}")

        def entry(part: Value, start: str) -> Text:
            i = indices[axis] if start == "0" else f"{indices[axis]} - ({start})"
            return part.at([*indices[:axis], i, *indices[axis + 1 :]])

        found = entry(call.operands[-1], starts[-1])
        for part, start, end in zip(call.operands[-2::-1], starts[-2::-1], starts[:0:-1], strict=True):
            found = writer.language.chosen(f"{indices[axis]} < {end}", entry(part, start), found)
        return found

    return Value(call.shape, at, cheap=False)


def _stack(writer: Writer, call: Call) -> Value:
    axis = call["dim"] % len(call.shape)

    def at(indices: Sequence[str]) -> Text:
        rest = [*indices[:axis], *indices[axis + 1 :]]
        found = call.operands[-1].at(rest)
        for number in range(len(call.operands) - 2, -1, -1):
            found = writer.language.chosen(f"{indices[axis]} == {number}", call.operands[number].at(rest), found)
        return found  # type: ignore[no-any-return]  # as above

    return Value(call.shape, at, cheap=False)


# -- sums


def _taken(shape: Shape, dim: object) -> list[int]:
    """The axes that a reduction takes."""
    named = range(len(shape)) if dim is None else axes(None, dim)
    return [axis % len(shape) for axis in named]


def reduce(writer: Writer, x: Value, shape: Shape, taken: Sequence[int], combine: str, keepdim: bool) -> Value:
    """Entries combined along axes."""
    if not x.shape:
        return x

    def term(outer: Sequence[str], inner: Sequence[str]) -> Text:
        kept, gone = iter(outer), iter(inner)
        at = []
        for axis in range(len(x.shape)):
            if axis in taken and keepdim:
                next(kept)
            at.append(next(gone) if axis in taken else next(kept))
        return x.at(at)

    return writer.combined(shape, tuple(x.shape[axis] for axis in taken), combine, term)


def _reduction(combine: str) -> Rule:
    def rule(writer: Writer, call: Call) -> Value | None:
        if len(call.operands) > 1:
            return _several(writer, call, f"{combine}imum")
        x = call.operands[0]
        return reduce(writer, x, call.shape, sorted(_taken(x.shape, call["dim"])), combine, call["keepdim"])

    return rule


def _several(writer: Writer, call: Call, row: str) -> Value:
    """The largest or smallest of several, entry by entry."""

    def at(indices: Sequence[str]) -> Text:
        found, *rest = (x.at(repeated(x.shape, indices)) for x in call.operands)
        for other in rest:
            found = _function(writer, row, found, other)
        return found  # type: ignore[no-any-return]  # as above

    return Value(call.shape, at, cheap=False)


def _then(template: str, value: Value, *others: Text) -> Value:
    """An expression in the entries of a value."""
    return Value(value.shape, lambda at: filled(template, [value.at(at), *others], {}), cheap=False)


def _entries(writer: Writer, shape: Shape, taken: Sequence[int]) -> Text:
    """How many entries are taken together, as a number."""
    sizes = [shape[axis] for axis in taken]
    counts = [writer.language.count(writer.size(size)) for size in sizes]
    return times(*counts) if counts else Text(writer.language.one)


def _mean(writer: Writer, call: Call) -> Value | None:
    total, x = _reduction("sum")(writer, call), call.operands[0]
    assert total is not None
    return _then("p|{0:p}/{1:w}", total, _entries(writer, x.shape, _taken(x.shape, call["dim"])))


def _function(writer: Writer, row: str, *values: Text) -> Text:
    """A function of the language's own, by the name of its row."""
    template = writer.language.spellings[row]
    assert isinstance(template, str)
    return filled(template, values, {})


def _norm(writer: Writer, call: Call) -> Value | None:
    x, p = writer.kept(call.operands[0]), call["p"]
    if p == 0:
        return None
    power = Text(repr(p)) if p not in (1, 2, inf, -inf) else None

    def term(at: Sequence[str]) -> Text:
        size = _function(writer, "abs", x.at(at))
        return times(x.at(at), x.at(at)) if p == 2 else size if power is None else _function(writer, "pow", size, power)

    taken, combine = sorted(_taken(x.shape, call["dim"])), {inf: "max", -inf: "min"}.get(p, "sum")
    terms = Value(x.shape, term, cheap=False)
    total = reduce(writer, terms, call.shape, taken, combine, call["keepdim"]) if x.shape else terms
    if p == 2:
        return Value(call.shape, lambda at: _function(writer, "sqrt", total.at(at)), cheap=False)
    if power is None:
        return total
    root = filled("p|{0}/{1:w}", [Text(writer.language.one), power], {})
    return Value(call.shape, lambda at: _function(writer, "pow", total.at(at), root), cheap=False)


def _var(writer: Writer, call: Call) -> Value:
    x = writer.kept(call.operands[0])
    taken = sorted(_taken(x.shape, call["dim"]))
    kept = tuple(1 if axis in taken else size for axis, size in enumerate(x.shape))
    count = _entries(writer, x.shape, taken)
    mean = writer.held(_then("p|{0:p}/{1:w}", reduce(writer, x, kept, taken, "sum", True), count))

    def square(at: Sequence[str]) -> Text:
        off = filled("s|{0:s} - {1:p}", [x.at(at), mean.at(repeated(kept, at))], {})
        return times(off, off)

    total = reduce(writer, Value(x.shape, square, cheap=False), call.shape, taken, "sum", call["keepdim"])
    less = filled("s|{0:s} - {1:p}", [count, writer.language.count(str(call["correction"]))], {})
    return _then("p|{0:p}/{1:w}", total, less)


def exponentials(writer: Writer, x: Value, taken: Sequence[int]) -> tuple[Shape, Value, Value, Value]:
    """Along axes that are kept as 1: the largest entry, exp(x - largest), and the sum of these; once for each array."""
    kept = tuple(1 if axis in taken else size for axis, size in enumerate(x.shape))
    at = (x.name, tuple(taken))
    if at not in writer.known:
        writer.known[at] = _exponentials(writer, x, taken, kept)
    return kept, *writer.known[at]


def _exponentials(writer: Writer, x: Value, taken: Sequence[int], kept: Shape) -> tuple[Value, Value, Value]:
    largest = reduce(writer, x, kept, taken, "max", True)

    def power(at: Sequence[str]) -> Text:
        return _function(writer, "exp", filled("s|{0:s} - {1:p}", [x.at(at), largest.at(repeated(kept, at))], {}))

    powers = writer.held(Value(x.shape, power, cheap=False))
    return largest, powers, reduce(writer, powers, kept, taken, "sum", True)


def _softmax(writer: Writer, call: Call) -> Value:
    x = writer.held(call.operands[0])
    kept, _, powers, total = exponentials(writer, x, sorted(_taken(x.shape, call["dim"])))
    return Value(
        x.shape,
        lambda at: filled("p|{0:p}/{1:w}", [powers.at(at), total.at(repeated(kept, at))], {}),
        cheap=False,
    )


def _logsumexp(writer: Writer, call: Call) -> Value:
    x = writer.held(call.operands[0])
    taken = sorted(_taken(x.shape, call["dim"]))
    _, largest, _, total = exponentials(writer, x, taken)

    def at(indices: Sequence[str]) -> Text:
        rest = iter(indices)
        full = list(indices) if call["keepdim"] else ["0" if a in taken else next(rest) for a in range(len(x.shape))]
        return filled("s|{0:s} + {1:p}", [largest.at(full), _function(writer, "log", total.at(full))], {})

    return Value(call.shape, at, cheap=False)


def _sum_to(writer: Writer, call: Call) -> Value:
    x = call.operands[0]
    gone, lead = added(x.shape, call.shape), len(x.shape) - len(call.shape)
    if not gone:
        return x  # type: ignore[no-any-return]  # as above

    def term(outer: Sequence[str], inner: Sequence[str]) -> Text:
        summed = iter(inner)
        return x.at([next(summed) if axis in gone else outer[axis - lead] for axis in range(len(x.shape))])  # type: ignore[no-any-return]

    return writer.combined(call.shape, tuple(x.shape[axis] for axis in gone), "sum", term)


def _log_softmax(writer: Writer, call: Call) -> Value:
    x = writer.held(call.operands[0])
    kept, largest, _, total = exponentials(writer, x, sorted(_taken(x.shape, call["dim"])))

    def at(indices: Sequence[str]) -> Text:
        there = repeated(kept, indices)
        off = filled("s|{0:s} - {1:p}", [x.at(indices), largest.at(there)], {})
        return filled("s|{0:s} - {1:p}", [off, _function(writer, "log", total.at(there))], {})

    return Value(x.shape, at, cheap=False)


def _std(writer: Writer, call: Call) -> Value:
    square = _var(writer, call)
    return Value(call.shape, lambda at: _function(writer, "sqrt", square.at(at)), cheap=False)


def _running(combine: str) -> Rule:
    def rule(writer: Writer, call: Call) -> Value | None:
        x, axis = writer.kept(call.operands[0]), (call["dim"] or 0) % max(len(call.shape), 1)
        if x.shape != call.shape:
            return None
        if not call.shape:
            return x
        outer: list[Loop] = writer.loops(call.shape, "i")
        at = [name for name, _ in outer]
        inner = [("k0", f"{at[axis]} + 1")]
        return writer.new(call.shape, outer, inner, combine, x.at([*at[:axis], "k0", *at[axis + 1 :]]))

    return rule


# -- products


def contracted(writer: Writer, call: Call, subscripts: Sequence[str], out: str) -> Value:
    """A sum of products by subscripts."""
    parts = list(zip(subscripts, map(writer.kept, call.operands), strict=True))
    sizes = {letter: size for text, x in parts for letter, size in zip(text, x.shape, strict=True)}
    summed = [letter for letter in sizes if letter not in out]

    def term(outer: Sequence[str], inner: Sequence[str]) -> Text:
        at = {**dict(zip(out, outer, strict=True)), **dict(zip(summed, inner, strict=True))}
        return times(*(x.at([at[s] for s in text]) for text, x in parts))

    if not summed:
        return Value(call.shape, lambda at: term(at, []), cheap=False)
    return writer.combined(call.shape, tuple(sizes[s] for s in summed), "sum", term)


def _einsum(writer: Writer, call: Call) -> Value | None:
    return contracted(writer, call, *split_spec(einsum_letters(call["spec"], *(x.shape for x in call.operands))))


def _matmul(writer: Writer, call: Call) -> Value | None:
    a, b = (len(x.shape) for x in call.operands)
    if max(a, b) > 2:
        return None
    left, right = ("k", "ik")[a - 1], ("k", "kj")[b - 1]
    return contracted(writer, call, [left, right], left.strip("k") + right.strip("k"))


def _fixed(*subscripts: str, out: str) -> Rule:
    return lambda writer, call: contracted(writer, call, subscripts, out)


def _kron(writer: Writer, call: Call) -> Value | None:
    a, b = (writer.kept(x) for x in call.operands)
    if len(a.shape) != 2 or len(b.shape) != 2:
        return None
    rows, columns = (_factor(writer, size) for size in b.shape)
    over, rest = writer.language.quotient, writer.language.remainder

    def at(i: Sequence[str]) -> Text:
        first = a.at([over.format(i[0], rows), over.format(i[1], columns)])
        return times(first, b.at([rest.format(i[0], rows), rest.format(i[1], columns)]))

    return Value(call.shape, at, cheap=False)


def _zeros(writer: Writer, call: Call) -> Value:
    return Value(call.shape, lambda _: Text(writer.language.zero))


def _ones(writer: Writer, call: Call) -> Value:
    return Value(call.shape, lambda _: Text(writer.language.one))


LOOPS: Mapping[str, Rule] = {
    "transpose": _transpose, "matrix_transpose": _transpose, "permute": _permute, "index": _index, "flip": _flip,
    "put_back": _put_back, "reshape": _reshape, "flatten": _reshape, "vec": _vec, "squeeze": _squeeze,
    "diag": _diag, "diag_embed": _diag, "eye": _eye, "unsqueeze": _unsqueeze, "expand": _expand, "spread": _spread,
    "tril": _triangle("<="), "triu": _triangle(">="), "roll": _roll, "pad": _pad, "solve_triangular": _solve_triangular,
    "concat": _concat, "stack": _stack,
    "zeros": _zeros, "zeros_like": _zeros, "ones": _ones, "ones_like": _ones,
    "sum": _reduction("sum"), "prod": _reduction("prod"), "amax": _reduction("max"), "amin": _reduction("min"),
    "max": _reduction("max"), "min": _reduction("min"), "mean": _mean, "norm": _norm, "var": _var, "std": _std,
    "log_softmax": _log_softmax, "log_softmax_over": _log_softmax,
    "softmax": _softmax, "softmax_over": _softmax, "logsumexp": _logsumexp, "sum_to": _sum_to,
    "cumsum": _running("sum"), "cumprod": _running("prod"),
    "einsum": _einsum, "matmul": _matmul, "dot": _fixed("k", "k", out=""), "outer": _fixed("i", "j", out="ij"),
    "trace": _fixed("kk", out=""), "kron": _kron,
}  # fmt: skip
