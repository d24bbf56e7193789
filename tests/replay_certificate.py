"""Replays a certificate that ``gradcli check --certificate FILE`` wrote: ``python replay_certificate.py FILE``.

It shares no code with gradcli. Function and claim are read into sums of terms with indices, and differentiated. What
is no sum or product is a generator: a base N = u of powers, exp(u), log(u), inv(M), sin(u). The certificate says which
multiples of relations (N - u, P @ M - 1, sin**2 + cos**2 - 1, premises; all are 0) add up to derivative - claim. That is
checked exactly, for letters as sizes: it holds for all, wherever both are defined; x**y as exp(y*log(x)).
"""

import ast
import json
import sys
from fractions import Fraction
from itertools import chain, groupby, permutations, product, zip_longest
from pathlib import Path
from types import SimpleNamespace

WORDS = {  # {0}, {1}: the axis and keepdim that were given
    "sqrt": "x**(1/2)", "tan": "sin(x)/cos(x)", "tanh": "(exp(2*x)-1)/(exp(2*x)+1)", "sinh": "(exp(x)-exp(-x))/2",
    "cosh": "(exp(x)+exp(-x))/2", "sigmoid": "1/(1+exp(-x))", "softplus": "log(1+exp(x))", "log1p": "log(1+x)",
    "logdet": "log(det(x))", "norm": "sum(x*x)**(1/2)", "trace": "sum(diag(x))", "square": "x**2", "erfc": "1-erf(x)",
    "abs": "(x*x)**(1/2)", "beta": "gamma(x)*gamma(y)/gamma(x+y)", "USub": "0-x", "outer": "einsum('a,b->ab',x,y)",
    "eye": "diag(ones(x))", "sum": "sum(x,{0},{1})", "mean": "sum(x,{0},{1})/sum(x**0,{0},{1})",
    "softmax": "exp(x)/sum(exp(x),{0},True)", "logsumexp": "log(sum(exp(x),{0},{1}))", ":, None": "outer(x,ones(1))",
}  # fmt: skip
SLOPES = {
    "base": "1", "exp": "exp(x)", "log": "1/x", "sin": "cos(x)", "cos": "-sin(x)", "atan": "1/(1+x*x)", "digamma": "no",
    "asin": "(1-x*x)**(-1/2)", "acos": "-(1-x*x)**(-1/2)", "erf": "2*pi**(-1/2)*exp(-x*x)", "atanh": "1/(1-x*x)",
    "asinh": "(1+x*x)**(-1/2)", "acosh": "(x-1)**(-1/2)*(x+1)**(-1/2)",
    "lambertw": "lambertw(x)/(x+x*lambertw(x))", "gamma": "gamma(x)*digamma(x)", "lgamma": "digamma(x)",
}  # fmt: skip


class Index:  # what runs over an axis of this size, which may become known later
    def __init__(self, size=None):
        self.size = size


def need(condition, why):
    if not condition:
        raise ValueError(why)


def merged(*pairs):
    return {key: e for key, _ in pairs if (e := sum(x for k, x in pairs if k == key))}


def fresh(term, names=(), own=True):  # (coefficient, {(name, ports): exponent}, bound indices), with others as indices
    c, f, b = term
    new = {**({i: Index(i.size) for i in b} if own else {}), **dict(names)}
    moved = merged(*(((name, tuple(new.get(p, p) for p in ports)), e) for (name, ports), e in f.items()))
    return c, moved, tuple(new.get(i, i) for i in b)


def times(one, *others):
    for other in others:
        one = [(c * d, merged(*f.items(), *g.items()), b + h) for c, f, b in one for d, g, h in map(fresh, other)]
    return one


def factor(name="", ports=(), exponent=1, c=1):  # a name that is a number is a size
    c, name = (name, "") if isinstance(name, int) else (c, name)
    return [(Fraction(c), {(name, tuple(ports)): Fraction(exponent)} if name and exponent else {}, ())]


def scaled(terms, c, bound=()):
    return [(c * t[0], t[1], (*t[2], *bound)) for t in terms]


def contracted(term, free):  # deltas are worked off, and indices at no factor have become sizes
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
    return times([(c, f, tuple(i for i in b if i in used))], *[factor(i.size) for i in b if i not in used])[0]


