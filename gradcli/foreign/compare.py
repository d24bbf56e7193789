"""Is a user's gradient function the derivative of a user's function? Two routes: torch.autograd, and differences.

Where the function takes tensors and its value has a graph, torch.autograd gives the derivative, and Ridders'
extrapolated differences confirm it from values alone; else the differences decide. They carry an error estimate for
each entry, and nothing is refuted or accepted beyond it.
"""

from __future__ import annotations

import io
import math
import shlex
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import torch

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import InputError, UsageError
from gradcli.base.wording import option
from gradcli.claims.conclusion import ClaimResult, Conclusion, Counterexample, Diagnosis
from gradcli.foreign import load
from gradcli.foreign.beside import compare
from gradcli.foreign.differences import EPS
from gradcli.foreign.load import Carrier, Part, UserCallable, UserFunction, knows_torch, numbers, parts, wrong
from gradcli.foreign.mistakes import Witness, diagnose
from gradcli.foreign.subject import Key, Subject, accepted_carrier, differentiated, subject_of, told_writes
from gradcli.foreign.truth import Truth, sizes_of, truth_of
from gradcli.inputs.request import DERIVATIVE_KINDS, Wrt, variables_of

RTOL = 1e-5
MAX_COMMAND = 100_000  # characters that a shell surely takes; a counterexample beyond has its point, but no command
CONFIRMED = 64  # entries of a variable for which differences confirm autograd, some 40 calls of the function each


@dataclass(frozen=True, slots=True)
class Claim:
    """The user's gradient function, the carrier that it takes, and its answer at the point."""

    function: UserFunction
    carrier: Carrier
    answer: Any  # what the user's function gave
    notes: tuple[str, ...]

    def blocks(self, subject: Subject, values: Mapping[str, FloatArray]) -> dict[Key, Part] | None:
        """What it gives for each block; None where its answer does not have so many parts. Errors: InputError."""
        answer, _ = self.carrier.call(self.function, values, subject.wrt, leaves=True)
        return _blocks(answer, self.function, subject, values)

    def array(self, part: Part) -> FloatArray | None:
        """Its numbers, NaN for those that are not real; None where it says None. Errors: InputError for no numbers."""
        if part.value is None:
            return None
        read = numbers(part.value, self.function.label).array
        return np.where(read.imag == 0, read.real, np.nan).astype(np.float64)


def _claim(function: UserFunction, values: Mapping[str, FloatArray], wrt: Sequence[str]) -> Claim:
    """The gradient function with the first carrier that it takes. Errors: InputError where it takes none."""
    tensors, failures = (load.PLAIN, load.GRAPH, load.SINGLE, load.SINGLE_GRAPH), []
    for carrier in (*tensors, load.ARRAYS) if knows_torch(function.function) else (load.ARRAYS, *tensors):
        try:
            answer, written = carrier.call(function, values, wrt, leaves=True)
        except InputError as error:
            failures.append(error)
            continue
        return Claim(function, carrier, answer, function.notes + told_writes(function, written))
    raise failures[0]


def _blocks(
    answer: Any, function: UserFunction, subject: Subject, values: Mapping[str, FloatArray]
) -> dict[Key, Part] | None:  # Any: what the gradient function gives
    """The answer cut up by variable, and for a Hessian each of its rows by variable again."""

    def shape(key: Key, name: str) -> tuple[int, ...]:
        if key or subject.kind != "hessian":
            return subject.shape_of((*key, name), values)
        block = subject.shape_of((name, name), values)  # a row of a Hessian: a block for each variable
        return block if len(subject.wrt) == 1 else (len(subject.wrt), *block)

    def cut(part: Part, key: Key) -> dict[str, Part] | None:
        if part.value is None:
            return dict.fromkeys(subject.wrt, part)
        answer, names = part.value, subject.wrt
        if isinstance(answer, list | tuple) and len(answer) == len(values) > len(names):
            whole = len(names) == 1 and _has_shape(answer, shape(key, names[0]))
            names = names if whole else tuple(values)  # a part for each value, asked for or not
        return parts(answer, {name: shape(key, name) for name in names}, function.label, part.text)

    rows = cut(Part(answer, function.call), ())
    if rows is None or subject.kind != "hessian":
        return None if rows is None else {(name,): rows[name] for name in subject.wrt}
    blocks = {row: cut(rows[row], (row,)) for row in subject.wrt}
    if None in blocks.values():
        return None
    return {(row, name): (blocks[row] or {})[name] for row, name in product(subject.wrt, repeat=2)}


