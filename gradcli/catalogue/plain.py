"""Pasted bytes as plain lines: without encodings, colours, prefixes of logs and quotes, and what copying has broken."""

from __future__ import annotations

import codecs
import re

MAX_TEXT = 2_000_000  # characters that are read; of a longer log the end, where errors stand
MAX_LINE = 20_000  # characters of a line that are read: no traceback has longer ones, and patterns take their time
_MOST_PREFIXES = 8  # one after another, such as a rank, a time, a level and a name

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Colours, also where a web page has lost the escape character; titles of terminals; all other control characters.
_COLOUR = re.compile(
    r"(?:\x1b|\x9b|\^\[|\\x1b|\\u001b|\\033|\\e|\u241b)\[[0-?]{0,40}[ -/]{0,4}[@-~]|\[\d{1,3}(?:;\d{1,3}){0,6}m"
)
_TITLE = re.compile(r"\x1b\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)?|\x1b[@-Z\\^_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufdd0-\ufdd3]")
_TYPOGRAPHY = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00a0": " ",
     "\u00ab": '"', "\u00bb": '"', "\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\u000b": "\n", "\u000c": "\n"}
)  # fmt: skip
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&#x27;", "'"), ("&nbsp;", " "))

_TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_DATE = r"\d{4}[-/.]\d\d[-/.]\d\d"
_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE|stderr|stdout|STDERR|STDOUT)"
_PREFIX = re.compile(
    rf"""(?:
      \[?(?:rank|default|Rank|worker)\s?\d{{1,5}}\]?:\s?                     # torchrun: [rank0]: and [default0]:
    | \[\d{{1,5}}(?:,\d{{1,5}})?\](?:<\w{{1,10}}>)?:\s?                      # mpirun: [1,0]<stderr>:
    | \d{{1,4}}:\s(?=\s|[A-Z]\w{{0,60}}(?:Error|Exception|Warning)|Traceback)  # srun --label
    | \((?:[\w.:-]{{1,80}}\s)?pid=\d{{1,9}}[^)\n]{{0,80}}\)\s?              # ray
    | [\w.-]{{1,60}}[-_]\d{{1,4}}\s{{1,8}}\|\s                              # docker compose: trainer-1  |
    | [IWEF]\d{{4}}\s{_TIME}\s{{1,8}}\d{{1,9}}\s[\w./:-]{{1,120}}\]\s?      # glog
    | \[?{_DATE}(?:[T\s,]\s?{_TIME})?(?:Z|\s?[+-]\d\d:?\d\d)?\]?[:,]?\s?
    | \[?{_TIME}\]?[:,]?\s
    | [A-Z][a-z]{{2}}\s{{1,2}}\d{{1,2}}\s{_TIME}\s[\w.-]{{1,60}}\s[\w./-]{{1,60}}(?:\[\d{{1,9}}\])?:\s?  # syslog
    | [\[<(]?{_LEVEL}[\]>)]?(?:\s{{0,8}}[:|-]|\s)\s?                       # INFO:  [ERROR]  WARNING |
    )""",
    re.VERBOSE,
)
# What may stand behind a time or a level, and nowhere else: a separator, a place, the name of a logger.
_AFTER = re.compile(
    r"""(?:
      [-|]\s
    | \[[\w./:\s-]{1,80}\]\s?
    | [A-Za-z_]\w{0,60}(?:\.\w{1,60}){0,6}(?::[\w<>]{1,60}){0,2}(?:\s?-\s|\s?\|\s|:(?=\s?\w{0,60}(?:Error|Exception)\b))
    )""",
    re.VERBOSE,
)
# pytest's E, quotes of mails and Markdown, boxes of rich and of exception groups, comments
_MARK = re.compile(r"E(?=\s{2,}|$)|(?!>>>\s)(?:>\s?){1,6}|[|│┃║](?=\s|$)\s?|\+-[+-]*(?:\s\d+\s-+)?|#{1,2}\s(?=\s*\S)")


def text_of(data: bytes) -> str:
    """Bytes as text, in whatever encoding a shell has written them; what no encoding explains is replaced."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if data[:4000].count(0) > len(data[:4000]) // 4:  # the end of a log of PowerShell's
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    return data.decode("utf-8", "replace")


def plain_lines(text: str) -> list[str]:
    """The lines of a text, each without its prefixes but with the indentation that stood behind them."""
    return [_bare(line) for line in _unfolded(_uncoloured(text[-MAX_TEXT:])).split("\n")]


def _uncoloured(text: str) -> str:
    text = _COLOUR.sub("", _TITLE.sub("", text)) if "[" in text or "\x1b" in text else text
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TYPOGRAPHY)
    if "&" in text:
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
        text = text.replace("&amp;", "&")
    return _CONTROL.sub("", text.expandtabs(4) if "\t" in text else text)


_ESCAPED = re.compile(r"\\n(?=\s*File \\?\"|[A-Za-z_.]*(?:Error|Exception)\b|\s)")
_INNER_FRAME = re.compile(r"(?<=\S)[ ]+(?=File \"[^\"\n]{1,500}\", line \d)")
_INNER_HEAD = re.compile(r"(?<=\S)[ ]+(?=(?:[A-Za-z_]\w{0,60}\.){0,6}[A-Z]\w{0,60}(?:Error|Exception):\s)")
_TRACEBACK = "Traceback (most recent call last)"


def _unfolded(text: str) -> str:
    """A traceback that was put into one line, as in JSON, in titles and in chats, line by line again."""
    if "\\n" in text and (_TRACEBACK in text or "Error" in text) and _ESCAPED.search(text):
        text = text.replace("\\n", "\n").replace('\\"', '"')
    if _TRACEBACK not in text and 'File "' not in text:
        return text
    return "\n".join(
        _unfolded_line(line) if len(line) > 100 and 'File "' in line else line for line in text.split("\n")
    )


def _unfolded_line(line: str) -> str:
    line = line[:MAX_LINE].replace(f"{_TRACEBACK}: ", f"{_TRACEBACK}:\n  ")
    frames = len(_INNER_FRAME.findall(line))
    return _INNER_HEAD.sub("\n", _INNER_FRAME.sub("\n  ", line)) if frames or "\n" in line else line


def _bare(line: str) -> str:
    """A line without what stands before it in a log, in a mail, or in a report of pytest's or rich's."""
    line = line[:MAX_LINE].rstrip()
    if line[-1:] in {"│", "┃", "║"}:
        line = line[:-1].rstrip()
    logged = False
    for _ in range(_MOST_PREFIXES):
        start = len(line) - len(line.lstrip())
        found = _MARK.match(line, start)
        if found is None and start < 4:
            found = _PREFIX.match(line, start) or (_AFTER.match(line, start) if logged else None)
            logged = True
        if found is None:
            break
        line = line[found.end() :]
    return line
