"""C of a kernel: one fused loop over the rows of a tile, and the driver that threads share.

The text is made from the program alone, and each name in it is ours. Where the compiler and the C library have
vectorised mathematics the loop is vectorised; elsewhere the same text is right, and slower.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import reduce

import sympy

from gradcli.base.errors import LimitError
from gradcli.engine.flags import KINK, LOSS, UNDEFINED
from gradcli.engine.formulas import Formulas
from gradcli.engine.vector_functions import preamble
from gradcli.export.arrays import Call, Spelling
from gradcli.export.c_scalars import SPELLINGS, constant
from gradcli.export.entries import filled
from gradcli.language.nodes import Tree
from gradcli.meaning.program import Step
from gradcli.meaning.source import Text
from gradcli.meaning.torch_meaning import plain_constant, python_number
from gradcli.operations.table import OPS

ROUNDINGS = 4  # of a power by products: each is an ulp at most, and so many are what functions are let be off by

JOB = """typedef struct {
    const double *const *columns;
    const double *fixed;
    double *const *outputs;
    unsigned char *flags;
    long long rows, tile, next;
} Job;

const unsigned long long gradcli_job_size = sizeof(Job);

enum { BLOCK = 1024 };"""

# Flags are half as wide as numbers in the loop, so that two vectors of numbers are on their way at once; bytes would
# mean eight, for which a processor has too few registers and a compiler takes ten times as long.
DRIVER = """static void tile(long long first, long long rows, const Job *job) {
    for (long long done = 0; done < rows; done += BLOCK) {
        long long left = rows - done;
        int marks[BLOCK], count = left < BLOCK ? left : BLOCK;
        block(first + done, count, job, marks);
        for (int i = 0; i < count; i++) job->flags[first + done + i] = marks[i];
    }
}

