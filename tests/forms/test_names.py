"""Parts of long formulas under names: letters for those that repeat, what is made of them, the user's own."""

from __future__ import annotations

import pytest

from gradcli.closed.notation.names import Naming
from gradcli.closed.notation.rewriting.engine import sized
from gradcli.language.nodes import stand_ins
from gradcli.language.parse import parse

SHAPES: dict[str, tuple[str | int, ...]] = {
    **dict.fromkeys("xyz", ("n",)),
    **dict.fromkeys("AB", ("n", "n")),
    "X": ("n", "d"),
    "w": ("d",),
}
SIZES = stand_ins("nd")

# formula -> the same with names
REPEATED = {
    "x/norm(x)": "x/norm(x)",
    "tanh(A @ x + y)*(1 - tanh(A @ x + y))": "tanh(A @ x + y)*(1 - tanh(A @ x + y))",  # saves too little
    "inv(3*A + 2*B) @ x - inv(3*A + 2*B) @ B @ inv(3*A + 2*B) @ y": "P = inv(3*A + 2*B); P @ x - P @ B @ P @ y",
    "[a/(b*c + d*q + 1), c/(b*c + d*q + 1), -a*c/(b*c + d*q + 1)**2]": "P = b*c + d*q + 1; [a/P, c/P, -a*c/P**2]",
    "[a*h + b*c*d, q/(a*h + b*c*d), f**2/(a*h + b*c*d), p*(h*a + k*q - 1), (h*a + k*q - 1)/b, (h*a + k*q - 1)/a]": (
        "P = h*a + k*q - 1; Q = a*h + b*c*d; [Q, q/Q, f**2/Q, p*P, P/b, P/a]"
    ),
    # a square root, and powers of what is under it
    "cos(sqrt(a**2 + b**2))/(a**2 + b**2)**2 - sin(sqrt(a**2 + b**2))/(a**2 + b**2)**1.5": (
        "P = sqrt(a**2 + b**2); (cos(P)/P - sin(P))/P**3"
    ),
    # the negative
    "[a*b - c*d + p, c*d - a*b - p, (a*b - c*d + p)**2, q*(a*b - c*d + p)]": "P = a*b - c*d + p; [P, -P, P**2, q*P]",
    # of sigmoid: 1 - p, log(p)
    "X.T @ (sigmoid(X @ w)*sigmoid(-X @ w)*(z - sigmoid(X @ w))*(1 + sigmoid(X @ w)))": (
        "P = sigmoid(X @ w); X.T @ (P*(1 - P)*(z - P)*(1 + P))"
    ),
    "sigmoid(a*b)*(sigmoid(-a*b) - c*sigmoid(a*b)*softplus(-a*b))": "P = sigmoid(a*b); P*(1 - P + c*P*log(P))",
    "-sigmoid(-a)**b*(sigmoid(-a) + b*sigmoid(a)*softplus(-a))": "P = sigmoid(a); -(1 - P)**b*(1 - P - b*P*log(P))",
    # of a norm: its square
    "(A + B)/norm(x - y) - outer(x - y, z)/(norm(x - y)*((x - y) @ (x - y)))": (
        "P = norm(x - y); (A + B - outer(x - y, z)/P**2)/P"
    ),
}


@pytest.mark.parametrize("text", REPEATED)
def test_what_repeats_gets_a_letter(text: str) -> None:
    tree = parse(text, bound=[*SHAPES, *"abcdfhkpq"], sizes=SIZES).tree
    assert Naming(sized(SHAPES)).text(tree, {}) == REPEATED[text]


def test_letters_are_not_those_of_variables() -> None:
    tree = parse("inv(3*A + 2*B) @ x - inv(3*A + 2*B) @ B @ inv(3*A + 2*B) @ y", bound=SHAPES, sizes=SIZES).tree
    assert Naming(sized(SHAPES)).text(tree, {}, {"P", "Q"}) == "R = inv(3*A + 2*B); R @ x - R @ B @ R @ y"


def test_letters_stand_beside_the_users_names() -> None:
    function = "r = A @ x - y; r/(1 + 2*r @ B @ r) - B @ r/(1 + 2*r @ B @ r)**2 + x/(1 + 2*r @ B @ r)"
    whole = parse(function, bound=SHAPES, sizes=SIZES)
    text = Naming(sized(SHAPES)).text(whole.tree, {"r": whole.parts["r"]})
    assert text == "r = A @ x - y; P = 1 + 2*r @ B @ r; r/P - B @ r/P**2 + x/P"
