"""All rows: causes and messages by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gradcli.catalogue.row import Cause, Message
from gradcli.catalogue.rows import (
    functional,
    grad_outputs,
    graph,
    leaves,
    parameters,
    scalar,
    vmap,
)

_FILES = (
    scalar,
    grad_outputs,
    functional,
    graph,
    leaves,
    parameters,
    vmap,
)

MESSAGES: tuple[Message, ...] = tuple(message for file in _FILES for message in file.MESSAGES)
CAUSES: Mapping[str, Cause] = MappingProxyType({cause.name: cause for file in _FILES for cause in file.CAUSES})
