"""What typer finds wrong with a command line, in our words: what the command takes in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from gradcli.base.errors import UsageError, printable
from gradcli.cli.epilog import examples_of
from gradcli.cli.reference import Command, Json, leaves, parameter_dict

WORDS = {"integer": "a whole number", "number": "a number"}  # for the types of options


def usage_error(error: Any, root: Command, words: Sequence[str]) -> UsageError:  # Any: typer's, by its copy of click
    """The same error as ours. root: the group of all commands; words: the command line."""
    path, command = called(root, words)
    name = getattr(error, "option_name", None)  # of what is no option, or has no value, or has one and takes none
    if name is not None and hasattr(error, "possibilities"):
        return unknown_option(str(name), path, command, root)
    if name is not None:
        found = next(p for p in command.params if name in (*p.opts, *p.secondary_opts))
        return _without_value(str(name), parameter_dict(found, command), path)
    if getattr(error, "param", None) is not None:
        return _wrong_value(parameter_dict(error.param, command), path, command, words)
    return _other_words(path, command, words)


def called(root: Command, words: Sequence[str]) -> tuple[str, Command]:
    """How the command is called that the words begin with, ``gradcli warm start``, and the command."""
    path, command = ["gradcli"], root
    for word in words:
        commands: dict[str, Command] = getattr(command, "commands", {})
        if word not in commands:
            break
        path, command = [*path, word], commands[word]
    return " ".join(path), command


def unknown_option(option: str, path: str, command: Command, root: Command) -> UsageError:
    """Where the option belongs, or which one of this command's own was meant.

    path: how the command is called, ``gradcli warm start``
    """
    takers = [name for name, other in leaves(root) if option in _options(other)]
    close = _close(option, _options(command))
    if takers and hasattr(command, "commands"):
        hint = f"options stand behind the command: gradcli {takers[0]} ... {option}"
    elif takers:
        hint = f"{option} belongs to gradcli {', '.join(takers)}"
    else:
        hint = close or f"{path} --help"
    return UsageError(f"{path} has no option {_shown(option)}", hint=hint)


def _without_value(name: str, option: Json, path: str) -> UsageError:
    """An option at the end of the line that wants a value, or a flag that has one."""
    says = "takes no value" if option["type"] == "flag" else f"needs a value: {_taken(option)}"
    return UsageError(f"{name} {says}", hint=f"{path} --help")


def _wrong_value(parameter: Json, path: str, command: Command, words: Sequence[str]) -> UsageError:
    """A value of another type, or an argument that is missing."""
    names, help_ = parameter["names"], f"{path} --help"
    values = _values(names, words)
    if not values:
        return UsageError(f"{path} needs {parameter['metavar']}", hint=next(iter(examples_of(command.epilog)), help_))
    close = _close(values[-1], parameter["choices"] or ())
    return UsageError(f"{names[-1]} is {_taken(parameter)}, not {_shown(values[-1])}", hint=close or help_)


def _taken(option: Json) -> str:
    """What stands for the value: ``full, sample, off``, ``a whole number``, ``FILE``."""
    return ", ".join(option["choices"] or ()) or WORDS.get(option["type"]) or option["metavar"] or "a text"


def _other_words(path: str, command: Command, words: Sequence[str]) -> UsageError:
    """A word that is no command, or more words than a command takes."""
    commands = getattr(command, "commands", {})
    further = [word for word in words[path.count(" ") :] if not word.startswith("-")]
    if not commands:
        taken = " ".join(p.metavar or p.name for p in command.params if p.param_type_name == "argument")
        hint = f"a text of several words stands between quotes; {path} --help" if taken else f"{path} --help"
        return UsageError(f"{path} takes {f'{taken} and nothing more' if taken else 'no words'}", hint=hint)
    if not further:
        return UsageError(f"{path} needs a command: {', '.join(commands)}", hint=f"{path} --help")
    hint = _close(further[0], commands) or f"{path} --help"
    return UsageError(f"{path} has no command {_shown(further[0])}", hint=hint)


def _values(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """What stands behind the names, ``--order 2`` or ``--order=2``, as it comes."""
    pairs = [(*word.split("=", 1), after) for word, after in pairwise([*words, ""])]
    return [value for name, value, *_ in pairs if name in names]


def _close(word: str, known: Iterable[str]) -> str | None:
    from gradcli.operations.table import did_you_mean  # some tenths of a second, which --help does without

    close = did_you_mean(word, known)
    return f"did you mean {close}?" if close else None


def _shown(word: str) -> str:
    return printable(word)[:60]


def _options(command: Command) -> list[str]:
    """The names of a command's options."""
    found = [p for p in command.params if p.param_type_name == "option"]
    return [name for p in found for name in (*p.opts, *p.secondary_opts)]
