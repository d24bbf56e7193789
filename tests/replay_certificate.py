"""Replays a certificate that ``gradcli check --certificate FILE`` wrote: ``python replay_certificate.py FILE``.

It shares no code with gradcli. Function and claim are read from their texts into sums of terms with indices, and the
function is differentiated. What is no sum or product is a generator: a base N = u of powers, exp(u), log(u), inv(M),
sin(u). The certificate says which multiples of relations (N - u = 0, P @ M - 1 = 0, sin**2 + cos**2 - 1 = 0, equations
that are premises) add up to derivative - claim. That is checked exactly, for letters as sizes: what is accepted holds
for all of them, wherever function and claim are defined. Of a power whose exponent is no number, x**y, that is where
exp(y*log(x)) is.
"""

import ast
import json
import sys
from fractions import Fraction
from itertools import chain, groupby, permutations, product
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace

WORDS = {
    "sqrt": "x**(1/2)", "tan": "sin(x)/cos(x)", "tanh": "(exp(2*x) - 1)/(exp(2*x) + 1)", "sinh": "(exp(x) - exp(-x))/2",
    "cosh": "(exp(x) + exp(-x))/2", "sigmoid": "1/(1 + exp(-x))", "softplus": "log(1 + exp(x))",
    "logdet": "log(det(x))", "mean": "sum(x)/sum(x**0)", "norm": "sum(x*x)**(1/2)", "softmax": "exp(x)/sum(exp(x))",
    "logsumexp": "log(sum(exp(x)))", "trace": "sum(diag(x))", "square": "x**2", "USub": "0 - x", "log1p": "log(1 + x)",
}  # fmt: skip
SLOPES = {
    "base": "1", "exp": "exp(x)", "log": "1/x", "sin": "cos(x)", "cos": "-sin(x)", "atan": "1/(1 + x*x)",
    "asin": "(1 - x*x)**(-1/2)", "acos": "-(1 - x*x)**(-1/2)", "erf": "2*pi**(-1/2)*exp(-x*x)",
}  # fmt: skip


class Index:  # what runs over an axis of this size, which may become known later
    def __init__(self, size=None):
        self.size = size


def need(condition, why):
    if not condition:
        raise ValueError(why)


def merged(*pairs):
    return {key: e for key, _ in pairs if (e := sum(x for k, x in pairs if k == key))}


def fresh(term, names=(), own=True):
    """A term of a sum, (coefficient, {(name, ports): exponent}, bound indices), with others as indices, bound ones new."""
    c, f, b = term
    new = {**({i: Index(i.size) for i in b} if own else {}), **dict(names)}
    moved = merged(*(((name, tuple(new.get(p, p) for p in ports)), e) for (name, ports), e in f.items()))
    return c, moved, tuple(new.get(i, i) for i in b)


def times(one, *others):
    for other in others:
        one = [(c * d, merged(*f.items(), *g.items()), b + h) for c, f, b in one for d, g, h in map(fresh, other)]
    return one


def factor(name="", ports=(), exponent=1, c=1):
    return [(Fraction(c), {(name, tuple(ports)): Fraction(exponent)} if name and exponent else {}, ())]


def scaled(terms, c, bound=()):
    return [(c * t[0], t[1], (*t[2], *bound)) for t in terms]


def contracted(term, free):
    """Deltas are worked off, and indices at no factor have become sizes."""
    c, f, b = term
    for (name, ports), e in f.items():
        if name == "$delta":
            need(e > 0, "a division by a delta")
            i, j = sorted(ports, key=[*free, *b].index)
            rest = c, merged(*f.items(), ((name, ports), -e)), tuple(k for k in b if k is not j or i is j)
            if i is j or j in b:
                return contracted(fresh(rest, {j: i}, own=False), free)
            if ports != (i, j) or e != 1 or any(j in at for _, at in rest[1]):
                return contracted(times([fresh(rest, {j: i}, own=False)], factor(name, (i, j)))[0], free)
    used = {p for _, ports in f for p in ports}
    sizes = [factor(c=i.size) if isinstance(i.size, int) else factor(i.size) for i in b if i not in used]
    return times([(c, f, tuple(i for i in b if i in used))], *sizes)[0]


