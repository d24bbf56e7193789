"""TOML files by what is in them: the claims that they hold, or what is said of their mistake."""

from __future__ import annotations

from claim_files.texts import SQUARE

from gradcli.inputs.claim_files import ClaimText

TOML: dict[str, tuple[str, list[ClaimText]]] = {
    "least": ("[[claim]]\n" + SQUARE, [ClaimText("x**2", "2*x", line=3)]),
    "everything": (
        """[[claim]]
name = "squares"
function = "sum((X@w - y)**2)"
wrt = "w"
kind = "grad"
shapes = { X = "n,d", w = ["d"], y = "n" }
where = ["n > 1", "all(y > 0)"]
at = { y = [1, 2.50, -3e2] }
derivative = "2*X.T@(X@w - y)"
""",
        [
            ClaimText(
                "sum((X@w - y)**2)",
                "2*X.T@(X@w - y)",
                "w",
                "grad",
                ("X=n,d", "w=d", "y=n"),
                ("n > 1", "all(y > 0)"),
                ("y=[1, 2.50, -3e2]",),
                name="squares",
                line=9,
            )
        ],
    ),
    "texts": (
        '[[claim]]\nshapes = ["X = n, d", "w=d"]\nvalues = ["s=pi/4", "t = [1, 2]"]\nwhere = "s > 0"\n'
        'function = "s*t*X@w"\nwrt = ["X", "w"]\nderivative = "1"\n',
        [
            ClaimText(
                "s*t*X@w", "1", "X,w", shapes=("X=n, d", "w=d"), where=("s > 0",), values=("s=pi/4", "t=[1, 2]"), line=7
            )
        ],
    ),
    "arranged": (
        '[[claim]]\nfunction = "a@S@a"\nwrt = "S"\nderivative = "0"\nlayout = "numerator"\nvec = true\n'
        'symmetric = "joint"\nassume = { S = ["symmetric", "positive"], a = "unit" }\n',
        [
            ClaimText(
                "a@S@a",
                "0",
                "S",
                assume=("S=symmetric,positive", "a=unit"),
                layout="numerator",
                vec=True,
                symmetric="joint",
                line=4,
            )
        ],
    ),
    "assumed in texts": (
        f'[[claim]]\n{SQUARE}vec = false\nassume = ["x=positive", "x < 2"]\n',
        [ClaimText("x**2", "2*x", assume=("x=positive", "x < 2"), vec=False, line=3)],
    ),
    "sizes": (
        '[[claim]]\nfunction = "a*b*c*A"\nwrt = "a"\nshapes = { a = 3, b = [], c = "", A = [2, "k"] }\nderivative = 0\n',
        [ClaimText("a*b*c*A", "0", "a", shapes=("a=3", "b=", "c=", "A=2,k"), line=5)],
    ),
    "digits as they are typed": (
        '[[claim]]\nfunction = "a*b"\nwrt = "a"\nderivative = 0.10\nvalues = { a = +1.50, b = [[-inf, 1_0.5], [0x10, "pi"]] }\n',
        [ClaimText("a*b", "0.10", "a", values=("a=1.50", "b=[[-inf, 1_0.5], [16, pi]]"), line=4)],
    ),
    "a table of derivatives": (
        '[[claim]]\nname = "area"\nfunction = "a*b"\n[claim.derivative]\na = "b"\n\n# b = "wrong"\nb = "a"\n',
        [ClaimText("a*b", "b", "a", name="area (a)", line=5), ClaimText("a*b", "a", "b", name="area (b)", line=8)],
    ),
    "a table in one line": (
        '[[claim]]\nfunction = "a*b"\nderivative = { a = "b", b = "a" }\n',
        [ClaimText("a*b", "b", "a", line=3), ClaimText("a*b", "a", "b", line=3)],
    ),
    "dotted and quoted keys": (
        '[[ "claim" ]]\n"function" = \'a*b\'\nderivative.a = "b"\n\'derivative\' . "b" = "a"\n',
        [ClaimText("a*b", "b", "a", line=3), ClaimText("a*b", "a", "b", line=4)],
    ),
    "claims in one array": (
        'claim = [\n  { function = "x", derivative = "1" },\n  # ]\n  { derivative = "2", function = "2*x" },\n]\n',
        [ClaimText("x", "1", line=2), ClaimText("2*x", "2", line=4)],
    ),
    "mixed second derivative": (
        '[[claim]]\nfunction = "x*y"\nkind = "hessian"\nderivative = { "x,y" = 1 }\n',
        [ClaimText("x*y", "1", "x,y", "hessian", line=4)],
    ),
    "names": (
        "[[claim]]\nname = 2019\nfunction = 'β*x̂'\nwrt = 'β'\nderivative = 'x̂'\n",
        [ClaimText("β*x̂", "x̂", "β", name="2019", line=5)],
    ),
    "composed accents": (
        "[[claim]]\nfunction = 'e\u0301**2'\nwrt = 'e\u0301'\nderivative = '2*e\u0301'\nshapes = {\"e\u0301\" = 2}\n",
        [ClaimText("é**2", "2*é", "é", shapes=("é=2",), line=4)],
    ),
    "several lines of text": (
        "[[claim]]\nfunction = \"\"\"\na = x**2\nderivative = a\"\"\"\nderivative = '''\n\n2*x'''\n",
        [ClaimText("a = x**2\nderivative = a", "2*x", line=5)],
    ),
    "decoys": (
        """# derivative = "no"
[[claim]]
function = "x" # derivative = "no"
name = \"\"\"
derivative = "no" \\\"\"\"
[[claim]]
\"\"\"\"\"
where = [
  '''x > 0 # ] ''',
  "x != 1 # \\" ]", # derivative
  "derivative > 0 or x > 0",
]
derivative = "1"
[[claim]]
function = "derivative"
derivative = "1"
""",
        [
            ClaimText(
                "x",
                "1",
                where=("x > 0 # ]", 'x != 1 # " ]', "derivative > 0 or x > 0"),
                name='derivative = "no" """\n[[claim]]\n""',
                line=13,
            ),
            ClaimText("derivative", "1", line=16),
        ],
    ),
    "lines that other systems end": (
        "\ufeff[[claim]]\r\nfunction = 'x'\r\nderivative = '1'\r\n",
        [ClaimText("x", "1", line=3)],
    ),
    "a form feed and a separator end no line": (
        "# \u2028 \x85\n[[claim]]\nfunction = 'x'\nderivative = '1'\n",
        [ClaimText("x", "1", line=4)],
    ),
}


