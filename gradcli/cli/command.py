"""Commands and groups of commands as typer makes them, with help and completion of our own."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from gradcli.cli.completion import WORDS


class Command(TyperCommand):
    """A command of which help shows all, in panels."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # Any: typer's own
        _show(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: as above
        ctx.meta[WORDS] = tuple(args)  # for completion: of words that are not finished typer keeps nothing
        return super().parse_args(ctx, args)


class Group(TyperGroup):
    """The same for several commands, which are named with all that they say of themselves."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # Any: as above
        _show(ctx, formatter)


def _show(context: Any, formatter: Any) -> None:  # Any: as above
    from gradcli.cli.help import help_of  # by no command that is run

    formatter.write(help_of(context, formatter.width))
