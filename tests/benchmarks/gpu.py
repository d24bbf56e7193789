"""``python tests/benchmarks/gpu.py``: is a GPU right, and how quick is it? In under five minutes, with torch and gradcli.

First everything that gradcli computes there is held against the processor. Then the functions of ``tables.py``, value
and derivatives at 10^8 points: the kernel with data on the device, from arrays and back, and from file to file; beside
jax on the same device where it is installed. A kernel reads each column and writes each answer once at best, and as
many bytes a second as a copy moves on the device are the most that it can move: its share of that is given.

``fused`` is the same program through torch.compile, which gradcli does not use. ``--device cpu`` tries all of this out
where there is no GPU, with the processor as a device like any other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from tables import CASES, Case
from torch import Tensor

import gradcli
from gradcli.autograd.devices import CPU, find_device, memory_of
from gradcli.autograd.tensors import DTYPES, session
from gradcli.base.dtypes import DType
from gradcli.base.errors import GradcliError
from gradcli.engine.crossing import UNDER_WAY
from gradcli.engine.formulas import Formulas, formulas
from gradcli.engine.plan import Plan
from gradcli.engine.tiles import TorchKernel, Worker
from gradcli.language.parse import parse
from tests.devices import agreement

DOUBLE = "cpu:0"
REPEATS = 5
COPIED = 2**30  # bytes
FILED = 10_000_000  # rows of the files


@dataclass(frozen=True, slots=True)
class Speed:
    """A way to compute a function in a dtype. share: of what a copy moves; None: of a way that leaves the device."""

    function: str
    dtype: str
    way: str
    rows: int
    seconds: float
    share: float | None

    @property
    def millions(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds / 1e6


class Clock:
    """Seconds of works on a device, and how many are left of all."""

    def __init__(self, device: str, seconds: float) -> None:
        self.device, self.end = device, time.monotonic() + seconds

    @property
    def is_up(self) -> bool:
        return time.monotonic() >= self.end

    def seconds(self, work: Callable[[], object], repeats: int = REPEATS) -> float:
        """The median; the first call, which compiles and asks for memory, is none of them."""
        found = []
        for _ in range(repeats + 1):
            self.settle()
            start = time.perf_counter()
            work()
            self.settle()
            found.append(time.perf_counter() - start)
            if self.is_up:
                break
        return median(found[1:] or found)

    def settle(self) -> None:
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)


# -- right?


def compared(device: str, clock: Clock) -> Iterator[agreement.Compared]:
    for dtype in agreement.DTYPES:
        for of in (agreement.verdicts, agreement.in_tables, agreement.same_digits, agreement.sparse, agreement.large):
            yield of(device, dtype)
    if device.startswith("cuda"):
        yield agreement.short_of_memory(device)
    for dtype in agreement.DTYPES:
        if not clock.is_up:
            yield agreement.operations(device, dtype)


# -- how quick?


def copies(device: str, clock: Clock) -> dict[str, float]:
    """GB/s: on the device, bytes read and written; to it and from it."""
    pinned = device.startswith("cuda")
    there, other = (torch.ones(COPIED // 8, dtype=torch.float64, device=device) for _ in range(2))
    here = torch.ones(COPIED // 8, dtype=torch.float64, pin_memory=pinned)
    works = {
        "on the device": (lambda: other.copy_(there), 2),
        "to the device": (lambda: there.copy_(here, non_blocking=True), 1),
        "from the device": (lambda: here.copy_(there, non_blocking=True), 1),
    }
    return {name: times * COPIED / clock.seconds(work) / 1e9 for name, (work, times) in works.items()}


def made_of(case: Case) -> Formulas:
    names = list(case.ranges)
    return formulas(parse(case.expression).tree, "grad", names, names, ())


def on_device(case: Case, rows: int, dtype: str, device: str) -> dict[str, Tensor]:
    generator = torch.Generator(device).manual_seed(0)

    def column(low: float, high: float) -> Tensor:
        drawn = torch.rand(rows, generator=generator, dtype=DTYPES[dtype], device=device)
        return drawn.mul_(high - low).add_(low)

    return {name: column(*limits) for name, limits in case.ranges.items()}


def plain(kernel: TorchKernel, plan: Plan, columns: dict[str, Tensor]) -> Callable[[], list[Tensor]]:
    """gradcli's tiles, on columns that are there already."""
    rows = len(next(iter(columns.values())))
    tile = min(rows, kernel._tile_elsewhere(plan))
    answers = [torch.empty(rows, dtype=DTYPES[kernel.dtype], device=kernel.device) for _ in plan.parts]
    views = {name: column[:] for name, column in columns.items()}
    made = [answer[:] for answer in answers]
    for view in (*views.values(), *made):
        view.as_strided_((tile,), (1,), 0)
    worker = Worker(plan, views, made, tile, DTYPES[kernel.dtype], kernel.device)

    def work() -> list[Tensor]:
        for start in range(0, rows, tile):
            count = min(tile, rows - start)
            for view in (*views.values(), *made):
                view.as_strided_((count,), (1,), start)
            worker.compute(count)
        return answers

    return work


