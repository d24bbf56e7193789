r"""Names of letters: ``\widehat{\beta}_1`` is beta_hat_1, ``\dot\theta`` theta_dot, ``v_{\max}`` v_max."""

from __future__ import annotations

import unicodedata
from collections.abc import Container

from gradcli.language.latex.nodes import Call, Letter, Node, Number, Product

GREEK = frozenset([
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
])  # fmt: skip
_TAKEN = frozenset({"beta", "gamma", "zeta", "tau"})  # what means something else in the language, bare
_SILENT = frozenset({"vec", "underline"})  # marks that say that it is a vector, and nothing more
_OTHER = {"varphi": "phi", "phi": "varphi", "varepsilon": "epsilon", "epsilon": "varepsilon"}


def name_of(letter: Letter, known: Container[str] = ()) -> str | None:
    """The name of a letter with all that is on it, in the spelling that is known; None where what stands below it
    makes no name, as ``n+1``."""
    below = [_below(part) for part in letter.sub]
    if None in below:
        return None
    marks = [mark for mark in letter.marks if mark not in _SILENT]
    rest = [*marks, *map(str, below)]
    spellings = ["_".join([base, *rest]) for base in _bases(letter.base, bare=not rest)]
    if len(marks) < len(letter.marks):
        spellings += ["_".join([base, *letter.marks, *map(str, below)]) for base in _bases(letter.base, bare=False)]
    if below and below[-1] and below[-1].isdigit():
        spellings += [f"{'_'.join([base, *rest[:-1]])}{rest[-1]}" for base in _bases(letter.base, bare=False)]
    return next((name for name in spellings if name in known), spellings[0])


def _bases(base: str, *, bare: bool) -> list[str]:
    """A letter's spellings, the likeliest first: β before beta, which is a function."""
    greek = greek_letter(base)
    found = [greek, base] if bare and base in _TAKEN else [base, greek] if greek else [base]
    return [*filter(None, found), *filter(None, [_OTHER.get(base)])]


def greek_letter(name: str) -> str:
    """``β`` of beta, "" of what is no Greek letter."""
    size = "CAPITAL" if name[:1].isupper() else "SMALL"
    plain = {"lambda": "lamda"}.get(name.lower(), name.lower())
    return unicodedata.lookup(f"GREEK {size} LETTER {plain.upper()}") if name.lower() in GREEK else ""


def _below(part: Node) -> str | None:
    match part:
        case Number(text=text) if text.isdigit():
            return text
        case Letter():
            return name_of(part, (part.base,))
        case Call(name=name, arguments=()):
            return name
        case Product(factors=factors, signs=signs) if not any(signs):
            parts = [_below(factor) for factor in factors]
            return None if None in parts else "".join(map(str, parts))
    return None
