"""One call as text: operator, method, function, alias; constants by place or by name."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fuzzing.calls import Call

from gradcli.operations.prefixes import PREFIXES
from gradcli.operations.row import Param
from gradcli.operations.table import KEYWORD_ALIASES, METHOD, candidates, meant_otherwise, spellings_of

OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(1, 10)
INFIX = {
    "add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT), "matmul": ("@", PRODUCT),
    "mod": ("%", PRODUCT), "floor_divide": ("//", PRODUCT), "lt": ("<", COMPARE), "le": ("<=", COMPARE), "gt": (">", COMPARE),
    "ge": (">=", COMPARE), "eq": ("==", COMPARE), "ne": ("!=", COMPARE), "logical_and": ("and", AND), "logical_or": ("or", OR),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Text, and how strongly it binds: 0 needs parentheses everywhere, ATOM nowhere."""

    text: str
    strength: int

    def at(self, outer: int) -> str:
        return self.text if self.strength >= outer else f"({self.text})"


class Spelling:
    """One call as text: operator, method, function, alias; constants by place or by name."""

    def __init__(self, rng: random.Random, call: Call, parts: list[Piece | None]) -> None:
        self.rng, self.call, self.op, self.parts = rng, call, call.op, parts
        self.given = [part for part in parts if part is not None]

    def piece(self) -> Piece:
        if self.op.name == "index" or self.rng.random() < 0.7:
            made = self.operator()
            if made is not None:
                return made
        if len(self.given) == len(self.parts) and self.op.params[0].is_tensor and self.rng.random() < 0.25:
            made = self.method()
            if made is not None:
                return made
        return Piece(f"{self.name()}({', '.join(self.arguments(0))})", ATOM)

    def operator(self) -> Piece | None:
        """The row's own sign, if it has one."""
        name, parts, constants = self.op.name, self.given, self.call.constants
        if name in INFIX:
            sign, strength = INFIX[name]
            blank = " " if sign.isalpha() or self.rng.random() < 0.7 else ""
            left = strength + 1 if strength == COMPARE else strength
            return Piece(f"{parts[0].at(left)}{blank}{sign}{blank}{parts[1].at(strength + 1)}", strength)
        if name == "neg":
            return Piece(f"-{parts[0].at(UNARY)}", UNARY)
        if name == "pow":
            return Piece(f"{parts[0].at(ATOM)}{self.rng.choice(('**', '^'))}{parts[1].at(UNARY)}", POWER)
        if name == "sqrt":
            return Piece(f"√({parts[0].at(0)})", ATOM)
        if name == "logical_not":
            return Piece(f"not {parts[0].at(NOT)}", NOT)
        if name == "where":
            condition, value, other = parts
            return Piece(f"{value.at(OR)} if {condition.at(OR)} else {other.at(0)}", 0)
        if name == "index":
            return Piece(f"{parts[0].at(ATOM)}[{', '.join(map(index_text, constants[0]))}]", ATOM)
        if name == "transpose" and constants == (None, None):
            return Piece(f"{parts[0].at(ATOM)}{self.rng.choice(('.T', 'ᵀ'))}", ATOM)
        if name == "matrix_transpose":
            return Piece(f"{parts[0].at(ATOM)}.mT", ATOM)
        if name == "stack" and constants == (0,):
            return Piece(f"[{', '.join(part.at(0) for part in parts)}]", ATOM)
        return None

    def method(self) -> Piece | None:
        """``x.name(...)``, where that is this row."""
        names = [n for n in self.names() if "." not in n and candidates(n, METHOD)[0][0] is self.op
                 and not spellings_of(n, METHOD)]  # fmt: skip
        receiver = self.given[0].at(ATOM)
        if not names or self.op.params[0].variadic or self.op.params[0].kind != "tensor":
            return None
        receiver = f"({receiver})" if receiver[0].isdigit() else receiver
        return Piece(f"{receiver}.{self.rng.choice(names)}({', '.join(self.arguments(1))})", ATOM)

    def name(self) -> str:
        return self.op.name if self.rng.random() < 0.7 else self.rng.choice(self.names())

    def names(self) -> list[str]:
        """The row's name and aliases that preset nothing, and the name behind a library's prefix."""
        plain = [self.op.name, *(a for a in self.op.aliases if "(" not in a and not a.startswith(".") and not own(a))]
        prefixed = [
            f"{p}.{self.op.name}"
            for p in ("torch", "np", "math")
            if candidates(self.op.name, PREFIXES[p])[0] == (self.op, {}) and not own(f"{p}.{self.op.name}")
        ]
        return plain + prefixed

    def arguments(self, skip: int) -> list[str]:
        """Arguments in the order of the signature, but for the first ``skip``; after a gap, by name."""
        queue, values = (
            list(self.parts),
            dict(zip((p.name for p in self.op.constants), self.call.constants, strict=True)),
        )
        texts: list[str] = []
        named = False
        for i, param in enumerate(self.op.params):
            awaited = any(p.is_tensor for p in self.op.params[i:])  # an operand to come, which stands by its place
            if param.is_tensor:
                taken = [queue.pop(0) for _ in range(len(queue) if param.variadic else 1)]
                texts += self.operands(param, taken, named)
                named = named or param.variadic or None in taken
            elif values[param.name] == param.default and self.rng.random() < 0.7 and not awaited:
                named = True
            elif param.kind == "entries":
                texts.append(", ".join(map(index_text, values[param.name])))
            else:
                named = named or (not awaited and self.rng.random() < 0.4)
                texts.append(self.constant(param, values[param.name], named))
                named = named or (param.kind == "sizes")
        return texts[skip:]

    def operands(self, param: Param, taken: list[Piece | None], named: bool) -> list[str]:
        shown = [part.at(0) for part in taken if part is not None]
        if param.variadic and self.op.unpacks and (len(shown) == 1 or self.rng.random() < 0.5):
            return [f"[{', '.join(shown)}]"]
        return [f"{param.name}={text}" for text in shown] if named else shown

    def constant(self, param: Param, value: Any, named: bool) -> str:
        text = constant_text(value)
        if not named:
            spread = param.kind == "sizes" and value and self.rng.random() < 0.5
            return ", ".join(map(str, value)) if spread else text
        others = [alias for alias, name in KEYWORD_ALIASES.items() if name == param.name and len(alias) > 1]
        return f"{self.rng.choice([param.name, param.name, *others])}={text}"


def own(dotted: str) -> bool:
    """Has the library a signature of its own, or another meaning, behind its prefix?"""
    prefix, _, name = dotted.rpartition(".")
    return bool(prefix) and bool(spellings_of(name, PREFIXES.get(prefix)) or meant_otherwise(dotted, alone=False))


def constant_text(value: Any) -> str:
    """A constant as it is typed."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}" if value.denominator == 3 else repr(float(value))
    return repr(value)


def index_text(entry: Any) -> str:
    """An entry of an index as it is typed."""
    if isinstance(entry, slice):
        bounds = ["" if part is None else str(part) for part in (entry.start, entry.stop)]
        return ":".join(bounds) + ("" if entry.step is None else f":{entry.step}")
    return "..." if entry is Ellipsis else str(entry)