def alike(one, two, bound):  # does a renaming of bound indices make sorted factors (name, exponent, ports) the others?
    orders = product(*(permutations(group) for _, group in groupby(two, lambda t: t[:2])))
    maps = ({pq for a, b in zip(one, chain(*o), strict=True) for pq in zip(a[2], b[2], strict=True)} for o in orders)
    one_to_one = (m for m in maps if len(m) == len({p for p, _ in m}) == len({q for _, q in m}))
    return any(all(p is q or (p in bound and q in bound and p.size == q.size) for p, q in m) for m in one_to_one)


def tidy(terms, free):  # the sum with like terms together; an empty one is 0
    found = {}
    for c, f, b in (fresh(contracted(t, free)) for t in terms):
        factors = sorted(((name, e, ports) for (name, ports), e in f.items()), key=lambda t: t[:2])
        group = found.setdefault(tuple(t[:2] for t in factors), [])
        same = next((t for t in group if alike(factors, t[3], {*b, *t[2]})), (0,))
        group[:] = [(c + same[0], f, b, factors), *(t for t in group if t is not same)]
    return [t[:3] for group in found.values() for t in group if t[0]]


class Calculus:  # of arrays (free indices, terms); known: by name its kind, the sizes at its ports, what it is made of
    def __init__(self, shapes):
        self.sizes = {n for axes in shapes.values() for n in axes}
        letters = {n for n in self.sizes if isinstance(n, str)} | {"pi", "$delta"}
        need(not letters & shapes.keys(), "a name of two meanings")
        self.known = {name: SimpleNamespace(kind="", free=[*map(Index, shape)]) for name, shape in shapes.items()}
        self.known |= {name: SimpleNamespace(kind="size", free=[]) for name in letters}

    def at(self, name, ports):
        return [fresh(t, zip(self.known[name].free, ports, strict=True)) for t in self.known[name].terms]

    def made(self, kind, terms, free, exponent=1):  # a power of the generator that is this, up to its indices' order
        free = [i for i in free if any(i in ports for _, f, _ in terms for _, ports in f)]
        names = {name for _, f, _ in terms for name, _ in f}
        need(terms and (len(free) == 2 if kind in ("inv", "det") else "$delta" not in names), f"{kind} of 0 or a delta")
        for name, ports in product([n for n, one in self.known.items() if one.kind == kind], permutations(free)):
            same = [i.size for i in ports] == [i.size for i in self.known[name].free]
            if same and not tidy(terms + scaled(self.at(name, ports), -1), free):
                self.known[name].met = True
                return factor(name, () if kind == "det" else ports, exponent)
        name = f"${len(self.known)} "  # which no name in a certificate is
        self.known[name] = SimpleNamespace(kind=kind, free=free, terms=terms, met=True)
        return factor(name, () if kind == "det" else free, exponent)

    def power(
        self, free, terms, e
    ):  # common factors leave it where e is whole or they are positive, the rest is a base
        if e >= 0 and not e % 1:
            return times(factor(), *[terms] * int(e))
        rest = tidy(terms, free)
        every = not e % 1 or (len(rest) == 1 and rest[0][0] == 1 and [*rest[0][1].values()] == [1])
        may = {k for _, f, _ in rest for k in f if every or self.known[k[0]].kind in ("exp", "size")}
        least = {k: x for k in may if {*k[1]} <= {*free} and (x := min(f.get(k, 0) for _, f, _ in rest))}
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

    def slope(self, one, ports, name, at):  # d inv(M) = -inv(M) dM inv(M), d det(M) = det(M) trace(inv(M) dM)
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

    def applied(self, word, *operands, dim=None, keepdim=False):
        if word == "einsum":
            names, terms, (*inputs, out) = {}, factor(), operands[0].replace(" ", "").replace("->", ",").split(",")
            for letters, (axes, s) in zip(inputs, operands[1:], strict=True):
                at = [names.setdefault(n, Index(i.size)) for n, i in zip(letters, axes, strict=True)]
                need(letters.isalpha() and all(i.size == j.size for i, j in zip(at, axes, strict=True)), "no einsum")
                terms = times(terms, [fresh(t, zip(axes, at, strict=True)) for t in s])
            return [names.pop(n) for n in out], scaled(terms, 1, names.values())
        (f, s), (g, t) = operands if len(operands) == 2 else (*operands, ((), []))
        if word in ("MatMult", "dot"):
            left, right = "ab"[-len(f) :], "bc"[: len(g) or 2]  # other ranks do not fit
            return self.applied("einsum", f"{left},{right}->{left[:-1]}{right[1:]}", *operands)
        if word == "Pow":
            ((e, factors, _), *more) = tidy(t, g) or factor(c=0)
            return self.read("exp(y*log(x))", *operands) if more or factors or g else (f, self.power(f, s, e))
        if word in ("Add", "Sub", "Mult", "Div"):
            t = self.power(g, t, Fraction(-1)) if word == "Div" else scaled(t, -1) if word == "Sub" else t
            pairs = [*zip_longest(f[::-1], g[::-1], fillvalue=Index(1))][::-1]
            need(all(1 in (i.size, j.size) or i.size == j.size for i, j in pairs), "shapes that do not fit")
            t = [fresh(a, {j: i for i, j in pairs if i.size != 1}) for a in t]
            return [j if i.size == 1 else i for i, j in pairs], s + t if word in ("Add", "Sub") else times(s, t)
        if word in (".T", "ones"):
            sizes = [n for _, a in operands for n in {*range(1, 99), *self.sizes} if a == factor(n)]
            return (f[::-1], s) if word == ".T" else ([Index(sizes[k]) for k in range(len(operands))], factor())
        text, options = WORDS.get(word, ""), dim is not None or keepdim
        need(options <= ("{0}" in text) and len(operands) <= 1 + ("y" in text), f"{word} with such operands or options")
        if word == "sum":
            gone = {i: Index(i.size) for n, i in enumerate(f) if dim is None or n == dim % len(f)}
            axes = [Index(1) if i in gone else i for i in f if keepdim or i not in gone]
            return axes, scaled([fresh(a, gone) for a in s], 1, gone.values())
        if text:
            return self.read(text.format(-1 if (word, dim) == ("softmax", None) else dim, keepdim), *operands)
        if word == "diag":
            (i, *two), j = f, Index(f[0].size)
            delta = times(s, factor("$delta" if i.size != 1 else "", (i, j)))
            return self.applied("einsum", "aa->a", *operands) if two else ([i, j], delta)
        square = word in ("inv", "det") and len(f) == 2 and 1 != f[0].size == f[1].size
        need(square or word in {*SLOPES} - {"base"}, f"{word} is not known here, or of no square matrix")
        return [] if word == "det" else f, self.exp(f, s) if word == "exp" else self.made(word, tidy(s, f), f)

    def read(self, text, x=None, y=None):  # the axes and terms of a formula, or the last of several that define names
        *parts, last = ast.parse(text := text.strip("; ")).body
        given = {target.id: part.value for part in parts for target in part.targets}
        need(len({*given} - {*self.known}) == len(parts) and type(last) in (ast.Expr, ast.Assign), "two meanings")
        given |= {"x": x, "y": y} if x else {}

        def value(node):
            if isinstance(node, ast.Constant):
                return (), factor(c=Fraction(ast.get_source_segment(text, node)))
            if isinstance(node, ast.Name) and node.id in given:
                return given[node.id] if x else value(given[node.id])
            if isinstance(node, ast.Name):
                axes = [Index(i.size) for i in self.known[node.id].free]
                return axes, factor(node.id, [i for i in axes if i.size != 1])  # an axis of size 1 is at no factor
            if isinstance(node, ast.Call):
                of, _, word = ast.unparse(node.func).rpartition(".")  # np.sum(x), or x.sum()
                args = node.args if of in ("", "np") else [node.func.value, *node.args]
                first, many = int(word == "einsum"), 1 if "{0}" in WORDS.get(word, "") else len(args)
                options = {k.arg.replace("axis", "dim").rstrip("s"): ast.literal_eval(k.value) for k in node.keywords}
                options |= zip(("dim", "keepdim"), map(ast.literal_eval, args[many:]), strict=False)
                return self.applied(word, *(a.value for a in args[:first]), *map(value, args[first:many]), **options)
            if isinstance(node, ast.Subscript):
                return self.applied(ast.unparse(node.slice).strip("()"), value(node.value))
            word = f".{node.attr}" if isinstance(node, ast.Attribute) else type(node.op).__name__
            return self.applied(word, *(value(n) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)))

        return value(last.value)

    def parsed(self, entries, names, free=()):  # [["-3/2", ["X", "a i", 1]]]; names: of indices, all bound but these
        out = []
        for c, *factors in entries:
            f = factor(c=c)
            for name, ports, exponent in factors:
                at = [names.setdefault(p, Index()) for p in ports.split()]
                sizes = [at[0].size] * 2 if name == "$delta" else [i.size for i in self.known[name].free]
                for i, size in zip(at, [n for n in sizes if n != 1], strict=self.known[name].kind != "det"):
                    need(size and i.size in (None, size), f"indices of {name} do not fit")
                    i.size = size
                f = times(f, factor(name, at, exponent))
            out += scaled(f, 1, {p for _, at in f[0][1] for p in at} - {*map(names.get, free)})
        return out

    def relation(self, kind, name, cosine=None):  # the free indices and the terms of a sum that is 0
        one, free = self.known[name], self.known[name].free
        need(kind in ("base", "sin", "inv left", "inv right", f"{one.kind} turned") and one.kind in kind.split(), kind)
        if kind == "base":
            return free, factor(name, free) + scaled(one.terms, -1)
        if kind == "sin" or kind.endswith("turned"):
            other, turned = (cosine, free) if kind == "sin" else (name, free[::-1])
            same = not tidy(one.terms + scaled(self.at(other, turned), -1), free)
            need(same and (kind != "sin" or self.known[cosine].kind == "cos"), "two that are not the same")
            squares = factor(name, free, 2) + factor(other, free, 2) + factor(c=-1)
            return free, squares if kind == "sin" else factor(name, free) + factor(name, turned, 1, -1)
        pair = [(free, factor(name, free)), (free, one.terms)]
        axes, terms = self.applied("MatMult", *(pair if kind == "inv left" else pair[::-1]))
        return axes, terms + factor("$delta", axes, 1, -1)


