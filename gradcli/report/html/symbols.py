r"""Commands of LaTeX by what they are in a formula: letters, operators, fences, accents, spaces."""

from __future__ import annotations

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "omicron": "ο", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς",
    "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "ell": "ℓ",
    "partial": "∂", "nabla": "∇", "hbar": "ℏ", "imath": "ı", "jmath": "ȷ", "aleph": "ℵ",
}  # fmt: skip
UPRIGHT = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "infty": "∞", "top": "⊤", "bot": "⊥", "emptyset": "∅", "Re": "ℜ",
    "Im": "ℑ", "ldots": "…", "cdots": "⋯", "dots": "…", "vdots": "⋮", "ddots": "⋱", "angle": "∠", "circ": "∘",
}  # fmt: skip
BETWEEN = {
    "cdot": "⋅", "times": "×", "odot": "⊙", "oslash": "⊘", "otimes": "⊗", "oplus": "⊕", "pm": "±", "mp": "∓",
    "div": "÷", "ast": "∗", "star": "⋆", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "cup": "∪",
    "cap": "∩", "setminus": "∖", "bmod": "mod", "%": "%",
}  # fmt: skip
RELATIONS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼",
    "in": "∈", "notin": "∉", "to": "→", "rightarrow": "→", "mapsto": "↦", "Rightarrow": "⇒", "implies": "⇒",
    "propto": "∝", "ll": "≪", "gg": "≫", "coloneqq": "≔", "succ": "≻", "succeq": "⪰", "prec": "≺", "mid": "∣",
    "lt": "<", "gt": ">", "subset": "⊂", "subseteq": "⊆", "iff": "⇔", "parallel": "∥", "perp": "⟂",
}  # fmt: skip
BEFORE = {"lnot": "¬", "neg": "¬", "forall": "∀", "exists": "∃"}
LARGE = {"sum": "∑", "prod": "∏", "int": "∫", "oint": "∮", "bigcup": "⋃", "bigcap": "⋂"}
NAMES = frozenset([
    "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos", "arctan", "exp",
    "log", "ln", "lg", "det", "dim", "arg", "deg", "gcd", "ker", "hom", "Pr", "max", "min", "sup", "inf", "lim",
    "argmax", "argmin",
])  # fmt: skip
UNDER = frozenset(["max", "min", "sup", "inf", "lim", "argmax", "argmin"])  # names with what they range over below
OPENING = {"(": ")", "[": "]", "lvert": "|", "lVert": "‖", "lfloor": "⌊", "lceil": "⌈", "langle": "⟨", "{": "}"}
CLOSING = {
    "(": ")", "[": "]", "lvert": "rvert", "lVert": "rVert", "lfloor": "rfloor", "lceil": "rceil",
    "langle": "rangle", "{": "}",
}  # fmt: skip
FENCES = {
    "(": "(", ")": ")", "[": "[", "]": "]", "{": "{", "}": "}", "lvert": "|", "rvert": "|", "lVert": "‖",
    "rVert": "‖", "|": "|", "Vert": "‖", "vert": "|", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "langle": "⟨", "rangle": "⟩", ".": "", "lbrace": "{", "rbrace": "}",
}  # fmt: skip
ACCENTS = {
    "hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~", "widetilde": "~", "dot": "˙",
    "ddot": "¨", "vec": "→", "check": "ˇ", "acute": "´", "grave": "`", "breve": "˘", "mathring": "˚",
}  # fmt: skip
SPACES = {
    ",": "0.167em", ":": "0.222em", ";": "0.278em", "!": "-0.167em", " ": "0.25em", "quad": "1em", "qquad": "2em",
}  # fmt: skip
DOUBLE = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)) | {"1": "𝟙", "E": "𝔼"}
SCRIPT = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵", strict=True))
