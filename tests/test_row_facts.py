"""What is known of an operation stands on its row: no other module asks for one by its name, and the facts are true."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import sympy
import torch
from oracles import precise
from places import PACKAGE
from rows.calls import ENTRYWISE, by_name, call_of, domain_points, example_task, seeded, torch_steps

from gradcli.language import nodes
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree, run
from gradcli.operations.row import CONDITION, Op, Slips
from gradcli.operations.table import OPS, rows

SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
# The catalogue's rows are facts too, of messages: their keys are names of parts, such as the index in a message.
# What is looked for in a user's program are functions of torch and of Python, of which most are no rows.
# So are the spellings of libraries, whose formulas are written in operations.
# Functions that FLINT computes go by the names of the rows whose values they are.
# Matrix notation and other languages are written in operations: what a rule rewrites, and what a dialect spells, has
# names; the words and signs of LaTeX are no rows, and what is read off a differential stands in a trace or a sum.
ROWS_OF_OTHERS = (
    "operations/rows/", "operations/certain/", "operations/spellings/", "catalogue/rows/", "foreign/script/", "closed/notation/", "closed/steps/", "export/", "language/latex/",
    "engine/c_source.py", "engine/exactness.py", "report/html/symbols.py", "inputs/documents/guards.py", "inputs/documents/signs.py",
)  # fmt: skip
ELSEWHERE = [path for path in SOURCES if not path.startswith(ROWS_OF_OTHERS)]

# Words that name an operation and something else, in modules that mean the something else.
KINDS = "a command, and the kind of a derivative"
FUNCTIONS = "what the rows' meanings call: functions of FLINT, not rows"
ATOMS = "what the rows' meanings call: atoms with laws of their own, not rows"
WRITTEN = "the words of a certificate, which a program reads that shares nothing with the table"
NUMPYS = "numpy's functions, which the rows' meanings call"
SIZES = "for all sizes"
HOMONYMS: dict[str, dict[str, str]] = {
    "grad jacobian hessian": {
        "api.py": KINDS,
        "autograd/rows.py": KINDS,
        "claims/notes.py": KINDS,
        "claims/statement.py": KINDS,
        "claims/stacked.py": KINDS,
        "cli/answer.py": KINDS,
        "commands/arranged.py": KINDS,
        "commands/autograd_route.py": KINDS,
        "commands/entries.py": KINDS,
        "commands/sparse.py": KINDS,
        "commands/tables/claims.py": KINDS,
        "commands/tables/question.py": KINDS,
        "commands/tables/sample.py": KINDS,
        "diagnosis/case.py": KINDS,
        "closed/certificates/written.py": KINDS,
        "diagnosis/causes/conventions.py": KINDS,
        "diagnosis/causes/layout.py": KINDS,
        "diagnosis/causes/rules.py": KINDS,
        "engine/batches.py": KINDS,
        "engine/formulas.py": KINDS,
        "foreign/compare.py": KINDS,
        "foreign/subject.py": KINDS,
        "foreign/truth.py": KINDS,
        "inputs/symbolic.py": KINDS,
        "inputs/wanted.py": KINDS,
        "report/as_mtx.py": KINDS,
        "cli/plots.py": KINDS,
        "commands/plotting/plot.py": KINDS,
        "inputs/documents/heads.py": KINDS,
        "inputs/latex_steps.py": KINDS,
        "report/documents/claims.py": KINDS,
    },
    "grad jacobian hessian jvp vjp sum": {
        "language/transforms.py": "what libraries call with a function; the rows it is made of"
    },
    "variable": {"commands/explain/run.py": "a word of a message"},
    "mean median var std": {"operations/families.py": "what a distribution is asked"},
    "jvp vjp hvp": {
        "cli/app.py": "options",
        "commands/derivatives.py": "options",
        "report/as_latex.py": "options",
    },
    "dot": {"inputs/documents/heads.py": "a mark above a letter"},
    "grad diff jacobian hessian": {"inputs/step_files.py": "how the left side of a derivation is written"},
    "vec": {
        "commands/check.py": "an option",
        "inputs/documents/magic.py": "a line of a claim in a document",
        "inputs/documents/stating.py": "a line of a claim in a document",
        "cli/app.py": "an option",
        "cli/check.py": "an option",
        "closed/arrangement.py": "an option",
        "commands/arranged.py": "an option",
        "inputs/claim_lines.py": "a line of a claim in a file",
        "inputs/claim_tables.py": "a key of a claim in a file",
    },
    "grad": {"language/advice.py": "the attribute of a tensor, of which a message says that it is not read"},
    "log": {"cli/options.py": "an option", "cli/tables.py": "an option"},
    "trace": {"cli/explain.py": "an option"},
    "where": {
        "cli/check.py": "an option",
        "commands/check.py": "an option",
        "inputs/documents/magic.py": "a line of a claim in a document",
        "inputs/documents/reading.py": "a line of a claim in a document",
        "inputs/documents/stating.py": "a line of a claim in a document",
        "commands/explain/hazards.py": "the place of a hazard, in JSON",
        "inputs/claim_files.py": "a line of a claim in a file",
        "inputs/claim_lines.py": "a line of a claim in a file",
    },
    "atan2 fmod hypot pow": {"engine/vector_functions.py": "functions of C"},
    "sign": {"inputs/toml_tables.py": "a state of the scanner"},
    "transpose": {
        "diagnosis/arrangements.py": "a kind of diagnosis",
        "diagnosis/causes/layout.py": "a kind of diagnosis",
        "language/advice.py": "a kind of token",
        "language/primary.py": "a kind of token",
        "language/notation.py": "a kind of token",
    },
    "add sub mul mod pow matmul lt le gt ge eq ne": {
        "meaning/source.py": "Python's operators: the methods of a recorded value",
        "engine/recorded.py": "Python's operators: the methods of a recorded value",
    },
    "gamma lgamma polygamma multigammaln rgamma": {"meaning/balls/functions/gamma.py": FUNCTIONS},
    "gammainc gammaincc lowergamma uppergamma": {"meaning/balls/functions/gamma_parts.py": FUNCTIONS},
    "chebyshevt chebyshevu legendre laguerre hermite hermite_prob": {
        "meaning/balls/functions/polynomials.py": FUNCTIONS
    },
    "zeta": {"meaning/balls/functions/zeta.py": FUNCTIONS},
    "betainc betaincc ellipeinc ellipkinc elliptic_pi exprel hyp0f1 hyp1f1 hyp2f1 hyperu iv jacobi_am jacobi_cn jacobi_dn "
    "jacobi_sn jv kv log1prel marcumq owens_t poch polylog spence wofz_imag wofz_real yv": {
        "meaning/balls/functions/certain.py": FUNCTIONS
    },
    "betainc": {"meaning/series/certain.py": FUNCTIONS},
    "polylog": {"inputs/objects/functions.py": "a class of sympy's, which it writes out of whole orders"},
    "acot acoth acsc acsch asec asech atan2 cot coth csc csch floor pow round sec sech sign sinc trunc xlogy": {
        "meaning/extended/functions.py": "what the rows' meanings call: functions of arrays, not rows"
    },
    "besseli besselj besselk bessely erfcinv erfinv gamma gammainc gammaincc": {
        "meaning/series/solved.py": "what the rows' meanings call: functions of series, not rows"
    },
    "flip repeat reshape roll squeeze stack take tile transpose where": {"meaning/scalars.py": NUMPYS},
    "kron where": {"meaning/extended/moves.py": NUMPYS},
    "full": {
        "verdicts/every_entry.py": "a mode of the check",
        "verdicts/sparse/check.py": "a mode of the check",
        "operations/rules/samples.py": "a mode of a convolution",
        "report/html/derivations.py": "a level of detail",
    },
    "csc": {"inputs/sparse_files.py": "scipy's word for compressed columns"},
    "mean": {"operations/rules/losses.py": "a reduction of losses"},
    "all": {"claims/conclusion.py": SIZES, "claims/proof.py": SIZES, "verdicts/verdict.py": SIZES},
    "sum_to": {"meaning/rules.py": "what makes an elementwise rule one for broadcast operands"},
    "acos acosh acot acoth acsc acsch asec asech asin asinh atan atan2 atanh cos cosh cot coth csc csch exp log pow sec "
    "sech sign sin sinc sinh sqrt tan tanh xlogy": {"meaning/residues/arithmetic.py": ATOMS},
    "asin atan gamma": {"meaning/residues/elementary.py": ATOMS},
    "asin atan erf erfc ndtr": {"meaning/residues/signs.py": ATOMS},
    "besseli besselj besselk bessely erf erfc erfcinv erfi erfinv gamma lgamma polygamma rgamma": {
        "meaning/residues/special.py": ATOMS
    },
    "acos asin atan cos det digamma erf exp inv lambertw log sign sin": {"closed/certificates/generators.py": WRITTEN},
    "cos inv sign sin": {"closed/certificates/steps.py": WRITTEN},
    "abs acos acosh asin asinh atan atanh beta cos cosh det diag digamma dot einsum erf erfc exp eye gamma inv lambertw "
    "lgamma log log1p logdet logsumexp mean norm ones outer sigmoid sign sin sinh softmax softplus sqrt square sum tan tanh "
    "trace": {"closed/certificates/written.py": WRITTEN},
}


def asked(node: ast.AST) -> Iterator[ast.expr]:
    """The places in which a name tells one thing from others: comparisons, sets, keys, subscripts, cases of a match."""
    if isinstance(node, ast.Compare):
        for side in (node.left, *node.comparators):
            yield from side.elts if isinstance(side, ast.Tuple | ast.List) else (side,)
            if isinstance(side, ast.Subscript):  # row is OPS["sum"]
                yield side.slice
    elif isinstance(node, ast.Set):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from (key for key in node.keys if key is not None)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) not in {"OPS", "FUNCTIONS"}:
        yield node.slice
    elif isinstance(node, ast.MatchValue):
        yield node.value


def known_by_name(source: str) -> set[str]:
    """The operations of which a module knows something by their names. To make a node by name is fine."""
    parts = (part for node in ast.walk(ast.parse(source)) for part in asked(node))
    return {part.value for part in parts if isinstance(part, ast.Constant) and part.value in OPS}


def homonyms(path: str) -> set[str]:
    return {word for words, reasons in HOMONYMS.items() if path in reasons for word in words.split()}


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_module_knows_an_operation_by_its_name(path: str) -> None:
    assert known_by_name(SOURCES[path]) - homonyms(path) == set()


def test_no_homonym_is_listed_in_vain() -> None:
    listed = {path for reasons in HOMONYMS.values() for path in reasons}
    assert [path for path in listed if not homonyms(path) & known_by_name(SOURCES[path])] == []


@pytest.mark.parametrize(
    "source",
    [
        'if op.name == "relu": pass',
        'if op.name in {"relu", "x"}: pass',
        'if op.name in ("a", "relu"): pass',
        'found = row is OPS["relu"]',
        'SLOPES = {"relu": 1}',
        'special["relu"]',
        'match op.name:\n    case "relu": pass',
    ],
)
def test_a_fact_known_by_name_would_be_seen(source: str) -> None:
    assert known_by_name(source) == {"relu"}
    assert known_by_name('nodes.make(OPS["relu"], [x])') == set()


# -- the facts are true


def test_a_sign_stands_for_one_row() -> None:
    signs = [op.infix for op in rows() if op.infix]
    assert sorted(signs) == sorted(
        ["+", "-", "*", "/", "**", "//", "%", "@", "<", "<=", ">", ">=", "==", "!=", "and", "or"]
    )


def node_of_sympy(op: Op, name: str) -> sympy.Basic:
    """A node of a class of sympy's, of as many arguments as the row has."""
    symbols = iter(sympy.symbols("x y z", real=True))
    given = [next(symbols) > 0 if p.kind == CONDITION else next(symbols) if p.is_tensor else 2 for p in op.params]
    used = [given[0], next(symbols)] if op.params[0].variadic else given
    return getattr(sympy, name)(*used, evaluate=False)