def fused(plan: Plan, columns: dict[str, Tensor]) -> Callable[[], list[Tensor]]:
    """The calls of the same plan as one function, through torch.compile."""
    names = list(plan.columns)

    def function(*given: Tensor) -> list[Tensor]:
        values = list(plan.known)
        for name, column in zip(names, given, strict=True):
            values[plan.columns[name]] = column
        for work in plan.work:
            values[work.result] = work.function(*(values[i] for i in work.inputs), **work.keywords)
        return [torch.as_tensor(values[part.value]).expand(len(given[0])) for part in plan.parts]

    compiled = torch.compile(function, dynamic=True, fullgraph=True)
    return lambda: compiled(*(columns[name] for name in names))


def in_jax(case: Case, rows: int, dtype: str, device: str) -> Callable[[], object]:
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # jax leaves memory to torch
    import jax

    jax.config.update("jax_enable_x64", True)
    kind = "gpu" if device.startswith("cuda") else "cpu"
    place = jax.devices(kind)[0]
    names = SimpleNamespace(**{name: getattr(jax.numpy, name) for name in ("exp", "log", "sin", "sqrt")})
    names.erf = jax.scipy.special.erf
    slopes = jax.value_and_grad(partial(case.written, names), argnums=tuple(range(len(case.ranges))))
    compiled = jax.jit(jax.vmap(slopes))
    with jax.default_device(place):
        columns = [
            jax.random.uniform(jax.random.key(k), (rows,), dtype=dtype, minval=low, maxval=high)
            for k, (low, high) in enumerate(case.ranges.values())
        ]
    return lambda: jax.block_until_ready(compiled(*columns))


