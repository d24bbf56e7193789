"""torch.compile: the user's line that the compiler stopped at, which its message names."""

from __future__ import annotations

import re
from pathlib import Path

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.failure import Failure, Finding
from gradcli.foreign.script.reading.source import read_source
from gradcli.foreign.script.users import Whose, whose

_CODE = "from user code:"
_FRAME = re.compile(r'File "([^"\n]+)", line (\d+), in (\S+)')


def find(failure: Failure) -> Finding | None:
    """The innermost of the user's frames below ``from user code:``; None where the message has none."""
    causes = failure.recognised.causes
    frames = _FRAME.findall(str(failure.error).partition(_CODE)[2])
    own = [(file, int(line), function) for file, line, function in frames if whose(file) is Whose.USER]
    if not own or not causes:
        return None
    file, line, function = own[-1]
    source = read_source(file)
    code = source.line(line).strip() if source is not None else ""
    place = Place(str(Path(file).absolute()), line, function, code)
    says = f"The compiler stopped at this line of {function}, which it reads without running it."
    rivals = tuple(cause.name for cause in causes[1:])
    return Finding(cause=causes[0].name, place=place, says=says, certain=not rivals, rivals=rivals)
