"""The numbers of a sum in index form, at sizes and values of its letters and tensors: straight from the definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import log, pi

import numpy as np
import numpy.typing as npt
import torch
from mpmath import mp
from oracles.precise_certain import KNOWN
from sympy import lambdify

from gradcli.closed.functions import label_of, operands_of
from gradcli.closed.labelling import components
from gradcli.closed.named import arrays_of, expression, symbols
from gradcli.closed.sizes import Extent, terms_of
from gradcli.closed.terms import Atom, Factor, Index, Kind, Number, Place, Port, Sum, Term

Numbers = npt.NDArray[np.float64]
LARGEST = 1e6  # entries of a product before it is summed
CONSTANTS = {"pi": pi}


class TooLargeError(Exception):
    """A term has too many indices for all their values."""


class World:
    """Sizes of letters, and values of tensors."""

    def __init__(self, sizes: Mapping[str, int], values: Mapping[str, Numbers]) -> None:
        self.sizes, self.values = sizes, values

    def size(self, extent: Extent) -> int:
        return sum(n * int(np.prod([self.sizes[x] for x in letters])) for letters, n in terms_of(extent))

    def of_sum(self, terms: Sum, free: Sequence[Index]) -> Numbers:
        """The array with these axes."""
        out = np.zeros([self.size(index.size) for index in free])
        for term in terms:
            out = out + self.of_term(term, free)
        return out

    def of_term(self, term: Term, free: Sequence[Index]) -> Numbers:
        """Part by part, as bound indices join them; a bound index that no factor has is a size."""
        used = {port for _, ports in term.factors for port in ports}
        out = np.full([self.size(index.size) for index in free], float(term.coefficient))
        for index in term.bound:
            out = out * (1 if index in used else self.size(index.size))
        for factors, bound in components(term):
            out = out * self.of_part(factors, free, bound)
        return out

    def of_part(self, factors: list[tuple[Factor, Number]], free: Sequence[Index], bound: Sequence[Index]) -> Numbers:
        axes = [*free, *bound]
        letters = {index: n for n, index in enumerate(axes)}
        sizes = [self.size(index.size) for index in axes]
        if np.prod(sizes, dtype=float) > LARGEST:
            raise TooLargeError
        out = np.ones(sizes)
        for (atom, ports), exponent in factors:
            at = [letters[port] for port in ports if isinstance(port, Index)]
            array = (self.of_atom(atom) ** float(exponent))[self.places(ports)]
            order = sorted(set(at))
            out = out * np.einsum(array, at, order).reshape([n if a in order else 1 for a, n in enumerate(sizes)])
        return np.asarray(out.sum(axis=tuple(range(len(free), len(axes)))))

    def places(self, ports: Sequence[Port]) -> tuple[object, ...]:
        return tuple(port.at if isinstance(port, Place) else slice(None) for port in ports)

    def of_atom(self, atom: Atom) -> Numbers:
        if atom.form is not None:
            return self.of_form(atom)
        if atom.kind is Kind.LETTER:
            return np.asarray(float(self.sizes[atom.name]))
        if atom.kind is Kind.CONSTANT:
            word, _, prime = atom.name.partition(" ")
            return np.asarray(log(int(prime)) if prime else CONSTANTS.get(word) or float(word))
        if atom.kind is Kind.DELTA:
            return np.eye(self.size(atom.sizes[0]))
        return self.values[atom.name].reshape([self.size(size) for size in atom.sizes])

    def of_form(self, atom: Atom) -> Numbers:
        inner = [Index(size) for size in atom.inside.sizes]
        terms = atom.inside.at(inner)
        if atom.kind is Kind.FUNCTION:
            label = label_of(atom)
            operands = [self.of_sum(part, inner) for part in operands_of(terms, arrays_of(label))]
            function = lambdify(symbols(len(operands)), expression(label), [OURS, "mpmath"])
            return np.asarray(np.vectorize(lambda *numbers: float(function(*numbers)), otypes=[float])(*operands))
        array = self.of_sum(terms, inner)
        return np.asarray(_OF[atom.kind](array))


OURS = {name: partial(function, mp) for name, function in KNOWN.items()}  # of which mpmath has others, or none

_OF = {
    Kind.POWER: lambda x: x,
    Kind.EXPONENTIAL: np.exp,
    Kind.LOGARITHM: np.log,
    Kind.STEP: lambda x: (x > 0) * 1.0,
    Kind.SIDE: lambda x: np.where(x == 0, np.nan, np.sign(x)),
    Kind.INVERSE: np.linalg.inv,
    Kind.DETERMINANT: np.linalg.det,
    Kind.MATRIX_EXPONENTIAL: lambda x: torch.matrix_exp(torch.tensor(x)).numpy(),
    Kind.ITS_TRACE: lambda x: torch.matrix_exp(torch.tensor(x)).numpy().trace(),
}
