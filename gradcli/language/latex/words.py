"""The words of LaTeX: what each command is, as data. What is no part of a formula has its reason."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from gradcli.language.latex.nodes import Font


def _each(*lists: str) -> frozenset[str]:
    """The words of lists with blanks between them."""
    return frozenset(word for one in lists for word in one.split())


def _all(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of a word and what it stands for, from lists of words by what they stand for."""
    return ((word, meaning) for meaning, listed in table.items() for word in listed.split())


# -- letters and functions

GREEK = _each(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi",
    "chi psi omega varepsilon vartheta varpi varrho varsigma varphi varkappa digamma Alpha Beta Gamma Delta Epsilon",
    "Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega varGamma varDelta",
    "varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega",
)
LETTERS = GREEK | _each("ell hbar hslash imath jmath infty wp aleph beth eth star")

# Commands that are functions in LaTeX, or so often defined as such that a pasted formula lacks the definition.
FUNCTION_COMMANDS = _each(
    "sin cos tan cot sec csc sinh cosh tanh coth sech csch arcsin arccos arctan arccot arcsec arccsc arcsinh arccosh",
    "arctanh arsinh arcosh artanh exp log ln lg det tr Tr trace rank diag Diag sgn sign sinc erf erfc dim ker deg gcd",
    "hom softmax sigmoid relu ReLU softplus logit expit vech",
)
# Words that are functions where something follows, as in \mathrm{tr} A; before a parenthesis any known name is one.
FUNCTION_WORDS = FUNCTION_COMMANDS | _each(
    "asin acos atan acot asec acsc asinh acosh atanh arccoth arcoth arcsech arsech arccsch arcsch vec Sigmoid Softmax",
    "Softplus logsumexp LogSumExp LSE lse logdet cosec tg ctg cotg arctg sh ch th sigm GELU gelu SiLU silu ELU elu",
    "SELU swish Swish Trace Rank Sign Sgn Det adj cof",
)
# Functions that people spell without the backslash.
SPELLED = _each(
    "sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan asin acos atan asinh exp log ln sqrt abs max min",
    "det tr erf sgn sign softmax sigmoid relu diag trace norm",
)
BIG = {"sum": "sum", "prod": "prod", "max": "max", "min": "min"}

# -- fonts and accents

FONTS: Mapping[str, Font] = {
    **dict.fromkeys(_each("mathbf boldsymbol bm pmb textbf symbf vb vectorbold mathbfit"), "bf"),
    **dict.fromkeys(_each("mathrm textrm mathnormal symrm textnormal"), "rm"),
    **dict.fromkeys(_each("mathit textit symit emph"), "it"),
    **dict.fromkeys(_each("mathsf textsf symsf mathsfit"), "sf"),
    **dict.fromkeys(_each("mathtt texttt symtt"), "tt"),
    **dict.fromkeys(_each("mathcal symcal"), "cal"),
    **dict.fromkeys(_each("mathscr symscr"), "scr"),
    **dict.fromkeys(_each("mathfrak symfrak"), "frak"),
    **dict.fromkeys(_each("mathbb mathds mathbbm symbb"), "bb"),
    **dict.fromkeys(_each("text mbox hbox textup textsc textsl textmd"), "text"),
}
SWITCHES: Mapping[str, Font] = {
    "bf": "bf", "rm": "rm", "it": "it", "sf": "sf", "tt": "tt", "cal": "cal", "bfseries": "bf",
}  # fmt: skip
WORD_FONTS = frozenset({"rm", "it", "sf", "tt", "text"})  # in which several letters are one word
ACCENTS = dict(
    _all({
        "hat": "hat widehat",
        "bar": "bar overline",
        "tilde": "tilde widetilde",
        "vec": "vec overrightarrow overleftarrow",
        "check": "check widecheck",
        "underline": "underline underbar",
        "ring": "mathring",
        "dot": "dot",
        "ddot": "ddot",
        "dddot": "dddot",
        "breve": "breve",
        "acute": "acute",
        "grave": "grave",
    })
)  # fmt: skip

# -- fractions, signs, relations

