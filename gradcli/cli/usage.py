"""What typer finds wrong with a command line, in our words: of an option it is said who takes it."""

from __future__ import annotations

from typing import Any

from gradcli.base.errors import UsageError, printable
from gradcli.cli.reference import Command, leaves


def usage_error(error: Any, root: Command) -> UsageError:  # Any: typer's own, which has its own copy of click
    """The same error as ours. root: the group of all commands."""
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "gradcli")
    if hasattr(error, "possibilities") and context is not None:
        return unknown_option(str(error.option_name), path, context.command, root)
    return UsageError(str(error.format_message()).rstrip("."), hint=f"{path} --help")


def unknown_option(option: str, path: str, command: Command, root: Command) -> UsageError:
    """Where the option belongs, or which one of this command's own was meant.

    path: how the command is called, ``gradcli warm start``
    """
    from gradcli.operations.table import did_you_mean  # some tenths of a second, which --help does without

    takers = [name for name, other in leaves(root) if option in _options(other)]
    close = did_you_mean(option, _options(command))
    if takers and hasattr(command, "commands"):
        hint = f"options stand behind the command: gradcli {takers[0]} ... {option}"
    elif takers:
        hint = f"{option} belongs to gradcli {', '.join(takers)}"
    else:
        hint = f"did you mean {close}?" if close else f"{path} --help"
    return UsageError(f"{path} has no option {printable(option)[:60]}", hint=hint)


def _options(command: Command) -> list[str]:
    """The names of a command's options."""
    found = [p for p in command.params if p.param_type_name == "option"]
    return [name for p in found for name in (*p.opts, *p.secondary_opts)]
