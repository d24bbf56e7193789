"""A graph evaluated modulo a prime, with random elements for inputs and atoms.

Atoms of equal arguments are one element, so that each draw finds by itself which arguments are equal. A root is a
random one of the two, where there is one; where there is none, that is seen, and shows that the radicand is no square.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lcm
from random import Random
from typing import Any

from gradcli.meaning.residues.inputs import Inputs, RedrawError, orthonormal, residue
from gradcli.meaning.residues.nodes import (
    ADD,
    ATOM,
    CONST,
    COS,
    DIV,
    DOT,
    EXP,
    INPUT,
    LOG,
    MUL,
    NEG,
    POWER,
    SIN,
    SUB,
    Node,
    below,
)
from gradcli.meaning.residues.primes import LOWEST

BITS = LOWEST.bit_length() - 1
FREE, CHAIN = 0, 1  # a power of what was drawn as a power; one of what was computed
Root = tuple[int, int]  # the place of a radicand, and which of its successive square roots


class NoRootError(Exception):
    """A radicand that is no square; those before it are."""

    def __init__(self, root: Root) -> None:
        super().__init__(root)
        self.root = root


@dataclass(slots=True)
class Draw:
    """One choice of a prime and of random elements.

    atoms:  by names and arguments
    signs:  for each root that was taken the one of the two that it is, 1 or -1
    owners: for a radicand the place of the first one that is equal
    """

    p: int
    source: Random
    inputs: dict[str, int] = field(default_factory=dict)
    atoms: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    signs: dict[Root, int] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)

    def element(self) -> int:
        """A random one of LOWEST elements, but not 0."""
        return self.source.getrandbits(BITS) + 1


class Plan:
    """What is evaluated in every draw: the steps of one output.

    inputs:  how they are drawn
    squares: primes of which square roots are taken, so that the field must have them
    """

    def __init__(self, output: Node, inputs: Inputs) -> None:
        self.nodes = below([output], ())
        self.inputs = inputs
        place = {node.index: i for i, node in enumerate(self.nodes)}
        self.scale = lcm(*(_denominator(node) for node in self.nodes if _of_exponential(node)))
        self.roots: dict[int, int] = {}  # the place of a base, and the order of the root that its powers want
        for node in self.nodes:
            if node.op == POWER and node.data.denominator > 1 and node.args[0].op != EXP:
                at = place[node.args[0].index]
                self.roots[at] = lcm(self.roots.get(at, 1), node.data.denominator)
        self.drawn_as_powers = {
            name: (order, sign)
            for at, order in self.roots.items()
            for name, sign in [_free(self.nodes[at])]
            if name and inputs.is_free(name)
        }
        self.squares = tuple(
            self.nodes[at].data.numerator
            for at, order in self.roots.items()
            if self.nodes[at].op == CONST and order % 2 == 0
        )
        self.odd = lcm(*(order // (order & -order) for order in self.roots.values()))
        self.steps = [self._step(node, [place[a.index] for a in node.args]) for node in self.nodes]

    def _step(self, node: Node, args: list[int]) -> tuple[int, list[int], Any]:
        """The operation, the places of its operands, and what it needs to know."""
        if node.op == DOT:
            return DOT, args[::2], args[1::2]
        if node.op == POWER:
            return POWER, args, self._power(node, args[0])
        if node.op in (COS, SIN):
            return node.op, args, [int(c * self.scale) for c in node.data]
        return node.op, args, node.data

    def _power(self, node: Node, base: int) -> tuple[int, int, int, int]:
        """How, the exponent's numerator, the odd part of its denominator, and how often 2 divides that."""
        if node.args[0].op == EXP:
            return FREE, int(node.data * self.scale), 1, 0
        name, _ = _free(node.args[0])
        if base in self.roots and name in self.drawn_as_powers:
            return FREE, int(node.data * self.drawn_as_powers[name][0]), 1, 0
        odd, twos = node.data.denominator, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        return CHAIN, node.data.numerator, odd, twos

    # -- one draw

    def run(self, draw: Draw) -> int:
        """The output. Errors: RedrawError, NoRootError."""
        return _Run(self, draw).output()


