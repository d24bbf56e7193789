"""The elements of SVG pictures that stand in a page, and in a file of their own.

Colours are variables of the page, each with a colour of its own where there is no such page. ``alone`` makes a file of
a picture, which knows a dark screen by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from gradcli.base.errors import printable

INK, GRID, PAPER = "var(--ink, #1b1b1b)", "var(--grid, #9a9a9a)", "var(--paper, #ffffff)"
MARK, BAD = "var(--mark, #b3541e)", "var(--bad, #b3261e)"
CURVE = ("var(--curve-1, #2563a8)", "var(--curve-2, #2e7d32)", "var(--curve-3, #8e44ad)")
DARK = {
    "#1b1b1b": "#e8e8e8",
    "#9a9a9a": "#7d7d7d",
    "#ffffff": "#15171a",
    "#b3541e": "#f0a36b",
    "#b3261e": "#ff8a80",
    "#2563a8": "#7db3f0",
    "#2e7d32": "#81c784",
    "#8e44ad": "#d19be8",
}
_VARIABLE = re.compile(r"var\(--([\w-]+), (#[0-9a-f]{6})\)")

Room = tuple[float, float, float, float]  # x, y, width, height


def element(tag: str, inside: str = "", /, **attributes: str) -> str:
    """``<tag name="value">inside</tag>``; values are escaped, what is inside is SVG already.

    >>> element("path", d="M0 0", fill='"<')
    '<path d="M0 0" fill="&quot;&lt;"/>'
    """
    told = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{told}>{inside}</{tag}>" if inside else f"<{tag}{told}/>"


def words(text: str, x: float, y: float, **attributes: str) -> str:
    """A text at a point."""
    return element("text", written(text), x=number(x), y=number(y), **attributes)


def written(text: str) -> str:
    """A text as XML has it: no sign of it is one of markup, and none is one that XML forbids."""
    return escape(printable(text), quote=False)


def number(x: float) -> str:
    """Two digits behind the point, which is a hundredth of a pixel.

    >>> number(3.0), number(-0.001), number(2.126)
    ('3', '0', '2.13')
    """
    short = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def drawing(parts: Iterable[str], room: Room, title: str, description: str) -> str:
    """The whole picture: as wide as there is room for; its title and its description are read aloud."""
    told = [element("title", written(title)), element("desc", written(description))]
    about = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": " ".join(map(number, room)),
        "role": "img",
        "aria-label": printable(title),
    }
    return element("svg", "".join([*told, *parts]), **about)


def alone(picture: str) -> str:
    """The picture as a file: its size in pixels, and colours for a bright and for a dark screen.

    >>> alone('<svg viewBox="0 0 3 4"><path fill="var(--ink, #1b1b1b)"/></svg>').count("prefers-color-scheme")
    1
    """
    room = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', picture)
    assert room is not None
    used = dict.fromkeys(_VARIABLE.findall(picture))
    bright = "".join(f"--{name}:{color};" for name, color in used)
    dark = "".join(f"--{name}:{DARK[color]};" for name, color in used)
    sheet = f"svg{{{bright}background:{_color(used, 'paper')}}}"
    sheet += f"@media (prefers-color-scheme:dark){{svg{{{dark}background:{DARK[_color(used, 'paper')]}}}}}"
    head, rest = picture.split(">", 1)
    sized = f'{head} width="{room[1]}" height="{room[2]}">'
    return f"{sized}<style>{sheet}{_rules(used)}</style>{_with_classes(rest)}\n"


def _color(used: Iterable[tuple[str, str]], name: str) -> str:
    return next((color for known, color in used if known == name), "#ffffff")


def _rules(used: Iterable[tuple[str, str]]) -> str:
    """The colours again by class: some programs draw SVG and know no variables, and take the colours themselves."""
    return "".join(f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}" for name, _ in used)


def _with_classes(picture: str) -> str:
    """Each element with its colours as they are, and classes that know a dark screen."""
    return re.sub(r"<\w[^>]*var\(--[^>]*>", lambda found: _with_class(found.group()), picture)


def _with_class(tag: str) -> str:
    classes = [f"{kind[0]}-{name}" for kind, name in re.findall(r'(fill|stroke)="var\(--([\w-]+)', tag)]
    plain = _VARIABLE.sub(lambda found: found[2], tag)
    return re.sub(r"/?>$", lambda end: f' class="{" ".join(classes)}"{end.group()}', plain, count=1)


def path(lines: Iterable[Sequence[tuple[float, float]]]) -> str:
    """The data of a path through points, one line after another."""
    return "".join("M" + "L".join(f"{number(x)} {number(y)}" for x, y in line) for line in lines if line)
