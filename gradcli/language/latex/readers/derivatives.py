r"""Derivatives in formulas: ``\frac{d}{dx}``, ``\frac{\partial}{\partial x}``, ``\nabla``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradcli.base.errors import Span
from gradcli.language.latex.nodes import Derivative, Letter, Nabla, Node, Power
from gradcli.language.latex.readers.code import ATOM, written
from gradcli.language.latex.readers.parts import Part
from gradcli.language.latex.readers.reader import Reader
from gradcli.language.parse import parse


def read_derivative(reader: Reader, node: Derivative) -> Part:
    """Errors: ExpressionError where nothing follows, and for a variable that is none."""
    if node.body is None:
        raise reader.error(node, "the derivative of something that is not given, or a quotient", r"\frac{d}{dx} (x^2)")
    body = made = reader.read(node.body)
    variables = [_variable(reader, variable) for variable in node.variables]
    if len(variables) < node.order and len(variables) == 1:
        variables *= node.order
    if body.text.isidentifier() and body.text not in {variable.text for variable in variables}:
        function = f"the derivative of {body.text}, of which the formula does not say how it depends on it"
        raise reader.two(node, function, "a quotient of differentials", f"write out {body.text}")
    if len(variables) != node.order:
        raise reader.error(node, f"the order is {node.order}, and there are {len(variables)} variables below")
    if all(not variable.shape and variable.text.isidentifier() for variable in variables):
        _refuse_indexed(reader, node, body)
        code = written(node.span, "diff(", body.code, "".join(f", {v.text}" for v in variables), ")")
        return replace(body, code=code, binds=ATOM, span=node.span, factors=(), matmul=False)
    if len(variables) == 2 and variables[0].text == variables[1].text and body.scalar:
        _refuse_indexed(reader, node, body)
        code = written(node.span, "hessian(", body.code, f", {variables[0].text})")
        return Part(code, ATOM, node.span, variables[0].shape * 2)
    for variable in variables:
        made = _once(reader, node, made, variable)
    return made


def _refuse_indexed(reader: Reader, node: Node, body: Part) -> None:
    if body.axes or body.sized is not None:
        raise reader.error(node, "derivatives of what has an index are not read", "write the sum, or the whole array")


def _once(reader: Reader, node: Derivative, body: Part, variable: Part) -> Part:
    _refuse_indexed(reader, node, body)
    name, bracket, rest = variable.text.partition("[")
    shape = reader.context.shape(name) or ()
    if bracket:
        whole = _derived(node.span, body, name, shape)
        at = written(
            node.span, whole.code, f"[{', :' * body.rank}{', ' if body.rank else ''}{rest}".replace("[, ", "[")
        )
        return Part(at, ATOM, node.span, body.shape)
    return _derived(node.span, body, name, shape)


def _derived(span: Span, body: Part, name: str, shape: tuple[int, ...]) -> Part:
    kind = "diff" if not shape else "grad" if body.scalar else "jacobian"
    return Part(written(span, f"{kind}(", body.code, f", {name})"), ATOM, span, (*body.shape, *shape))


def _variable(reader: Reader, node: Node) -> Part:
    """A variable, or an entry of one; of its transpose the same."""
    if isinstance(node, Power) and isinstance(node.exponent, Letter) and node.exponent.base in {"top", "T", "intercal"}:
        node = node.base
    part = reader.read(node)
    name, bracket, _ = part.text.partition("[")
    if not name.isidentifier() or part.axes or (bracket and part.shape) or not isinstance(node, Letter):
        raise reader.error(node, "one differentiates in a variable, or in an entry of one")
    return part


def read_nabla(reader: Reader, node: Nabla) -> Part:
    """Errors: ExpressionError for the square of nabla without a variable: the Laplacian or the Hessian."""
    if node.body is None:
        raise reader.error(node, "the gradient of something that is not given", r"\nabla_x (x^\top x)")
    body = reader.read(node.body)
    _refuse_indexed(reader, node, body)
    variables = [_variable(reader, variable) for variable in node.variables]
    if node.kind != "grad":
        return _field(reader, node, body, variables)
    if node.order == 2:
        return _second(reader, node, body, variables)
    if node.order != 1:
        raise reader.error(node, f"nabla to the power {node.order} is not read")
    if not variables:
        if isinstance(node.body, Letter) and body.text.isidentifier():
            raise reader.error(node, f"the gradient of {body.text}, which is not given", r"\nabla_x (x^\top x)")
        variables = [_only(reader, node, body)]
    if len(variables) > 1:
        raise reader.error(node, "a gradient in several variables at once is not read", r"\nabla_x, then \nabla_y")
    return _derived(node.span, body, variables[0].text, variables[0].shape)


def _second(reader: Reader, node: Nabla, body: Part, variables: Sequence[Part]) -> Part:
    names = {variable.text for variable in variables}
    if len(names) == 2:
        first = _derived(node.span, body, variables[0].text, variables[0].shape)
        return _derived(node.span, first, variables[1].text, variables[1].shape)
    if len(names) != 1 or not variables[0].shape:
        raise reader.two(node, "the Laplacian", "the Hessian", r"\nabla^2_x of a vector x is the Hessian")
    if not body.scalar:
        raise reader.error(node, "the Hessian of a vector is not read", None, "non-scalar")
    reader.note(r"\nabla^2 is the Hessian")
    code = written(node.span, "hessian(", body.code, f", {variables[0].text})")
    return Part(code, ATOM, node.span, variables[0].shape * 2)


def _field(reader: Reader, node: Nabla, body: Part, variables: Sequence[Part]) -> Part:
    """Divergence and curl."""
    variable = variables[0] if variables else _only(reader, node, body, body.shape)
    if len(variables) > 1 or len(body.shape) != 1 or body.shape != variable.shape:
        raise reader.error(node, "this is for a vector field with as many entries as its variable", None, "shape")
    name = {"div": "divergence", "curl": "curl"}[node.kind]
    shape = () if node.kind == "div" or body.shape == (2,) else body.shape
    return Part(written(node.span, f"{name}(", body.code, f", {variable.text})"), ATOM, node.span, shape)


def _only(reader: Reader, node: Nabla, body: Part, shape: tuple[int, ...] | None = None) -> Part:
    """The only variable, or the only one of a shape. Errors: ExpressionError where there are several."""
    names = parse(body.text, bound=reader.context.shapes, sizes=reader.context.letters).names
    names = tuple(name for name in names if name not in reader.context.letters)
    if shape is not None:
        names = tuple(name for name in names if reader.context.shape(name) == shape)
    if len(names) != 1:
        raise reader.error(node, "in which variable this is a derivative, is not told", r"\nabla_x")
    return reader.variable(names[0], node.span, reader.context.shape(names[0]) or ())
