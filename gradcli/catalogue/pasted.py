"""A pasted text: a message alone, or a traceback among the lines of a log; made plain, and its parts found."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gradcli.catalogue.plain import plain_lines

MAX_MESSAGE = 6_000  # characters of an error's own words; gradcheck prints whole matrices
MAX_ERRORS = 200  # of a text; those that stand last
_MAX_CODE = 300  # characters of a line of source that are kept
_JOINED = 4  # lines at most that a terminal or a mail has made of one


@dataclass(frozen=True, slots=True)
class Place:
    """A line of somebody's program; ``code`` is its text where it is known."""

    file: str
    line: int
    function: str = ""
    code: str = ""

    @property
    def own(self) -> bool:
        """Whether it is the user's own code, and neither Python's nor a library's."""
        return _LIBRARY.search(self.file.replace("\\", "/")) is None


@dataclass(frozen=True, slots=True)
class Raised:
    """An error, or a warning, that a text tells of.

    kind:    the class, such as RuntimeError; empty where the text does not say
    message: the exception's own words on one line
    places:  the frames of its traceback, outermost first
    beside:  frames that it quotes itself: the forward call in anomaly mode, the user's code in torch.compile
    """

    kind: str
    message: str
    places: tuple[Place, ...] = ()
    beside: tuple[Place, ...] = ()

    @property
    def warning(self) -> bool:
        return self.kind.endswith("Warning")

    @property
    def forward(self) -> bool:
        """Anomaly mode's word of where the forward pass made the operation that failed."""
        return "raceback of forward call" in self.message


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was read of a text.

    text:    all of it, without colours and prefixes of logs, and without the lines of libraries that tracebacks show
    kind:    the last error's class, such as RuntimeError; empty where the text does not say
    message: its own words on one line; all of a text that names no error
    places:  the frames of its traceback, outermost first
    raised:  all errors and warnings, the last one last
    """

    text: str
    kind: str
    message: str
    places: tuple[Place, ...] = ()
    raised: tuple[Raised, ...] = ()


def read_pasted(text: str) -> Pasted:
    """The parts of a pasted text, of which at most the last megabytes are read."""
    reader = _Reader()
    for line in _mended(plain_lines(text)):
        reader.read(line)
    reader.end()
    whole = "\n".join(reader.kept).strip()
    raised = tuple(reader.raised[-MAX_ERRORS:])
    last = next((r for r in reversed(raised) if not r.warning), raised[-1] if raised else None)
    if last is None:
        message = " ".join(whole[-MAX_MESSAGE:].split())
        return Pasted(whole, "", message, tuple(reader.places), (Raised("", message, tuple(reader.places)),))
    return Pasted(whole, last.kind, last.message, last.places, raised)


# -- what a line is

_LIBRARY = re.compile(
    r"/(?:site|dist)-packages/|/lib(?:64)?/python\d[\w.]*/|/(?:Python\d+|(?i:(?:ana|mini)conda\d?|miniforge\d?)|envs/[^/]+)/[Ll]ib/"
    r"|\.zip/|^<(?!ipython|cell|stdin|string)|/torch/(?:_?\w+\.py$|(?:autograd|nn|optim|utils|func|_\w+|distributed|cuda|fx|linalg|"
    r"amp|sparse|multiprocessing|jit|onnx)/)|/(?:jax|jaxlib)/_src/|/ipykernel/|/IPython/|/tensorflow/python/|/runpy\.py$"
    r"|__autograph_generated"
)
_FILE = re.compile(r'File "(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>\S+)(?P<code>.*))?')
_FRAMES = (  # of IPython (three forms) and rich
    re.compile(
        r"\s{0,8}(?P<file>(?:Cell|Input) In ?\[\d{1,6}\])(?:, line (?P<line>\d{1,9}))?(?:, in (?P<function>\S.*)|\Z)"
    ),
    re.compile(r"\s{0,8}File (?P<file>[^\s\"][^\"\n]{0,900}?):(?P<line>\d{1,9})(?:, in (?P<function>\S.*)|\Z)"),
    re.compile(
        r"\s{0,8}(?P<file><ipython-input-[^>\n]{1,200}>|[~/.\w\\][^\s\"'(]{0,900}\.py)(?::(?P<line>\d{1,9}))? in "
        r"(?P<function><[^\n]{1,80}>(?:\(\))?|[\w.]{1,200}(?:\(.*)?)\Z"
    ),
)
_PYTEST = re.compile(
    r"\s{0,4}(?P<file>(?:[A-Za-z]:)?[^\s:\"'(]{1,900}\.py):(?P<line>\d{1,9}):(?: in (?P<function>\S+)|"
    r" ?\w*(?:Error|Exception|Failure))?\Z"
)
_WARNED = re.compile(r"(?P<file>(?:[A-Za-z]:)?[^:\n]{1,900}):(?P<line>\d{1,9}): \w*Warning: ")
_MARKED = re.compile(r"\s{0,12}(?:-{1,8}>|❱)\s{0,6}(?P<line>\d{1,9})\s?[│|]?(?P<code>.*)")
_LISTED = re.compile(r"\s{0,12}\d{1,9}(?:\s|\Z)")  # another line of a listing
_CARETS = re.compile(r"[\s~^]+")
_HEAD = re.compile(
    r"(?<![\w.'\"])(?P<kind>(?:[A-Za-z_]\w{0,60}\.){0,8}_?[A-Z]\w{0,80})(?:\*\*|`|'|\")?\s{0,2}:(?=\s|\Z)"
    r"(?:\s?\*\*(?=\s))?"
)
_BARE_HEAD = re.compile(r"\s*(?P<kind>(?:[A-Za-z_]\w{0,60}\.){0,8}_?[A-Z]\w{0,80}(?:Error|Exception))\s*")
_WHAT = re.compile(r"\s*what\(\):\s+(?P<message>.*)")  # C++
_ENDINGS = ("Error", "Exception", "Warning", "Failed", "Failure", "Unsupported", "Interrupt", "Exit")
_HEAD_WIDTH = 600  # of a line, in which an error's name is looked for
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
_CHAINED = re.compile(r"During handling of the above exception|The above exception was the direct cause")
_FENCE = re.compile(r"\s*(?:```|~~~)\w*\s*")
_PROMPT = re.compile(r"(?:\([\w.-]{1,60}\)\s?)?(?:[\w.-]{1,60}@[\w.-]{1,60}[:~ ][^$#\n]{0,200})?[$%]\s|PS [A-Z]:\\|>>>")
_FROM_USER = re.compile(r"\s*from user code:?\s*\Z")


def _frame_in(line: str) -> tuple[Place, bool] | None:
    """The place that a frame's line names, and whether its code stands above it, as pytest has it."""
    found = _FILE.search(line) if 'File "' in line else next(filter(None, (f.match(line) for f in _FRAMES)), None)
    above = found is None
    found = found or _PYTEST.match(line)
    if found is None:
        return None
    parts = found.groupdict()
    code = (parts.get("code") or "").strip()
    code = "" if code == "*" else code  # which marks frames of tf.function
    place = Place(found["file"], int(found["line"] or 0), parts.get("function") or "", code[:_MAX_CODE])
    return place, above and not place.function