def _has_shape(answer: Any, shape: tuple[int, ...]) -> bool:  # Any: what the gradient function gives
    try:
        return numbers(answer, "").array.shape == shape
    except InputError:
        return False


def _spoken_of(claim: Claim, values: Mapping[str, FloatArray], kind: str | None) -> tuple[str, ...]:
    """The variables that an answer speaks of, where nobody has said. Errors: InputError where it does not tell."""
    names, answer, label = tuple(values), claim.answer, claim.function.label
    if isinstance(answer, Mapping):
        return tuple(name for name in names if name in answer) or names
    several = isinstance(answer, list | tuple)
    count = len(answer) if several else next(iter(getattr(answer, "shape", ())), 0)

    def fits(part: Any, x: FloatArray) -> bool:  # Any: what the user's function gives for one variable
        if part is None or kind == "hessian":
            return True
        shape = numbers(part, label).array.shape
        return shape[len(shape) - x.ndim :] == x.shape

    if len(names) == 1 or (count == len(names) and (any if several else all)(map(fits, answer, values.values()))):
        return names
    hint = f"say which, for instance {option('wrt', names[0])}, or give a dict by name"
    raise wrong(f"{label} gives neither a dict nor {len(names)} parts, one for each of {', '.join(names)}", hint)


@dataclass(frozen=True, slots=True)
class _Run:
    """What the comparisons of all blocks share.

    exact:   the derivative at the point by torch.autograd
    options: the rest of the command line that shows a counterexample again
    """

    subject: Subject
    claim: Claim
    values: Mapping[str, FloatArray]
    exact: Mapping[Key, FloatArray]
    rtol: float
    seed: int
    points: int
    options: tuple[str, ...]

    def results(self) -> tuple[ClaimResult, ...]:
        subject, label = self.subject, self.claim.function.label
        if subject.stop:
            return tuple(self._result(key, Conclusion.UNDECIDED, [subject.stop]) for key in subject.keys)
        blocks = _blocks(self.claim.answer, self.claim.function, subject, self.values)
        if blocks is None:
            answer, wanted = self.claim.answer, ", ".join(f"{name} {self.values[name].shape}" for name in subject.wrt)
            several = isinstance(answer, list | tuple)
            given = f"{len(answer)} parts" if several else f"one array of shape {numbers(answer, label).array.shape}"
            told = Diagnosis("shape", f"{given}, where each of {wanted} needs its own")
            more = {"diagnosis": told, "counterexample": self._example(self.values)}
            return tuple(self._result(key, Conclusion.REFUTED, [], **more) for key in subject.keys)
        if not self._is_steady(blocks):
            reason = f"{label} is random: two calls at this point differ; fix its seed inside it"
            return tuple(self._result(key, Conclusion.UNDECIDED, [reason]) for key in subject.keys)
        return tuple(self._block(key, blocks[key], self.exact.get(key)) for key in subject.keys)

    def _is_steady(self, blocks: Mapping[Key, Part]) -> bool:
        """Whether a second call gives the same."""
        again = self.claim.blocks(self.subject, self.values) or {}
        pairs = [(self.claim.array(part), self.claim.array(again[key])) for key, part in blocks.items() if key in again]
        same = (
            one.shape == two.shape and np.allclose(one, two, rtol=1e-9, atol=0, equal_nan=True)
            for one, two in pairs
            if one is not None and two is not None
        )
        return len(pairs) == len(blocks) and all((one is None) == (two is None) for one, two in pairs) and all(same)

    def _block(self, key: Key, part: Part, exact: FloatArray | None) -> ClaimResult:
        """One block, here and at the seeded points near by; the first that refutes it counts."""
        started = time.perf_counter()
        found = self._result_at(key, self.values, part, exact)
        if found.conclusion is Conclusion.AGREES and self.points > 1:
            troubles: list[str] = []
            for count, point in enumerate(self._near(self.points - 1, troubles), 2):
                blocks = self.claim.blocks(self.subject, point)
                there = self._result_at(key, point, blocks[key], self._exact(point).get(key)) if blocks else found
                digits = None if found.digits is None else min(found.digits, there.digits or found.digits)
                notes = tuple(dict.fromkeys(found.notes + there.notes))
                found = replace(there, points=count, digits=digits, notes=notes)
                if there.conclusion is not Conclusion.AGREES:
                    break
            found = replace(found, notes=(*found.notes, *dict.fromkeys(troubles)))
        return replace(found, seconds=time.perf_counter() - started)

    def _result_at(
        self, key: Key, values: Mapping[str, FloatArray], part: Part, exact: FloatArray | None
    ) -> ClaimResult:
        """What comes of one block at one point."""
        shape, claimed = self.subject.shape_of(key, values), self.claim.array(part)
        if (
            claimed is not None
            and claimed.size == math.prod(shape)
            and claimed.shape == self.subject.value.array.shape + shape
        ):
            claimed = claimed.reshape(shape)  # an output of shape (1,) is a single number, and may keep its axis
        fits = claimed is not None and claimed.shape == shape
        truth = self._truth(values, key, exact, claimed if fits else None)
        if claimed is None:
            return self._nothing(key, values, truth)
        if fits:
            return self._compared(key, values, truth, claimed)
        diagnosis, notes = self._diagnosis(key, claimed, truth.shaped(shape))
        return self._result(key, Conclusion.REFUTED, notes, counterexample=self._example(values), diagnosis=diagnosis)

    def _compared(self, key: Key, values: Mapping[str, FloatArray], truth: Truth, claimed: FloatArray) -> ClaimResult:
        width, flat = truth.value.shape[1], claimed.reshape(truth.value.shape)

        def component(row: int, entry: int) -> tuple[int, ...]:
            return tuple(int(k) for k in np.unravel_index(row * width + entry, claimed.shape))

        outputs = len(self.subject.output)
        compared = compare(truth, flat, self.rtol, lambda row, entry: _entry_name(key, component(row, entry), outputs))
        notes = [*compared.notes]
        if len(truth.checked) < width:
            notes.append(
                f"differences confirm torch.autograd at {len(truth.checked)} of the {width} entries of {key[-1]}"
            )
        if np.isnan(claimed).any():
            notes.append("the claim is not a real number everywhere")
        if compared.worst is None:
            if compared.digits is not None and compared.digits < 7 and self.subject.precision == EPS:
                notes.append(f"told to {compared.digits:.1f} digits only")
            return self._result(key, compared.conclusion, notes, digits=compared.digits)
        diagnosis, more = self._diagnosis(key, claimed, truth.shaped(claimed.shape))
        pair = float(flat[compared.worst]), float(truth.value[compared.worst])
        example = self._example(values, component(*compared.worst), *pair)
        return self._result(key, Conclusion.REFUTED, notes + more, counterexample=example, diagnosis=diagnosis)

    def _nothing(self, key: Key, values: Mapping[str, FloatArray], truth: Truth) -> ClaimResult:
        """The claim says None, or leaves the variable out: read as zero."""
        note = f"{self.claim.function.label} gives nothing for {', '.join(dict.fromkeys(key))}: read as zero"
        compared = compare(truth, np.zeros(truth.value.shape), self.rtol, lambda *_: key[-1])
        if compared.worst is None:
            return self._result(key, compared.conclusion, [note, *compared.notes])
        worst, shape = int(np.argmax(np.abs(truth.value))), self.subject.shape_of(key, values)
        component = tuple(int(k) for k in np.unravel_index(worst, shape))
        example = self._example(values, component, None, float(truth.value.reshape(-1)[worst]))
        return self._result(key, Conclusion.REFUTED, [note], counterexample=example)

    def _diagnosis(
        self, key: Key, claimed: FloatArray, truth: tuple[FloatArray, FloatArray]
    ) -> tuple[Diagnosis | None, list[str]]:
        """The probable mistake, verified at this point and at two near by; and where the functions fail there."""
        witnesses, notes, text = [Witness(claimed, *truth)], list[str](), self.claim.function.call
        for point in self._near(2, notes):
            blocks = self.claim.blocks(self.subject, point)
            again = self.claim.array(blocks[key]) if blocks else None
            if blocks is not None and again is not None and again.shape == claimed.shape:
                text = blocks[key].text
                true = self._truth(point, key, self._exact(point).get(key), None, count=0)
                witnesses.append(Witness(again, *true.shaped(self.subject.shape_of(key, point))))
        found = diagnose(witnesses, self.values, self.subject.output, text, self.rtol) if len(witnesses) == 3 else None
        true_shape = truth[0].shape
        if found is None and claimed.shape != true_shape:
            found = Diagnosis("shape", f"the claim has shape {claimed.shape}, the derivative {true_shape}")
        return found, notes

    def _near(self, count: int, troubles: list[str]) -> Iterator[Mapping[str, FloatArray]]:
        """Up to ``count`` seeded points near by at which both functions work; ``troubles`` gets why others do not."""
        random, label = np.random.default_rng(self.seed), self.subject.function.label
        for reach in (reach for reach in (0.1, 0.01, 1e-3, 1e-4) for _ in range(3 * count)):
            point = dict(self.values)
            for name in self.subject.wrt:
                steps = reach * sizes_of(point[name]) * random.uniform(-1, 1, point[name].size)
                moved = point[name] + steps.reshape(point[name].shape)
                float_type = np.float32 if self.subject.carrier.single else np.float64
                point[name] = np.array(moved, dtype=float_type).astype(np.float64)  # an array even without axes
            try:
                value = numbers(
                    self.subject.function(self.subject.carrier.pack(point, self.subject.wrt, leaves=False)), label
                ).array
                self.claim.blocks(self.subject, point)
            except InputError as error:
                troubles.append(f"at a point near by, {error.message}")
                continue
            if value.shape != self.subject.value.array.shape or not np.isfinite(value).all():
                troubles.append(f"at a point near by, {label} is not finite")
                continue
            yield point
            count -= 1
            if count <= 0:
                return

    def _exact(self, values: Mapping[str, FloatArray]) -> dict[Key, FloatArray]:
        return self.subject.autograd(values) if self.subject.graph else {}

    def _truth(
        self,
        values: Mapping[str, FloatArray],
        key: Key,
        exact: FloatArray | None,
        claimed: FloatArray | None,
        count: int = CONFIRMED,
    ) -> Truth:
        return truth_of(self.subject, values, key, exact, claimed, self.seed, count)

    def _example(
        self,
        values: Mapping[str, FloatArray],
        component: tuple[int, ...] | None = None,
        claimed: float | None = None,
        true: float | None = None,
    ) -> Counterexample:
        labels = ("--python", self.subject.function.label, "--against", self.claim.function.label)
        bindings = (("--at", f"{name}={str(x.tolist()).replace(' ', '')}") for name, x in values.items())
        command = shlex.join(
            ("gradcli", "check", *labels, *(word for pair in bindings for word in pair), *self.options)
        )
        command = command if len(command) < MAX_COMMAND else ""
        return Counterexample({name: x.tolist() for name, x in values.items()}, component, claimed, true, command)

    def _result(
        self, key: Key, conclusion: Conclusion, notes: Sequence[str], **more: Any
    ) -> ClaimResult:  # Any: its fields
        names = tuple(dict.fromkeys(key))
        routes = ("torch.autograd", "Ridders differences") if self.subject.graph else ("Ridders differences",)
        labels = (self.subject.function.label, self.claim.function.label)
        said = tuple(dict.fromkeys((*self.subject.notes, *self.claim.notes, *notes)))
        name = names[0] if len(names) == 1 and len(self.subject.wrt) == 1 else ",".join(key)
        return ClaimResult(
            name, names, self.subject.kind, *labels, conclusion, points=1, notes=said, routes=routes, **more
        )


