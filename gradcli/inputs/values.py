"""Bindings: ``NAME=VALUE``, where a value is an expression without free names or a file behind an @."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray, as_flags
from gradcli.base.errors import ExpressionError, GradcliError, InputError, printable
from gradcli.inputs.files import load_array
from gradcli.inputs.request import valid_name
from gradcli.language.tokens import normalise

if TYPE_CHECKING:
    from gradcli.language.nodes import Tree
    from gradcli.meaning.balls.arithmetic import Balls
    from gradcli.meaning.scalars import Array
    from gradcli.operations.shape_rules import Shape

_PLAIN = re.compile(r"[-+0-9.eE,\[\]\s]+")
_FLAGS = re.compile(r"[\[\s]*(?:True|False|true|false)(?:[,\[\]\s]+(?:True|False|true|false))*[\]\s]*")
_TWO_SIGNS = re.compile(r"\s*[-+]\s*[-+]")


def read_bindings(arguments: Sequence[str], *, seed: int, stdin: BinaryIO) -> dict[str, FloatArray]:
    """The values of ``NAME=VALUE`` arguments, in order; a value may use the names before it.

    Errors: InputError for a malformed, doubled or unreadable binding; LimitError for one that is too large.
    """
    if sum(argument.partition("=")[2].strip() == "@-" for argument in arguments) > 1:
        raise InputError("stdin can be read once", hint="put all but one of the values into files", kind="binding")
    found: dict[str, FloatArray] = {}
    for argument in arguments:
        name, value = _split(argument)
        if name in found:
            raise InputError(f"{name} is bound twice", hint="remove one of the two", kind="binding")
        found[name] = _not_empty(
            name, load_array(value[1:], stdin) if value.startswith("@") else read_value(name, value, found, seed)
        )
    return found


def _split(argument: str) -> tuple[str, str]:
    name, sign, value = normalise(argument).partition("=")
    name = name.strip()
    if not sign:
        hint = "values come as NAME=VALUE; quote an expression that has blanks"
        raise InputError(f"'{printable(argument)[:60]}' is not a binding", hint=hint, kind="binding")
    valid_name(name)
    if not value.strip():
        raise InputError(
            f"{name} has no value", hint=f"for instance {name}=3, {name}=1,2,3 or {name}=@file.npy", kind="binding"
        )
    return name, value.strip()


def read_value(name: str, text: str, known: dict[str, FloatArray], seed: int) -> FloatArray:
    """The number or array that a value's text stands for."""
    if _TWO_SIGNS.match(text):
        raise InputError(f"{name} has two signs in a row: {printable(text)[:40]}", hint="write one", kind="binding")
    plain = _plain_numbers(text)
    return evaluate_value(name, text, known, seed) if plain is None else plain


def _plain_numbers(text: str) -> FloatArray | None:
    """Literal numbers without the parser: fast, and without its bound on nodes; None where the parser must decide."""
    flags = _FLAGS.fullmatch(text)
    if not flags and not _PLAIN.fullmatch(text):
        return None
    listed = text if "," not in text or text.lstrip().startswith("[") else f"[{text}]"
    try:
        if flags:
            return as_flags(np.asarray(json.loads(listed.lower()), dtype=bool))
        return np.asarray(json.loads(listed), dtype=np.float64)
    except (ValueError, RecursionError, OverflowError):
        return None


def evaluate_value(name: str, text: str, known: dict[str, FloatArray], seed: int) -> FloatArray:
    """A value that is an expression: ``pi/4``, ``eye(3)``, ``randn(3, 4)``, or earlier names."""
    import torch

    from gradcli.autograd.tensors import evaluate, session
    from gradcli.language.complex import ComplexResultError
    from gradcli.language.parse import parse
    from gradcli.meaning.program import compile_tree
    from gradcli.meaning.shapes import shapes_of

    source = f"[{text}]" if _has_top_level_comma(text) else text
    try:
        expression = parse(source, bound=known)
        missing = [n for n in expression.names if n not in known]
        if missing:
            span = next((s for t, s in expression.spans.items() if getattr(t, "name", None) == missing[0]), None)
            raise ExpressionError(
                f"{missing[0]} has no value here",
                span=span,
                source=source,
                hint="a value may use the bindings before it",
                kind="name",
            )
        program = compile_tree(expression.tree)
        shapes_of(program, {n: value.shape for n, value in known.items()})
    except ExpressionError as error:
        parts = f"write {name} = a + 1j*b in the expression, and give real values to a and b"
        hint = parts if isinstance(error, ComplexResultError) else error.advice
        raise InputError(
            f"{name}: {error.said}", span=error.span, source=error.source, hint=hint, kind="binding"
        ) from None
    with session("float64", "cpu"), torch.random.fork_rng(devices=[]):
        torch.manual_seed((seed << 8) + len(known))
        return np.asarray(
            evaluate(program, {n: torch.as_tensor(value) for n, value in known.items()}).numpy(), dtype=np.float64
        )


def exact_values(
    given: Any, floats: Mapping[str, FloatArray], arithmetic: Balls
) -> dict[str, Array]:  # Any: ``NAME=VALUE`` texts, or values by name
    """The values in balls of the working precision: decimals and formulas as typed, 0.1 is 1/10; others as floats."""
    texts = typed(given)
    found: dict[str, Array] = {}
    for name, value in floats.items():
        exact = _exact(texts[name], found, arithmetic) if name in texts else None
        found[name] = arithmetic.exact(value) if exact is None or exact.shape != value.shape else exact
    return found


def typed(given: Any) -> dict[str, str]:  # Any: as above
    """The texts of the values that were given as such, by name."""
    return {} if isinstance(given, Mapping) else dict(_split(argument) for argument in given or ())


def exact_tree(text: str, known: Mapping[str, Tree], shape: Shape) -> Tree | None:
    """A value's text as a formula without names; None as for ``exact_values``."""
    from gradcli.base.precision import precision
    from gradcli.closed.notation.names import without_names
    from gradcli.language.parse import parse
    from gradcli.meaning.balls.arithmetic import Balls
    from gradcli.meaning.program import compile_tree, run

    if text.startswith("@"):
        return None
    try:
        read = parse(f"[{text}]" if _has_top_level_comma(text) else text, bound=known).tree
        tree = without_names(read, known)
        with precision(128):
            same = np.shape(run(compile_tree(tree), Balls(), {})) == shape
    except GradcliError:
        return None
    return tree if same else None


def _exact(text: str, known: Mapping[str, Array], arithmetic: Balls) -> Array | None:
    """The value of a text in balls; None for a file, and for what only floats are made of, such as randn."""
    from gradcli.language.parse import parse
    from gradcli.meaning.program import compile_tree, run

    if text.startswith("@"):
        return None
    try:
        expression = parse(f"[{text}]" if _has_top_level_comma(text) else text, bound=known)
        exact: Array = run(compile_tree(expression.tree), arithmetic, known)
        return exact
    except GradcliError:
        return None


def _has_top_level_comma(text: str) -> bool:
    depth = 0
    for ch in text:
        depth += (ch in "([") - (ch in ")]")
        if ch == "," and depth == 0:
            return True
    return False


def _not_empty(name: str, value: npt.NDArray[Any]) -> FloatArray:  # Any: files keep their float type
    if value.size == 0:
        raise InputError(f"{name} holds no numbers: its shape is {value.shape}", kind="binding")
    return np.asanyarray(value, dtype=np.float64)  # truth values stay what they are