FRACTIONS = _each("frac dfrac tfrac cfrac nicefrac sfrac flatfrac")
BINOMIALS = _each("binom dbinom tbinom")
INFIX = _each("over choose")
SIGNS = dict(
    _all({
        "cdot": "cdot cdotp bullet",
        "times": "times",
        "odot": "odot circledast",
        "otimes": "otimes",
        "oslash": "oslash",
        "circ": "circ",
        "ast": "ast",
    })
)  # fmt: skip
_OTHER_RELATIONS = _each(
    "in approx sim simeq cong equiv propto to rightarrow mapsto longmapsto notin ni subset subseteq supset supseteq",
    "ll gg prec preceq succ succeq implies Rightarrow Longrightarrow iff Leftrightarrow Longleftrightarrow leftarrow",
    "Leftarrow longrightarrow asymp approxeq perp hookrightarrow gets impliedby leadsto sqsubseteq",
)
RELATIONS = {name: name for name in _OTHER_RELATIONS} | dict(
    _all({
        "<": "lt",
        ">": "gt",
        "<=": "le leq leqslant leqq",
        ">=": "ge geq geqslant geqq",
        "!=": "ne neq",
        "=": "coloneqq coloneq triangleq eqqcolon doteq defeq eqdef",
    })
)  # fmt: skip
NEGATED = {"=": "!=", "in": "notin", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}  # after \not
JOINING = {"land": "and", "wedge": "and", "lor": "or", "vee": "or"}

# -- what says nothing

BLANK = _each(
    ", ; : ! > / - quad qquad enspace enskip thinspace medspace thickspace negthinspace negmedspace negthickspace",
    "hfill hfil vfill displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits displaylimits nonumber",
    "notag hline relax allowbreak nobreak noindent strut mathstrut null hss qty quantity normalsize small large Large",
    "par centering allowdisplaybreaks bigskip medskip smallskip break ensuremath mathord mathbin mathrel mathopen",
    "mathclose mathpunct mathinner protect boldmath unboldmath space",
) | {" ", "\n", "\t"}
GONE = _each(  # with what is in the braces behind them
    "hspace vspace tag label phantom hphantom vphantom footnote index cite cline footnotemark"
)
KERNS = _each("mkern mskip kern hskip mspace")  # a length follows
DECORATED = _each("underbrace overbrace underbracket overbracket")  # a script there is a remark
TRANSPARENT = DECORATED | _each("boxed fbox framebox smash mathclap mathllap mathrlap mathop Aboxed")
SIZES = frozenset(f"{size}{side}" for size in _each("big Big bigg Bigg") for side in ("", "l", "r", "m"))

# -- delimiters and environments

OPENING = {
    "(": "(", "[": "[", "lbrack": "[", "{": "{", "lbrace": "{", "lvert": "|", "lVert": "||", "langle": "<",
    "lfloor": "floor", "lceil": "ceil", "lparen": "(",
}  # fmt: skip
CLOSING = {
    ")": "(", "]": "[", "rbrack": "[", "}": "{", "rbrace": "{", "rvert": "|", "rVert": "||", "rangle": "<",
    "rfloor": "floor", "rceil": "ceil", "rparen": "(",
}  # fmt: skip
BARS = {"|": "||", "vert": "|", "mid": "|", "Vert": "||", "parallel": "||"}

_ON_LINES = _each(
    "align aligned split gather gathered multline equation eqnarray displaymath math flalign alignat alignedat",
    "multlined dmath IEEEeqnarray subequations dgroup",
)
DISPLAYS = frozenset(name + star for name in _ON_LINES for star in ("", "*"))
WITH_NUMBER = _each("alignat alignat* alignedat alignedat* IEEEeqnarray IEEEeqnarray*")  # of columns, in braces
CASES = _each("cases dcases rcases drcases cases* dcases* numcases")
SMALL_MATRICES = {
    "smallmatrix": "matrix", "psmallmatrix": "pmatrix", "bsmallmatrix": "bmatrix", "vsmallmatrix": "vmatrix",
    "array": "matrix",
}  # fmt: skip
_MATRICES = _each("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix") | frozenset(SMALL_MATRICES)
MATRICES = frozenset(name + star for name in _MATRICES for star in ("", "*"))

# -- what is refused

