"""What sentences say, told to a scope."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.inputs.documents.heads import bare
from gradcli.inputs.documents.parser import Parser
from gradcli.inputs.documents.pieces import Piece
from gradcli.inputs.documents.prose import Remark, introduces, numbers_in, remarks
from gradcli.inputs.documents.sayings import parts_of
from gradcli.inputs.documents.scope import Scope
from gradcli.inputs.documents.spaces import Shape, Space, sizes_of
from gradcli.language.latex.nodes import Letter
from gradcli.language.latex.readers.naming import name_of

_IN = ("\\in ", "\\in\\", "\\in{", "∈")


class Remarks:
    """The remarks of a sentence about the formulas in it. ``saying``: which sentence it is."""

    def __init__(self, scope: Scope, parser: Parser, formulas: Sequence[Piece], saying: int) -> None:
        self._scope, self._parser, self._formulas, self._saying = scope, parser, formulas, saying

    def tell(self, sentence: str) -> None:
        """Tells the scope what is certain, and what is understood in part."""
        anew = introduces(sentence)
        for remark in remarks(sentence):
            names = self._names(remark)
            if remark.kind == "shape":
                self._shape(remark, names, anew=anew)
            elif remark.kind == "scalar":
                for name in names:
                    self._scalar(name, remark, anew=anew)
            elif remark.kind == "property":
                self._property(remark, names)
            else:
                self._loose(remark, names)

    def _names(self, remark: Remark) -> list[str]:
        """The letters of the formulas: all in a list of letters, those left of a sign of membership."""
        return list(dict.fromkeys(name for number in remark.formulas for name in self._letters(self._formulas[number])))

    def _letters(self, piece: Piece) -> list[str]:
        text = piece.text
        for sign in _IN:
            text = text.partition(sign)[0]
        nodes = [self._parser.formula(part.text) for part in parts_of(text)]
        names = [name_of(node, self._scope.shapes) if isinstance(node, Letter) else None for node in nodes]
        return [name for name in names if name is not None] if None not in names else []

    def _shape(self, remark: Remark, names: Sequence[str], *, anew: bool) -> None:
        number = next(iter(numbers_in(remark.text)), None)
        shape: Shape | None = (remark.text,)
        line = self._formulas[remark.formulas[0]].line
        if number is not None:
            node = self._parser.formula(self._formulas[number].text)
            shape = None if node is None else sizes_of(bare(node))
        if shape is not None:
            for name in names:
                self._scope.declare(name, Space(shape), line, anew=anew)

    def _scalar(self, name: str, remark: Remark, *, anew: bool) -> None:
        if self._scope.shapes.get(name):
            return
        self._scope.declare(name, Space(()), self._formulas[remark.formulas[0]].line, anew=anew)
        if remark.text:
            self._scope.hold({name}, f"{name} {remark.text}", self._saying)

    def _property(self, remark: Remark, names: Sequence[str]) -> None:
        square = [name for name in names if self._is_square(name)]
        if remark.beside or len(square) == 1:
            for name in square:
                self._scope.assume(name, [remark.text])
                if remark.text == "positive" and "symmetric" not in self._scope.assumed.get(name, ()):
                    self._scope.more[name] = f"{name} is said to be positive definite, often of symmetric matrices only"
                if remark.text == "symmetric":
                    self._scope.more.pop(name, None)
            return
        self._loose(remark, square)

    def _is_square(self, name: str) -> bool:
        shape = self._scope.shapes.get(name, ())
        return len(shape) == 2 and shape[0] == shape[1]

    def _loose(self, remark: Remark, names: Sequence[str]) -> None:
        for name in names:
            self._scope.more[name] = f"a sentence says of {name}: {remark.text}; that is understood in part"
            if remark.text.startswith("one") and len(self._scope.shapes.get(name, ())) == 1:
                self._scope.members[name] = "0,1"
