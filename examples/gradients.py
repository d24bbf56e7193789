"""Losses with gradients by hand: the formulas stand in the docstrings, the code below them.

``gradcli check --file gradients.py`` checks the formulas and runs nothing;
``gradcli check --python gradients:loss --against gradients:gradient --at ...`` runs the code.
"""

from __future__ import annotations

import numpy as np


def rosenbrock(x):
    """Rosenbrock's valley, x (2,) -> scalar, smallest at (1, 1)."""
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def rosenbrock_gradient(x):
    """Its gradient, x (2,) -> (2,).

    shape x=2
    d(100*(x[1] - x[0]**2)**2 + (1 - x[0])**2)/d(x) =
        [-400*x[0]*(x[1] - x[0]**2) - 2*(1 - x[0]), 200*(x[1] - x[0]**2)]
    """
    valley = x[1] - x[0] ** 2
    return np.array([-400 * x[0] * valley - 2 * (1 - x[0]), 200 * valley])


def logistic_loss(w, X, y, penalty):
    """Mean logistic loss with a ridge penalty: w (d,), X (n, d), labels y (n,) of -1 and 1 -> scalar."""
    return np.mean(np.log1p(np.exp(-y * (X @ w)))) + penalty * w @ w


def logistic_gradient(w, X, y, penalty):
    """Its gradient in w, (d,), with the probability of a wrong label in place of a second exponential.

    shape X=n,d w=d y=n
    d(mean(log1p(exp(-y*(X @ w)))) + penalty*w@w)/d(w) = -X.T @ (y*sigmoid(-y*(X @ w)))/n + 2*penalty*w
    d(mean(log1p(exp(-y*(X @ w)))) + penalty*w@w)/d(penalty) = w@w
    """
    wrong = 1 / (1 + np.exp(y * (X @ w)))
    return -X.T @ (y * wrong) / len(y) + 2 * penalty * w


def logistic_gradient_draft(w, X, y, penalty):
    """A first attempt at the same, whose penalty lacks a factor: no docstring can tell, but running it does."""
    wrong = 1 / (1 + np.exp(y * (X @ w)))
    return -X.T @ (y * wrong) / len(y) + penalty * w


def huber(r, delta):
    """Huber's loss, entry by entry: r (...), delta > 0 -> (...).

    where delta > 0
    d(where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2)))/d(r) = clamp(r, -delta, delta)
    """
    return np.where(np.abs(r) <= delta, r**2 / 2, delta * (np.abs(r) - delta / 2))


def huber_slope(r, delta):
    """Its derivative in r, entry by entry."""
    return np.clip(r, -delta, delta)
