"""A user's function as mathematics: the values that it takes, its own value, and its derivative by torch.autograd."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import torch

from gradcli.autograd.passes import hessian, jacobian_reverse
from gradcli.base.arrays import FloatArray
from gradcli.base.errors import ExpressionError, InputError
from gradcli.base.wording import option
from gradcli.foreign import load
from gradcli.foreign.differences import EPS
from gradcli.foreign.load import Carrier, Numbers, UserFunction, knows_torch, numbers
from gradcli.inputs.prepare import refuse_large

Evaluate = Callable[[Mapping[str, FloatArray]], FloatArray]
Key = tuple[str, ...]  # the variable, or the row and column of a Hessian's block


@dataclass(frozen=True, slots=True)
class Subject:
    """The user's function, how to call it, and its value at the point.

    graph:     torch.autograd can differentiate it
    precision: the spacing of the floats near 1 in which it computes
    stop:      why it has no derivative to speak of: it is random, complex, or not finite
    """

    function: UserFunction
    carrier: Carrier
    wrt: tuple[str, ...]
    kind: str
    value: Numbers
    graph: bool
    precision: float
    notes: tuple[str, ...] = ()
    stop: str = ""

    def with_note(self, note: str) -> Subject:
        """The same with one remark more."""
        return replace(self, notes=(*self.notes, note))

    @property
    def keys(self) -> list[Key]:
        """The blocks of the derivative: by variable, of a Hessian by row variable and column variable."""
        return list(product(self.wrt, repeat=2 if self.kind == "hessian" else 1))

    @property
    def output(self) -> tuple[int, ...]:
        """The axes that come before the variable's in a derivative: none for the gradient of a single number."""
        return self.value.array.shape if self.kind == "jacobian" else ()

    def shape_of(self, key: Key, values: Mapping[str, FloatArray]) -> tuple[int, ...]:
        """The shape of a block: the output's axes, then those of its variables."""
        return self.output + sum((values[name].shape for name in key), ())

    def at(self, values: Mapping[str, FloatArray]) -> FloatArray:
        """Its value, flat; NaN where it raises, is complex, or changes its shape."""
        wrong_one = np.full(self.value.array.size, np.nan)
        try:
            found = numbers(self.function(self.carrier.pack(values, self.wrt, leaves=False)), self.function.label)
        except InputError:
            return wrong_one
        fits = found.array.shape == self.value.array.shape and not found.is_complex
        return found.array.real.astype(np.float64).reshape(-1) if fits else wrong_one

    def autograd(self, values: Mapping[str, FloatArray]) -> dict[Key, FloatArray]:
        """All blocks of the derivative by torch.autograd. Errors: InputError where the user's code or torch fails."""
        leaves = self.carrier.pack(values, self.wrt, leaves=True)
        inputs = [leaves[name] for name in self.wrt]

        def derive() -> dict[Key, FloatArray]:
            output = _stacked(self.function({name: x.clone() for name, x in leaves.items()}))
            if self.kind == "hessian":
                rows = hessian(output.reshape(()), inputs)
                found = dict(zip(product(self.wrt, repeat=2), (block for row in rows for block in row), strict=True))
            else:
                blocks = jacobian_reverse(output.reshape(self.output), inputs)
                found = {(name,): block for name, block in zip(self.wrt, blocks, strict=True)}
            return {key: block.detach().double().numpy().copy() for key, block in found.items()}

        blocks: dict[Key, FloatArray] = load.protected(derive, f"torch.autograd through {self.function.label}")
        return blocks

    def slope(self, row: str) -> Evaluate:
        """The gradient in one variable by torch.autograd, flat: what a Hessian's block is the derivative of."""
        first = replace(self, kind="grad")

        def gradient(values: Mapping[str, FloatArray]) -> FloatArray:
            try:
                return first.autograd(values)[(row,)].reshape(-1)
            except InputError:
                return np.full(values[row].size, np.nan)

        return gradient


def _stacked(answer: Any) -> torch.Tensor:  # Any: a tensor, or lists of tensors and numbers
    if isinstance(answer, list | tuple):
        return torch.stack([_stacked(part) for part in answer])
    return answer if isinstance(answer, torch.Tensor) else torch.tensor(answer, dtype=torch.float64)


def has_graph(answer: Any) -> bool:  # Any: as above
    """Can torch.autograd go back from it, or from a part of it?"""
    if isinstance(answer, list | tuple):
        return any(has_graph(part) for part in answer)
    return isinstance(answer, torch.Tensor) and answer.requires_grad and not answer.is_complex()