void gradcli_rows(Job *job) {
    for (;;) {
        long long first = __atomic_fetch_add(&job->next, job->tile, __ATOMIC_RELAXED);
        if (first >= job->rows) return;
        long long left = job->rows - first;
        tile(first, left < job->tile ? left : job->tile, job);
    }
}"""


def _nested(name: str) -> Spelling:
    """Of several numbers, two by two."""
    return lambda call: reduce(lambda text, at: f"{name}({text}, {{{at}}})", range(1, len(call.operands)), "{0}")


# What operations of arrays are of numbers.
_OF_NUMBERS: Mapping[str, Spelling] = {
    **dict.fromkeys(
        (
            *("sum", "mean", "prod", "amax", "amin", "logsumexp", "cumsum", "cumprod", "any", "all"),
            *("spread", "sum_to", "squeeze", "transpose"),
        ),
        "{0}",
    ),
    **dict.fromkeys(("inner", "array_dot", "flat_dot", "kron"), "{0}*{1}"),
    "max": _nested("maximum"),
    "min": _nested("minimum"),
    "norm": lambda call: "fabs({0})" if call["p"] else None,
    "zeros_like": "0.0",
    "ones_like": "1.0",
}


def c_source(formulas: Formulas) -> str:
    """The file: two symbols are seen outside, ``gradcli_rows``, which every thread calls once with one Job that all of
    them share, and ``gradcli_job_size``, by which the caller's layout of a Job is held against this one.

    columns, fixed: in the order of the formulas'
    outputs: in that of the formulas', each of shape (rows, entries), row by row
    next: the first row that no thread has taken

    Errors: LimitError, by name, for an operation that has no C meaning.
    """
    kernel = _Kernel(formulas)
    body = "\n".join(kernel.tile())
    return "\n\n".join([*preamble(body), JOB, body, DRIVER]) + "\n"


class _Kernel:
    """The lines of the function of one tile. Steps that are the same in all rows stand before the loop."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas = formulas
        self.names = {
            **{name: f"c{k}" for k, name in enumerate(formulas.columns)},
            **{name: f"f{k}" for k, name in enumerate(formulas.fixed)},
        }
        self.found: list[Text] = []
        self.before: list[str] = []
        self.inside: list[str] = []

    def tile(self) -> list[str]:
        steady: list[bool] = []
        for index, step in enumerate(self.formulas.program.steps):
            if step.op is None:
                steady.append(not isinstance(step.tree, sympy.Symbol) or step.tree.name in self.formulas.fixed)
                self.found.append(self.leaf(step.tree))
                continue
            steady.append(all(steady[i] for i in step.inputs if i is not None))
            kind = "_Bool" if step.op.boolean else "double"
            line = f"const {kind} t{index} = {self.spelled(step)};"
            (self.before if steady[index] else self.inside).append(line)
            self.found.append(Text(f"t{index}"))
        return [
            "static void block(long long first, int rows, const Job *job, int *marks) {",
            *(f"    {line}" for line in [*self.pointers(), *self.before]),
            "    #pragma omp simd",
            "    for (int i = 0; i < rows; i++) {",
            *(f"        {line}" for line in [*self.columns(), *self.inside, *self.stores()]),
            "    }",
            "}",
        ]

    def leaf(self, tree: Tree) -> Text:
        return Text(self.names[tree.name] if isinstance(tree, sympy.Symbol) else literal(tree))

    def spelled(self, step: Step) -> Text:
        """One operation. Errors: LimitError, by name."""
        op = step.op
        assert op is not None
        operands = [None if i is None else self.found[i] for i in step.inputs]
        constants = {p.name: plain_constant(c) for p, c in zip(op.constants, step.constants, strict=True)}
        spelling = self.root(step) or SPELLINGS.get(op.name) or _OF_NUMBERS.get(op.name)
        call = Call(operands, constants, [() for _ in operands], ())
        template = spelling(call) if callable(spelling) else spelling
        if template is None:
            said = f"{op.usage} with these constants" if spelling else op.usage
            raise LimitError(f"{said} has no meaning in C", kind="unchecked")
        return filled(template, operands, {name: constant(value) for name, value in constants.items()})

    def root(self, step: Step) -> str | None:
        """A template for a power whose exponent is a number that few products make."""
        if step.op is not OPS["pow"] or step.inputs[1] is None:
            return None
        exponent = self.formulas.program.steps[step.inputs[1]].tree
        return power(Fraction(int(exponent.p), int(exponent.q))) if exponent.is_Rational else None

    def pointers(self) -> Iterator[str]:
        """What is the same in all rows of a tile."""
        columns, outputs = self.formulas.columns, self.formulas.outputs
        yield from (f"const double *const c{k}_ = job->columns[{k}] + first;" for k in range(len(columns)))
        yield from (f"const double f{k} = job->fixed[{k}];" for k in range(len(self.formulas.fixed)))
        for k, output in enumerate(outputs):
            width = len(output.steps)
            yield f"double *const o{k} = job->outputs[{k}] + {'first' if width == 1 else f'first*{width}'};"

    def columns(self) -> Iterator[str]:
        yield from (f"const double c{k} = c{k}_[i];" for k in range(len(self.formulas.columns)))

    def stores(self) -> Iterator[str]:
        """The outputs, and the flags. What is finite less itself is 0; else that is nan, and so is a sum with it."""
        watched: dict[str, None] = {}
        for k, output in enumerate(self.formulas.outputs):
            width = len(output.steps)
            for entry, step in enumerate(output.steps):
                value = self.found[step].text
                yield f"o{k}[{'i' if width == 1 else f'i*{width} + {entry}'}] = {value};"
                watched[f"({value} - {value})"] = None
        yield f"const double undefined = {' + '.join(watched)};"
        conditions = {UNDEFINED: "undefined != undefined"}
        for flag, at in ((KINK, self.formulas.kink), (LOSS, self.formulas.loss)):
            if at is not None:
                conditions[flag] = self.found[at].text
        marks = (f"({condition} ? {flag} : 0)" for flag, condition in conditions.items())
        yield f"marks[i] = {' | '.join(marks)};"


def power(exponent: Fraction) -> str | None:
    """A template for a power by products, a root and a division; None where libm's own is more exact."""
    whole, half = divmod(abs(exponent), 1)
    rounded = whole - 1 + (2 if half else 0) + (exponent < 0)
    if not exponent or half not in (0, Fraction(1, 2)) or rounded > ROUNDINGS:
        return None
    product = "*".join([*([_product(whole)] if whole else []), *(["sqrt({0})"] if half else [])])
    return f"(1.0/({product}))" if exponent < 0 else f"({product})"


def _product(exponent: int) -> str:
    """By squaring, in brackets."""
    if exponent == 1:
        return "{0}"
    half = _product(exponent // 2)
    return f"({half}*{half}" + ("*{0})" if exponent % 2 else ")")


def literal(tree: Tree) -> str:
    """A number as C reads it back equal."""
    if tree in (sympy.true, sympy.false):
        return str(int(tree is sympy.true))
    text = constant(float(python_number(tree)))
    return f"({text})" if text.startswith("-") else text
