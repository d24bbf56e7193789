"""What the command line takes and gives, as one JSON object: ``gradcli --help-json``. Loads nothing heavy.

Everything here is read off what the program itself uses: the commands as typer makes them, ExitCode, the kinds of the
errors, the two enumerations of verdicts. The README's reference is made of this object.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import NoneType
from typing import Any, Protocol, get_args

from gradcli import __version__
from gradcli.base.errors import ExitCode, GradcliError
from gradcli.claims.conclusion import Conclusion
from gradcli.cli.epilog import examples_of
from gradcli.cli.groups import group_of, in_order
from gradcli.verdicts.verdict import Verdict

Json = dict[str, Any]  # Any: JSON values


class Parameter(Protocol):
    """What is used here of a parameter of typer's, whose own classes differ from one release to the next."""

    name: str
    param_type_name: str  # "option" or "argument"
    opts: Sequence[str]
    secondary_opts: Sequence[str]
    metavar: str | None
    help: str | None
    default: object
    required: bool
    multiple: bool
    nargs: int


class Command(Protocol):
    """What is used here of a command of typer's; a group of commands has ``commands`` too."""

    help: str | None
    epilog: str | None
    params: Sequence[Parameter]
    callback: Any  # Any: a function with any signature


def reference(root: Command) -> Json:
    """The commands with their arguments and options, the exit codes, errors and verdicts."""
    return {
        "schema": "gradcli/1",
        "command": "help",
        "version": __version__,
        "help": root.help,
        "options": [parameter_dict(p, root) for p in root.params],
        "commands": [command_dict(name, command, command.params) for name, command in leaves(root)],
        "exit_codes": [{"code": int(c), "name": c.name.lower(), "meaning": c.meaning} for c in ExitCode],
        "errors": list(_errors()),
        "verdicts": [
            {
                "verdict": str(v),
                "meaning": v.meaning,
                "code": v.exit_code(strict=False),
                "strict": v.exit_code(strict=True),
            }
            for v in Verdict
        ],
        "claim_verdicts": [{"verdict": str(c), "meaning": c.meaning, "code": c.exit_code} for c in Conclusion],
    }


def leaves(group: Command, path: str = "") -> Iterator[tuple[str, Command]]:
    """The commands of a group and of the groups in it, by the words that call them: ``warm start``."""
    commands: Mapping[str, Command] = getattr(group, "commands", {})
    for name, command in commands.items():
        yield from leaves(command, f"{path}{name} ") if hasattr(command, "commands") else [(f"{path}{name}", command)]


def _errors() -> Iterator[Json]:
    """The kinds of errors, by exit code."""
    errors: list[type[GradcliError]] = [*GradcliError.__subclasses__(), GradcliError]
    for error in sorted(errors, key=lambda error: error.code):
        yield from ({"kind": kind, "code": error.code, "meaning": text} for kind, text in error.kinds.items())


def command_dict(name: str, command: Command, params: Sequence[Parameter]) -> Json:
    """A command: how it is called, what it gives, what it takes, in the order in which it is shown, examples."""
    shown = sorted(params, key=lambda parameter: in_order(parameter.opts))
    parameters = {
        kind: [parameter_dict(p, command) for p in shown if p.param_type_name == kind]
        for kind in ("argument", "option")
    }
    words = [argument["metavar"] for argument in parameters["argument"]]
    words += ["COMMAND"] if hasattr(command, "commands") else []
    return {
        "name": name,
        "usage": " ".join(filter(None, ["gradcli", name, *words, "[OPTIONS]"])),
        "help": command.help,
        "arguments": parameters["argument"],
        "options": parameters["option"],
        "examples": examples_of(command.epilog),
    }


def parameter_dict(parameter: Parameter, command: Command) -> Json:
    """An argument or option: its names, what stands for its value, type, choices, default, help."""
    taken = inspect.signature(command.callback, eval_str=True).parameters if command.callback else {}
    own = taken.get(parameter.name)
    annotation: Any = bool if own is None else own.annotation  # Any: a type; typer's own options are flags
    told = getattr(annotation, "__metadata__", ())  # where typer before 0.26 has an argument's help, and only there
    kind, choices = _type(annotation)
    default = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    return {
        "names": [*sorted(parameter.opts, key=len), *parameter.secondary_opts],
        "group": group_of(parameter.opts),
        "metavar": parameter.metavar,
        "type": kind,
        "choices": choices,
        "default": default if isinstance(default, str | int | float | bool) else None,
        "required": parameter.required,
        "repeated": parameter.multiple or parameter.nargs != 1,
        "help": parameter.help or next((info.help for info in told), None),
    }


def _type(annotation: Any) -> tuple[str, list[str] | None]:  # Any: a type
    """The type by its word, and the choices of an enumeration: ``Annotated[X | None, ...]`` and ``list[X]`` are X."""
    while get_args(annotation):
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    if issubclass(annotation, Enum):
        return "choice", [str(member.value) for member in annotation]
    words = {"bool": "flag", "str": "text", "int": "integer", "float": "number", "Path": "path"}
    return words[annotation.__name__], None
