"""Claims as HTML: what is claimed, how it went, where it is wrong."""

from __future__ import annotations

from pathlib import PurePath

from gradcli.report.document import Block, Case, Difference, Equation, Formula, Line, Outcome, Role
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import equal, formula, latex_of, scrolling, set_latex
from gradcli.report.values import value_text

CLASSES = {Outcome.HOLDS: "holds", Outcome.FAILS: "fails", Outcome.OPEN: "open"}
MAX_INDEX = 60  # characters of an equation in the index


def anchor(case: Case, number: int) -> str:
    """Where a case stands in the page: ``paper.tex:12``, or its number."""
    if case.standing:  # several lines of a derivation may stand in one of the file
        return f"line-{number}"
    return f"{case.file}:{case.line}" if case.file is not None else f"claim-{number}"


def badge(case: Case) -> str:
    """Its verdict, coloured."""
    said = case.standing or ("error" if case.broken else case.verdict)
    return tag("span", escaped(said), class_=f"badge {CLASSES[case.outcome]}")


def index(cases: list[Case]) -> str:
    """A row for each case, which leads to it."""
    rows = "".join(_row(case, number) for number, case in enumerate(cases, 1))
    head = tag("thead", tag("tr", "".join(tag("th", name, scope="col") for name in ("verdict", "claim", "where"))))
    return scrolling("table", head + tag("tbody", rows), "all claims", class_="index")


def _row(case: Case, number: int) -> str:
    text = str(case.equation) if case.equation.function else case.shown
    text = text if len(text) <= MAX_INDEX else f"{text[: MAX_INDEX - 3]}..."
    place = f"{PurePath(case.file).name}:{case.line}" if case.file is not None else case.name
    link = tag("a", escaped(place), href=f"#{anchor(case, number)}")
    return tag("tr", tag("td", badge(case)) + tag("td", escaped(text)) + tag("td", link))


def of_chain(block: Case, *, first: bool) -> str:
    """A line of a derivation: how it stands, and ``= claim``; of the first what all of them are equal to as well."""
    place = f"{PurePath(block.file).name}:{block.line}" if block.file else ""
    said = " ".join((badge(block), tag("span", escaped(place), class_="place"))) if place else badge(block)
    shown = tag("p", tag("code", escaped(block.shown)), class_="note") if block.shown else ""
    return tag("p", said, class_="standing") + shown + (equation(block.equation) if first else _right(block.equation))


def _right(found: Equation) -> str:
    """``= claim``, as code where it cannot be set."""
    right = latex_of(found.claim, found.shapes)
    made = None if right is None else set_latex(rf"{{}} = {right}", found.claim)
    if made is None:
        return scrolling("pre", tag("code", escaped(f"= {found.claim}")), "claim")
    return tag("div", made, class_="formula scroll", tabindex="0")


def opening(block: Case, level: int) -> str:
    """Its name, verdict and place, then the equation, and how it stands in the file."""
    place = f"{block.file}:{block.line}" if block.file is not None else ""
    parts = [
        _name(block.name),
        badge(block),
        *(tag("span", escaped(x), class_="place") for x in (place, block.extent) if x),
    ]
    heading = tag(f"h{min(level, 6)}", " ".join(parts))
    shown = tag("p", tag("code", escaped(_row_of(block))), class_="note") if block.shown else ""
    return heading + shown + (equation(block.equation) if block.equation.function else "")


def _row_of(block: Case) -> str:
    """What stands in the file, without the section that the heading names."""
    place, sign, row = block.shown.partition(": ")
    named, parts = block.name.split(" · "), place.split(" · ")
    kept = [part for part in parts if part not in named]
    return block.shown if not sign or kept == parts else ": ".join(filter(None, (" · ".join(kept), row)))


def _name(name: str) -> str:
    r"""A name of which parts are formulas in LaTeX, as in ``Least squares · \nabla_w L``."""
    parts = name.split(" · ")
    made = (set_latex(part, part, display=False) if part.startswith("\\") else None for part in parts)
    return " · ".join(found or escaped(part) for part, found in zip(parts, made, strict=True))


def equation(found: Equation) -> str:
    """``∂/∂x (f) = claim``, as code where one of them cannot be set."""
    left, right = latex_of(found.function, found.shapes), latex_of(found.claim, found.shapes)
    made = None if left is None or right is None else set_latex(equal(_slope(found, left), right), str(found))
    if made is None:
        return scrolling("pre", tag("code", escaped(str(found))), "claim")
    return tag("div", made, class_="formula scroll", tabindex="0")


def _slope(found: Equation, function: str) -> str:
    from gradcli.closed.notation.letters import name_in_latex

    if not found.differentiated:
        return function
    names = ", ".join(map(name_in_latex, found.wrt))
    if found.twice:
        return rf"\nabla^{{2}}_{{{names}}} \left( {function} \right)"
    below = f"({names})" if len(found.wrt) > 1 else names
    return rf"\frac{{\partial}}{{\partial {below}}} \left( {function} \right)"


def suggestion(block: Line, found: Equation) -> str:
    """What is due, as a formula and as it is typed."""
    made = formula(Formula(block.text, shapes=found.shapes))
    typed = tag("p", tag("code", escaped(block.text)), class_="command")
    return tag("div", tag("p", "Due is", class_="label") + made + typed, class_="due")


def is_detail(block: Block) -> bool:
    """Is it for those who ask how it was checked?"""
    return isinstance(block, Line) and block.role is Role.DETAIL


def difference(found: Difference) -> str:
    """The counterexample: the point, the entry, both numbers."""
    if found.entry is None:
        return ""
    rows = [(name, value_text(value)) for name, value in found.at]
    rows += [("entry", f"[{', '.join(map(str, found.entry))}]")] if found.entry else []
    rows += [("in", ", ".join(found.wrt))] if found.wrt else []
    both = (("claimed", found.claimed, "fails"), ("true", found.true, "holds"))
    body = "".join(tag("dt", escaped(name)) + tag("dd", tag("code", escaped(text))) for name, text in rows)
    for name, number, class_ in both:
        text = "no number" if number is None else value_text(number)
        body += tag("dt", name) + tag("dd", tag("code", escaped(text)), class_=class_)
    return tag("p", "Counterexample", class_="label") + tag("dl", body)
