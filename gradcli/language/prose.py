"""Whether a text is words rather than a formula. Imports nothing: it is asked of every formula that is explained."""

from __future__ import annotations

import re

# Two names side by side, with a blank between them: no formula has that, every sentence does.
_KEYWORD = r"(?:and|or|not|if|else|in|for|is|return|True|False|None)\b"
_WORDS = re.compile(rf"(?<![\w.])(?!{_KEYWORD})[A-Za-z]{{2,}}[ \t]+(?!{_KEYWORD})[A-Za-z]{{2,}}(?![\w(.])")
_COMMENT = re.compile(r"#[^\n]*")
_ERROR = re.compile(r"(?:Error|Exception|Warning)\s*(?::|\Z)|Traceback \(most recent call last\)")


def looks_like_prose(text: str) -> bool:
    """Whether the text has words that no formula has.

    >>> looks_like_prose("Trying to backward through the graph a second time"), looks_like_prose("x if x > 0 else -x")
    (True, False)
    """
    return _WORDS.search(_COMMENT.sub("", text)) is not None or _ERROR.search(text) is not None