def subject_of(
    function: UserFunction,
    carrier: Carrier,
    answer: Any,
    notes: tuple[str, ...],
    values: Mapping[str, FloatArray],
    wrt: tuple[str, ...],
    kind: str | None,
) -> Subject:  # Any: what the user's function gave
    """The function as mathematics.

    Errors: ExpressionError (kind non-scalar) where the kind asks for a single number and the function gives several.
    """
    value, label = numbers(answer, function.label), function.label
    if value.array.size != 1 and kind in {"grad", "hessian"}:
        what = {"grad": "gradient", "hessian": "Hessian"}[kind]
        raise ExpressionError(
            f"a {what} belongs to a single number; {label} gives shape {value.array.shape}",
            kind="non-scalar",
            hint=f"{option('kind', 'jacobian')}, or take sum(...), mean(...) or an index in the function",
        )
    kind = kind or ("grad" if value.array.size == 1 else "jacobian")
    subject = Subject(
        function, carrier, wrt, kind, value, has_graph(answer), value.precision, (*function.notes, *notes)
    )
    if value.whole:
        subject = subject.with_note(f"{label} gives whole numbers: between its steps every derivative is zero")
    flat, again = value.array.real.reshape(-1), subject.at(values)
    if value.is_complex or not np.isfinite(value.array).all():
        what = "complex numbers, which have no real derivative" if value.is_complex else "a value that is not finite"
        return replace(subject, stop=f"at this point {label} gives {what}")
    if not np.allclose(again, flat, rtol=1e-9, atol=0):
        pair = next(f"{float(a)!r} and {float(b)!r}" for a, b in zip(flat, again, strict=True) if a != b)
        return replace(
            subject, notes=(), stop=f"{label} is random: two calls at this point give {pair}; fix its seed inside it"
        )
    if carrier.single or value.precision > EPS or computes_in_single(subject, values):
        subject = subject.with_note(f"{label} computes in single precision or less")
        return replace(subject, precision=max(value.precision, 2.0**-23))
    return subject


def differentiated(subject: Subject, values: Mapping[str, FloatArray]) -> tuple[Subject, dict[Key, FloatArray]]:
    """All blocks by torch.autograd at the point; none, and a note, where it fails. Errors: LimitError."""
    for key in subject.keys:
        hint = f"choose fewer variables with {option('wrt')}"
        refuse_large(
            math.prod(subject.shape_of(key, values)), f"the derivative in {', '.join(dict.fromkeys(key))}", hint
        )
    if subject.stop or not subject.graph:
        return subject, {}
    try:
        return subject, subject.autograd(values)
    except InputError as error:
        return replace(subject.with_note(f"{error.message}; differences decide"), graph=False), {}


def accepted_carrier(
    function: UserFunction, values: Mapping[str, FloatArray], wrt: tuple[str, ...]
) -> tuple[Carrier, Any, tuple[str, ...]]:  # Any: what the user's function gave; then notes
    """The carrier that the function takes: tensors with a graph, else arrays, else tensors; and its answer.

    Errors: InputError where it takes none of them.
    """
    calls: dict[Carrier, tuple[Any, tuple[str, ...]]] = {}  # Any: as above
    failures: dict[Carrier, InputError] = {}
    for carrier in (load.GRAPH, load.ARRAYS, load.PLAIN, load.SINGLE_GRAPH):
        if carrier in (load.GRAPH, load.ARRAYS) or not calls:
            try:
                answer, written = carrier.call(function, values, wrt, leaves=False)
                numbers(answer, function.label)
                calls[carrier] = answer, told_writes(function, written)
            except InputError as error:
                failures[carrier] = error
    tensors_first = knows_torch(function.function)
    if not calls:
        raise failures[load.GRAPH if tensors_first else load.ARRAYS]
    graphs = [carrier for carrier, (answer, _) in calls.items() if has_graph(answer)]
    chosen = (
        graphs or [carrier for carrier in (load.ARRAYS, load.PLAIN, load.GRAPH, load.SINGLE_GRAPH) if carrier in calls]
    )[0]
    notes: tuple[str, ...] = ()
    if {load.GRAPH, load.ARRAYS} <= calls.keys():
        one, two = (numbers(calls[carrier][0], function.label).array for carrier in (load.GRAPH, load.ARRAYS))
        if one.shape != two.shape or not np.allclose(one, two, rtol=1e-9, atol=0, equal_nan=True):
            chosen = load.GRAPH if tensors_first else load.ARRAYS
            notes = (
                f"{function.label} gives other values for tensors than for numpy arrays; it was given {chosen.name}",
            )
    answer, written = calls[chosen]
    return chosen, answer, (*written, *notes)


def computes_in_single(subject: Subject, values: Mapping[str, FloatArray]) -> bool:
    """Whether values at irregular points all fit into float32: the function computes in it, whatever type it gives."""
    stretched = ({name: values[name] * (1 + step) for name in subject.wrt} for step in (1e-3 / 3, 1e-3 / 7, 1e-2 / 11))
    samples = np.array([subject.at({**values, **point}) for point in stretched])
    telling = (samples != samples[0]).any(0) & (samples % 1 != 0).any(0) & np.isfinite(samples).all(0)
    samples = samples[:, telling]
    with np.errstate(over="ignore"):
        return bool(samples.size) and bool((samples.astype(np.float32) == samples).all())


def told_writes(function: UserFunction, names: Sequence[str]) -> tuple[str, ...]:
    """A remark on each argument that the function writes into."""
    return tuple(f"{function.label} writes into its argument {name}; it was given copies" for name in names)
