"""What a device computes, held against the processor: operations, tables, sparse and large derivatives, memory that lacks.

Needs gradcli and no more: ``tests/benchmarks/gpu.py`` runs it on a bare machine, ``test_gpu.py`` where there is a GPU, and
on a double of one where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import gradcli
from gradcli.autograd import devices
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import GradcliError
from gradcli.base.sparse import SparseMatrix
from gradcli.commands.tables import table
from gradcli.engine.formulas import formulas
from gradcli.engine.tiles import TorchKernel
from gradcli.inputs.prepare import values_of
from gradcli.language.parse import parse
from gradcli.operations.table import rows

DTYPES = (str(DType.FLOAT64), str(DType.FLOAT32))
ROWS = 10_007
LEAST = 2**28  # bytes of a GPU that a process may take where it is to lack memory

SCALARS = (
    ("grad", "sin(x)*exp(-y**2) + log(1 + z**2)"),
    ("grad", "relu(x - y)*abs(z) + maximum(x, z)"),
    ("grad", "where(x > y, x*z, tanh(y))"),
    ("grad", "log(x)*y + z"),
    ("grad", "erf(x)*y + sigmoid(z)"),
    ("jacobian", "[x*cos(y), x*sin(y), z]"),
    ("hessian", "x**2*y*exp(z)"),
)
ARRAYS = (
    ("grad", "sum(sin(x)*exp(-x**2))*s"),
    ("grad", "x @ A @ x"),
    ("grad", "sum(cholesky(A @ A.T + eye(3)))"),
    ("grad", "logsumexp(x) + norm(x)*s"),
    ("grad", "trace(inv(A))"),
    ("jacobian", "softmax(A @ x)"),
    ("hessian", "sum(exp(x)*s)"),
)
SPARSE = (
    ("jacobian", "x[1:]*sin(x[:-1])"),
    ("hessian", "sum(x[1:]*sin(x[:-1]))"),
    ("jacobian", "cumsum(x.reshape(-1, 4), dim=1)"),
    ("hessian", "sum(cumsum(x.reshape(-1, 4)**2, dim=1)**2)"),
)
LARGE = ("sum(log1p(exp(X@w)) - y*(X@w)) + sum(w**2)", "mean((X@w - y)**2)")


@dataclass(frozen=True, slots=True)
class Compared:
    """What was held against the processor, how often, and where it is another one."""

    name: str
    cases: int
    apart: tuple[str, ...]


def near(found: Any, expected: Any, dtype: str) -> bool:  # Any: numbers or arrays
    """Up to the tolerance of the dtype, of each number or of the largest one in the array; nan is nan."""
    one, other = (np.asarray(x, dtype=np.float64) for x in (found, expected))
    if one.shape != other.shape:
        return False
    finite = np.abs(other[np.isfinite(other)])
    tolerance = DType.of(dtype).tolerance
    return bool(np.allclose(one, other, rtol=tolerance, atol=tolerance * finite.max(initial=0.0), equal_nan=True))


def numbers(result: Any) -> list[Any]:  # Any: a result, and its numbers
    found, stack = [result.value], [result.derivative]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack += part.values()
        elif isinstance(part, SparseMatrix):
            found += [part.indptr, part.indices, part.data]
        elif part is not None:
            found.append(part)
    return found


def compared(name: str, cases: Sequence[tuple[str, Callable[[str], list[Any]]]], device: str, dtype: str) -> Compared:
    """cases: what each is called, and what it gives on a device."""
    apart = []
    for text, of in cases:
        try:
            expected = of(devices.CPU)
        except GradcliError:
            continue  # what has no answer is none of a device's
        try:
            found = of(device)
        except GradcliError as error:
            apart.append(f"{text}: {error}")
            continue
        if len(found) != len(expected) or not all(near(a, b, dtype) for a, b in zip(found, expected, strict=True)):
            apart.append(f"{text}: {found} against {expected}"[:300])
    return Compared(f"{name}, {dtype}", len(cases), tuple(apart))


def operations(device: str, dtype: str, share: int = 1) -> Compared:
    """Each operation's example, value and slope; of the list every so manieth."""

    def case(text: str, values: dict[str, FloatArray]) -> tuple[str, Callable[[str], list[Any]]]:
        return text, lambda there: numbers(gradcli.grad(text, values, check="off", device=there, dtype=dtype))

    chosen = [op.example_parts for op in rows() if op.example_parts[1] and not op.random][::share]
    return compared("operations", [case(text, values_of(given, 0)) for text, given in chosen], device, dtype)


def in_tables(device: str, dtype: str, count: int = ROWS) -> Compared:
    """Rows of scalars and of arrays, some of which have no answer."""
    random = np.random.default_rng(4)
    scalars = {name: random.normal(1.0, 1.5, count) for name in "xyz"}
    scalars["x"][7], scalars["y"][9] = np.nan, np.inf
    arrays = {
        "x": random.normal(size=(count, 3)),
        "A": random.normal(size=(count, 3, 3)),
        "s": random.normal(size=count),
    }
    arrays["A"][5] = 0.0

    def case(kind: str, text: str, columns: dict[str, FloatArray]) -> tuple[str, Callable[[str], list[Any]]]:
        used = {name: columns[name] for name in columns if name in parse(text).names}

        def of(there: str) -> list[Any]:  # Any: as above
            function = getattr(gradcli, f"{kind}_table")
            found = function(text, used, device=there, dtype=dtype, engine="torch", check="off")
            return [*found.columns.values(), found.marks.codes]

        return f"{kind} {text}", of

    cases = [case(kind, text, scalars) for kind, text in SCALARS]
    cases += [case(kind, text, arrays) for kind, text in ARRAYS]
    return compared("tables", cases, device, dtype)


