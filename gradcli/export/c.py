"""C99: loops over arrays in row-major order; factorisations by helpers that the code brings along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any

import sympy

from gradcli.base.arrays import FloatArray
from gradcli.export import c_scalars
from gradcli.export.arrays import FUNCTION, identifiers
from gradcli.export.entries import Language, Store, Value, Writer
from gradcli.export.example import Example
from gradcli.export.loops import LOOPS
from gradcli.export.unit import Unit
from gradcli.language.nodes import Size, Tree
from gradcli.meaning.source import STRENGTHS, Text
from gradcli.meaning.torch_meaning import python_number
from gradcli.operations.shape_rules import Shape

HELPERS: Mapping[str, str] = {
    **c_scalars.HELPERS,
    "alloc": """static double *alloc(size_t count) {
    double *found = malloc((count ? count : 1)*sizeof(double));
    if (!found) { fputs("out of memory\\n", stderr); exit(1); }
    return found;
}""",
    "swap": "static void swap(double *x, double *y) { double z = *x; *x = *y; *y = z; }",
    "eliminate": """/* A becomes triangular, and B (n, m) the solution of A X = B; returns the determinant of A. */
static double eliminate(int n, int m, double *A, double *B) {
    double det = 1.0;
    for (int j = 0; j < n; j++) {
        int best = j;
        for (int i = j + 1; i < n; i++) if (fabs(A[i*n + j]) > fabs(A[best*n + j])) best = i;
        for (int k = 0; best != j && k < n; k++) swap(A + j*n + k, A + best*n + k);
        for (int k = 0; best != j && k < m; k++) swap(B + j*m + k, B + best*m + k);
        if (m == 0 && A[j*n + j] == 0.0) return 0.0;
        det *= best == j ? A[j*n + j] : -A[j*n + j];
        for (int i = j + 1; i < n; i++) {
            double factor = A[i*n + j]/A[j*n + j];
            for (int k = j; k < n; k++) A[i*n + k] -= factor*A[j*n + k];
            for (int k = 0; k < m; k++) B[i*m + k] -= factor*B[j*m + k];
        }
    }
    for (int i = n - 1; i >= 0; i--)
        for (int k = 0; k < m; k++) {
            for (int j = i + 1; j < n; j++) B[i*m + k] -= A[i*n + j]*B[j*m + k];
            B[i*m + k] /= A[i*n + i];
        }
    return det;
}""",
    "solve": """static void solve(int n, int m, const double *A, const double *B, double *out) {
    double *copy = alloc((size_t)n*n);
    memcpy(copy, A, sizeof(double)*n*n);
    memcpy(out, B, sizeof(double)*n*m);
    eliminate(n, m, copy, out);
    free(copy);
}""",
    "cholesky": """/* Of the lower triangle alone; not a number where it is of no positive definite matrix. */
static void cholesky(int n, const double *A, double *out) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = j > i ? 0.0 : A[i*n + j];
            for (int k = 0; k < j && j <= i; k++) sum -= out[i*n + k]*out[j*n + k];
            out[i*n + j] = j > i ? 0.0 : j == i ? sqrt(sum) : sum/out[j*n + j];
        }
}""",
    "inv": """static void inv(int n, const double *A, double *out) {
    double *unit = alloc((size_t)n*n);
    for (int i = 0; i < n*n; i++) unit[i] = i%(n + 1) == 0;
    solve(n, n, A, unit, out);
    free(unit);
}""",
    "det": """static double det(int n, const double *A) {
    double *copy = alloc((size_t)n*n);
    memcpy(copy, A, sizeof(double)*n*n);
    double found = eliminate(n, 0, copy, copy);
    free(copy);
    return found;
}""",
    "adjugate": """/* The transposed cofactors. */
static void adjugate(int n, const double *A, double *out) {
    double *minor = alloc((size_t)n*n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            for (int k = 0, at = 0; k < n; k++)
                for (int l = 0; l < n; l++) if (k != i && l != j) minor[at++] = A[k*n + l];
            out[j*n + i] = (i + j)%2 ? -det(n - 1, minor) : det(n - 1, minor);
        }
    free(minor);
}""",
    "multiply": """/* A becomes A B; C has room for a copy. */
static void multiply(int n, double *A, const double *B, double *C) {
    memcpy(C, A, sizeof(double)*n*n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            A[i*n + j] = 0.0;
            for (int k = 0; k < n; k++) A[i*n + j] += C[i*n + k]*B[k*n + j];
        }
}""",
    "matrix_power": """static void matrix_power(int n, int power, const double *A, double *out) {
    double *base = alloc((size_t)n*n), *copy = alloc((size_t)n*n);
    if (power < 0) inv(n, A, base); else memcpy(base, A, sizeof(double)*n*n);
    for (int i = 0; i < n*n; i++) out[i] = i%(n + 1) == 0;
    for (int k = abs(power); k > 0; k--) multiply(n, out, base, copy);
    free(base);
    free(copy);
}""",
    "matrix_exp": """/* Taylor's series of A/2^k, squared k times. */
