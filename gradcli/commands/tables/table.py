"""``grad_table``, ``jacobian_table``, ``hessian_table``: the derivative at each row of a table.

Keyword arguments have the names of the command line's options; see ``gradcli.api``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

from gradcli.autograd.devices import find_device
from gradcli.base.dtypes import DType
from gradcli.base.errors import UsageError
from gradcli.base.events import timed
from gradcli.commands.tables.facts import facts_of
from gradcli.commands.tables.kernels import Made, Ways, kernel_of
from gradcli.commands.tables.manner import (
    Engine,
    Manner,
    OnError,
    Progress,
    Target,
    Tell,
    processors,
    sink_for,
    stdin_of,
)
from gradcli.commands.tables.opening import Opened
from gradcli.commands.tables.partition import Work
from gradcli.commands.tables.partitioned import Total, is_partitioned, over_partitions
from gradcli.commands.tables.question import Question
from gradcli.commands.tables.result import TableResult
from gradcli.commands.tables.run import Tally, ahead, go_through
from gradcli.commands.tables.sample import check_rows
from gradcli.engine import names
from gradcli.engine.choose import Chosen
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.request import MAX_ORDER, CheckMode, Options, Shapes, Wrt, whole
from gradcli.inputs.sources import Source
from gradcli.language.write import write
from gradcli.tables.layout import Layout
from gradcli.tables.memory import MemorySink
from gradcli.tables.reading import open_table, rows_of_batch
from gradcli.verdicts.verdict import unchecked


def grad_table(
    expression: Source,
    source: Any,  # Any: a path, "-", a mapping of arrays, a table of pandas, polars or pyarrow
    out: Target = None,
    *,
    values: Values = None,
    wrt: Wrt = None,
    order: int = 1,
    shape: Shapes = None,
    keep: bool | Sequence[str] = False,
    input_format: str | None = None,
    output_format: str | None = None,
    engine: Engine = "auto",
    on_error: OnError = "report",
    resume: bool = False,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "sample",
    rtol: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Any = None,  # Any: a text, or a client of distributed
    tell: Tell | None = None,
) -> TableResult:
    """The gradient at each row of a table: ``value`` and ``d_x`` for each variable, in the order of the rows.

    expression:    a function of one value in each row; its names are columns of the table, or stand in ``values``
    source:        a file (CSV, TSV, JSON lines, Parquet, Arrow, NPY, NPZ, by its suffix), a directory of Parquet files,
                   ``-`` for stdin, a mapping of arrays, or a table of pandas, polars or pyarrow. Columns of lists, or
                   ``x.0``, ``x.1``, are vectors
    out:           a file, a directory of Parquet files (``"DIR/"``), ``-`` for stdout, a binary stream; None: arrays
                   in ``.columns``
    values:        what has one value for all rows
    wrt:           the variables, by default all columns that the expression uses
    order:         the derivative is repeated so many times in each (scalar) variable; the columns are then ``d2_x``
    shape:         of variables in one row, where their column does not tell
    keep:          the columns of the table go on into the answer; or the names of some
    input_format, output_format: csv, tsv, jsonl, parquet, arrow, npy or npz, where the suffix does not tell
    engine:        compiled (C, by the system's compiler), torch, or auto: compiled where it pays
    on_error:      rows that fail are marked in the column ``error`` and the exit code is 5 (report), they are only
                   marked (mark), or the first of them ends the run (fail)
    resume:        go on where an interrupted run has stopped
    device:        where torch computes, if torch does
    dtype:         float64 or float32: of the numbers that are computed, and of the columns; in float32 torch computes
    check:         sample: a seeded sample of rows goes through torch.autograd.grad and enclosures; off
    rtol:          relative error that still agrees
    seed:          of the sample
    threads:       of the kernel; by default one for each processor
    progress:      is called with the number of rows that are done
    cluster:       whose workers compute a table of Parquet into one: local, local:N for N workers here, the address of
                   a scheduler of dask.distributed, or a Client
    tell:          is called with what happens on a cluster meanwhile: a worker is gone, a partition is computed again
    Errors: ExpressionError, InputError, UsageError, LimitError, MissingError, OutputError; MathematicsError for a row
    that fails under ``on_error="fail"``.

    >>> import numpy as np
    >>> grad_table("x**2*a", {"x": np.array([1.0, 3.0])}, values={"a": 2.0}).columns["d_x"].tolist()
    [4.0, 12.0]
    """
    whole("order", order, MAX_ORDER)
    manner = Manner(keep, input_format, output_format, engine, on_error, resume, progress, cluster, tell)
    options = Options(device=device, dtype=dtype, check=check, rtol=rtol, seed=seed, threads=threads)
    return _table("grad", expression, source, out, values, wrt, shape, order, manner, options)


def jacobian_table(
    expression: Source,
    source: Any,  # Any: as above
    out: Target = None,
    *,
    values: Values = None,
    wrt: Wrt = None,
    shape: Shapes = None,
    keep: bool | Sequence[str] = False,
    input_format: str | None = None,
    output_format: str | None = None,
    engine: Engine = "auto",
    on_error: OnError = "report",
    resume: bool = False,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "sample",
    rtol: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Any = None,  # Any: a text, or a client of distributed
    tell: Tell | None = None,
) -> TableResult:
    """The Jacobian at each row: ``value`` and ``d_x`` have the output's axes, ``d_x`` then those of the variable.

    Arguments and errors are those of ``grad_table``.

    >>> import numpy as np
    >>> jacobian_table("[x*y, x + y]", {"x": np.array([1.0]), "y": np.array([3.0])}).columns["d_x"].tolist()
    [[3.0, 1.0]]
    """
    manner = Manner(keep, input_format, output_format, engine, on_error, resume, progress, cluster, tell)
    options = Options(device=device, dtype=dtype, check=check, rtol=rtol, seed=seed, threads=threads)
    return _table("jacobian", expression, source, out, values, wrt, shape, 1, manner, options)


def hessian_table(
    expression: Source,
    source: Any,  # Any: as above
    out: Target = None,
    *,
    values: Values = None,
    wrt: Wrt = None,
    shape: Shapes = None,
    keep: bool | Sequence[str] = False,
    input_format: str | None = None,
    output_format: str | None = None,
    engine: Engine = "auto",
    on_error: OnError = "report",
    resume: bool = False,
    device: str = "cpu",
    dtype: str = "float64",
    check: CheckMode = "sample",
    rtol: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Any = None,  # Any: a text, or a client of distributed
    tell: Tell | None = None,
) -> TableResult:
    """The Hessian at each row: ``d_x_d_y`` for each pair of variables, once: the blocks on and above the diagonal.

    Arguments and errors are those of ``grad_table``.

    >>> import numpy as np
    >>> sorted(hessian_table("x**2*y", {"x": np.array([1.0]), "y": np.array([3.0])}).columns)
    ['d_x_d_x', 'd_x_d_y', 'd_y_d_y', 'value']
    """
    manner = Manner(keep, input_format, output_format, engine, on_error, resume, progress, cluster, tell)
    options = Options(device=device, dtype=dtype, check=check, rtol=rtol, seed=seed, threads=threads)
    return _table("hessian", expression, source, out, values, wrt, shape, 1, manner, options)


def _table(
    kind: str,
    expression: Source,
    source: Any,  # Any: as above
    out: Target,
    values: Values,
    wrt: Wrt,
    shape: Shapes,
    order: int,
    manner: Manner,
    options: Options,
) -> TableResult:
    fixed = values_of(values, options.seed)
    if DType.of(options.dtype).half:
        wide = " or ".join(sorted(row for row in DType if not row.half))
        raise UsageError(f"tables are computed in {wide}, not in {options.dtype}")
    options = replace(options, device=find_device(options.device, options.dtype))
    with timed("open"):
        table = open_table(source, manner.input_format, stdin_of(source))
    with closing(table):
        partitioned = is_partitioned(out, table, manner)
        opened = Opened.of(table, kind, expression, fixed, wrt, options, shape=shape, order=order)
        question, variables = opened.question, opened.variables
        with timed("compile"):
            ways = Ways(manner.engine, options.threads or processors(), options.device)
            made = kernel_of(question, ways, table.rows, table.about)
        spread = {names.derivative(v.name, order=order) for v in variables if v.spread}
        layout = opened.layout(made.outputs, manner, facts_of(question, made.kernel, options.device, kind), spread)
        with timed("rows"):
            if partitioned:
                counted = _in_partitions(out, opened, shape, layout, made, ways, manner, options)
            else:
                counted = _in_one_go(out, opened, layout, made, manner, options)
    return _result(kind, out, question, made, counted, manner, options)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What came of the rows: counts, those that were drawn, and the answer itself where it is in memory."""

    tally: Tally | Total
    failures: Mapping[str, int]
    counts_loss: bool
    sink: MemorySink | None = None


def _in_one_go(out: Target, opened: Opened, layout: Layout, made: Made, manner: Manner, options: Options) -> _Counted:
    """From the first row to the last, in this process."""
    table, question, kernel = opened.table, opened.question, made.kernel
    tally, origin = Tally(options.seed, options.check != "off"), question.fingerprint(manner.engine, options.device)
    with sink_for(out, table, layout, origin, manner) as sink:
        tally.go_on(sink)
        if isinstance(kernel, Chosen):
            kernel.go_on(sink.resumed)
        # what is in memory is one batch
        size = table.rows if table.format is None and table.rows else _batch(opened, layout)
        batches = table.batches(opened.variables, manner.keep, size, sink.resumed)
        coming = batches if table.format is None else ahead(batches)
        go_through(question, coming, kernel, sink, tally, table.rows, manner)
    in_memory = sink if isinstance(sink, MemorySink) else None
    return _Counted(tally, sink.failures, kernel.counts_loss, in_memory)


def _in_partitions(
    out: Target,
    opened: Opened,
    shape: Shapes,
    layout: Layout,
    made: Made,
    ways: Ways,
    manner: Manner,
    options: Options,
) -> _Counted:
    """Each part of the rows by itself, here or on a cluster."""
    table, question = opened.table, opened.question
    assert table.form is not None
    assert isinstance(out, str | os.PathLike)
    work = Work(
        form=table.form,
        kind=question.kind,
        source=question.source,
        fixed=question.fixed,
        shape=shape,
        wrt=question.wrt,
        order=question.order,
        names=table.names,
        variables=opened.variables,
        keep=manner.keep,
        ways=replace(ways, engine=made.engine),
        dtype=options.dtype,
        seed=options.seed,
        drawing=options.check != "off",
        layout=layout,
        size=_batch(opened, layout),
        failing=manner.on_error == "fail",
    )
    origin = question.fingerprint(manner.engine, options.device)
    total = over_partitions(out, table, work, origin, manner, options.threads)
    return _Counted(total, total.failures, total.counts_loss)


def _batch(opened: Opened, layout: Layout) -> int:
    """How many rows are in memory at once."""
    return rows_of_batch(max(layout.width, sum(prod(variable.shape) for variable in opened.variables)))


def _result(
    kind: str, out: Target, question: Question, made: Made, counted: _Counted, manner: Manner, options: Options
) -> TableResult:
    tally, left_out = counted.tally, options.check == "off"
    drawn = tally.drawn
    checking = partial(unchecked, "as it was asked") if left_out else partial(check_rows, question, drawn)
    remarks = [question.parsed.notes, [made.remark] if made.remark else [], tally.notes]
    return TableResult(
        command=kind,
        expression=question.parsed.source,
        read_as=write(question.parsed.tree),
        wrt=question.wrt,
        rows=tally.rows,
        failures=dict(counted.failures),
        first_failed=tally.first_failed,
        flags={"kink": tally.flagged["kink"], "loss": tally.flagged["loss"] if counted.counts_loss else None},
        engine=made.name,
        sampled=0 if left_out else len(drawn),
        seed=options.seed,
        device=options.device,
        dtype=options.dtype,
        checking=checking,
        tolerated=manner.on_error == "mark",
        path=os.fspath(out) if isinstance(out, str | os.PathLike) and os.fspath(out) != "-" else None,
        notes=tuple(note for notes in remarks for note in notes),
        columns=counted.sink.columns if counted.sink else None,
        marks=counted.sink.marks if counted.sink else None,
    )
