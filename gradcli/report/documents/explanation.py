"""An explanation as a document: a section for each part of the answer that applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcli.commands.explain.backward import short
from gradcli.operations.shape_rules import size
from gradcli.report.document import Block, Code, Document, Line, Role, Section, Table
from gradcli.report.documents.verdicts import remark, verdict_lines

if TYPE_CHECKING:
    from gradcli.commands.explain.explanation import Explanation

READ_THE_TAPE = (
    "Read downwards: the adjoint of a node is the sum, over its uses, of the user's adjoint times the local derivative."
)


def document(found: Explanation) -> Document:
    """The verdict is a section of its own, so that no warning repeats it."""
    summed = bool(found.ways)  # a function that is no scalar: all is said of its sum
    shapes = tuple((name, text, str(shape) if shape else "scalar") for name, text, shape in found.shapes)
    sections: dict[str, tuple[Block, ...]] = {
        "Read as": (Line(found.read_as),),
        "Shapes": (Table(("step", "is", "shape"), shapes),),
        "Why torch refuses": _error(found),
        "Ways on": _ways(found),
        "Symbolic derivative": _formulas(found, "sum(f)" if summed else "f"),
        "Backward tape" + (" of the sum: v is all ones" if summed else ""): _tape(found),
        "Hazards": _hazards(found),
        "Not used": _unused(found),
        "Verdict" + (" on the gradient of the sum" if summed else ""): verdict_lines(found.check),
        "The same in PyTorch" + (": v of ones, which is the sum" if summed else ""): _program(found),
    }
    blocks = tuple(Section(Line(title, Role.HEADING), body) for title, body in sections.items() if body)
    return Document(
        "explain", blocks, found.to_dict, remarks=(Line(found.read_as, label="read as"), remark(found.check))
    )


def _error(found: Explanation) -> tuple[Block, ...]:
    if found.error is None:
        return ()
    shape = found.shapes[-1][2]
    return (
        Line(found.error, label="RuntimeError"),
        Line(
            f"The output has shape {shape}: {size(shape)} numbers, each with a gradient of its own. "
            "torch.autograd.grad computes"
        ),
        Line("v^T J, one row of the Jacobian J weighed by v = grad_outputs, and only for a scalar is v plainly 1."),
    )


def _ways(found: Explanation) -> tuple[Block, ...]:
    return tuple(
        Section(
            Line(f"{way.name}  ({way.option})"),
            (Code(way.torch), *(Line(short(value), label=name) for name, value in way.result.items())),
        )
        for way in found.ways
    )


def _formulas(found: Explanation, subject: str) -> tuple[Block, ...]:
    return tuple(Line(f"d {subject} / d {name} = {text}", Role.FORMULA) for name, text in (found.formula or {}).items())


def _tape(found: Explanation) -> tuple[Block, ...]:
    if not found.tape:
        return ()
    head = ("node", "is", "grad_fn", "value", "local derivative", "adjoint")
    rows = ((r.name, r.text, r.grad_fn, short(r.value), "; ".join(r.local), short(r.adjoint)) for r in found.tape)
    return Table(head, tuple(rows)), Line(READ_THE_TAPE)


def _hazards(found: Explanation) -> tuple[Block, ...]:
    """Kinks and edges of domains, those that are met first; then where the derivative went wrong, and what to write."""
    rows = tuple((row.step, row.kind, row.where, "here" if row.met else "") for row in found.hazards)
    table = (Table(("step", "hazard", "where", "met"), rows),) if rows else ()
    step = (Line(f"Went wrong at {found.check.step}"),) if found.check.step else ()
    rewrite = (Line(f"Write {found.check.rewrite}"),) if found.check.rewrite else ()
    return *table, *step, *rewrite


def _unused(found: Explanation) -> tuple[Block, ...]:
    raises = "torch.autograd.grad raises an error unless allow_unused=True, which gives None;"
    why = f"the output does not depend on it. {raises}"
    both = ((Line(why, label=name), Line("materialize_grads=True gives zeros.")) for name in found.unused)
    return tuple(line for pair in both for line in pair)


def _program(found: Explanation) -> tuple[Block, ...]:
    return (Code(found.program.rstrip()),) if found.program.rstrip() else ()
