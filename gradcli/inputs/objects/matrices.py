"""sympy's matrix expressions: columns and rows are vectors of one axis, matrices of 1 x 1 are numbers."""

from __future__ import annotations

from typing import Any, TypeAlias

import sympy
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.kronecker import KroneckerProduct

from gradcli.inputs.objects.reading import Reader, Reading, formula, refused
from gradcli.language import nodes
from gradcli.language.folding import fold_number
from gradcli.language.nodes import Tree
from gradcli.operations.table import OPS

Axes: TypeAlias = tuple[str | int, ...]


def shapes_in(source: sympy.Basic) -> dict[str, Axes]:
    """The shapes of its symbols of matrices, with letters for sizes that are no numbers: ``A (n, 3)``, ``x (n,)``.

    Errors: ExpressionError for a size that is neither a letter nor a number.
    """
    return {symbol.name: _axes(symbol) for symbol in source.atoms(sympy.MatrixSymbol)}


def _axes(symbol: sympy.MatrixSymbol) -> Axes:
    sizes = [_size(size, symbol) for size in symbol.shape]
    return tuple(size for size in sizes if size != 1)


def _size(size: sympy.Basic, matrix: sympy.MatrixExpr) -> str | int:
    if isinstance(size, sympy.Symbol):
        return str(size.name)
    if not size.is_Integer or size < 1:
        raise refused(matrix, f"its size {size} is neither a letter nor a number", "take one symbol for each size")
    return int(size)


def _is_matrix(part: sympy.Basic) -> bool:
    return _has_shape(part) and all(size != 1 for size in part.shape)


def _is_number(part: sympy.Basic) -> bool:
    return not _has_shape(part) or all(size == 1 for size in part.shape)


def _has_shape(part: sympy.Basic) -> bool:
    return bool(getattr(part, "is_Matrix", False) or getattr(part, "is_MatrixLike", False))


def _symbol(_: Reading, part: sympy.MatrixSymbol) -> Tree:
    return nodes.symbol(part.name)


def _product(reading: Reading, part: sympy.MatMul) -> Tree:
    """From left to right, numbers first."""
    scale, factors = part.as_coeff_matrices()
    result, done = reading.number(factors[0]), factors[0]
    for factor in factors[1:]:
        result = _times(result, done, reading.number(factor), factor)
        done = done * factor
    return result if scale == 1 else nodes.multiply(reading.number(scale), result)


def _times(x: Tree, left: sympy.MatrixExpr, y: Tree, right: sympy.MatrixExpr) -> Tree:
    if _is_number(left) or _is_number(right):
        return nodes.multiply(x, y)
    inner = "outer(x, y)" if left.cols == 1 else "x @ y"
    return formula(inner, {"x": x, "y": y})


def _sum(reading: Reading, part: sympy.MatAdd) -> Tree:
    return nodes.add(*reading.numbers(part.args))


def _power(reading: Reading, part: sympy.MatPow) -> Tree:
    base, exponent = reading.numbers(part.args)
    if _is_number(part.base):
        return nodes.power(base, exponent)
    if exponent == -1:
        return formula("inv(x)", {"x": base})
    if not isinstance(fold_number(exponent), int):
        raise refused(part, "a power of a matrix is read with a whole exponent")
    return formula("matrix_power(x, n)", {"x": base, "n": exponent})


def _transpose(reading: Reading, part: sympy.Basic) -> Tree:
    inner = reading.number(part.args[0])
    return formula("x.T", {"x": inner}) if _is_matrix(part.args[0]) else inner


def _inverse(reading: Reading, part: sympy.Inverse) -> Tree:
    text = "1/x" if _is_number(part.args[0]) else "inv(x)"
    return formula(text, {"x": reading.number(part.args[0])})


def _of_square(word: str) -> Reader:
    """Of a matrix of 1 x 1 it is its entry."""

    def read(reading: Reading, part: sympy.Basic) -> Tree:
        inner = reading.number(part.args[0])
        return inner if _is_number(part.args[0]) else formula(f"{word}(x)", {"x": inner})

    return read


