"""The mathematics that a kernel calls: what the C library has for whole vectors is declared so, the rest is wrapped.

glibc's libmvec has vectors of these functions; gcc calls them from a loop where a prototype says so. The attribute
``const`` lets it do so under a condition too.
"""

from __future__ import annotations

from gradcli.export.c_scalars import HELPERS, LOOPED, called_in, needed

# Since which glibc it has the function in vectors, by the processor: x86-64, AArch64.
IN_VECTORS = {
    **dict.fromkeys(("cos", "exp", "log", "sin"), ((2, 22), (2, 38))),
    "pow": ((2, 22), (2, 40)),
    **dict.fromkeys(
        (
            "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cosh", "erf", "erfc", "exp2", "expm1",
            "hypot", "log10", "log1p", "log2", "sinh", "tan", "tanh",
        ),
        ((2, 35), (2, 40)),
    ),
}  # fmt: skip
# What libm has for one number alone.
_ALONE = ("fmod", "remainder", "lgamma", "tgamma", "j0", "j1", "y0", "y1", "jn", "yn")
_TWO = frozenset({"atan2", "fmod", "hypot", "pow", "remainder"})
_ORDERED = frozenset({"jn", "yn"})  # whose first argument is a whole number
_INSTRUCTIONS = ("sqrt", "fabs", "floor", "ceil", "trunc", "nearbyint", "fma")  # the processor's own, as builtins alone

# Whose vectors lose digits below 1e-290, and what they are there: the operand.
_MENDED = {
    name: f"""static double near_{name}(double x) {{
    double far = {name}(x);
    return __builtin_fabs(x) < 0x1p-54 ? x : far;
}}
#define {name} near_{name}"""
    for name in ("expm1", "log1p")
}

_HEAD = """#include <math.h>

#if defined __GNUC__ && !defined __clang__
#define VECTOR _Pragma("omp declare simd notinbranch")
#define WRAPPED static __attribute__((noinline, const))
#else
#define VECTOR
#define WRAPPED static
#endif
#if !defined __GLIBC__ || defined __clang__
#define SINCE(x86, arm) 0
#elif defined __x86_64__
#define SINCE(x86, arm) __GLIBC_PREREQ(2, x86)
#elif defined __aarch64__
#define SINCE(x86, arm) __GLIBC_PREREQ(2, arm)
#else
#define SINCE(x86, arm) 0
#endif"""


def preamble(code: str) -> list[str]:
    """What stands before code that calls functions of mathematics: prototypes, wrappers, and the helpers of C."""
    helpers = needed(code, HELPERS)
    names = called_in(code).union(*(called_in(HELPERS[name]) for name in helpers))
    called = [name for name in (*IN_VECTORS, *_ALONE) if name in names]
    instructions = [name for name in _INSTRUCTIONS if name in names]
    defined = "\n".join(f"#define {name} __builtin_{name}" for name in instructions)
    return [
        _HEAD,
        *([f"#ifdef __GNUC__\n{defined}\n#endif"] if defined else []),
        *(_declared(name) for name in called),
        *(_helper(name) for name in helpers),
    ]


def _declared(name: str) -> str:
    """A prototype for vectors where the library has them, else a function around the library's that has a clone of
    several calls."""
    names = ("x", "y") if name in _TWO | _ORDERED else ("x",)
    kinds = ["int" if name in _ORDERED and at == "x" else "double" for at in names]
    given = ", ".join(f"{kind} {at}" for kind, at in zip(kinds, names, strict=True))
    wrapped = (
        f"VECTOR WRAPPED double each_{name}({given}) {{ return {name}({', '.join(names)}); }}\n"
        f"#define {name} each_{name}"
    )
    if name not in IN_VECTORS:
        return wrapped
    (_, x86), (_, arm) = IN_VECTORS[name]
    mended = f"{_MENDED[name]}\n" if name in _MENDED else ""
    prototype = f"VECTOR double {name}({given}) __attribute__((const));"
    return f"#if SINCE({x86}, {arm})\n{prototype}\n{mended}#else\n{wrapped}\n#endif"


def _helper(name: str) -> str:
    """With a clone for vectors, which is called where it is not put into the loop: it has one, or is long."""
    comment, _, text = HELPERS[name].rpartition("*/\n") if HELPERS[name].startswith("/*") else ("", "", HELPERS[name])
    shown = f"{comment}*/\n" if comment else ""
    return shown + text.replace("static", "VECTOR WRAPPED" if name in LOOPED else "VECTOR static", 1)
