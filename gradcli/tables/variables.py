"""Which columns make which variables, and the shape that a variable has in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gradcli.base.errors import InputError, printable
from gradcli.base.wording import option
from gradcli.operations.table import did_you_mean

NULL = "null"  # the type of a column in which nothing stands so far
_LISTED = 12  # columns that a message lists

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, before any of its cells are read.

    place: from 0, what tells columns of one name apart
    type:  in the words of its source, for messages: double, timestamp[us]
    sizes: of a cell: () a number, (3,) a list of three, (None,) a list of any length; None where it holds no numbers
    refused: why it cannot be used, where files of the table disagree about it
    """

    place: int
    name: str
    type: str
    sizes: tuple[int | None, ...] | None
    refused: str | None = None

    def require(self, hint: str | None = None) -> None:
        """Errors: InputError where it cannot be used."""
        if self.refused is not None:
            raise InputError(self.refused, hint=hint)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of an expression, its shape in a row, and its columns: one that holds it, or one an entry."""

    name: str
    shape: Shape
    columns: tuple[Column, ...]
    spread: bool = False  # over a column an entry, row after row


def arranged(
    columns: Sequence[Column],
    names: Sequence[str],
    shapes: Mapping[str, Shape],
    found: Callable[[Column], Shape | None],
    table: str,
) -> tuple[Variable, ...]:
    """The variables of these names, in their order, from the columns of a table.

    A column of a variable's name goes before columns ``x.0``, ``x.1``, ... of its entries.

    shapes: of variables, as the user gives them
    found:  the lengths of the lists in the first row of a column that has some
    table:  its name, for messages. Errors: InputError.
    """
    wanted = set(names)
    named: dict[str, list[Column]] = {}
    entries: dict[str, dict[Shape, list[Column]]] = {}
    for column in columns:
        if column.name in wanted:
            named.setdefault(column.name, []).append(column)
        elif (base := column.name.partition(".")[0]) in wanted and (place := _place(column.name[len(base) :])):
            entries.setdefault(base, {}).setdefault(place, []).append(column)
    made = []
    for name in names:
        if name in named:
            made.append(_held(_only(named[name], table), shapes.get(name), found))
        elif name in entries:
            made.append(_spread(name, entries[name], shapes.get(name), table))
        else:
            raise _unknown(name, columns, table)
    return tuple(made)


def _held(column: Column, given: Shape | None, found: Callable[[Column], Shape | None]) -> Variable:
    _check_numbers(column)
    sizes = column.sizes or ()
    if given is not None and column.type != NULL:
        fits = len(sizes) == len(given) and all(own in {None, asked} for own, asked in zip(sizes, given, strict=True))
        if not fits:
            raise InputError(
                f"column {_shown(column.name)} holds {_cells(sizes)}, but {option('shape')} says {_cells(given)}"
            )
    if given is not None:
        return Variable(column.name, given, (column,))
    if None in sizes:
        known = found(column)
        if known is None:
            raise InputError(
                f"no row of column {_shown(column.name)} says how long its lists are",
                hint=option("shape", f"{printable(column.name)}=3"),
            )
        sizes = tuple(own if own is not None else seen for own, seen in zip(sizes, known, strict=True))
    return Variable(column.name, tuple(size for size in sizes if size is not None), (column,))


def _spread(name: str, entries: Mapping[Shape, list[Column]], given: Shape | None, table: str) -> Variable:
    depths = {len(place) for place in entries}
    if len(depths) > 1:
        one, other = (min(place for place in entries if len(place) == depth) for depth in sorted(depths)[:2])
        raise InputError(f"{_entry(name, one)} and {_entry(name, other)} cannot both be entries of {_shown(name)}")
    # a gap is found before a shape is believed: the largest number of a column may be anything
    depth = depths.pop()
    shape = tuple(1 + max(place[axis] for place in entries) for axis in range(depth))
    wanted = (_nth(number, shape) for number in range(len(entries)))
    missing = next((place for place, found in zip(wanted, sorted(entries), strict=True) if place != found), None)
    if missing is not None:
        raise InputError(
            f"{_shown(name)} has a column {_entry(name, max(entries))}, but {_entry(name, missing)} is missing",
            hint="entries are counted from 0",
        )
    if given not in {None, shape}:
        raise InputError(f"{_shown(name)} has columns of {_cells(shape)}, but {option('shape')} says {_cells(given)}")
    columns = tuple(_only(entries[place], table) for place in sorted(entries))
    for column in columns:
        _check_numbers(column)
        if column.sizes:
            raise InputError(f"column {_shown(column.name)} holds {_cells(column.sizes)}, expected a number")
    return Variable(name, shape, columns, spread=True)


def _nth(number: int, shape: Shape) -> Shape:
    """The place of an entry in the order of rows.

    >>> _nth(4, (2, 3))
    (1, 1)
    """
    place: list[int] = []
    for size in reversed(shape):
        number, rest = divmod(number, size)
        place.append(rest)
    return tuple(reversed(place))


def _place(text: str) -> Shape | None:
    """Of ``.0.2`` the place (0, 2); nothing where it is none, as with a leading zero or a digit of another script."""
    parts = text[1:].split(".")
    plain = all(part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") for part in parts)
    return tuple(map(int, parts)) if plain and all(len(part) < 10 for part in parts) else None


def _only(columns: Sequence[Column], table: str) -> Column:
    if len(columns) > 1:
        raise InputError(
            f"{table} has {len(columns)} columns that are called {_shown(columns[0].name)}", hint="rename all but one"
        )
    return columns[0]


def _check_numbers(column: Column) -> None:
    column.require()
    if column.sizes is None:
        raise InputError(f"column {_shown(column.name)} holds {column.type}, no numbers", hint=_way_on(column.type))


def _way_on(kind: str) -> str:
    if kind.startswith(("date", "time", "duration", "interval")):
        return "make numbers of it first, such as seconds since the first row"
    if kind.startswith("complex"):
        return "keep its real and its imaginary part in columns of their own"
    if kind.startswith("struct"):
        return "make a column of each of its fields"
    return "make numbers of it first, or bind another value to the name"


def _unknown(name: str, columns: Sequence[Column], table: str) -> InputError:
    known = [column.name for column in columns]
    near = did_you_mean(name, known)
    listed = _listed(known)
    if known and all(_is_number(column) for column in known):
        hint = "its first line holds numbers; it must name the columns"
    else:
        hint = f"did you mean {_shown(near)}? " if near else ""
        hint += f"its columns are {listed}; constants are given as {printable(name)}=VALUE" if known else ""
    return InputError(f"{table} has no column {_shown(name)}", hint=hint or None, kind="unbound")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(map(_shown, names[:_LISTED])) + more


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shown(name: str) -> str:
    """A name of a column on one line: plain where it is a word, else in quotes, escaped."""
    text = printable(name if len(name) <= 80 else f"{name[:60]}…").replace("\n", "\\n")
    return text if text.replace(".", "_").isidentifier() else f"'{text}'"


def _entry(name: str, place: Shape) -> str:
    return _shown(".".join([name, *map(str, place)]))


def _cells(sizes: Iterable[int | None] | None) -> str:
    """Cells of these sizes, in words.

    >>> _cells(()), _cells((3,)), _cells((None, 2)), _cells((2, None))
    ('numbers', 'lists of 3', 'lists of lists of 2', 'lists of 2 lists')
    """
    words = ""
    for size in reversed(tuple(sizes or ())):
        length = f" of {size}" if size is not None else " of" if words else ""
        words = f"lists{length} {words}".rstrip()
    return words or "numbers"
