"""What the ways to a sparse derivative give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import SparseMatrix
from gradcli.meaning.templates.template import Template

TEMPLATES, COLOURS = "templates", "colours"


@dataclass(frozen=True, slots=True, eq=False)
class SparseDerivative:
    """A Jacobian or a Hessian in blocks.

    blocks:    (name,) of a Jacobian, with a row for each entry of the output; (row, column) of a Hessian
    value:     of the function, of its shape
    method:    TEMPLATES or COLOURS
    colours:   how many products, by colours
    templates: what was found, by templates
    """

    blocks: Mapping[tuple[str, ...], SparseMatrix]
    value: FloatArray
    method: str
    colours: int | None = None
    templates: tuple[Template, ...] = ()