def on_the_device(case: Case, rows: int, dtype: str, device: str, clock: Clock, copy: float) -> Iterator[Speed | str]:
    """Kernels alone. copy: GB/s; yields words for what is left out."""
    found = made_of(case)
    moved = DType.of(dtype).width // 8 * (len(case.ranges) + len(case.outputs))
    held = 3 * moved  # bytes of a row: a peer has results of its own, and what it keeps on the way
    memory = memory_of(device)
    if memory is not None:
        rows = min(rows, memory.free // held)

    def speed(way: str, work: Callable[[], object]) -> Speed:
        seconds = clock.seconds(work)
        return Speed(case.name, dtype, way, rows, seconds, rows * moved / seconds / 1e9 / copy)

    with session(dtype, device):
        kernel = TorchKernel(found, device=device, dtype=dtype)
        plan = kernel._plan({})
        columns = on_device(case, rows, dtype, device)
        ours = plain(kernel, plan, columns)
        yield speed("plain", ours)
        try:
            other = fused(plan, columns)
            apart = differing(ours(), other(), dtype)
            yield speed(f"fused{apart}", other)
        except Exception as error:  # noqa: BLE001 - whatever a compiler that is not ours raises
            yield f"fused: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    del columns, ours
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    try:
        yield speed("jax", in_jax(case, rows, dtype, device))
    except Exception as error:  # noqa: BLE001 - not installed, no GPU in it, no memory
        yield f"jax: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def differing(ours: Sequence[Tensor], theirs: Sequence[Tensor], dtype: str) -> str:
    """How far fused numbers are from plain ones, in units in the last place of the largest."""
    unit = DType.of(dtype).eps
    most = max(
        float((a - b).abs().max() / (unit * a.abs().max().clamp(min=1e-30))) for a, b in zip(ours, theirs, strict=True)
    )
    return f" (apart by {most:.2g} ulp)" if most else ""


def with_transfers(case: Case, rows: int, dtype: str, device: str, clock: Clock) -> Speed:
    """From arrays of numpy, and back."""
    found = made_of(case)
    columns = {name: column.astype(dtype) for name, column in case.columns(rows).items()}
    outputs = {output.name: np.empty(rows, dtype=dtype) for output in found.outputs}
    flags = np.empty(rows, dtype=np.uint8)
    kernel = TorchKernel(found, device=device, dtype=dtype, threads=min(8, os.cpu_count() or 1))
    seconds = clock.seconds(lambda: kernel.run(columns, {}, outputs, flags), 2)  # type: ignore[arg-type]  # float32 too
    return Speed(case.name, dtype, "arrays to arrays", rows, seconds, None)


def from_file_to_file(case: Case, rows: int, dtype: str, device: str, clock: Clock) -> Iterator[Speed]:
    """NPZ, and Parquet where pyarrow is installed; on the processor too."""
    columns = case.columns(rows)
    with tempfile.TemporaryDirectory() as folder:
        sources = {"npz": Path(folder, "in.npz")}
        np.savez(sources["npz"], **columns)  # type: ignore[arg-type]  # arrays
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            pass
        else:
            sources["parquet"] = Path(folder, "in.parquet")
            pq.write_table(pa.table(dict(columns)), sources["parquet"])
        for suffix, source in sources.items():
            for place in (device, CPU):
                out, how = Path(folder, f"out.{suffix}"), {"device": place, "dtype": dtype, "check": "off"}
                work = partial(gradcli.grad_table, case.expression, str(source), out, **how)
                words = "the device" if place == device else "the processor"
                yield Speed(case.name, dtype, f"{suffix} to {suffix}, {words}", rows, clock.seconds(work, 1), None)


def measured(device: str, rows: int, filed: int, clock: Clock, copy: float) -> Iterator[Speed | str]:
    for dtype in agreement.DTYPES:
        for case in CASES:
            if clock.is_up:
                yield f"{case.name}, {dtype}: left out, the time is up"
                continue
            yield from on_the_device(case, rows, dtype, device, clock, copy)
    for work in (
        lambda: [with_transfers(CASES[1], rows, dtype, device, clock) for dtype in agreement.DTYPES],
        lambda: from_file_to_file(CASES[1], filed, agreement.DTYPES[0], device, clock),
    ):
        if clock.is_up:
            yield "arrays and files: left out, the time is up"
        else:
            yield from work()


# -- told


def facts(device: str) -> dict[str, object]:
    found: dict[str, object] = {"torch": torch.__version__, "python": platform.python_version(), "device": device}
    if device.startswith("cuda"):
        properties = torch.cuda.get_device_properties(device)
        found |= {"name": properties.name, "memory": properties.total_memory, "cuda": torch.version.cuda}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N, mps, or cpu: the processor as a double (cuda)")
    parser.add_argument("--rows", type=int, default=100_000_000, help="points of each function (100000000)")
    parser.add_argument("--file-rows", type=int, default=FILED, help=f"rows of each file ({FILED})")
    parser.add_argument("--seconds", type=float, default=270.0, help="after which what is left is left out (270)")
    parser.add_argument("--json", type=Path, default=Path("gpu.json"), help="where the figures go (gpu.json)")
    options = parser.parse_args()
    start = time.monotonic()
    with ExitStack() as stack:
        if options.device == CPU:
            stack.enter_context(agreement.standing_in(DOUBLE))
            device = DOUBLE
        else:
            try:
                device = find_device(options.device)
            except GradcliError as error:
                print(f"error: {error.message}", file=sys.stderr)
                return int(error.code)
        clock = Clock(device, options.seconds)
        figures = told(device, options, clock)
    figures["seconds"] = round(time.monotonic() - start, 1)
    options.json.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\n{figures['seconds']} s; {options.json}")
    return int(any(one["apart"] for one in figures["agreement"]))


def told(device: str, options: argparse.Namespace, clock: Clock) -> dict[str, Any]:  # Any: JSON values
    """Prints each figure as it comes."""
    say = partial(print, flush=True)
    figures: dict[str, Any] = {**facts(device), "agreement": [], "speed": [], "left_out": []}
    say(
        ", ".join(f"{name} {value}" for name, value in facts(device).items()), f"tiles under way: {UNDER_WAY}", sep="\n"
    )
    figures["copies"] = copies(device, clock)
    for name, rate in figures["copies"].items():
        say(f"copy {name:16} {rate:10.1f} GB/s")
    say()
    for one in compared(device, clock):
        figures["agreement"].append(asdict(one))
        say(
            f"{one.name:42} {one.cases} cases, {len(one.apart)} apart",
            *(f"    {text}" for text in one.apart[:5]),
            sep="\n",
        )
    say(f"\n{'function':16} {'dtype':8} {'way':34} {'rows':>11} {'s':>8} {'million rows/s':>15} {'of a copy':>10}")
    for found in measured(device, options.rows, options.file_rows, clock, figures["copies"]["on the device"]):
        if isinstance(found, str):
            figures["left_out"].append(found)
            say(f"  {found}")
            continue
        figures["speed"].append(asdict(found) | {"million_rows_per_second": found.millions})
        share = "" if found.share is None else f"{100 * found.share:9.0f}%"
        shown = f"{found.function:16} {found.dtype:8} {found.way:34} {found.rows:11}"
        say(f"{shown} {found.seconds:8.4f} {found.millions:15.1f} {share:>10}")
    return figures


if __name__ == "__main__":
    sys.exit(main())