@by_name([op for op in rows() if op.known_as or op.node])
def test_the_classes_of_sympy_read_as_the_row(op: Op) -> None:
    for name in filter(None, (op.known_as, op.node)):
        assert nodes.row_of(node_of_sympy(op, name)) is op


def is_flat(op: Op) -> bool:
    """Does the value stay the same beside six irregular points, in whatever variable they move?"""
    program, arithmetic = compile_tree(parse(call_of(op)).tree), precise.Precise(60)

    def value(point: dict[str, float], moved: str, step: float) -> object:
        exact = {name: arithmetic.exact(np.array(number + step * (name == moved))) for name, number in point.items()}
        return run(program, arithmetic, exact)[()]

    return all(value(p, name, 0.0) == value(p, name, 1e-9) for p in domain_points(op, 6) for name in p)


@by_name([op for op in ENTRYWISE if call_of(op) and not op.boolean])
def test_a_step_function_says_so(op: Op) -> None:
    assert is_flat(op) == op.flat


@by_name([op for op in rows() if op.slips.siblings or op.slips.products])
def test_what_is_written_for_another_is_a_row_and_the_other_way_round(op: Op) -> None:
    assert all(op.name in OPS[other].slips.siblings for other in op.slips.siblings)
    for other, colon, said in (pair.partition(": ") for pair in op.slips.products):
        assert (colon, bool(said)) == (": ", True)
        assert len(OPS[other].tensors) == len(op.tensors) == 2