def _head_in(line: str) -> tuple[str, str] | None:
    """Kind and first words of an error, where a line names one."""
    what = _WHAT.fullmatch(line)
    if what is not None:
        return "c10::Error", what["message"]
    bare = _BARE_HEAD.fullmatch(line[:_HEAD_WIDTH])
    if bare is not None:
        return bare["kind"], ""
    line = line.lstrip(" \"'`*•–-")
    for found in _HEAD.finditer(line[:_HEAD_WIDTH]):
        if found["kind"].endswith(_ENDINGS) and not line[: found.start()].endswith(("except ", "raise ")):
            return found["kind"], _unquoted(line[found.end() :].lstrip(" `*").rstrip())
    return None


def _unquoted(words: str) -> str:
    """Without a quote that closes what was opened before the error's name."""
    return words[:-1].rstrip() if words[-1:] in {'"', "'", "`"} and words.count(words[-1]) % 2 else words


def _mended(lines: list[str]) -> list[str]:
    """The lines, with frames put together that were too wide for a terminal or a mail."""
    made: list[str] = []
    at = 0
    while at < len(lines):
        line, used = lines[at], 1
        if ('File "' in line or line.endswith(" File")) and _FILE.search(line) is None:
            line, used = _joined(lines[at : at + _JOINED])
        made.append(line)
        at += used
    return made


def _joined(lines: list[str]) -> tuple[str, int]:
    """The first of the lines made whole by those below it, and how many it took."""
    for count in range(2, len(lines) + 1):
        for blank in ("", " "):
            whole = blank.join([lines[0], *(line.strip() for line in lines[1:count])])
            found = _FILE.search(whole)
            if found is not None and (found["function"] or not whole[found.end() :]):
                return whole, count
    return lines[0], 1


