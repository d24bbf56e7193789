"""A user's session with one function, really run: each call as it is typed, and what Python prints for it.

A method is one line of the session: its text and its effect stand together, so that what is shown is what was run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from gradcli.autograd import passes
from gradcli.autograd.point import Torch, to_numpy
from gradcli.autograd.saved import Ledger, storage_of
from gradcli.base.arrays import FloatArray

MAX_PRINTED = 6  # entries of a tensor that is printed whole


@dataclass(frozen=True, slots=True)
class Call:
    """A line that was typed, and what came of it: what Python printed, or torch's error; empty where it is silent."""

    code: str
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that autograd holds after a line, beyond those of the inputs."""

    code: str
    bytes: int


class Console:
    """The function of a point as ``forward(...)`` of its variables; ``calls`` is what was typed so far.

    names: what the variables are called in Python; those that the output does not depend on are left out
    cotangent: of the output's shape; None for a scalar
    """

    def __init__(self, point: Torch, names: Mapping[str, str], cotangent: FloatArray | None) -> None:
        self.point, self.names, self.cotangent = point, names, cotangent
        self.calls: list[Call] = []
        self.inputs = point.leaves()
        self.listed = ", ".join(names.values())

    @property
    def leaves(self) -> list[Tensor]:
        return [self.inputs[name] for name in self.names]

    def taken(self) -> tuple[Call, ...]:
        """The calls since the last time."""
        calls, self.calls = tuple(self.calls), []
        return calls

    # -- lines

    def forward(self, *, detached: bool = False) -> None:
        """``f = forward(x)``, on demand of tensors that do not require grad."""
        arguments = ", ".join(f"{name}.detach()" for name in self.names.values()) if detached else self.listed
        inputs = dict(self.inputs)
        if detached:
            inputs |= {name: self.inputs[name].detach() for name in self.names}

        def run() -> None:
            self.output = self.point.forward(inputs)

        self._do(f"f = forward({arguments})", run)

    def backward(self, **options: bool) -> None:
        """``f.backward()``, of a function that is no scalar with v of ones."""
        arguments = self._arguments([] if self.cotangent is None else ["torch.ones_like(f)"], options)
        self._do(f"f.backward({arguments})", lambda: self.output.backward(self._weight(), **options))  # type: ignore[no-untyped-call]  # torch's

    def grad(self, **options: bool) -> None:
        """``g = torch.autograd.grad(f, [x])``."""
        first = ["f", f"[{self.listed}]", *([] if self.cotangent is None else ["torch.ones_like(f)"])]

        def run() -> None:
            self.parts = passes.as_called(self.output, self.leaves, self._weight(), **options)

        self._do(f"g = torch.autograd.grad({self._arguments(first, options)})", run)

    def grad_again(self) -> None:
        """``g = torch.autograd.grad(g[0].sum(), [x])``: the Hessian times ones, summed over several variables."""
        total = "g[0].sum()" if len(self.names) == 1 else "sum(part.sum() for part in g)"
        options: dict[str, bool] = {} if len(self.names) == 1 else {"allow_unused": True}

        def run() -> None:
            whole = torch.stack([part.sum() for part in self.parts]).sum()
            self.parts = passes.as_called(whole, self.leaves, None, **options)

        self._do(f"g = torch.autograd.grad({self._arguments([total, f'[{self.listed}]'], options)})", run)

    def grad_outputs(self, shape: Sequence[int]) -> None:
        """``torch.autograd.grad(f, [x], torch.ones(...))``, with a v of this shape."""

        def run() -> None:
            self.parts = passes.as_called(self.output, self.leaves, torch.ones(tuple(shape)))

        self._do(f"g = torch.autograd.grad(f, [{self.listed}], torch.ones({tuple(shape)}))", run)

    def show_parts(self) -> None:
        """``g``: the gradients that the last call returned."""
        large = any(part is not None and part.numel() > MAX_PRINTED for part in self.parts)
        if large:
            self._show("g[0].flatten()[:3]", lambda: self.parts[0].flatten()[:3])
        else:
            self._show("g", lambda: self.parts)

    def show_grad(self) -> None:
        """``x.grad``, of the first variable."""
        name = next(iter(self.names))
        found = self.inputs[name].grad
        python = f"{self.names[name]}.grad"
        if found is None:
            self._show(f"{python} is None", lambda: True)
        elif found.numel() > MAX_PRINTED:
            self._show(f"{python}.flatten()[:3]", lambda: found.flatten()[:3])
        else:
            self._show(python, lambda: found)

    def clear(self) -> None:
        """``x.grad = None``, in every variable."""

        def run() -> None:
            for leaf in self.leaves:
                leaf.grad = None

        self._do("; ".join(f"{name}.grad = None" for name in self.names.values()), run)

    def add_in_place(self) -> None:
        """``x += 1``, in the first variable."""
        name = next(iter(self.names))
        self._do(f"{self.names[name]} += 1", lambda: self.inputs[name].add_(1))

    # -- what lines give

    def second(self) -> dict[str, FloatArray | None] | None:
        """The gradient of the sum of the gradient's entries, by variable; None where there is no second derivative."""
        self.forward()
        self.grad(create_graph=True)
        self.grad_again()
        if any(call.printed for call in self.taken()):
            return None
        found = zip(self.names, self.parts, strict=True)
        return {name: None if part is None else to_numpy(part) for name, part in found}

    # -- what is held

    def summed(self, passes_: int, *, detached: bool) -> Kept:
        """The bytes that a sum over several forward passes holds."""
        with self._counted() as (ledger, apart):
            parts = [self.point.forward(self.inputs) for _ in range(passes_)]
            total = sum(part.detach() if detached else part for part in parts)
            del parts
            code = f"total = sum(forward({self.listed}){'.detach()' if detached else ''} for _ in range({passes_}))"
            kept = Kept(code, ledger.bytes(apart))
            del total
            return kept

    def cycle(self) -> tuple[Kept, Kept]:
        """The bytes that ``backward(create_graph=True)`` leaves behind in ``.grad``, and those left without it."""
        with self._counted() as (ledger, apart):
            output = self.point.forward(self.inputs)
            with warnings.catch_warnings(action="ignore"):  # torch's, of the very thing that is measured here
                output.backward(self._weight(), create_graph=True)  # type: ignore[no-untyped-call]  # torch's
            del output
            arguments = self._arguments(
                [] if self.cotangent is None else ["torch.ones_like(f)"], {"create_graph": True}
            )
            before = Kept(f"f.backward({arguments}); del f", ledger.bytes(apart))
            for leaf in self.leaves:
                leaf.grad = None
            cleared = "; ".join(f"{name}.grad = None" for name in self.names.values())
            return before, Kept(f"the same, then {cleared}", ledger.bytes(apart))

    @contextmanager
    def _counted(self) -> Iterator[tuple[Ledger, dict[tuple[int, int], None]]]:
        ledger = Ledger()
        with self.point.guarded(), ledger.watching():
            yield ledger, {storage_of(tensor): None for tensor in self.inputs.values()}

    # -- how a line is run

    def _weight(self) -> Tensor | None:
        return None if self.cotangent is None else self.point.tensor(self.cotangent)

    @staticmethod
    def _arguments(first: Sequence[str], options: Mapping[str, bool]) -> str:
        return ", ".join([*first, *(f"{name}={value}" for name, value in options.items())])

    def _show(self, code: str, value: Callable[[], object]) -> None:
        with self.point.session():
            self.calls.append(Call(code, repr(value())))

    def _do(self, code: str, action: Callable[[], object]) -> None:
        """Runs a line; an error of torch's is part of the session."""
        with self.point.session():
            try:
                action()
                self.calls.append(Call(code))
            except RuntimeError as error:
                self.calls.append(Call(code, f"{type(error).__name__}: {str(error).splitlines()[0]}"))