def _entry_name(key: Key, component: tuple[int, ...], outputs: int) -> str:
    """``x[0]``; ``d[1]/dx[0]`` for an output with axes; ``d2/dxdy[0,1]`` for a Hessian."""
    inner, outer = (
        f"[{','.join(map(str, part))}]" if part else "" for part in (component[outputs:], component[:outputs])
    )
    if len(key) > 1:
        return f"d2/d{'d'.join(key)}{inner}"
    return f"d{outer}/d{key[0]}{inner}" if outputs else f"{key[0]}{inner}"


@contextmanager
def _quiet(*, prints: bool) -> Iterator[None]:
    """The hundreds of calls for points and differences warn of nothing; after the first call they print nothing too."""
    with ExitStack() as stack:
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        if not prints:
            stack.enter_context(redirect_stdout(io.StringIO()))
        yield


def _checked_request(
    values: Mapping[str, FloatArray], wrt: Wrt, kind: str | None, rtol: float | None, points: int
) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """The values as float64 copies, and the variables. Errors: UsageError, InputError."""
    if kind is not None and kind not in DERIVATIVE_KINDS:
        own = option("kind", kind)
        raise UsageError(f"{own} does not go with {option('python')}: it compares grad, jacobian or hessian")
    if (rtol is not None and not 0 < rtol < 1) or points < 1:
        raise UsageError(f"{option('rtol')} lies between 0 and 1, and at least one point is compared")
    copies = {name: np.array(value, dtype=np.float64) for name, value in values.items()}
    if not copies or any(value.size == 0 for value in copies.values()):
        example = option("at", "x=1,2,3", '{"x": [1, 2, 3]}')
        raise InputError("there is no point to compare at", hint=f"for instance {example}", kind="binding")
    return copies, variables_of(wrt or None, copies)


