"""torch's loss of a sequence of labels whose places are not known: connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.losses import reduced

_WORDS = ("none", "mean", "sum")  # torch.ctc_loss numbers them
_NOTE = "the slope in log_probs is that of the formula, torch's own is right only behind log_softmax"


def _several(lengths: Any) -> tuple[int, ...]:
    return (lengths,) if isinstance(lengths, int) else tuple(lengths)


def _ctc(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: Any, reduction: Any,
    zero_infinity: Any,
) -> str:  # fmt: skip
    """Minus the logarithm of the probability of all ways that give the labels (Graves et al. 2006)."""
    word = _WORDS[reduction] if isinstance(reduction, int) else reduction
    times, counts = _several(input_lengths), _several(target_lengths)
    if (
        len(log_probs) not in (2, 3)
        or len(times) != len(counts)
        or (len(log_probs) == 3 and log_probs[1] != len(times))
    ):
        return f"{NONE}it takes log_probs (t, n, classes), and n lengths of inputs and of targets"
    samples = [""] if len(log_probs) == 2 else [f", {k}" for k in range(len(times))]
    texts, losses = [], []
    for k, (at, time, labels) in enumerate(zip(samples, times, _labels(targets, counts), strict=True)):
        if time < len(labels) + sum(a == b for a, b in pairwise(labels)):
            if not zero_infinity:
                return (
                    f"{NONE}an input is too short for its target: the loss is infinite; zero_infinity=True makes it 0"
                )
            losses.append(f"0*sum(log_probs[:{time}{at}])")
            continue
        texts += _sums(f"l{k}", f"log_probs[:{time}{at}]", time, labels, blank)
        share = f"/{max(len(labels), 1)}" if word == "mean" else ""
        losses.append(f"l{k}{share}")
    all_losses = losses[0] if len(log_probs) == 2 else f"[{', '.join(losses)}]"
    return "; ".join([*texts, reduced(all_losses, word)])


def _labels(targets: Any, counts: Sequence[int]) -> list[tuple[int, ...]]:
    """Those of each sample: a line that is filled up, or all in one line."""
    if targets and isinstance(targets[0], tuple):
        return [tuple(line[:count]) for line, count in zip(targets, counts, strict=True)]
    starts = [0, *accumulate(counts)]
    return [tuple(targets[start : start + count]) for start, count in zip(starts, counts, strict=False)]


def _sums(name: str, scores: str, time: int, labels: Sequence[int], blank: int) -> list[str]:
    """The probabilities of all ways so far, for each place among labels and blanks, by shares that keep them moderate.

    A blank may stand between any two labels, and has to between equal ones.
    """
    places = [blank, *(part for label in labels for part in (label, blank))]
    n = len(places)
    jumps = [int(places[k] not in (blank, places[k - 2])) for k in range(2, n)]
    moves = f"eye({n})" + (f" + diag(ones({n - 1}), 1) + diag({jumps}, 2)" if jumps else "")
    start = f"pad(p[0, :2], (0, {n - 2}))" if jumps else "p[0]"
    texts = [f"q = take({scores}, {tuple(places)}, 1)", "p = softmax(q, 1)", f"m = {moves}", f"a = {start}"]
    texts += [f"a = (a @ m)*p[{step}]" for step in range(1, time)]
    return [*texts, f"{name} = -sum(logsumexp(q, 1)) - log(sum(a[-2:]))"]


_ARGUMENTS = "log_probs:shaped, targets:entries, input_lengths:axes, target_lengths:axes, blank:integer=0"

SPELLINGS = (
    Spelling(f"F.ctc_loss({_ARGUMENTS}, reduction:text='mean', zero_infinity:flag=False)", _ctc, note=_NOTE),
    Spelling(f"torch.ctc_loss({_ARGUMENTS}, reduction:integer=1, zero_infinity:flag=False)", _ctc, note=_NOTE),
)  # fmt: skip
