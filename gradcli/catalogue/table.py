"""All rows: causes and messages by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gradcli.catalogue.row import Cause, Message
from gradcli.catalogue.rows import (
    arrays,
    calls,
    checkpoints,
    compiled,
    derivatives,
    dtypes,
    extensions,
    forward,
    functional,
    functions,
    grad_attribute,
    grad_outputs,
    gradchecks,
    gradient_tape,
    graph,
    hooks,
    inplace,
    jax_gradients,
    jax_tracers,
    leaves,
    linear_algebra,
    machines,
    no_tensor,
    numerics,
    parallel,
    parameters,
    saving,
    scalar,
    scalers,
    sizes,
    tensorflow_graphs,
    transforms,
    untracked,
    unused,
    values,
    views,
    vmap,
)

# The first message that fits counts: what wraps another error, as torch.compile does, stands before it.
FILES = (
    compiled,
    gradchecks,
    extensions,
    saving,
    scalar,
    grad_outputs,
    untracked,
    unused,
    values,
    arrays,
    functional,
    calls,
    functions,
    graph,
    derivatives,
    hooks,
    inplace,
    leaves,
    parameters,
    views,
    vmap,
    forward,
    transforms,
    parallel,
    checkpoints,
    machines,
    numerics,
    linear_algebra,
    dtypes,
    scalers,
    sizes,
    no_tensor,
    grad_attribute,
    gradient_tape,
    tensorflow_graphs,
    jax_gradients,
    jax_tracers,
)

MESSAGES: tuple[Message, ...] = tuple(message for file in FILES for message in file.MESSAGES)
CAUSES: Mapping[str, Cause] = MappingProxyType({cause.name: cause for file in FILES for cause in file.CAUSES})


def groups() -> dict[str, tuple[Message, ...]]:
    """The messages by what they are about, which is the first line of their file."""
    return {str(file.__doc__).partition("\n")[0].rstrip("."): file.MESSAGES for file in FILES}