def sparse(device: str, dtype: str, entries: int = 20_000) -> Compared:
    """By templates, and by colours."""
    x = np.linspace(0.1, 1.0, entries)

    def case(kind: str, text: str) -> tuple[str, Callable[[str], list[Any]]]:
        how = {"sparse": True, "check": "off", "dtype": dtype}
        return f"{kind} {text}", lambda there: numbers(getattr(gradcli, kind)(text, {"x": x}, device=there, **how))

    return compared("sparse", [case(kind, text) for kind, text in SPARSE], device, dtype)


def large(device: str, dtype: str, height: int = 200_000) -> Compared:
    """Sums over rows in tiles."""
    random = np.random.default_rng(3)
    values = {
        "X": random.normal(size=(height, 10)),
        "w": random.normal(size=10),
        "y": random.integers(0, 2, height) * 1.0,
    }

    def case(text: str) -> tuple[str, Callable[[str], list[Any]]]:
        how = {"wrt": "w", "check": "off", "dtype": dtype}
        return text, lambda there: numbers(gradcli.grad(text, values, device=there, **how))

    return compared("large sums", [case(text) for text in LARGE], device, dtype)


def verdicts(device: str, dtype: str) -> Compared:
    """One point, checked."""
    apart = []
    texts = ("sum(x**2*sin(x))", "norm(x)", "logsumexp(x)*prod(x)")
    for text in texts:
        found = gradcli.grad(text, {"x": [0.3, 1.7, -2.0]}, device=device, dtype=dtype)
        if (str(found.check.verdict), found.device) != ("agrees", device):
            apart.append(f"{text}: {found.check.verdict} on {found.device}")
    return Compared(f"verdicts, {dtype}", len(texts), tuple(apart))


def same_digits(device: str, dtype: str, count: int = ROWS) -> Compared:
    """The same table twice, and cut in two: each row has the same bits."""
    random = np.random.default_rng(6)
    apart, cases = [], ({"x": random.normal(size=(count, 3))}, {"x": random.normal(size=count)})
    for columns in cases:
        text = "sum(sin(x)*exp(-x**2) + log(1 + x**2))"

        def of(part: slice, given: dict[str, FloatArray] = columns) -> FloatArray:
            here = {"x": given["x"][part]}
            found = gradcli.grad_table("sum(sin(x)*exp(-x**2) + log(1 + x**2))", here, device=device, dtype=dtype, check="off")  # fmt: skip
            assert found.columns is not None
            return found.columns["d_x"]

        once, again = of(slice(None)), of(slice(None))
        cut = np.concatenate([of(slice(None, 1001)), of(slice(1001, None))])
        apart += [
            f"{text}: {word}" for word, other in (("again", again), ("cut", cut)) if once.tobytes() != other.tobytes()
        ]
    return Compared(f"the same digits, {dtype}", len(cases), tuple(apart))


def short_of_memory(device: str, count: int = 8_000_000) -> Compared:
    """Where a process may take little of a GPU: the same bits as with all of it, also of tiles that are too large."""
    random = np.random.default_rng(8)
    scalars = {name: random.normal(size=count) for name in "xyz"}
    arrays = {"x": random.normal(size=(count // 8, 16))}
    chain = {"x": np.linspace(0.1, 1.0, count // 2)}

    def in_table(function: Callable[..., Any], text: str, columns: dict[str, FloatArray]) -> list[Any]:  # Any: as above
        return list(function(text, columns, device=device, engine="torch", check="off").columns.values())

    def by_tiles_too_large() -> list[Any]:  # Any: as above
        found = formulas(parse(SCALARS[0][1]).tree, "grad", list("xyz"), list("xyz"), ())
        outputs = {output.name: np.empty(count) for output in found.outputs}
        TorchKernel(found, device=device, tile=count).run(scalars, {}, outputs, np.empty(count, dtype=np.uint8))
        return list(outputs.values())

    works: dict[str, Callable[[], list[Any]]] = {  # Any: as above
        "scalars": lambda: in_table(gradcli.grad_table, SCALARS[0][1], scalars),
        "arrays": lambda: in_table(gradcli.jacobian_table, "softmax(x)", arrays),
        "tiles that are too large": by_tiles_too_large,
        "sparse": lambda: numbers(gradcli.jacobian(SPARSE[0][1], chain, sparse=True, check="off", device=device)),
    }
    expected = {name: work() for name, work in works.items()}
    apart = []
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, LEAST / total), device)
    try:
        for name, work in works.items():
            try:
                found = work()
            except GradcliError as error:
                apart.append(f"{name}: {error}")
                continue
            same = (
                np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in zip(found, expected[name], strict=True)
            )
            apart += [] if all(same) else [f"{name}: other numbers"]
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    return Compared("short of memory, float64", len(works), tuple(apart))


@contextmanager
def standing_in(device: str) -> Iterator[None]:
    """``--device`` takes a double, which the processor is, for a device like any other."""
    before = devices.find_device
    try:
        for place in (devices, table):
            place.find_device = lambda name, *_: device if name == device else before(name)  # type: ignore[attr-defined,assignment]
        yield
    finally:
        for place in (devices, table):
            place.find_device = before  # type: ignore[attr-defined]
