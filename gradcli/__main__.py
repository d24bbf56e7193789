"""The door: ``gradcli ...`` and ``python -m gradcli ...``.

A warm server, if one runs, takes the command line before anything is imported here.
"""

import os
import sys


def main() -> None:
    """Runs the command line, warm or cold, and exits with its code."""
    argv = sys.argv[1:]
    try:
        answer = _warm(argv) if sys.platform == "linux" else "it needs Linux"
        if isinstance(answer, int):
            os._exit(answer)  # this process has written nothing, and has nothing to tidy up
        from gradcli.cli.app import run_cold

        code = run_cold(argv, answer)
    except KeyboardInterrupt:
        os._exit(130)
    sys.exit(code)


def _warm(argv: list[str]) -> int | str:
    """The exit code from the warm server; why not, where there is none, or it is not wanted (GRADCLI_WARM)."""
    if [word for word in argv if word != "--debug"][:1] == ["warm"] or os.environ.get("GRADCLI_WARM") == "off":
        return "it is not asked"
    from gradcli.warm.client import attempt

    return attempt(argv)


if __name__ == "__main__":
    main()
