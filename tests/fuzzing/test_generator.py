"""The generator of random expressions reaches the whole table, and what it makes can be replayed."""

from __future__ import annotations

import random
import zlib

import pytest
from fuzzing.calls import CRASHES, UNCALLABLE, callable_rows
from fuzzing.calls import calls as fitting_calls
from fuzzing.cases import case_from
from fuzzing.grammar import Grammar
from fuzzing.running import case_of

from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.kernels.certain import FROM_FLINT
from gradcli.operations.table import OPS, rows


def test_every_row_is_called_or_listed_with_a_reason() -> None:
    assert {op.name for op in rows()} - callable_rows() == set(UNCALLABLE)
    assert len([name for name in UNCALLABLE if FROM_FLINT not in OPS[name].note]) == 5
    assert all(UNCALLABLE.values())


def test_shape_rules_refuse_by_shape_mismatch_only() -> None:
    fitting_calls()
    assert CRASHES == {}


@pytest.mark.parametrize("name", sorted({op.name for op in rows()} - set(UNCALLABLE)))
def test_every_spelling_of_a_row_reads_as_that_row(name: str) -> None:
    rng = random.Random(zlib.crc32(name.encode()))  # noqa: S311 - cases of a test
    calls = [call for rows in fitting_calls().values() for row in rows for call in row if call.op.name == name]
    for call in rng.sample(calls, min(8, len(calls))):
        grammar = Grammar(rng)
        text = grammar.call(call, 1).at(0)
        shown = f"where({text}, 1, 0)" if call.op.boolean else text
        program = compile_tree(parse(shown, bound=grammar.shapes).tree)
        assert any(step.op is not None and step.op.name == name for step in program.steps), text
        assert shapes_of(program, grammar.shapes)[-1] == call.out, text


def test_cases_are_neither_trivial_nor_alike() -> None:
    made = [case_of(5, number)[0] for number in range(200)]
    assert len({case.text for case in made}) > 190
    assert sum(len(case.text) > 30 for case in made) > 120


def test_a_case_is_what_its_command_line_says() -> None:
    for number in range(50):
        case, _ = case_of(7, number)
        again = case_from(case.replay())
        assert (again.text, again.values) == (case.text, case.values)
        assert case_of(7, number)[0] == case