def _entrywise(reading: Reading, part: sympy.Basic) -> Tree:
    factors = reading.numbers(part.args)
    return nodes.multiply(*factors)


def _entrywise_power(reading: Reading, part: sympy.Basic) -> Tree:
    return nodes.power(*reading.numbers(part.args))


def _applied(reading: Reading, part: ElementwiseApplyFunction) -> Tree:
    function = part.function
    if not isinstance(function, sympy.Lambda) or len(function.variables) != 1:
        raise refused(part, "a function of one number is needed here")
    return reading.within({function.variables[0]: reading.number(part.expr)}).number(function.expr)


def _diagonal(reading: Reading, part: sympy.Basic) -> Tree:
    """Of a vector the matrix, of a matrix the vector."""
    inner = part.args[0]
    return reading.number(inner) if _is_number(inner) else formula("diag(x)", {"x": reading.number(inner)})


def _kronecker(reading: Reading, part: KroneckerProduct) -> Tree:
    if not all(map(_is_matrix, part.args)) and not all(one.cols == 1 for one in part.args):
        raise refused(part, "the Kronecker product is read of matrices, or of columns")
    first, *rest = reading.numbers(part.args)
    for other in rest:
        first = formula("kron(x, y)", {"x": first, "y": other})
    return first


def _dot(reading: Reading, part: sympy.Basic) -> Tree:
    x, y = reading.numbers(part.args)
    return formula("dot(x, y)", {"x": x, "y": y})


def _constant(word: str, entry: int, *, square: bool = False) -> Reader:
    """``eye(n)``, ``zeros(n, m)``; ``entry`` is the only one of a matrix of 1 x 1."""

    def read(reading: Reading, part: sympy.MatrixExpr) -> Tree:
        sizes = [_size(size, part) for size in part.shape if size != 1]
        unknown = [size for size in sizes if isinstance(size, str) and size not in reading.sizes]
        if unknown:
            raise refused(part, f"nothing says how large {unknown[0]} is", "a symbol of a matrix has it in its shape")
        written = ", ".join(map(str, sizes[:1] if square else sizes))
        return formula(f"{word}({written})", {}, reading.sizes) if sizes else sympy.Integer(entry)

    return read


def _entry(reading: Reading, part: sympy.Basic) -> Tree:
    matrix, *places = part.args
    index = [fold_number(reading.number(place)) for place in places]
    if not all(isinstance(n, int) and n >= 0 for n in index):
        raise refused(part, "its index is no whole number from 0", "take values for its indices, or sum over them")
    kept = tuple(n for n, size in zip(index, matrix.shape, strict=True) if size != 1)
    inner = reading.number(matrix)
    return nodes.make(OPS["index"], [inner], (kept,)) if kept else inner


def immutable(part: Any) -> Any:  # Any: an object of sympy's
    """The same, as what can be looked up."""
    return part.as_immutable() if isinstance(part, sympy.MatrixBase | sympy.NDimArray) else part


READERS: dict[type, Reader] = {
    sympy.MatrixSymbol: _symbol, sympy.MatMul: _product, sympy.MatAdd: _sum, sympy.MatPow: _power,
    sympy.Transpose: _transpose, sympy.Adjoint: _transpose, sympy.Inverse: _inverse, sympy.Trace: _of_square("trace"),
    sympy.Determinant: _of_square("det"), sympy.HadamardProduct: _entrywise, sympy.HadamardPower: _entrywise_power,
    ElementwiseApplyFunction: _applied, sympy.DiagMatrix: _diagonal, sympy.DiagonalOf: _diagonal,
    KroneckerProduct: _kronecker, sympy.DotProduct: _dot, sympy.Identity: _constant("eye", 1, square=True),
    sympy.ZeroMatrix: _constant("zeros", 0), sympy.OneMatrix: _constant("ones", 1),
    type(sympy.MatrixSymbol("A", 2, 2)[0, 0]): _entry,
}  # fmt: skip
