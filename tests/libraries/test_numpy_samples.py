"""numpy's calls that search, weigh and cut windows: said by numpy, value and slope."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from libraries.beside import assert_both_refuse, calls, difference

DRAWN = np.random.default_rng(34)
VALUES = {
    "s": np.asarray(0.7), "x": DRAWN.normal(size=5), "y": DRAWN.normal(size=5), "z": DRAWN.normal(size=3), "B": DRAWN.normal(size=(3, 4)),
    "W": DRAWN.uniform(0.2, 0.9, (3, 4)), "T": DRAWN.normal(size=(2, 3, 4)), "w": DRAWN.uniform(0.1, 1, 5), "r": DRAWN.uniform(0.1, 1, 3),
    "V": DRAWN.uniform(0.1, 1, (4, 2)), "at": np.array([-0.5, 0.1, 0.1, 1.4]), "P": DRAWN.normal(size=(3, 2)), "Q": DRAWN.normal(size=(3, 3)),
    "q": np.array([0.3, 0.71]), "gap": np.array([0.4, np.nan, -0.9, 0.2, 1.1]),
}  # fmt: skip
NAMES = {"np": np}

WRITTEN = calls("""
    np.searchsorted(at, x)*x
    np.searchsorted([-0.5, 0.1, 0.1, 1.4], 0.1)*s
    np.searchsorted([-0.5, 0.1, 0.1, 1.4], 0.1, 'right')*s
    np.searchsorted([-0.5, 0.1, 0.1, 1.4], [[0.1, 2], [-1, 1.4]], side='right')*s
    np.searchsorted(at, B)*B
    np.searchsorted(a=at, v=s)*s
    np.searchsorted([1, 2, 3], 5*x)*x
    np.searchsorted(z, s, sorter=np.argsort(z))*s
    np.searchsorted([3, 1, 2], s, sorter=[1, 2, 0])*s
    np.searchsorted(at, gap)*s
    np.searchsorted(np.sort(gap), gap, side='right')*s
    np.searchsorted(np.sort(gap), gap)*s
    x[np.searchsorted([1, 2, 3], [2, 1])]
    np.append(B, z)
    np.append(B, z, None)
    np.append(B, W, axis=None)
    np.append(B, 2, axis=None)
    np.append(B, W, 1)
    np.argsort(B, axis=None)*B.ravel()
    np.argsort(B, None)*s
    np.argsort(s, axis=None)*x
    B.ravel()[np.argsort(B, axis=None)]
    np.sort(B, axis=None)
    np.sort(s, None)
    np.lib.stride_tricks.sliding_window_view(x, 3)
    np.lib.stride_tricks.sliding_window_view(x, 5)
    np.lib.stride_tricks.sliding_window_view(x, (2,))
    np.lib.stride_tricks.sliding_window_view(B, (2, 3))
    np.lib.stride_tricks.sliding_window_view(B, 2, axis=1)
    np.lib.stride_tricks.sliding_window_view(B, window_shape=(2, 3), axis=(1, 0))
    np.lib.stride_tricks.sliding_window_view(T, 2, -2)
    np.lib.stride_tricks.sliding_window_view(x, (2, 3), axis=(0, 0))
    np.lib.stride_tricks.sliding_window_view(x, 3).mean(axis=-1)
    np.quantile(x, 0.4, weights=w, method='inverted_cdf')
    np.quantile(x, 0, weights=[0, 1, 0, 2, 1], method='inverted_cdf')
    np.quantile(x, 1, weights=[1, 1, 0, 2, 0], method='inverted_cdf')
    np.quantile(x, 0.2, weights=[1, 1, 1, 1, 1], method='inverted_cdf')
    np.quantile(x, q, weights=w, method='inverted_cdf')
    np.quantile(B, [0.1, 0.5, 0.9], weights=W, method='inverted_cdf')
    np.quantile(B, 0.6, weights=W, method='inverted_cdf', keepdims=True)
    np.quantile(B, 0.6, axis=0, weights=W, method='inverted_cdf')
    np.quantile(B, 0.6, axis=0, weights=r, method='inverted_cdf', keepdims=True)
    np.quantile(T, 0.35, axis=(2, 0), weights=V, method='inverted_cdf')
    np.quantile(T, q, axis=1, weights=r, method='inverted_cdf')
    np.quantile(gap, 0.3, weights=w, method='inverted_cdf')
    np.percentile(x, 40, weights=w, method='inverted_cdf')
    np.percentile(B, [20, 50], axis=1, weights=W, method='inverted_cdf')
""")
# Vectors of two entries, of which numpy says that it will not take them any longer.
CROSSED = calls("""
    np.cross(P, P**2)
    np.cross(P, 2*P[0])
    np.cross(P[0], Q[1])
    np.cross(Q, P)
    np.cross(P, Q, axisc=0)
    np.cross(P.T, Q, axisa=0)
    np.cross(P.T, Q.T[:2], axis=0)
    np.cross(Q, Q**2, axisa=0, axisc=0)
""")
REFUSED = calls("""
    np.searchsorted(B, x)
    np.searchsorted(s, x)
    np.searchsorted(at, x, side='up')
    np.append(B, x, axis=0)
    np.lib.stride_tricks.sliding_window_view(B, 2)
    np.lib.stride_tricks.sliding_window_view(x, 6)
    np.lib.stride_tricks.sliding_window_view(x, -1)
    np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=0)
    np.lib.stride_tricks.sliding_window_view(x, (4, 3), axis=(0, 0))
    np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)
    np.quantile(x, 0.4, weights=w)
    np.quantile(x, 0.4, weights=w, method='hazen')
    np.quantile(B, 0.4, weights=r, method='inverted_cdf')
    np.quantile(B, 0.4, axis=1, weights=r, method='inverted_cdf')
    np.cross(B, x)
    np.cross(P, B)
    np.linalg.cross(P, P)
    np.linalg.cross(P, Q)
""")


def values_in(text: str) -> dict[str, np.ndarray]:
    return {name: value for name, value in VALUES.items() if name in compile(text, "", "eval").co_names}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_call_is_what_numpy_makes_of_it(text: str) -> None:
    assert difference(text, NAMES, values_in(text)) == ""


@pytest.mark.parametrize("text", CROSSED)
def test_vectors_of_two_entries_have_a_third_that_is_0(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert difference(text, NAMES, values_in(text)) == ""


@pytest.mark.parametrize("text", REFUSED)
def test_what_numpy_refuses_is_refused(text: str) -> None:
    assert_both_refuse(text, NAMES, values_in(text))


def test_weights_that_are_none_have_no_quantile() -> None:
    for weights in ("[1, -1, 2, 1, 1]", "[0, 0, 0, 0, 0]"):
        text = f"np.quantile(x, 0.4, weights={weights}, method='inverted_cdf')"
        with pytest.raises(ValueError, match=r"[Ww]eights"):
            np.quantile(VALUES["x"], 0.4, weights=eval(weights), method="inverted_cdf")  # noqa: S307 - the two above
        assert difference(text, NAMES, values_in(text), slope=False, oracle="nan") == ""
