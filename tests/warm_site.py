"""A warm server for other tests and measurements, apart from the developer's own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent


@contextmanager
def runtime_directory() -> Iterator[dict[str, str]]:
    """The environment of shell commands that find this environment's gradcli, and servers only in a directory of their own."""
    with tempfile.TemporaryDirectory(prefix="gradcli-run-") as folder:
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "XDG_RUNTIME_DIR": folder, "GRADCLI_WARM": ""}
        try:
            yield environment
        finally:
            subprocess.run([BIN / "gradcli", "warm", "stop"], env=environment, stdout=subprocess.DEVNULL, check=False)


@contextmanager
def warm_server() -> Iterator[dict[str, str]]:
    """The same with a server running, where there can be one."""
    with runtime_directory() as environment:
        subprocess.run(
            [BIN / "gradcli", "warm", "start"],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=sys.platform == "linux",
        )
        yield environment