def alike(one, two, bound):
    """Does a renaming of bound indices make one term's factors, sorted (name, exponent, ports), the other's?"""
    orders = product(*(permutations(group) for _, group in groupby(two, itemgetter(0, 1))))
    maps = ({pq for a, b in zip(one, chain(*o), strict=True) for pq in zip(a[2], b[2], strict=True)} for o in orders)
    one_to_one = (m for m in maps if len(m) == len({p for p, _ in m}) == len({q for _, q in m}))
    return any(all(p is q or (p in bound and q in bound and p.size == q.size) for p, q in m) for m in one_to_one)


def tidy(terms, free):  # the sum with like terms together; an empty one is 0
    found = {}
    for c, f, b in (fresh(contracted(t, free)) for t in terms):
        factors = sorted(((name, e, ports) for (name, ports), e in f.items()), key=itemgetter(0, 1))
        group = found.setdefault(tuple(map(itemgetter(0, 1), factors)), [])
        same = next((t for t in group if alike(factors, t[3], {*b, *t[2]})), (0,))
        group[:] = [(c + same[0], f, b, factors), *(t for t in group if t is not same)]
    return [t[:3] for group in found.values() for t in group if t[0]]


class Calculus:  # of arrays (free indices, terms); known: by name its kind, the sizes at its ports, what it is made of
    def __init__(self, shapes):
        self.sizes = {n for axes in shapes.values() for n in axes}
        letters = {n for n in self.sizes if isinstance(n, str)} | {"pi", "$delta"}
        need(not letters & shapes.keys(), "a name of two meanings")
        self.known = {name: SimpleNamespace(kind="", sizes=sizes) for name, sizes in shapes.items()}
        self.known |= {name: SimpleNamespace(kind="size", sizes=[]) for name in letters}

    def define(self, name, kind, free, terms, met):
        sizes = [] if kind == "det" else [i.size for i in free]
        self.known[name] = SimpleNamespace(kind=kind, sizes=sizes, free=free, terms=terms, met=met)

    def at(self, name, ports):
        return [fresh(t, zip(self.known[name].free, ports, strict=True)) for t in self.known[name].terms]

    def made(self, kind, terms, free, exponent=1):  # a power of the generator that is this, up to its indices' order
        free = [i for i in free if any(i in ports for _, f, _ in terms for _, ports in f)]
        smooth = kind in ("inv", "det") or not any(name == "$delta" for _, f, _ in terms for name, _ in f)
        need(terms and smooth, f"{kind} of 0, or of a delta")
        for name, ports in product([n for n, one in self.known.items() if one.kind == kind], permutations(free)):
            same = [i.size for i in ports] == [i.size for i in self.known[name].free]
            if same and not tidy(terms + scaled(self.at(name, ports), -1), free):
                self.known[name].met = True
                return factor(name, () if kind == "det" else ports, exponent)
        name = f"${len(self.known)} "  # which no name in a certificate is
        self.define(name, kind, free, terms, True)
        return factor(name, () if kind == "det" else free, exponent)

    def power(self, free, terms, e):
        """Common factors leave it where e is whole or they are positive; the rest is a base."""
        if e >= 0 and not e % 1:
            return times(factor(), *[terms] * int(e))
        rest = tidy(terms, free)
        every = not e % 1 or (len(rest) == 1 and rest[0][0] == 1 and [*rest[0][1].values()] == [1])
        every = {name for name, one in self.known.items() if every or one.kind in ("exp", "size")}
        keys = {k for _, f, _ in rest for k in f if {*k[1]} <= {*free} and k[0] in every}
        least = {k: x for k in keys if (x := min(f.get(k, 0) for _, f, _ in rest))}
        c = rest[0][0] if not e % 1 and len(rest) == 1 else Fraction(1)
        rest = [(x / c, merged(*f.items(), *((k, -y) for k, y in least.items())), b) for x, f, b in rest]
        out = [(c ** int(e), {k: x * e for k, x in least.items()}, ())]
        return out if [t[:2] for t in rest] == [(1, {})] else times(out, self.made("base", rest, free, e))

    def exp(self, i, terms):
        out = factor()
        for c, f, b in tidy(terms, i):
            log = [k for k, e in f.items() if self.known[k[0]].kind == "log" and e == len(f) == 1 and not b]
            out = times(out, self.power(i, self.at(*log[0]), c) if log else self.made("exp", [(c / c, f, b)], i, c))
        return out

    def derivative(self, terms, name, at):
        rests = ((key, (c * e, merged(*f.items(), (key, -1)), b)) for c, f, b in terms for key, e in f.items())
        return [t for key, rest in rests for t in times([rest], self.slope(*key, name, at))]

    def slope(self, one, ports, name, at):
        """The derivative of a factor. d inv(M) = -inv(M) dM inv(M), d det(M) = det(M) trace(inv(M) dM)."""
        if one == name:
            return times(factor(), *(factor("$delta", pair) for pair in zip(ports, at, strict=True)))
        if (kind := self.known[one].kind) in ("", "size"):
            return []
        ends = [Index(i.size) for i in self.known[one].free] if kind in ("inv", "det") else ports
        moved = self.derivative(self.at(one, ends), name, at)
        if kind in SLOPES:
            return times(self.read(SLOPES[kind], (ports, self.at(one, ports)))[1], moved) if moved else []
        if kind == "det":
            return scaled(times(factor(one), moved, self.made("inv", self.at(one, ends[::-1]), ends[::-1])), 1, ends)
        return scaled(times(factor(one, (ports[0], ends[0])), moved, factor(one, (ends[1], ports[1]))), -1, ends)

    def applied(self, word, x, y=((), []), dim=None):
        (f, s), (g, t) = x, y
        if word in ("MatMult", "dot"):
            need(0 < len(f) < 3 > len(g) > 0 and f[-1].size == g[0].size, "@ of shapes that do not fit")
            i = Index(f[-1].size)
            s, t = [fresh(a, {f[-1]: i}) for a in s], [fresh(a, {g[0]: i}) for a in t]
            return (*f[:-1], *g[1:]), scaled(times(s, t), 1, (i,))
        if word == "Pow":
            exponent = tidy(t, g) or factor(c=0)
            if len(exponent) == 1 and not exponent[0][1]:
                return f, self.power(f, s, exponent[0][0])
            return self.applied("exp", self.applied("Mult", (f, self.made("log", tidy(s, f), f)), y))
        if word in ("Add", "Sub", "Mult", "Div"):
            t = self.power(g, t, Fraction(-1)) if word == "Div" else scaled(t, -1) if word == "Sub" else t
            short, long = sorted((f, g), key=len)
            names = dict(zip(short, long[len(long) - len(short) :], strict=True))
            need(all(i.size == j.size for i, j in names.items()), "shapes that do not fit")
            s, t = [fresh(a, names) for a in s], [fresh(a, names) for a in t]
            return long, s + t if word in ("Add", "Sub") else times(s, t)
        if word in (".T", "outer"):
            return (f[::-1], s) if word == ".T" else ((*f, *g), times(s, t))
        need(not t and (dim is None or word == "sum") and (word, len(f)) != ("softmax", 2), f"{word} with such options")
        if word in WORDS:
            return self.read(WORDS[word], x)
        if word == "sum":
            gone = {i: Index(i.size) for n, i in enumerate(f) if dim is None or n == dim % len(f)}
            return [i for i in f if i not in gone], scaled([fresh(a, gone) for a in s], 1, gone.values())
        if word in ("eye", "diag"):
            of_size = [Index(n) for n in self.sizes if s == (factor(n) if isinstance(n, str) else factor(c=n))]
            f, s = (f, s) if word == "diag" else (of_size, factor())
            i, j = (*f, Index(f[0].size))[:2]
            need(i.size == j.size, "a diagonal of what is not square")
            return ([i, j], times(s, factor("$delta", (i, j)))) if len(f) == 1 else ([i], [fresh(a, {j: i}) for a in s])
        square = word in ("inv", "det") and len(f) == 2 and f[0].size == f[1].size
        need(square or word in {*SLOPES} - {"base"}, f"{word} is not known here, or of no square matrix")
        return [] if word == "det" else f, self.exp(f, s) if word == "exp" else self.made(word, tidy(s, f), f)

    def read(self, text, x=None):
        def value(node):
            if isinstance(node, ast.Constant):
                return (), factor(c=Fraction(ast.get_source_segment(text, node)))
            if isinstance(node, ast.Name):
                axes = [] if node.id == "x" and x else [Index(n) for n in self.known[node.id].sizes]
                return x if node.id == "x" and x else (axes, factor(node.id, axes))
            if isinstance(node, ast.Call):
                options = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
                return self.applied(node.func.id, *map(value, node.args), **options)
            word = f".{node.attr}" if isinstance(node, ast.Attribute) else type(node.op).__name__
            return self.applied(word, *(value(n) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)))

        return value(ast.parse(text, mode="eval").body)

    def parsed(self, entries, names, free=()):
        """``[["-3/2", ["X", "a i", 1], ["$1", "", "-1/2"]]]``: terms; names: of indices, all bound but these."""
        out = []
        for c, *factors in entries:
            f = factor(c=c)
            for name, ports, exponent in factors:
                at = [names.setdefault(p, Index()) for p in ports.split()]
                sizes = [at[0].size] * 2 if name == "$delta" else self.known[name].sizes
                for i, size in zip(at, sizes, strict=True):
                    need(size and i.size in (None, size), f"indices of {name} do not fit")
                    i.size = size
                f = times(f, factor(name, at, exponent))
            out += scaled(f, 1, {p for _, at in f[0][1] for p in at} - {*map(names.get, free)})
        return out

    def relation(self, premises, kind, name, cosine=None):  # the free indices and the terms of a sum that is 0
        if kind == "premise":
            return premises[name]
        one, free = self.known[name], self.known[name].free
        need(one.met and kind.split()[0] == one.kind, "no relation of what function and claim have")
        if kind == "base":
            return free, factor(name, free) + scaled(one.terms, -1)
        if kind == "sin" or kind.endswith("turned"):
            other, turned = (cosine, free) if kind == "sin" else (name, free[::-1])
            need(not tidy(one.terms + scaled(self.at(other, turned), -1), free), "two that are not the same")
            need(kind != "sin" or self.known[cosine].kind == "cos", "a cosine that is none")
            squares = factor(name, free, 2) + factor(other, free, 2) + factor(c=-1)
            return free, squares if kind == "sin" else factor(name, free) + factor(name, turned, 1, -1)
        (i, j), k = free, Index(free[0].size)
        left, right = ((i, k), (k, j)) if kind == "inv left" else ((k, j), (i, k))
        return free, scaled(times(factor(name, left), self.at(name, right)), 1, (k,)) + factor("$delta", (i, j), 1, -1)

    def multiple(self, kind, names, at, front, outer, premises):
        (ports, zero), inner = self.relation(premises, kind, *names), dict(outer)
        ((c, f, b),) = self.parsed([front], inner, outer)
        here = [inner.setdefault(n, Index(i.size)) for n, i in zip(at.split(), ports, strict=True)]
        need([i.size for i in here] == [i.size for i in ports], "indices of a step do not fit")
        product_of = times([(c, f, ())], [fresh(t, zip(ports, here, strict=True)) for t in zero])
        return scaled(product_of, 1, {*b, *here} - {*outer.values()})