def wrong_slopes(op: Op) -> list[str]:
    """The formulas that are taken for the row's derivative. AssertionError where one is the derivative."""
    arithmetic = precise.Precise(60)
    wrong = []
    for formula, colon, said in (pair.partition(": ") for pair in op.slips.mistaken):
        assert (colon, bool(said)) == (": ", True)
        tree = parse(f"{formula} - diff({op.name}(x), x)").tree
        points = [{"x": arithmetic.exact(np.array(point["x"]))} for point in domain_points(op, 6)]
        gaps = [run(compile_tree(tree), arithmetic, point)[()] for point in points]
        assert any(gap == gap and abs(gap) > 1e-9 for gap in gaps), f"{formula} is the derivative of {op.name}"
        wrong.append(formula)
    return wrong


@by_name([op for op in rows() if op.slips.mistaken])
def test_a_misconception_is_a_formula_in_x_and_wrong(op: Op) -> None:
    assert all(set(parse(formula).names) <= {"x"} for formula in wrong_slopes(op))
    with pytest.raises(AssertionError, match="is the derivative of tan"):
        wrong_slopes(replace(OPS["tan"], slips=Slips(mistaken=("1 + tan(x)**2: that is right",))))


def moved_alone(op: Op) -> bool:
    """Are the entries of the value all entries of the operands, or 0, where the row stands in its example?"""
    task = example_task(op)
    found = torch_steps(task.program, {name: seeded(op, np.shape(value)) for name, value in task.values.items()})
    step, value = next(pair for pair in zip(task.program.steps, found, strict=True) if pair[0].op is op)
    given = {number for i in step.inputs if i is not None for number in torch.as_tensor(found[i]).flatten().tolist()}
    return set(value.flatten().tolist()) <= given | {0.0}


@by_name([op for op in rows() if op.moves])
def test_a_row_that_moves_entries_computes_nothing(op: Op) -> None:
    assert moved_alone(op)
    assert not moved_alone(OPS["cumsum"])
