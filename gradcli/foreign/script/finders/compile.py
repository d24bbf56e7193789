"""torch.compile: the user's line that the compiler stopped at, which its message names."""

from __future__ import annotations

from gradcli.foreign.script.failure import Failure, Finding


def find(failure: Failure) -> Finding | None:
    """The innermost of the user's lines below ``from user code:``; None where the message has none."""
    causes = failure.recognised.causes
    place = failure.recognised.place
    raised = failure.frames[-1] if failure.frames else None
    if place is None or not causes or (raised is not None and (place.file, place.line) == (raised.file, raised.line)):
        return None
    says = f"The compiler stopped at this line of {place.function}, which it reads without running it."
    rivals = tuple(cause.name for cause in causes[1:])
    return Finding(cause=causes[0].name, place=place, says=says, certain=not rivals, rivals=rivals)