def replay(claim):
    calculus = Calculus(claim["shapes"])
    for name, kind, free, of in claim["generators"]:
        need(name[0] == "$" and name not in calculus.known, "a generator that is defined twice")
        terms = calculus.parsed(of, names := {}, free.split())
        calculus.known[name] = SimpleNamespace(kind=kind, free=[names[n] for n in free.split()], terms=terms, met=False)
    (free, terms), (axes, claimed) = calculus.read(claim["function"]), calculus.read(claim["claim"])
    kinds = {"grad": ([], free, 1), "jacobian": (free, [], 1), "hessian": ([], free, 2), "value": (free, [], 0)}
    free, alone, order = kinds[claim["kind"]]
    need(len(claim["wrt"]) == order and all(i.size == 1 for i in alone), "kind, variables and shape")
    for name in claim["wrt"]:
        at = [*map(Index, claim["shapes"][name])]
        terms = calculus.derivative(tidy(terms, free), name, [i for i in at if i.size != 1])
        free = [*free, *at]
    need([i.size for i in free] == [i.size for i in axes], "the claim has another shape than the derivative")
    terms = terms + scaled([fresh(t, zip(axes, free, strict=True)) for t in claimed], -1)
    outer = dict(zip(claim["free"].split(), [i for i in free if i.size != 1], strict=True))
    premises = [calculus.applied("Sub", *map(calculus.read, text.split("=="))) for text in claim["premises"]]
    need(all(calculus.known[name].met for name, *_ in claim["generators"]), "a generator of neither function nor claim")
    for kind, about, at, front in claim["steps"]:
        (ports, zero), inner = premises[about[0]] if kind == "premise" else calculus.relation(kind, *about), dict(outer)
        ((c, f, b),) = calculus.parsed([front], inner, outer)
        here = [inner.setdefault(n, Index(i.size)) for n, i in zip(at.split(), ports, strict=True)]
        need([i.size for i in here] == [i.size for i in ports], "indices of a step do not fit")
        multiple = times([(c, f, ())], [fresh(t, zip(ports, here, strict=True)) for t in zero])
        terms += scaled(multiple, -1, {*b, *here} - {*outer.values()})
    need(not tidy(terms, free), "derivative - claim is not the sum of the multiples")
    names = [f"{name}{axes or ''}".replace("'", "") for name, axes in claim["shapes"].items()]
    said = " where ".join([", ".join(names) or "numbers", *claim["premises"]])
    return f"verified wherever both are defined, for all {said}: {claim['claim']} is the {claim['kind']} in {claim['wrt']} of {claim['function']}"


if __name__ == "__main__":
    try:
        found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        need(found["format"] == "gradcli certificate 1" and found["claims"], "no certificate of this kind")
        print(*[replay(claim) for claim in found["claims"]], sep="\n")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is not accepted
        sys.exit(f"refused: {error!r}")