# -- what the lines are together


class _Reader:
    """Goes through the lines once, and keeps what belongs to the frame, the traceback, the message that is open."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.raised: list[Raised] = []
        self.places: list[Place] = []  # of the traceback that is open
        self.loose = False  # the places stand below an error, and no line says that they are of the next one
        self.of_user = False  # torch.compile says that they are of the last one
        self.kind: str | None = None  # of the error whose message is open
        self.words: list[str] = []
        self.length = 0
        self.wants_code = False
        self.above = ""  # code that pytest shows above its place

    def read(self, line: str) -> None:
        """One line more."""
        if _FENCE.fullmatch(line):
            return
        if _TRACEBACK.search(line) is not None or _CHAINED.search(line) is not None:
            self._begin()
        elif self._frame(line) or self._code(line):
            return
        elif not line.strip() or _FROM_USER.match(line):
            self._close()
            self.of_user |= bool(line.strip())
        elif not self._head(line) and self.kind is not None:
            self._more(line)
        self.kept.append(line)

    def end(self) -> None:
        """The text is over."""
        self._close()
        self._leave_beside()

    def _begin(self) -> None:
        """A traceback opens."""
        self.end()
        self.loose = self.of_user = self.wants_code = False
        self.above = ""

    def _leave_beside(self) -> None:
        """The places that are open belong to the last error."""
        if self.loose and self.raised and self.places:
            self.raised[-1] = replace(self.raised[-1], beside=(*self.raised[-1].beside, *self.places))
            self.places = []

    def _frame(self, line: str) -> bool:
        found = _frame_in(line)
        if found is None:
            return False
        self._close()
        place, above = found
        if above:
            place, self.above = replace(place, code=self.above), ""
        self.places.append(place)
        self.wants_code = not place.code and not above
        if place.own:
            self.kept.append(line)
        return True

    def _code(self, line: str) -> bool:
        """The code of the frame that is open, in a line below it or marked in a listing."""
        marked = _MARKED.match(line)
        if marked is not None:
            place = self.places.pop() if self.places else Place("", 0)
            number = place.line or int(marked["line"])
            self.places.append(replace(place, line=number, code=marked["code"].strip()[:_MAX_CODE]))
            self.wants_code = False
        elif not self.wants_code or self.kind is not None or not line.strip() or _FROM_USER.match(line):
            return False
        elif _CARETS.fullmatch(line) or _head_in(line) is not None:
            self.wants_code = False
            return False
        elif not _LISTED.match(line):  # in a listing, the line that failed has a mark
            self.places[-1] = replace(self.places[-1], code=line.strip()[:_MAX_CODE])
            self.wants_code = False
        if self.places[-1].own:
            self.kept.append(line)
        return True

    def _head(self, line: str) -> bool:
        found = _head_in(line)
        if found is None:
            if line.startswith("     "):
                self.above = line.strip()[:_MAX_CODE]
            return False
        self._close()
        if self.raised and (self.raised[-1].forward or self.of_user):
            self._leave_beside()
        self.kind, self.words, self.length = found[0], [found[1]], len(found[1])
        warned = _WARNED.match(line.lstrip()) if self.kind.endswith("Warning") else None
        if warned is not None and not self.places:
            self.places = [Place(warned["file"], int(warned["line"]))]
        return True

    def _more(self, line: str) -> None:
        """Another line of the message that is open, unless it is the code that a warning shows, or a prompt."""
        if _PROMPT.match(line) or self.length > MAX_MESSAGE:
            self._close()
        elif str(self.kind).endswith("Warning") and line.startswith("  ") and "forward call" not in self.words[0]:
            self.places = [replace(place, code=line.strip()[:_MAX_CODE]) for place in self.places]
            self._close()
        else:
            self.words.append(line)
            self.length += len(line)

    def _close(self) -> None:
        """The message that is open is over."""
        if self.kind is None:
            return
        raised = Raised(self.kind, " ".join(" ".join(self.words).split())[:MAX_MESSAGE], tuple(self.places))
        if self.raised and self._repeats(raised):
            self._leave_beside()
        else:
            self.raised.append(raised)
        self.places, self.kind, self.wants_code, self.loose, self.of_user = [], None, False, True, False

    def _repeats(self, new: Raised) -> bool:
        """Whether a summary says once more what was raised, such as pytest's, which is cut."""
        last = self.raised[-1]
        start = new.message.rstrip(".")[:40]
        return self.loose and new.kind == last.kind and bool(start) and last.message.startswith(start)