_NO_PART = "this command is no part of a formula", "leave it out"
REFUSED: Mapping[str, tuple[str, str | None]] = {
    word: (reason, hint)
    for listed, reason, hint in (
        ("int iint iiint oint iiiint oiint intop smallint idotsint fint", "an integral is not read",
         "give the function under it, or its value in closed form"),
        ("lim limsup liminf varlimsup varliminf varinjlim varprojlim injlim projlim", "a limit is not read",
         "give the function itself"),
        ("dots cdots ldots vdots ddots dotsb dotsc dotsm dotsi dotso hdots iddots hdotsfor",
         "dots stand for terms that are not written", "write the terms, or a sum: \\sum_{i=1}^{n} x_i"),
        ("pm mp", "two values at once", "write one formula with + and one with -"),
        ("bigcup bigcap cup cap setminus bigsqcup sqcup sqcap uplus biguplus smallsetminus emptyset varnothing",
         "an operation on sets is not read", None),
        ("argmax argmin arg sup inf Argmax Argmin esssup", "the value of an optimisation problem is not a formula",
         "give the function to optimise"),
        ("ref eqref cref Cref autoref pageref citep citet", "a reference to another place is not read",
         "write the formula itself"),
        ("forall exists nexists neg lnot therefore because qed models vdash bot", "a statement, not a formula",
         "give the formula alone"),
        ("Pr Prob", "a probability: the distribution is not part of the formula", None),
        ("Var Cov Corr Cor E EE Ex expectation", "a moment of a distribution that is not part of the formula",
         "write the sum over the data"),
        ("mod bmod pmod pod", "a remainder is not read from LaTeX", None),
        ("oplus ominus boxplus bigoplus bigotimes bigodot coprod amalg", "this operation has no meaning in gradcli",
         None),
        ("cancel bcancel xcancel sout", "what is struck out may stand there or not",
         "leave it out, or write it plainly"),
        ("%", "per cent is not read", "write a quotient by 100"),
        ("# $ _ &", "this character has no meaning in a formula", None),
        ("dagger ddagger", "a dagger stands alone", "raise it: A^\\dagger"),
        ("Re", "formulas are real: there is no real part to take", None),
        ("Im", "formulas are real: there is no imaginary part to take", None),
        ("middle", "a bar in the middle of brackets is not read", "write conditions with \\begin{cases}"),
        ("input include write openout read catcode csname expandafter immediate special loop repeat if fi else ifx",
         *_NO_PART),
        ("ifnum usepackage require edef xdef futurelet everymath href url includegraphics html cssId class style",
         *_NO_PART),
    )
    for word in listed.split()
}  # fmt: skip
# Words that are refused in any font: \operatorname{Var}, \mathrm{argmin}, \text{Pr}.
REFUSED_WORDS = _each("lim limsup liminf argmax argmin sup inf Argmax Argmin esssup Pr Prob Var Cov Corr Cor mod Re Im")
NAMES_AS_WELL = _each("Re Im Pr Cor mod inf sup")  # where nothing follows that they could be applied to
RAISED = _each("dagger ddagger bot")  # that may be raised all the same

# -- prose

WHEN = _each("if for when where as whenever provided")
OTHERWISE = frozenset({
    "otherwise", "else", "elsewhere", "o.w", "ow", "other", "in all other cases", "everywhere else", "or else",
    "if not",
})  # fmt: skip
PROSE = _each(
    "where with for if and or when all so that then such subject to s.t. s.t let by since because hence thus as is",
    "are every denotes otherwise the we have given i.e. e.g. while on in which but also any at of therefore",
    "satisfies satisfying",
)

# -- characters that people paste

_SIGNS = "·⋅×∗−–≤≥≠∈≈∼∝≡→∞∂∇√∑∏∫⊙⊗∘⊤ℓ′‖⟨⟩⌊⌋⌈⌉±∓…⋯∧∨⊘÷∥≪≫⇒⟹ℝ∣’"
_COMMANDS = (
    "cdot cdot times ast - - le ge ne in approx sim propto equiv to infty partial nabla sqrt sum prod int odot otimes"
    " circ top ell prime Vert langle rangle lfloor rfloor lceil rceil pm mp ldots cdots land lor oslash div Vert ll gg"
    " Rightarrow implies R mid prime"
)
UNICODE: Mapping[str, str] = dict(zip(_SIGNS, _COMMANDS.split(), strict=True))
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵀ", "0123456789-+nT")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₙₖ", "0123456789ijnk")
_OTHER_GREEK = {
    "ϵ": "epsilon", "ϕ": "phi", "ϑ": "vartheta", "ϖ": "varpi", "ϱ": "varrho", "ϰ": "varkappa", "ς": "varsigma",
    "µ": "mu", "λ": "lambda", "Λ": "Lambda",
}  # fmt: skip


def greek_of(ch: str) -> str | None:
    """The command of a Greek letter: ``alpha`` of α, ``Omega`` of Ω.

    >>> greek_of("λ"), greek_of("Σ"), greek_of("ϵ"), greek_of("x")
    ('lambda', 'Sigma', 'epsilon', None)
    """
    if ch in _OTHER_GREEK:
        return _OTHER_GREEK[ch]
    words = unicodedata.name(ch, "").lower().split()
    if len(words) != 4 or words[0] != "greek" or words[2] != "letter":
        return None
    name = words[3].capitalize() if words[1] == "capital" else words[3]
    return name if name in GREEK else None
