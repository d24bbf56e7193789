"""Which columns make which variables."""

from __future__ import annotations

from typing import Any

import pytest

from gradcli.base.errors import InputError
from gradcli.tables.variables import Column, Shape, Variable, arranged


def columns(**types: Any) -> list[Column]:
    """Names with __ for dots; sizes of a cell, or a type that holds no numbers."""
    return [
        Column(place, name.replace("__", "."), kind if isinstance(kind, str) else "double", None if isinstance(kind, str) else kind)
        for place, (name, kind) in enumerate(types.items())
    ]  # fmt: skip


def made(table: list[Column], names: str, found: Shape | None = None, **shapes: Shape) -> list[Variable]:
    return list(arranged(table, names.split(), shapes, lambda column: found, "points.csv"))


def test_columns_are_variables_by_name_and_others_do_not_matter() -> None:
    x, y, _ = table = columns(x=(), y=(), t="text")
    assert made(table, "y x") == [Variable("y", (), (y,)), Variable("x", (), (x,))]


def test_a_column_of_lists_is_a_vector_or_a_matrix() -> None:
    v, w, m = table = columns(v=(3,), w=(None,), m=(None, 2))
    assert made(table, "v") == [Variable("v", (3,), (v,))]
    assert made(table, "w", found=(4,)) == [Variable("w", (4,), (w,))]
    assert made(table, "m", found=(5, 2)) == [Variable("m", (5, 2), (m,))]


def test_the_users_shape_goes_before_the_first_row() -> None:
    assert made(columns(w=(None,)), "w", found=(4,), w=(7,))[0].shape == (7,)


@pytest.mark.parametrize(("sizes", "shape", "said"), [
    ((3,), (4,), "column w holds lists of 3, but --shape says lists of 4"), ((), (2,), "column w holds numbers, but --shape says lists of 2"),
    ((None, None), (2,), "column w holds lists of lists, but --shape says lists of 2"),
])  # fmt: skip
def test_a_shape_that_the_column_does_not_have_is_an_error(sizes: Shape, shape: Shape, said: str) -> None:
    with pytest.raises(InputError) as caught:
        made(columns(w=sizes), "w", w=shape)
    assert caught.value.message == said


def test_lists_without_a_length_are_an_error() -> None:
    with pytest.raises(InputError, match="no row of column w says how long its lists are") as caught:
        made(columns(w=(None,)), "w")
    assert caught.value.hint == "--shape w=3"


def test_a_column_of_nulls_is_what_the_user_says() -> None:
    table = [Column(0, "x", "null", ())]
    assert [made(table, "x")[0].shape, made(table, "x", x=(2, 2))[0].shape] == [(), (2, 2)]


def test_columns_with_numbers_behind_dots_are_entries() -> None:
    b, a, _other = table = columns(x__1=(), x__0=(), x__y=())
    assert made(table, "x") == [Variable("x", (2,), (a, b), spread=True)]


def test_two_numbers_behind_dots_are_rows_and_columns() -> None:
    table = columns(A__0__0=(), A__0__1=(), A__1__0=(), A__1__1=(), A__2__0=(), A__2__1=())
    assert made(table, "A") == [Variable("A", (3, 2), tuple(table), spread=True)]


def test_more_than_ten_entries_stand_in_the_order_of_numbers() -> None:
    table = columns(**{f"x__{n}": () for n in range(12)})
    assert [column.name for column in made(table, "x")[0].columns] == [f"x.{n}" for n in range(12)]


def test_a_plain_column_goes_before_its_entries() -> None:
    table = columns(x__0=(), x=(), x__1=())
    assert made(table, "x") == [Variable("x", (), (table[1],))]


@pytest.mark.parametrize(("names", "missing"), [
    (["x__0", "x__2"], "x.1"), (["x__1"], "x.0"), (["x__0", "x__999999999"], "x.1"), (["x__0__0", "x__0__1", "x__1__1"], "x.1.0"),
    (["x__999999999__999999999"], "x.0.0"),
])  # fmt: skip
def test_a_gap_among_entries_names_the_missing_one(names: list[str], missing: str) -> None:
    with pytest.raises(InputError, match=f"but {missing} is missing"):
        made(columns(**dict.fromkeys(names, ())), "x")


def test_entries_of_two_depths_are_an_error() -> None:
    with pytest.raises(InputError, match=r"x\.0 and x\.0\.0 cannot both be entries of x"):
        made(columns(x__0=(), x__0__0=()), "x")


@pytest.mark.parametrize("name", ["x__00", "x__", "x__-1", "x__1__", "x__٢", "x__1e3", "x__99999999999999"])
def test_other_things_behind_dots_are_no_entries(name: str) -> None:
    with pytest.raises(InputError, match="no column x"):
        made(columns(**{name: ()}), "x")


@pytest.mark.parametrize(("kind", "hint"), [
    ("timestamp[us, tz=UTC]", "seconds"), ("date32[day]", "seconds"), ("duration[ns]", "seconds"), ("struct<a: int64>", "fields"), ("string", "numbers"),
    ("complex128", "imaginary"),
])  # fmt: skip
def test_a_column_of_no_numbers_is_an_error_when_it_is_used(kind: str, hint: str) -> None:
    table = columns(x=(), t=kind)
    assert len(made(table, "x")) == 1
    with pytest.raises(InputError) as caught:
        made(table, "x t")
    assert caught.value.message == f"column t holds {kind}, no numbers"
    assert hint in str(caught.value.hint)


def test_an_unknown_name_knows_what_was_meant() -> None:
    with pytest.raises(InputError, match=r"points\.csv has no column alpha") as caught:
        made(columns(alhpa=(), beta=()), "alpha")
    assert caught.value.hint == "did you mean alhpa? its columns are alhpa, beta; constants are given as alpha=VALUE"


def test_a_long_list_of_columns_is_cut() -> None:
    with pytest.raises(InputError) as caught:
        made(columns(**{f"c{n}": () for n in range(10_000)}), "zz")
    assert "and 9988 more" in str(caught.value.hint)
    assert len(str(caught.value.hint)) < 200


def test_a_name_that_is_there_twice_is_an_error_when_it_is_used() -> None:
    table = [Column(0, "x", "double", ()), Column(1, "x", "double", ()), Column(2, "y", "double", ())]
    assert made(table, "y")[0].columns == (table[2],)
    with pytest.raises(InputError, match=r"points\.csv has 2 columns that are called x"):
        made(table, "x y")


@pytest.mark.parametrize(
    "name", ["exp", "for", "int", "main()", "", "\x1b[2J", "a\nb", "__import__('os')", "x" * 500, "😀"]
)
def test_odd_names_are_columns_like_others_and_safe_in_messages(name: str) -> None:
    table = [Column(0, name, "double", ()), Column(1, "x", "double", ())]
    assert arranged(table, [name], {}, lambda column: None, "t")[0].columns == (table[0],)
    with pytest.raises(InputError) as caught:
        made(table, "y")
    said = str(caught.value.hint)
    assert "\x1b" not in said
    assert "\n" not in said
    assert len(said) < 250
