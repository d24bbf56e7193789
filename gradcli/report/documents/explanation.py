"""An explanation as a document: a section for each part of the answer that applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.closed.notation.letters import name_in_latex
from gradcli.commands.explain.backward import MAX_SHOWN, short
from gradcli.commands.explain.enclosed import MAX_ENTRIES
from gradcli.commands.explain.frameworks import NOT_RUN
from gradcli.commands.explain.sections import USUAL, SectionRow, sections_of, shows_numbers
from gradcli.operations.shape_rules import shape_text, size
from gradcli.report.document import Block, Code, Document, Figure, Formula, Line, Role, Section, Table
from gradcli.report.documents.derivations import steps_of
from gradcli.report.documents.plots import plot_blocks
from gradcli.report.documents.verdicts import reading, remark, verdict_lines

if TYPE_CHECKING:
    from gradcli.commands.explain.closed import ClosedForm
    from gradcli.commands.explain.enclosed import EnclosureRow
    from gradcli.commands.explain.explanation import Explanation
    from gradcli.commands.explain.graph import Graph
    from gradcli.commands.explain.inplace import Inplace, InplaceOutcome
    from gradcli.commands.explain.lifetime import Lifetime
    from gradcli.commands.explain.memory import Kept, Memory, Moment
    from gradcli.commands.explain.pitfalls import Pitfalls
    from gradcli.inputs.symbolic import Axes

READ_THE_TAPE = (
    "Read downwards: the adjoint of a node is the sum, over its uses, of the user's adjoint times the local derivative."
)


def document(found: Explanation) -> Document:
    """Each section that is shown; the verdict is one of them, or a warning where it is not shown and not good."""
    summed = found.value is not None and np.size(found.value) != 1
    whole = " of the sum: v is all ones" if summed else ""
    sections: dict[str, tuple[str, tuple[Block, ...]]] = {
        "shapes": ("Shapes", _shapes(found)),
        "ways": ("Ways on", _ways(found)),
        "derivative": ("Symbolic derivative", _formulas(found, "sum(f)" if summed else "f")),
        "closed": ("Closed form", _closed(found.closed)),
        "derivation": ("Derivation", _derivations(found)),
        "tape": (f"Backward tape{whole}", _tape(found)),
        "graph": (f"Backward graph{whole}", _graph(found.graph)),
        "plot": ("Plot", plot_blocks(found.plot) if found.plot else ()),
        "memory": ("Memory", _memory(found.memory)),
        "lifetime": ("Lifetime", _lifetime(found.lifetime)),
        "inplace": ("Changed in place", _inplace(found.inplace)),
        "pitfalls": ("Pitfalls", _sessions(found.pitfalls)),
        "hazards": ("Hazards", _hazards(found)),
        "unused": ("Not used", _unused(found)),
        "verdict": ("Verdict" + (" on the gradient of the sum" if summed else ""), verdict_lines(found.check)),
        "enclosures": ("Between certain bounds", _enclosures(found.enclosures)),
        "program": ("The same in PyTorch" + (": v of ones, which is the sum" if summed else ""), _program(found)),
        "frameworks": ("TensorFlow", _frameworks(found)),
    }
    read_as = Formula(found.read_as, shapes=found.axes)
    blocks = [Section(Line("Read as", Role.HEADING), (read_as, *reading(found.notes)))]
    for row in sections_of(found.show):
        title, body = sections[row.name]
        blocks += _refusal(found) if row.name == "ways" else []
        nothing = () if body else _nothing(found, row)
        if body or nothing:
            empty = not body or (row.name == "plot" and not any(isinstance(part, Figure) for part in body))
            blocks.append(Section(Line(title, Role.HEADING), body or nothing, _folded(found, row), empty))
    said = remark(found.check)
    silent = "verdict" in found.show or not shows_numbers(found.show) or str(found.check.verdict) == "agrees"
    return Document(
        "explain",
        tuple(blocks),
        found.to_dict,
        remarks=(Line(found.read_as, label="read as"), said),
        warnings=() if silent else (said,),
        title=f"Why: the derivative of {found.read_as}",
        subject=_subject(found),
        summary=(
            *_value(found),
            *_slopes(found, "sum(f)" if summed else "f"),
            *(() if silent and not shows_numbers(found.show) else (said.title,)),
        ),
        again=f"{found.again} --html page.html" if found.again else "",
    )


def _folded(found: Explanation, row: SectionRow) -> bool:
    """Is it closed on a page? Also entries beside their closed form, and shapes that are all of scalars."""
    scalars = row.name == "shapes" and not any(shape for _, _, shape in found.shapes)
    return row.folded or scalars or (row.name == "derivative" and found.closed is not None)


def _subject(found: Explanation) -> Formula:
    """``f(A, x) = ...``"""
    left = rf"f({', '.join(map(name_in_latex, found.wrt))})"
    return Formula(found.read_as, f"f({', '.join(found.wrt)})", left, found.axes)


def _value(found: Explanation) -> tuple[Line, ...]:
    return () if found.value is None else (Line(f"f = {short(found.value)}"),)


def _slopes(found: Explanation, subject: str) -> tuple[Line, ...]:
    """``d f / d x = 6`` of each variable, where all together are few numbers."""
    numbers = {name: part for name, part in (found.derivative or {}).items() if part is not None}
    if sum(np.size(part) for part in numbers.values()) > MAX_SHOWN:
        return ()
    return tuple(Line(f"d {subject} / d {name} = {short(part)}") for name, part in numbers.items())


def _nothing(found: Explanation, row: SectionRow) -> tuple[Block, ...]:
    """Why a section has nothing to show, where somebody has chosen sections."""
    if found.show == USUAL:
        return ()
    if row.pointed and found.value is None:
        return (Line("needs a point: NAME=VALUE for each variable"),)
    return (Line(row.empty),) if row.empty else ()


def _shapes(found: Explanation) -> tuple[Block, ...]:
    rows = ((name, text, shape_text(shape) if shape else "scalar") for name, text, shape in found.shapes)
    return (Table(("step", "is", "shape"), tuple(rows)),)


def _refusal(found: Explanation) -> list[Section]:
    """Why torch refuses, before the ways on."""
    return [Section(Line("Why torch refuses", Role.HEADING), _error(found))] if found.error is not None else []


def _memory(found: Memory | None) -> tuple[Block, ...]:
    """By step, then by moment, then why."""
    if found is None:
        return ()
    remarks = tuple(Line(remark, Role.PROSE) for remark in found.remarks)
    if not found.steps:
        return remarks
    head = ("step", "is", "saves", "new bytes", "its backward pass, create_graph=True", "new bytes")
    rows = [
        (row.name, row.text, _kept(row.saves), str(row.bytes), _kept(row.backward), str(row.backward_bytes))
        for row in found.steps
    ]
    sums = (sum(row.bytes for row in found.steps), sum(row.backward_bytes for row in found.steps))
    rows.append(("all", "", "", str(sums[0]), "", str(sums[1])))
    after = ("after", "bytes held", "then del f", "then del of the gradients")
    return Table(head, tuple(rows)), Table(after, tuple(map(_moment, found.moments))), *remarks


def _moment(moment: Moment) -> tuple[str, ...]:
    held = (moment.bytes, moment.without_output, moment.without_gradients)
    return moment.after, *("" if size is None else str(size) for size in held)


def _kept(saved: Sequence[Kept]) -> str:
    """``out (3,); W, x shared``: what is new by its shape, then what others hold already."""
    if not saved:
        return "nothing"
    new = [_new(kept) for kept in saved if kept.counted]
    shared = dict.fromkeys(kept.of for kept in saved if not kept.counted and kept.of)
    parts = [", ".join(new), f"{', '.join(shared)} shared" if shared else ""]
    return "; ".join(part for part in parts if part)


def _new(kept: Kept) -> str:
    return f"{kept.of or 'a tensor'} {kept.shape}" if kept.shape else kept.of or "a number"


def _error(found: Explanation) -> tuple[Block, ...]:
    shape = np.shape(found.value)
    return (
        Line(found.error or "", label="RuntimeError"),
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
    return tuple(_slope(subject, name, text, found.axes) for name, text in (found.formula or {}).items())


def _slope(subject: str, name: str, text: Any, shapes: Mapping[str, Axes]) -> Formula:  # Any: texts in lists
    f = r"\sum f" if subject == "sum(f)" else "f"
    left = rf"\frac{{\partial {f}}}{{\partial {name_in_latex(name)}}}"
    return Formula(text, f"d {subject} / d {name}", left, shapes)


def _closed(found: ClosedForm | None) -> tuple[Block, ...]:
    """The formulas, then what their letters are."""
    if found is None:
        return ()
    formulas = (_slope("f", name, text, found.shapes) for name, text in found.formula.items())
    sizes = ", ".join(f"{name} ({', '.join(axes)})" for name, axes in found.shapes.items() if axes)
    return (*formulas, Line(sizes, label="for all sizes of")) if sizes else tuple(formulas)


def _derivations(found: Explanation) -> tuple[Block, ...]:
    return steps_of(found.derivations, found.detail, valued=found.derivative is not None, again=found.every_step)


def _enclosures(rows: Sequence[EnclosureRow]) -> tuple[Block, ...]:
    """A row for each entry, then why some have no bounds."""
    if not rows:
        return ()
    head = ("entry", "at", "torch", "true", "±", "digits")
    told = [(row.entry, repr(row.at), _number(row.torch), *_bounds(row)) for row in rows]
    reasons = (Line(row.why, label=row.entry) for row in rows if row.why)
    more = (Line(f"The first {MAX_ENTRIES} entries."),) if len(rows) == MAX_ENTRIES else ()
    return Table(head, tuple(told)), *reasons, *more


def _bounds(row: EnclosureRow) -> tuple[str, str, str]:
    digits = "" if row.digits is None else f"{row.digits:.4g}"
    return row.middle or "not enclosed", row.radius or "", digits


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _tape(found: Explanation) -> tuple[Block, ...]:
    if not found.tape:
        return ()
    head = ("node", "is", "grad_fn", "value", "local derivative", "adjoint")
    rows = ((r.name, r.text, r.grad_fn, short(r.value), "; ".join(r.local), short(r.adjoint)) for r in found.tape)
    return Table(head, tuple(rows)), Line(READ_THE_TAPE)


def _graph(found: Graph | None) -> tuple[Block, ...]:
    """The picture and its lines of text; the lines alone where it is too large to be drawn."""
    if found is None:
        return ()
    from gradcli.report.graphs.labels import READ, SAVED, title
    from gradcli.report.graphs.svg import svg
    from gradcli.report.graphs.writing import uses

    try:
        return (Figure(svg(found), uses(found), title(found), f"{READ} {SAVED}"),)
    except LimitError as limit:
        return Code(uses(found)), Line(limit.message, Role.NOTE)


def _sessions(found: Lifetime | Pitfalls | None) -> tuple[Block, ...]:
    """The function, then a section for each session."""
    if found is None:
        return ()
    return Code(found.forward), *(
        Section(Line(session.title), (Code(session.text), Line(session.remark, Role.PROSE)))
        for session in found.sessions
    )


def _lifetime(found: Lifetime | None) -> tuple[Block, ...]:
    """The sessions, then what holds how much."""
    if found is None:
        return ()
    kept = Table(("after", "bytes held"), tuple((kept.code, str(kept.bytes)) for kept in found.kept))
    remarks = (Line(remark, Role.PROSE) for remark in found.remarks)
    return *_sessions(found), Section(Line("what keeps a graph alive"), (kept, *remarks))


def _inplace(found: Inplace | None) -> tuple[Block, ...]:
    """What happens to the derivative, then torch's own words, then why."""
    if found is None or not (found.rows or found.left_out):
        return ()
    head = ("value", "is", "value.add_(1) at once", "after the forward pass", "through .data")
    rows = tuple((row.name, row.text, *map(_outcome, row.outcomes)) for row in found.rows)
    said = (Line(f"RuntimeError: {words}", label=done) for done, words in found.sayings)
    remarks = (Line(remark, Role.PROSE) for remark in found.remarks)
    return *((Table(head, rows),) if rows else ()), *said, *remarks


def _outcome(found: InplaceOutcome) -> str:
    return f"{found.outcome} {found.step}" if found.step else found.outcome


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


def _frameworks(found: Explanation) -> tuple[Block, ...]:
    """The idea and where it is written, the call in both, the numbers."""
    rows = (
        Section(
            Line(f"{row.idea}  ({row.source})"),
            (
                Line(row.torch, label="torch"),
                Line(row.tensorflow, label="TensorFlow"),
                *(
                    Line("None" if part is None else short(part), label=name)
                    for name, part in (row.result or {}).items()
                ),
            ),
        )
        for row in found.frameworks
    )
    return (*rows, Line(NOT_RUN, Role.PROSE)) if found.frameworks else ()
