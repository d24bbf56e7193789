"""The messages that a text is nearest to, where it fits none: by the words that they share, rare ones before common."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from math import log
from operator import itemgetter

from gradcli.catalogue.row import Message
from gradcli.catalogue.table import MESSAGES

# A guess rests on thresholds, and is said to be one. Weights are in units of a word that a single message has; the
# shares were chosen by the pastes of the tests: texts that are no errors of autograd's have no neighbour.
MOST = 3  # messages that are named
ENOUGH = 0.5  # of the weight of the text or of the message, the lighter of the two, has to be shared
_LEAST = 2.2  # has to be shared: a rare word and a rare pair, or more that are less rare
_STRANGE = 0.5  # the weight of a word of the text that no message has
_BESIDE_BEST = 0.6  # of the best one's share, for a second and a third
_WORDS_READ = 400  # of the text, its last ones: a long message has some hundred
_TYPOS_READ = 40  # words that are looked up among all others: the one slow step

_OPTIONAL = re.compile(r"\(\?:([^()]*)\)\?")
_SYNTAX = re.compile(r"\(\?(?:P<\w+>|<?[=!:])|\\[a-zA-Z]|\[[^\]]*\]")
_NOT = re.compile(r"\b(ca|do|does|did|is|are|was|were|has|have)n['\u2019]?t\b")
_WORD = re.compile(r"[a-z]{2,}")


def nearest(text: str) -> tuple[Message, ...]:
    """The nearest first, at most some; none where nothing is near."""
    found = _known(_words(text)[-_WORDS_READ:])
    features = _features(found)
    weights = _weights()
    total = sum(
        weights.get(feature, 0.0 if " " in feature else _STRANGE * log(len(MESSAGES) + 1)) for feature in features
    )
    shared: dict[str, float] = {}
    scores: dict[str, float] = {}
    for name, patterns in _rows().items():
        common, own = max(
            ((sum(weights[part] for part in words & features), words) for words in patterns), key=itemgetter(0)
        )
        whole = min(total, sum(weights[part] for part in own))
        shared[name] = common
        scores[name] = common / whole if whole and common >= _LEAST * log(len(MESSAGES) + 1) else 0.0
    best = max(scores.values(), default=0.0)
    if best < ENOUGH:
        return ()
    near = sorted((name for name in scores if scores[name] >= _BESIDE_BEST * best), key=lambda name: -shared[name])
    return tuple(message for name in near[:MOST] for message in MESSAGES if message.name == name)


@cache
def _rows() -> dict[str, list[frozenset[str]]]:
    """Words and pairs of words of each message's patterns, pattern by pattern."""
    return {message.name: [_features_of(pattern) for pattern in message.patterns] for message in MESSAGES}


def _features_of(pattern: str) -> frozenset[str]:
    """Those with the optional pieces, and those without."""
    variants = (_OPTIONAL.sub(piece, pattern) for piece in (r"\1", ""))
    return frozenset().union(*(_features(_words(_SYNTAX.sub(" ", variant))) for variant in variants))


@cache
def _weights() -> dict[str, float]:
    """log(N/n) of a word or a pair that n of N messages have."""
    counts = Counter(feature for patterns in _rows().values() for feature in frozenset().union(*patterns))
    return {feature: log((len(MESSAGES) + 1) / count) for feature, count in counts.items()}


def _words(text: str) -> list[str]:
    """The words in small letters: ``in-place`` as ``inplace``, ``doesn't`` as ``does not``, ``grad_fn`` as two."""
    return _WORD.findall(_NOT.sub(r"\1 not", text.lower().replace("-?", "").replace("-", "")))


def _features(words: list[str]) -> frozenset[str]:
    return frozenset(words) | frozenset(f"{a} {b}" for a, b in pairwise(words))


def _known(words: list[str]) -> list[str]:
    """The words as the catalogue has them; one that is nearly such a word is taken for it."""
    vocabulary = {feature for feature in _weights() if " " not in feature}
    by_length = sorted(vocabulary, key=len)
    made, left = [], _TYPOS_READ
    for word in words:
        if word not in vocabulary and len(word) > 3 and left:
            left -= 1
            close = difflib.get_close_matches(word, by_length, n=1, cutoff=0.82)
            word = close[0] if close else word
        made.append(word)
    return made
