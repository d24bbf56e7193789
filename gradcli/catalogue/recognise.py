"""Which message a pasted text is, and its causes in order of likelihood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gradcli.catalogue.pasted import Pasted, Place
from gradcli.catalogue.row import Cause, Message
from gradcli.catalogue.table import CAUSES, MESSAGES


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text is.

    message: None where no pattern fits; then ``nearest`` are guesses
    causes:  the likeliest first; parts: what the message names, by the patterns' names
    place:   the user's own line that the text names, if it names one
    """

    pasted: Pasted
    message: Message | None
    causes: tuple[Cause, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    nearest: tuple[Message, ...] = ()

    @property
    def certain(self) -> bool:
        """One cause alone can make the library say this."""
        return self.message is not None and len(self.causes) == 1


def recognise(pasted: Pasted) -> Recognised:
    """The first message of the table that fits."""
    for message in MESSAGES:
        for pattern in message.patterns:
            found = re.search(pattern, pasted.message)
            if found:
                parts = {**message.defaults, **{k: v for k, v in found.groupdict().items() if v is not None}}
                return Recognised(pasted, message, tuple(CAUSES[name] for name in message.causes), parts)
    return Recognised(pasted, None)