def replay(claim):
    calculus = Calculus(claim["shapes"])
    for name, kind, free, of in claim["generators"]:
        need(name[0] == "$" and name not in calculus.known, "a generator that is defined twice")
        terms = calculus.parsed(of, names := {}, free.split())
        calculus.define(name, kind, [names[n] for n in free.split()], terms, False)
    (free, terms), (axes, claimed) = calculus.read(claim["function"]), calculus.read(claim["claim"])
    need(len(claim["wrt"]) == {"grad": 1, "jacobian": 1, "hessian": 2}.get(claim["kind"], 0), "kind and variables")
    for name in claim["wrt"]:
        at = [Index(n) for n in claim["shapes"][name]]
        free, terms = [*free, *at], calculus.derivative(tidy(terms, free), name, at)
    need([i.size for i in free] == [i.size for i in axes], "the claim has another shape than the derivative")
    claimed = [fresh(t, zip(axes, free, strict=True)) for t in claimed]
    outer = dict(zip(claim["free"].split(), free, strict=True))
    for what, mine in (("derivative", terms), ("claimed", claimed)):
        listed = scaled(calculus.parsed(claim[what], dict(outer), outer), -1)
        need(not tidy(mine + listed, free), f"the terms of the {what} are not those of the text")
    premises = [calculus.applied("Sub", *map(calculus.read, text.split("=="))) for text in claim["premises"]]
    multiples = [t for step in claim["steps"] for t in calculus.multiple(*step, outer, premises)]
    need(not tidy(terms + scaled(claimed + multiples, -1), free), "derivative - claim is not the sum of the multiples")
    names = [f"{name}{axes or ''}".replace("'", "") for name, axes in claim["shapes"].items()]
    said = " where ".join([", ".join(names) or "numbers", *claim["premises"]])
    return f"verified wherever both are defined, for all {said}: {claim['claim']} is the {claim['kind']} in {claim['wrt']} of {claim['function']}"


def main(path):
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        need(found["format"] == "gradcli certificate 1" and found["claims"], "no certificate of this kind")
        print(*[replay(claim) for claim in found["claims"]], sep="\n")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not accepted
        sys.exit(f"refused: {error!r}")


if __name__ == "__main__":
    main(sys.argv[1])