def check_functions(
    function: UserCallable,
    gradient: UserCallable,
    values: Mapping[str, FloatArray],
    *,
    wrt: Wrt = None,
    kind: str | None = None,
    rtol: float | None = None,
    seed: int = 0,
    points: int = 1,
    python: str | None = None,
    against: str | None = None,
) -> tuple[ClaimResult, ...]:
    """One result a variable (a pair of variables for Hessians): is ``gradient`` the derivative of ``function`` here?

    values:  the point, by name; each function gets copies, by name where its signature has the names, else in order
    wrt:     the variables; by default those of which the answer speaks. Several: a dict by name, or parts in order
    kind:    grad of a single number, jacobian (output axes first), or hessian; by default one of the first two
    rtol:    how far apart they may be, relative to the entry; 1e-5 by default, more in single precision
    points:  how many points are compared: this one, and seeded ones near by
    python, against: the functions' names as typed, for messages and for the command that shows a counterexample again
    Errors: InputError of kind "python" where one of the two raises at this point, or gives no numbers; ExpressionError
    for the gradient of several numbers; LimitError for a derivative that is too large; UsageError.

    >>> [str(found.conclusion) for found in check_functions(lambda x: x**3, lambda x: 3 * x**2, {"x": np.array(2.0)})]
    ['agrees']
    """
    point, names = _checked_request(values, wrt, kind, rtol, points)
    own = load.bind(function, tuple(point), python or _label(function))
    other = load.bind(gradient, tuple(point), against or _label(gradient), some=True)
    options = (
        *(("--wrt", ",".join(names)) if wrt is not None else ()),
        *(("--kind", kind) if kind is not None else ()),
    )
    with (
        load.users_code(*load.folder_of(function), *load.folder_of(gradient)),
        torch.enable_grad(),
        _quiet(prints=True),
    ):
        carrier, answer, notes = accepted_carrier(own, point, names)
        claim = _claim(other, point, names)
        with _quiet(prints=False):
            chosen = names if wrt is not None else _spoken_of(claim, point, kind)
            subject, exact = differentiated(subject_of(own, carrier, answer, notes, point, chosen, kind), point)
            tolerance = rtol or max(RTOL, min(2.0**10 * subject.precision, 0.05))
            return _Run(subject, claim, point, exact, tolerance, seed, points, options).results()


def _label(function: UserCallable) -> str:
    """``losses:Huber.gradient``, the name by which a function can be loaded."""
    module = getattr(function, "__module__", None) or "builtins"
    return f"{module}:{getattr(function, '__qualname__', type(function).__name__)}"
