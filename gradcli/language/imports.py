"""``import`` lines: what the names of libraries and of their functions stand for in the rest of the text."""

from __future__ import annotations

from gradcli.base.errors import printable
from gradcli.language.primary import PrimaryReader
from gradcli.language.tokens import Token
from gradcli.operations.prefixes import PREFIXES, same_library

_ENDS = frozenset({"stop", "end"})
# Modules of which nothing stands in a formula, or what does is refused where it stands.
_BESIDE = frozenset(["typing", "functools", "dataclasses", "matplotlib", "torch", "jax", "scipy", "autograd"])


class ImportReader(PrimaryReader):
    """The part of the grammar that reads imports."""

    def imports(self) -> bool:
        """Goes past an import of what is known, and remembers its names; is there one?"""
        word = self.peek()
        if word.text not in {"import", "from"} or self.taken(word.text) or self.peek(1).kind != "name":
            return False
        start = self.at
        self.at += 1
        if not (self.modules_as_named() if word.text == "import" else self.functions_as_named()):
            self.at = start
            return False
        return True

    def modules_as_named(self) -> bool:
        """``import numpy as np, math``."""
        while True:
            module = self.dotted_name()
            name = self.name_behind_as()
            if not _known(module):
                return False
            self.libraries.add(name.text if name else module.partition(".")[0])
            if name and not same_library(module, name.text):
                self.modules[name.text] = module
            if not self.take_keyword(","):
                return self.peek().kind in _ENDS

    def functions_as_named(self) -> bool:
        """``from scipy.special import gammaln, expit as sigmoid``."""
        module = self.dotted_name()
        if not _known(module) or not self.take_keyword("import"):
            return False
        opened = self.take_keyword("(")
        while self.peek().kind == "name":
            function = self.next().text
            name = self.name_behind_as()
            self.take_in(module, function, name.text if name else function)
            if not self.take_keyword(","):
                break
        if opened:
            self.expect(")")
        return self.peek().kind in _ENDS

    def take_in(self, module: str, function: str, name: str) -> None:
        whole = f"{module}.{function}"
        if _holds_prefixes(whole):
            self.libraries.add(name)
            if not same_library(whole, name):
                self.modules[name] = whole
        elif module in PREFIXES:
            self.imported[name] = whole

    def dotted_name(self) -> str:
        parts = [self.next().text]
        while self.take_keyword("."):
            parts.append(printable(self.next().text))
        return ".".join(parts)

    def name_behind_as(self) -> Token | None:
        return self.next() if self.take_keyword("as") and self.peek().kind == "name" else None


def _known(module: str) -> bool:
    return _holds_prefixes(module) or module.partition(".")[0] in _BESIDE


def _holds_prefixes(module: str) -> bool:
    return any(f"{prefix}.".startswith(f"{module}.") for prefix in PREFIXES)
