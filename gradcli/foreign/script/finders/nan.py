"""Anomaly mode: the line of the forward pass whose backward gave nan, and what its tensors hold."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading import live
from gradcli.foreign.script.reading.asked import place_of
from gradcli.foreign.script.reading.flow import Scope
from gradcli.foreign.script.reading.scopes import frame_scopes
from gradcli.foreign.script.reading.source import read_source
from gradcli.foreign.script.reading.standing import tensors_named
from gradcli.foreign.script.record.nonfinite import NonFinite, described_by
from gradcli.foreign.script.users import Whose, whose

MOST_ENTRIES = 10_000_000  # of a tensor that is counted through


def find(failure: Failure) -> Finding | None:
    """The user's innermost line of the forward pass that anomaly mode remembered."""
    causes = failure.recognised.causes
    found = described_by(failure.error)
    spot = (found.place if found is not None else None) or _remembered(failure) or _traced(failure)
    if spot is None or not causes:
        return None
    file, line = spot
    source = read_source(file)
    if source is None:
        place = Place(str(Path(file).absolute()), line)
        return Finding(cause=causes[0].name, place=place, says=_says(failure, found), certain=len(causes) == 1)
    statements = [n for n in ast.walk(source.tree) if isinstance(n, ast.stmt) and n.lineno <= line <= _last(n)]
    node = max(statements, key=lambda n: (n.lineno, -_last(n)), default=source.tree)
    scope = next((s for s in reversed(frame_scopes(failure)) if s.source is source), Scope(source, source.tree, {}))
    place = place_of(failure, node, scope)
    place = Place(place.file, line, place.function, source.line(line).strip())
    says = " ".join([_says(failure, found), *([] if found else _holdings(node, scope))])
    names = [cause.name for cause in causes]
    cause = names[0] if found is None else _cause(found, names[0])
    rivals = tuple(name for name in names if name != cause) if found is None else ()
    command = found.command if found is not None else ""
    return Finding(cause=cause, place=place, says=says, certain=not rivals, rivals=rivals, command=command)


def _cause(found: NonFinite, likeliest: str) -> str:
    """What the numbers say: a value, an entry that is masked out afterwards, else what the row has first."""
    if found.forward:
        return "value_not_finite"
    return "where_trap" if _is_masked(found) else likeliest


def _is_masked(found: NonFinite) -> bool:
    return found.incoming == 0 and found.kind == "nan"


def _says(failure: Failure, found: NonFinite | None) -> str:
    """What is known of the number: by ``--nan`` the entry and what came in, else the node's name."""
    op = failure.recognised.parts.get("function", "")
    if found is None:
        return f"{op or 'The node that failed'} is the backward of this line."
    at = f" in entry [{', '.join(map(str, found.entry))}]" if found.entry else ""
    given = ", ".join(f"{name} = {value}" for name, value in found.operands)
    where = f" at {given}" if given else ""
    if found.forward:
        return f"`{found.node}` gives the first value that is {found.kind}{at}{where}: the forward pass is at fault."
    masked = (
        " The gradient that comes in there is 0: the entry is masked out afterwards, by torch.where, a mask or clamp, "
        "but 0 times an infinite slope is nan. Mask what goes into the operation, not what comes out."
    )
    says = f"{found.node} is the backward of this line. It gives the first gradient that is {found.kind}{at}{where}."
    return says + (masked if _is_masked(found) else "")


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _remembered(failure: Failure) -> tuple[str, int] | None:
    """From the warning that anomaly mode shows before it raises: the innermost line that is the user's."""
    told = (place for each in failure.recognised.pasted.raised if each.forward for place in reversed(each.beside))
    return next(((place.file, place.line) for place in told if whose(place.file) is Whose.USER), None)


def _traced(failure: Failure) -> tuple[str, int] | None:
    """From the record of ``--trace``: the latest call whose node has the name that the message says."""
    op = failure.recognised.parts.get("function", "")
    if failure.trace is None or not op:
        return None
    for record in failure.trace.records():
        if any(state.grad_fn == op for state in record.outputs):
            return record.spot.file, record.spot.line
    return None


def _holdings(node: ast.AST, scope: Scope) -> list[str]:
    """Which of the line's tensors hold zeros, infinities or nan."""
    said = {}
    for name, tensor, _ in tensors_named(node, scope):
        found = _counted(tensor)
        if found:
            said[name] = f"{name} holds {found}."
    return list(said.values())[:3]


def _counted(tensor: Any) -> str:  # Any: the user's tensor
    torch = live.torch()
    if not tensor.is_floating_point() or not 0 < tensor.numel() <= MOST_ENTRIES or tensor.is_sparse:
        return ""
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001 - a look that nobody records
        kinds = {"0": tensor == 0, "nan": torch.isnan(tensor), "an infinity": torch.isinf(tensor)}
        counts = {kind: int(mask.sum()) for kind, mask in kinds.items()}
    return " and ".join(f"{kind} in {n} of {tensor.numel()} entries" for kind, n in counts.items() if n)
