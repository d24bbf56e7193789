"""Claims as HTML: what is claimed, how it went, where it is wrong."""

from __future__ import annotations

from gradcli.report.document import Case, Difference, Equation, Outcome
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.formulas import latex_of, scrolling, set_latex
from gradcli.report.values import value_text

CLASSES = {Outcome.HOLDS: "holds", Outcome.FAILS: "fails", Outcome.OPEN: "open"}


def anchor(case: Case, number: int) -> str:
    """Where a case stands in the page: ``paper.tex:12``, or its number."""
    return f"{case.file}:{case.line}" if case.file is not None else f"claim-{number}"


def badge(case: Case) -> str:
    return tag("span", escaped("error" if case.broken else case.verdict), class_=f"badge {CLASSES[case.outcome]}")


def case(block: Case, body: str, level: int) -> str:
    """Its name, verdict and place, the equation, then what is to be said of it."""
    place = f"{block.file}:{block.line}" if block.file is not None else ""
    said = (badge(block), tag("span", escaped(place), class_="place") if place else "", escaped(block.extent))
    parts = (tag("span", escaped(block.name)), *said[:2], tag("span", said[2], class_="place") if said[2] else "")
    heading = tag(f"h{min(level, 6)}", " ".join(filter(None, parts)))
    return heading + equation(block.equation) + body


def equation(found: Equation) -> str:
    """``∂/∂x f = claim``, as code where one of them cannot be set."""
    left, right = latex_of(found.function, found.shapes), latex_of(found.claim, found.shapes)
    text = f"{found.left(found.function)} = {found.claim}"
    made = None if left is None or right is None else set_latex(f"{_slope(found, left)} = {right}", text)
    if made is None:
        return scrolling("pre", tag("code", escaped(text)), "claim")
    return tag("div", made, class_="formula scroll", tabindex="0")


def _slope(found: Equation, function: str) -> str:
    from gradcli.closed.notation.letters import name_in_latex

    if not found.differentiated:
        return function
    names = ", ".join(map(name_in_latex, found.wrt))
    return (
        rf"\frac{{\partial}}{{\partial ({names})}} \left( {function} \right)"
        if len(found.wrt) > 1
        else (rf"\frac{{\partial}}{{\partial {names}}} \left( {function} \right)")
    )


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
    return tag("dl", body, class_="counterexample")
