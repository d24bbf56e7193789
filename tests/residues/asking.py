"""Claims about formulas, asked of residues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.language.parse import parse, parse_condition
from gradcli.meaning.program import compile_tree
from gradcli.meaning.residues.identity import Outcome, holds, holds_everywhere
from gradcli.meaning.residues.nodes import UnmodelledError
from gradcli.operations.shape_rules import Shape


def asked(
    function: str,
    claim: str,
    kind: str = "value",
    wrt: str = "",
    *,
    at: Mapping[str, Any] | None = None,  # Any: numbers, or nested lists of them
    shapes: Mapping[str, Shape] | None = None,
    where: Sequence[str] = (),
    given: Mapping[str, Any] | None = None,  # Any: as above
    seed: int = 1,
    everywhere: bool = False,
) -> Outcome:
    """The outcome at a point, whose values have the shapes of their names. Errors: UnmodelledError."""
    point = {name: np.asarray(value, dtype=float) for name, value in (at or {}).items()}
    fixed = {name: np.asarray(value, dtype=float) for name, value in (given or {}).items()}
    shown = {**{name: value.shape for name, value in point.items()}, **(shapes or {})}
    f, c = (compile_tree(parse(text, bound=tuple(fixed)).tree) for text in (function, claim))
    shown |= {name: () for name in (*f.names, *c.names) if name not in shown and name not in fixed}
    premises = [compile_tree(parse_condition(text, bound=tuple(fixed)).tree) for text in where]
    variables = tuple(wrt.split(",")) if wrt else ()
    variables = variables * 2 if kind == "hessian" and len(variables) == 1 else variables
    if everywhere:
        return holds_everywhere(f, c, kind, variables, shown, given=fixed, premises=premises, seed=seed)
    return holds(
        f, c, kind, variables, shown, given=fixed, premises=premises, companion=point if at else None, seed=seed
    )


def proved(*claim: Any, **options: Any) -> bool:  # Any: see asked
    """Does it hold? What is refused does not."""
    try:
        return asked(*claim, **options).holds
    except UnmodelledError:
        return False
