"""What people read of a row: its text, its names, its references."""

from __future__ import annotations

from dataclasses import replace

from rows.calls import by_name

from gradcli.commands.operations import operations, rules_of
from gradcli.language.parse import parse
from gradcli.operations.row import Op
from gradcli.operations.table import METHOD, OPS, candidates, rows
from gradcli.report.writing import document_of, rendered


@by_name(rows())
def test_documentation(op: Op) -> None:
    assert op.doc.endswith((".", "?"))
    assert not op.note or op.note.endswith(".")
    assert op.group
    text = str(rendered(document_of(operations(op.name)), "text"))
    assert op.usage in text
    assert "example: gradcli grad " in text
    assert all(alias in text for alias in op.aliases)
    names = [param.name for param in op.params]
    assert len(set(names)) == len(names)
    assert len(op.rule) in {0, len(op.tensors)}


@by_name([op for op in rows() if op.aliases])
def test_aliases_resolve(op: Op) -> None:
    for alias in op.aliases:
        dotted, _, preset = alias.removesuffix(")").partition("(")
        library, _, name = dotted.rpartition(".")
        found, constants = candidates(name, library if "." in dotted else None)[0]
        assert found is op
        assert [f"{key}={value!r}" for key, value in constants.items()] == list(filter(None, [preset]))
    assert candidates("T", METHOD)[0][0] is OPS["transpose"]


def repeated(rows: tuple[Op, ...] | list[Op]) -> set[str]:
    """Names and aliases that stand more than once in the table."""
    words = [word.partition("(")[0] for op in rows for word in (op.name, *op.aliases)]
    return {word for word in words if words.count(word) > 1}


def test_names_and_aliases_are_unique() -> None:
    assert repeated(rows()) == set()
    assert len(OPS) == len(rows())
    assert repeated([*rows(), replace(OPS["sin"], aliases=("ln",))]) == {"sin", "ln"}


def test_every_reference_in_a_row_resolves() -> None:
    """Slopes, domains and kinks are written in gradcli's own language and name only the row's parameters."""
    for op in rows():
        allowed = {param.name for param in op.params}
        for condition in filter(None, (op.domain, op.kinks)):
            assert set(parse(f"where({condition}, 1, 0)", bound=allowed).names) <= allowed, op.name


def test_ops_shows_the_rule_of_each_operand() -> None:
    case = "for A (3, 3), B (3, 3)"
    assert rules_of(OPS["matmul"]) == [("A", f"g @ B.T, {case}"), ("B", f"A.T @ g, {case}")]
    assert rules_of(OPS["sum"]) == [("x", "spread(g, x, dim, keepdim)")]
    assert all(text for op in rows() for _, text in rules_of(op))


@by_name([op for op in rows() if op.tensors])
def test_ops_shows_a_rule_or_a_reason_for_every_operand(op: Op) -> None:
    shown = dict(rules_of(op))
    assert {param.name for param in op.tensors} <= shown.keys()
    assert all(text.removeprefix("none: ") for text in shown.values())
    text = str(rendered(document_of(operations(op.name)), "text"))
    assert all(f"rule of {name}: " in text for name in shown)


def test_ops_says_where_a_rule_is_sympys_and_why_there_is_none() -> None:
    number = "none: a number, which is given and stays"
    assert rules_of(OPS["besselj"]) == [("n", number), ("x", "g times sympy's derivative in x, entry by entry")]
    assert rules_of(OPS["floor"]) == [("x", "0, as it is constant between its jumps")]
    assert rules_of(OPS["where"])[0] == ("condition", "none: a condition is true or false")
    assert rules_of(OPS["lt"])[0] == ("x", "none: a condition is true or false")