static void matrix_exp(int n, const double *A, double *out) {
    double *part = alloc((size_t)n*n), *term = alloc((size_t)n*n), *copy = alloc((size_t)n*n);
    double size = 0.0;
    int halved = 0;
    for (int i = 0; i < n*n; i++) size = fmax(size, n*fabs(A[i]));
    for (; size > 0.5; size /= 2.0) halved++;
    for (int i = 0; i < n*n; i++) {
        part[i] = ldexp(A[i], -halved);
        term[i] = out[i] = i%(n + 1) == 0;
    }
    for (int k = 1; k < 18; k++) {
        multiply(n, term, part, copy);
        for (int i = 0; i < n*n; i++) out[i] += term[i] /= k;
    }
    for (; halved > 0; halved--) {
        memcpy(part, out, sizeof(double)*n*n);
        multiply(n, out, part, copy);
    }
    free(part);
    free(term);
    free(copy);
}""",
}

# How terms are combined: what is there before the first, and a step.
_COMBINE = {
    "sum": ("0.0", "{0} += {1};"), "prod": ("1.0", "{0} *= {1};"), "max": ("-INFINITY", "{0} = fmax({0}, {1});"),
    "min": ("INFINITY", "{0} = fmin({0}, {1});"),
}  # fmt: skip
RESULTS = ("value", "derivative")
_WORDS = frozenset({
    FUNCTION, *HELPERS, *c_scalars.LIBM,
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
    "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
    "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "main",
    "exit", "fputs", "free", "malloc", "memcpy", "printf", "puts", "size_t", "stderr", "stdout", "INFINITY", "NAN",
    "NULL", "fabs", "fma", "fmod", "hypot", "nearbyint", "pow", "remainder", "tgamma",
    "j0", "j1", "jn", "y0", "y1", "yn",
})  # fmt: skip
_NUMBERS = {sympy.pi: "3.141592653589793", sympy.E: "2.718281828459045", sympy.oo: "INFINITY", sympy.nan: "NAN"}


class C(Language):
    name = "c"
    words = _WORDS
    spellings = c_scalars.SPELLINGS
    calls: Mapping[str, str] = MappingProxyType(
        {name: name for name in ("inv", "det", "solve", "logdet", "adjugate", "matrix_exp", "matrix_power", "cholesky")}
    )

    def number(self, tree: Tree) -> Text:
        if tree in _NUMBERS:
            return Text(_NUMBERS[tree])
        if tree.is_Rational and not tree.is_Integer and abs(tree.p) < 10**15:
            return Text(f"{tree.p}.0/{tree.q}.0", STRENGTHS["p"])
        text = repr(float(python_number(tree)))
        return Text(text, STRENGTHS["u" if text.startswith("-") else "a"])

    def constant(self, value: Any) -> str:  # Any: see nodes.Static
        return c_scalars.constant(value)

    def count(self, letter: str) -> Text:
        if letter.isdigit():
            return Text(f"{letter}.0")
        return Text(f"(double){letter}" if letter.isidentifier() else f"(double)({letter})", STRENGTHS["u"])

    def entry(self, name: str, shape: Shape, at: Sequence[str]) -> str:
        found = at[0]
        for size, index in zip(shape[1:], at[1:], strict=True):
            inside = f"({found})" if " " in found else found
            found = index if found == "0" else f"{inside}*{_size(size)} + {index}"
        return f"{name}[{found}]"

    def chosen(self, condition: str, yes: Text, no: Text) -> Text:
        return Text(f"({condition} ? {yes} : {no})")

    def store(self, store: Store) -> list[str]:
        given = store.name in RESULTS
        head = [] if given or not store.shape else [f"double *{store.name} = alloc({_count(store.shape)});"]
        target = self.entry(store.name, store.shape, [v for v, _ in store.outer]) if store.shape else store.name
        if not store.combine:
            if given and not store.shape:
                return [f"*{target} = {store.term};"]
            start = "" if store.shape else "double "
            return [*head, *_nested(store.outer, [f"{start}{target} = {store.term};"])]
        first, step = _COMBINE[store.combine]
        total = "t0" if store.shape else store.name
        inside = [f"double {total} = {first};", *_nested(store.inner, [step.format(total, store.term)])]
        return [*head, *_nested(store.outer, [*inside, f"{target} = t0;"])] if store.shape else inside

    def whole(
        self, name: str, call: str, operands: Sequence[Value], shape: Shape, constants: Mapping[str, str]
    ) -> list[str]:
        a = operands[0]
        n = _size(a.shape[0])
        if call == "logdet":
            return [f"double {name} = log(det({n}, {a.name}));"]
        if call == "det":
            return [f"double {name} = det({n}, {a.name});"]
        more = [*constants.values(), *([_size(shape[1]) if len(shape) == 2 else "1"] if call == "solve" else [])]
        names = ", ".join(x.name for x in operands)
        return [f"double *{name} = alloc({_count(shape)});", f"{call}({', '.join([n, *more])}, {names}, {name});"]


def _size(size: int) -> str:
    if not isinstance(size, Size):
        return str(int(size))
    return f"({size.name})" if " " in size.name else size.name


def _count(shape: Shape) -> str:
    return "(size_t)" + "*".join(_size(size) for size in shape) if shape else "1"


def _nested(loops: Sequence[tuple[str, str]], body: Sequence[str]) -> list[str]:
    """Loops around statements."""
    if not loops:
        return list(body)
    (variable, end), *rest = loops
    inside = _nested(rest, body)
    head = f"for (int {variable} = 0; {variable} < {end}; {variable}++)"
    if len(inside) == 1:
        return [f"{head} {inside[0]}"]
    return [f"{head} {{", *(f"    {line}" for line in inside), "}"]


def function(unit: Unit) -> list[str]:
    """The lines of the C function."""
    writer = Writer(C(), unit, LOOPS)
    results = writer.results(RESULTS)
    lines = list(writer.lines)
    for target, value in zip(RESULTS, results, strict=True):
        if value.name == target:
            continue
        if value.shape:
            lines.append(f"memcpy({target}, {value.name}, sizeof(double)*{_count(value.shape)});")
        else:
            lines.append(f"*{target} = {value.name};")
    lines += [f"free({x.name});" for x in writer.stored if x.shape and x.name not in RESULTS]
    names = identifiers(unit.names, C.words)
    arguments = [
        *(f"int {letter}" for letter in unit.letters),
        *(f"const double *{names[n]}" if unit.shape_of(n) else f"double {names[n]}" for n in unit.names),
        "double *value",
        "double *derivative",
    ]
    return [f"void {FUNCTION}({', '.join(arguments)}) {{", *(f"    {line}" for line in lines), "}"]


def write_c(unit: Unit, example: Example) -> str:
    """The file: helpers, the function, and a main that tests it."""
    body = "\n".join([_comment(unit), *function(unit)])
    test = "\n".join(_main(unit, example))
    helpers = [HELPERS[name] for name in c_scalars.needed(body, HELPERS)]
    heads = "\n".join(f"#include <{name}.h>" for name in ("math", "stdio", "stdlib", "string"))
    return "\n\n".join([heads, *helpers, body, test]) + "\n"


def _comment(unit: Unit) -> str:
    value, slope = (text.replace("*/", "* /").replace("\n", "; ") for text in (unit.texts[0], unit.told))
    shapes = ", ".join(f"{n} ({', '.join(map(_size, unit.shape_of(n)))})" for n in unit.names)
    out = ", ".join(
        f"{what} ({', '.join(map(_size, unit.shapes[at]))})"
        for what, at in (("value", unit.value), ("derivative", unit.derivative))
    )
    return f"/* Value and derivative of  {value}\n   derivative: {slope}\n   shapes, row by row: {shapes} -> {out} */"


def _main(unit: Unit, example: Example) -> list[str]:
    names = identifiers(unit.names, C.words)
    lines = [_literal(names[name], value) for name, value in example.point.items()]
    sizes = [str(int(unit.shape_of(name)[axis])) for name, axis in unit.letters.values()]
    expected = {"value": example.value, "derivative": example.derivative}
    for name, value in expected.items():
        lines += [_literal(f"expected_{name}", value.reshape(-1)), f"double {name}[{max(value.size, 1)}];"]
    lines.append(f"{FUNCTION}({', '.join([*sizes, *names.values(), 'value', 'derivative'])});")
    for name, value in expected.items():
        wrong = f"!(fabs({name}[i] - expected_{name}[i]) <= 1e-12 + 1e-9*fabs(expected_{name}[i]))"
        lines += [
            f"for (int i = 0; i < {value.size}; i++)",
            f'    if ({wrong}) {{ printf("{name}[%d]: %.17g\\n", i, {name}[i]); return 1; }}',
        ]
    lines += ['puts("value and derivative agree with enclosures at a seeded point");', "return 0;"]
    return ["int main(void) {", *(f"    {line}" for line in lines), "}"]


def _literal(name: str, value: FloatArray) -> str:
    if not value.ndim:
        return f"const double {name} = {float(value)!r};"
    entries = ", ".join(repr(float(x)) for x in value.ravel())
    return f"const double {name}[{max(prod(value.shape), 1)}] = {{{entries}}};"
