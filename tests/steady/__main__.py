"""The same words on an idle and on a busy machine: ``python tests/steady [--only WORD] [--warm]`` runs each command of
cases.py idle, beside four busy loops, and with a tenth of its outer limit, and prints those whose text or exit code
differs, cuts that say so left out. Exit 1 where there are any. With ``--warm`` by a warm server, which is quicker.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from steady.cases import CLAIMS, NUMBERS, Argv
from steady.comparing import Said, differs

BUSY = 4  # processes
LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"  # ends with us, however we end
TENTH = {"check": "6", "grad": "2", "hessian": "2"}  # seconds, of --check-time


@contextmanager
def busy() -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(BUSY)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def said(argv: Argv, more: Sequence[str] = (), *, warm: bool = False) -> Said:
    environment = {**os.environ, "PYTHONHASHSEED": "random"} | ({} if warm else {"GRADCLI_WARM": "off"})
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gradcli", *argv, *more],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], prog="python tests/steady")
    parser.add_argument("--only", default="", help="commands that hold this text")
    parser.add_argument("--every", type=int, default=1, help="one command in so many")
    parser.add_argument("--warm", action="store_true", help="by a warm server, which is started if there is none")
    given = parser.parse_args()
    ask = partial(said, warm=given.warm)
    if given.warm:
        ask(("warm", "start"))
    commands = [argv for argv in (*CLAIMS, *NUMBERS) if given.only in " ".join(argv)][:: given.every]
    idle = {argv: ask(argv) for argv in commands}
    with busy():
        loaded = {argv: ask(argv) for argv in commands}
    short = {argv: ask(argv, ("--check-time", TENTH[argv[0]])) for argv in commands}
    wrong = cuts = 0
    for how, found in (("busy", loaded), ("a tenth of the limit", short)):
        for argv in commands:
            cuts += found[argv].cut
            if differs(idle[argv], found[argv]):
                wrong += 1
                print(f"{how}: gradcli {' '.join(argv)}\n  idle:  {idle[argv]}\n  other: {found[argv]}", flush=True)
    print(f"{len(commands)} commands, {wrong} differ, {cuts} were cut off and said so")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