class _Run:
    def __init__(self, plan: Plan, draw: Draw) -> None:
        self.plan, self.draw, self.p = plan, draw, draw.p
        self.values = [0] * len(plan.steps)
        self.bases: dict[int, int] = {}  # by place: what FREE powers are powers of
        self.atoms = draw.atoms
        self.chains: dict[int, tuple[int, list[int]]] = {}  # by radicand: its first place, and its square roots
        self._draw_inputs()

    def _draw_inputs(self) -> None:
        p, inputs = self.p, self.draw.inputs
        if inputs:
            return
        for frame in self.plan.inputs.frames:
            inputs.update(orthonormal(frame, p, self.draw.element))
        determined = self.plan.inputs.determined
        for node in self.plan.nodes:
            if node.op == INPUT and node.data not in determined:
                self._draw_input(node.data)
        for name, affine in determined.items():
            total = 0
            for other, factor in affine.items():
                total += residue(factor, p) * (self._draw_input(other) if other else 1)
            inputs[name] = total % p

    def _draw_input(self, name: str) -> int:
        p, inputs = self.p, self.draw.inputs
        if name not in inputs:
            if name in self.plan.inputs.fixed:
                inputs[name] = residue(self.plan.inputs.fixed[name], p)
            elif name in self.plan.drawn_as_powers:
                order, sign = self.plan.drawn_as_powers[name]
                root = inputs["root of " + name] = self.draw.element()
                inputs[name] = sign * pow(root, order, p) % p
            else:
                inputs[name] = self.draw.element()
        return inputs[name]

    def output(self) -> int:
        p, values = self.p, self.values
        for at, (op, args, data) in enumerate(self.plan.steps):
            if op == DOT:
                value = sum([values[a] * values[b] for a, b in zip(args, data)]) % p  # noqa: B905 - hot
            elif op == MUL:
                value = values[args[0]] * values[args[1]] % p
            elif op == ADD:
                value = (values[args[0]] + values[args[1]]) % p
            elif op == SUB:
                value = (values[args[0]] - values[args[1]]) % p
            elif op == NEG:
                value = -values[args[0]] % p
            elif op == DIV:
                value = values[args[0]] * self._inverse(values[args[1]]) % p
            else:
                value = self._other(at, op, args, data)
            values[at] = value
        return values[-1]

    def _inverse(self, value: int) -> int:
        if not value:
            raise RedrawError
        return pow(value, -1, self.p)

    def _other(self, at: int, op: int, args: list[int], data: Any) -> int:
        p, values = self.p, self.values
        if op == CONST:
            return residue(data, p)
        if op == INPUT:
            return self.draw.inputs[data]
        if op == POWER:
            return self._power(args[0], *data)
        if op == EXP:
            base = self.bases[at] = self._element(EXP, values[args[0]]) if values[args[0]] else 1
            return pow(base, self.plan.scale, p)
        if op == LOG:
            return self._element(LOG, values[args[0]]) if values[args[0]] != 1 else 0
        if op == ATOM:
            if not args:
                return self._draw_input(data)
            return self._element(data, *(values[a] for a in args))
        cosine, sine = 1, 0
        for a, times in zip(args, data, strict=True):
            c, s = self._turn(values[a], times)
            cosine, sine = (cosine * c - sine * s) % p, (cosine * s + sine * c) % p
        return cosine if op == COS else sine

    def _element(self, *key: Any) -> int:
        """A random element that is not 0, one for each key."""
        found: int | None = self.atoms.get(key)
        if found is None:
            found = self.atoms[key] = self.draw.element()
        return found

    def _turn(self, angle: int, times: int) -> tuple[int, int]:
        """A random point of the unit circle for an angle, turned so many times."""
        if not angle:
            return 1, 0
        key = (COS, angle, times)
        found: tuple[int, int] | None = self.atoms.get(key)
        if found is None:
            t, p = self._element(SIN, angle), self.p
            scale = self._inverse((1 + t * t) % p)  # -1 is no square
            found = self.atoms[key] = _times((1 - t * t) * scale % p, 2 * t * scale % p, times, p)
        return found

    # -- powers

    def _power(self, base: int, how: int, numerator: int, odd: int, twos: int) -> int:
        p = self.p
        if how == FREE:
            return pow(self._free_base(base), numerator, p)
        value = self.values[base]
        if not value and numerator < 0:
            raise RedrawError
        if odd == 1 and not twos:
            return pow(value, numerator, p)
        return pow(self._root(base, value, twos), numerator * pow(odd, -1, p - 1), p)

    def _free_base(self, base: int) -> int:
        if base not in self.bases:
            name, _ = _free(self.plan.nodes[base])
            self.bases[base] = self.draw.inputs["root of " + name]
        return self.bases[base]

    def _root(self, base: int, value: int, twos: int) -> int:
        """A root of order 2**twos, the one that was taken before of the same radicand."""
        first, chain = self.chains.setdefault(value, (base, [value]))
        self.draw.owners[base] = first
        constant = self.plan.nodes[base].op == CONST
        while len(chain) <= twos:
            chain.append(self._square_root(chain[-1], (first, len(chain)), constant))
        return chain[twos]

    def _square_root(self, value: int, root: Root, constant: bool) -> int:
        p = self.p
        found = pow(value, (p + 1) // 4, p)
        if found * found % p != value:
            raise NoRootError(root)
        if constant:
            return found  # a square itself, so that it has roots again
        signs = self.draw.signs
        if root not in signs:
            signs[root] = self.draw.source.choice((1, -1))
        return signs[root] * found % p


def _times(c: int, s: int, times: int, p: int) -> tuple[int, int]:
    """``(c + i*s)**times`` for a point of the unit circle."""
    if times < 0:
        s, times = -s, -times
    cosine, sine = 1, 0
    while times:
        if times & 1:
            cosine, sine = (cosine * c - sine * s) % p, (cosine * s + sine * c) % p
        c, s = (c * c - s * s) % p, 2 * c * s % p
        times >>= 1
    return cosine, sine


def _free(node: Node) -> tuple[str, int]:
    """The name of an input or a constant, or of one that is negated, and the sign; no name for anything else."""
    sign = 1
    if node.op == NEG:
        node, sign = node.args[0], -1
    return (node.data, sign) if node.op == INPUT or (node.op == ATOM and not node.args) else ("", 1)


def _of_exponential(node: Node) -> bool:
    return node.op in (COS, SIN) or (node.op == POWER and node.args[0].op == EXP)


def _denominator(node: Node) -> int:
    return lcm(*(c.denominator for c in node.data)) if node.op != POWER else node.data.denominator
