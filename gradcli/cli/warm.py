"""``gradcli warm``: the server that keeps torch loaded; and what GRADCLI_WARM asks of a command that runs cold."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from dataclasses import asdict
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from gradcli.base.errors import MissingError, UsageError, printable
from gradcli.cli.command import Command, Group
from gradcli.cli.epilog import epilog
from gradcli.cli.options import flag

if TYPE_CHECKING:
    from gradcli.warm.control import Status

IDLE = "1h"
MODES = ("auto", "off", "require")
UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

warm_app = typer.Typer(
    cls=Group, no_args_is_help=True, help="The server that keeps torch loaded for the next one-liners."
)

Idle = Annotated[str, flag("--idle TIME", "End after so long without a command: 90s, 30m, 1h; 0 is never.")]
AsJson = Annotated[bool, flag("--json", "As JSON.")]


@warm_app.command(cls=Command, epilog=epilog("gradcli warm start", "gradcli warm start --idle 8h"))
def start(idle: Idle = IDLE, as_json: AsJson = False) -> None:
    """Start the server in the background, and wait until it answers."""
    found, new = _control().start(seconds_of(idle))
    _say(found, "started" if new else "runs already", as_json)


@warm_app.command(cls=Command, epilog=epilog("gradcli warm stop", "gradcli warm stop && gradcli warm start"))
def stop() -> None:
    """End the server, after the commands that it is running."""
    print("stopped" if _control().stop() else "no server was running")


@warm_app.command(
    cls=Command, epilog=epilog("gradcli warm status --json", "gradcli warm status || gradcli warm start --idle 8h")
)
def status(as_json: AsJson = False) -> None:
    """Say whether a server answers; exit 1 if none does."""
    found = _control().status()
    _say(found, "runs", as_json)
    raise typer.Exit(0 if found else 1)


@warm_app.command(cls=Command, epilog=epilog("gradcli warm serve --idle 0", "gradcli warm serve --idle 30m"))
def serve(context: typer.Context, idle: Idle = IDLE) -> None:
    """Be the server, in the foreground: for a service manager, or to see why it does not start."""
    _control().serve(context.obj.run, seconds_of(idle))  # obj: a CommandLine


def _control() -> ModuleType:
    """Errors: MissingError but on Linux: peer credentials, record locks and signals at hang-up are its own."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        raise MissingError("the warm server needs 64-bit Linux", hint="commands run cold without it", kind="warm")
    from gradcli.warm import control

    return control


def seconds_of(text: str) -> float:
    """``90s``, ``30m``, ``1h``, ``2d``, or seconds. Errors: UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if not found:
        raise UsageError(f"--idle is a time such as 90s, 30m or 1h, not {printable(text)[:40]}")
    return float(found[1]) * UNITS[found[2]]


def _say(found: Status | None, verb: str, as_json: bool) -> None:
    if as_json:
        facts = {} if found is None else asdict(found) | {"memory": found.memory}
        print(json.dumps({"schema": "gradcli/1", "command": "warm", "running": found is not None, **facts}))
    elif found is None:
        print("no server runs: gradcli warm start")
    else:
        end = f"ends after {_duration(found.left)} without a command" if found.idle else "does not end by itself"
        since = f", {found.served} commands in {_duration(found.age)}" if found.age >= 1 else ""
        print(f"{verb}: process {found.pid}, {found.memory / 1e6:.0f} MB{since}; {end}")


def _duration(seconds: float) -> str:
    """The two largest units: ``1 h 5 min``."""
    whole = round(seconds)
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    return " ".join([f"{n} {unit}" for n, unit in parts if n][:2]) or "0 s"


def obey_environment(argv: list[str], why: str) -> None:
    """For a command that runs cold, and why: ``auto`` starts a server for the next ones, ``require`` refuses.

    Errors: UsageError for another GRADCLI_WARM, MissingError.
    """
    mode = os.environ.get("GRADCLI_WARM", "")
    if mode not in {"", *MODES}:
        raise UsageError(f"GRADCLI_WARM is {', '.join(MODES)} or empty, not {printable(mode)[:40]}")
    light = not argv or argv[0] in {"warm", "ops"} or argv[0].startswith("-")
    if light or any(word.partition("=")[0] == "--error" for word in argv):  # what needs neither torch nor sympy
        return
    if mode == "require":
        hint = "gradcli warm start, or GRADCLI_WARM=auto"
        raise MissingError(f"no warm server took this command: {why}", hint=hint, kind="warm")
    if mode == "auto" and sys.platform == "linux":
        from gradcli.warm import control, lock

        with suppress(OSError):
            if lock.holder() is None:
                control.spawn(seconds_of(IDLE))
