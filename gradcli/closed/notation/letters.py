r"""Names as LaTeX: ``\dot{\varphi}`` of phi_dot and of φ̇, ``\theta_{1}`` of theta_1, ``\mathrm{loss}`` of loss."""

from __future__ import annotations

import re
import unicodedata

GREEK = frozenset([
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
    "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
    "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell",
])  # fmt: skip
_SHAPES = {"phi": r"\varphi", "ϕ": r"\phi", "ε": r"\varepsilon", "ϵ": r"\epsilon", "ϑ": r"\vartheta", "ϱ": r"\varrho"}
ACCENTS = ("hat", "bar", "tilde", "dot", "ddot", "vec", "check")
_MARKS = {
    "\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot",
    "\u20d7": "vec", "\u030c": "check", "\u0301": "acute", "\u0300": "grave", "\u0306": "breve", "\u030a": "mathring",
}  # fmt: skip


def name_in_latex(name: str) -> str:
    r"""The name with its accents and indices, ``\hat{\beta}_{1}`` of beta_hat_1 and ``\beta_{1}`` of beta1."""
    letters, digits = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # type: ignore[union-attr]  # it fits all names
    first, *rest = [part for part in letters.split("_") if part] or [name]
    accents = [part for part in rest if part in ACCENTS]
    below = [part for part in rest if part not in ACCENTS] + ([digits] if digits and letters else [])
    word = _word(first)
    for accent in accents:
        word = rf"\{accent}{{{word}}}"
    return f"{word}_{{{','.join(map(_word, below))}}}" if below else word


def _word(text: str) -> str:
    r"""One letter, a Greek one by its name, or a word, upright."""
    plain = unicodedata.normalize("NFD", text)
    letter, marks = plain[:1], plain[1:]
    known = [_MARKS[mark] for mark in marks if mark in _MARKS]
    if len(known) < len(marks):
        letter, known = text, []
    made = _letter(letter)
    for accent in known:
        made = rf"\{accent}{{{made}}}"
    return made


def _letter(text: str) -> str:
    if text in _SHAPES:
        return _SHAPES[text]
    if text in GREEK:
        return rf"\{text}"
    if len(text) > 1 and not text.isdigit():
        return rf"\mathrm{{{text}}}".replace("_", r"\_")
    plain = unicodedata.name(text, "") if len(text) == 1 and not text.isascii() else ""
    size, _, greek = plain.removeprefix("GREEK ").partition(" LETTER ")
    word = {"LAMDA": "LAMBDA"}.get(greek, greek).lower() if plain.startswith("GREEK") else ""
    spelled = word.capitalize() if size == "CAPITAL" else word
    return _letter(spelled) if spelled in GREEK else text