REFUSED_TOML: dict[str, tuple[str, str]] = {
    "unknown key": (f'[[claim]]\n{SQUARE}funktion = "x"\n', r"c\.toml:4: an unknown key, found 'funktion', expected name, fu"),
    "unknown top": (f"[[claims]]\n{SQUARE}", r"c\.toml:1: an unknown key, found 'claims', expected claim, defaults"),
    "unknown default": ("[defaults]\n\nname = 'x'\n", r"c\.toml:3: an unknown key, found 'name'"),
    "unknown in an array": ('claim = [\n {function="x", derivative="1"},\n\n {a.b = 1}]', r"c\.toml:4: an unknown key, found 'a'"),
    "no function": ('\n[[claim]]\nderivative = "2*x"\n', r"c\.toml:2: a claim without function, expected the key function"),
    "no derivative": ('[[claim]]\nfunction = "x"\n', r"c\.toml:1: a claim without derivative, expected the key derivative"),
    "second without": (f"[[claim]]\n{SQUARE}[[claim]]\nname='b'\n", r"c\.toml:4: a claim without function"),
    "function of a list": ('[[claim]]\nfunction = ["x"]\nderivative = "1"\n', r"c\.toml:2: function: found a list of 1, expected a text"),
    "derivative true": ('[[claim]]\nfunction = "x"\nderivative = true\n', r"c\.toml:3: derivative: found true, expected a text"),
    "derivative blank": ('[[claim]]\nfunction = "x"\nderivative = " "\n', r"c\.toml:3: derivative: found nothing, expected a text"),
    "derivative a date": ('[[claim]]\nfunction = "x"\nderivative = 2020-01-01\n', r"c\.toml:3: derivative: found 2020-01-01, expected"),
    "derivative long": (f'[[claim]]\nfunction = "x"\nderivative = "{"x" * 70_000}"\n', r"c\.toml:3: derivative: found 70,000 characters"),
    "empty table": ('[[claim]]\nfunction = "x"\n[claim.derivative]\n', r"c\.toml:3: derivative: found an empty table"),
    "nested table": ('[[claim]]\nfunction = "x"\nderivative = { x = { y = 1 } }\n', r"c\.toml:3: x: found a table, expected a text"),
    "no variable": ('[[claim]]\nfunction = "x"\nderivative = { "2x" = "1" }\n', r"c\.toml:3: 2x: found '2x', expected the name of a"),
    "table and wrt": (
        '[[claim]]\nfunction = "x"\nwrt = "x"\nderivative = { x = "1" }\n',
        r"c\.toml:4: derivative: found a table and the key wrt, expected variables in one of them",
    ),
    "wrt": (f'[[claim]]\n{SQUARE}wrt = "2"\n', r"c\.toml:4: wrt: found '2', expected the name of a variable"),
    "wrt empty": (f"[[claim]]\n{SQUARE}wrt = []\n", r"c\.toml:4: wrt: found '', expected the name of a variable"),
    "wrt a number": (f"[[claim]]\n{SQUARE}wrt = 1.5\n", r"c\.toml:4: wrt: found 1\.5, expected a text or a list of texts"),
    "kind": (f'[[claim]]\n{SQUARE}kind = "hesse"\n', r"c\.toml:4: kind: found 'hesse', expected grad, jacobian, hessian, value"),
    "name": (f"[[claim]]\n{SQUARE}name = []\n", r"c\.toml:4: name: found a list of 0, expected a text"),
    "where": (f"[[claim]]\n{SQUARE}where = [1]\n", r"c\.toml:4: where: found 1, expected a text or a list of texts"),
    "where blank": (f"[[claim]]\n{SQUARE}where = ''\n", r"c\.toml:4: where: found nothing, expected a text"),
    "layout": (f"[[claim]]\n{SQUARE}layout = 'denom'\n", r"c\.toml:4: layout: found 'denom', expected numerator, denominator"),
    "symmetric": (f"[[claim]]\n{SQUARE}symmetric = true\n", r"c\.toml:4: symmetric: found true, expected a text"),
    "symmetric how": (f"[[claim]]\n{SQUARE}symmetric = 'x'\n", r"c\.toml:4: symmetric: found 'x', expected joint"),
    "vec": (f"[[claim]]\n{SQUARE}vec = 'yes'\n", r"c\.toml:4: vec: found 'yes', expected true or false"),
    "assume": (f"[[claim]]\n{SQUARE}assume = [1]\n", r"c\.toml:4: assume: found 1, expected a text or a list of texts"),
    "assume what": (f"[[claim]]\n{SQUARE}assume = {{ x = [2] }}\n", r"c\.toml:4: assume\.x: found a list of 1, expected properties"),
    "assume of nothing": (f"[defaults]\n\nassume = ['y=unit']\n[[claim]]\n{SQUARE}", r"c\.toml:3: assume, found y, expected a name"),
    "shape": (f"[[claim]]\n{SQUARE}shapes = {{ x = 1.5 }}\n", r"c\.toml:4: shapes\.x: found 1\.5, expected sizes"),
    "shape true": (f"[[claim]]\n{SQUARE}[claim.shapes]\n\nx = [true]\n", r"c\.toml:6: shapes\.x: found a list of 1, expected sizes"),
    "shape text": (f"[[claim]]\n{SQUARE}shapes = {{ x = 'n d' }}\n", r"c\.toml:4: shapes\.x: found 'n d', expected sizes"),
    "shape list": (f"[[claim]]\n{SQUARE}shapes = ['n,d']\n", r"c\.toml:4: shapes: found 'n,d', expected sizes"),
    "shape name": (f"[[claim]]\n{SQUARE}shapes = {{ '' = 2 }}\n", r"c\.toml:4: : found '', expected the name of a variable"),
    "values": (f"[[claim]]\n{SQUARE}values = ['x']\n", r"c\.toml:4: values: found 'x', expected values"),
    "value missing": (f"[[claim]]\n{SQUARE}values = ['x=']\n", r"c\.toml:4: values: found 'x=', expected values"),
    "value": (f"[[claim]]\n{SQUARE}at = {{ x = [1, true] }}\n", r"c\.toml:4: at\.x: found a list of 2, expected values"),
    "value deep": (f"[[claim]]\n{SQUARE}at = {{ x = {'[' * 60}1{']' * 60} }}\n", r"c\.toml:4: at\.x: found a list of 1, expected"),
    "at and values": (f"[[claim]]\n{SQUARE}at = {{ x = 1 }}\nvalues = {{ x = 1 }}\n", r"c\.toml:5: found at and values"),
    "one claim": (f"[claim]\n{SQUARE}", r"c\.toml:1: claim: found a table, expected tables \[\[claim\]\]"),
    "claims of texts": ("claim = ['x']", r"c\.toml:1: claim: found a list of 1, expected tables \[\[claim\]\]"),
    "defaults": ("\ndefaults = 3", r"c\.toml:2: defaults: found 3, expected a table"),
    "default unused": (
        f"[defaults.shapes]\nx = 2\nX = 'n,d'\n[[claim]]\n{SQUARE}",
        r"c\.toml:3: shape, found X, expected a name that a claim here uses",
    ),
    "default condition": (f"[defaults]\nwhere = 'z > 0'\n[[claim]]\n{SQUARE}", r"c\.toml:2: where, found z, expected a name"),
    "syntax": (f"[[claim]]\n{SQUARE}where = x > 0\n", r"c\.toml:4: not TOML: "),
    "cut off": ("[[claim]]\nfunction = 'x'\nname =\n\n", r"c\.toml:3: not TOML: "),
    "never closed": ('[[claim]]\nfunction = """x\n', r"c\.toml:2: not TOML: "),
    "twice": ("a = 1\na = 2\n", r"c\.toml:2: not TOML: "),
    "escapes": ("a = '\x1b[2J'\n", r"c\.toml:1: not TOML: .*'\\x1b'"),
    "many digits": (f"a = {'9' * 5000}\n", r"c\.toml: not TOML: "),
    "deep": (f"a = {'[' * 100_000}", r"c\.toml: not TOML that can be read, found values nested too deeply"),
    "nothing": ("", r"c\.toml: no claims, found none, expected tables \[\[claim\]\] with function and derivative"),
    "defaults alone": ("[defaults]\nshapes = { x = 2 }\n", r"c\.toml: no claims, found none"),
}  # fmt: skip
