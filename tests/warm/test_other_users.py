"""Nobody else is served."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from warm.site import Site

from gradcli.warm import wire


def test_only_the_same_user_is_served() -> None:
    """Credentials as the kernel tells them, of a process that has become somebody else."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(b"\0gradcli-test-%d" % os.getpid())
    listener.listen()
    for user, own in ((0, True), (65534, False)):
        become = f"import os, socket; os.setgid({user}); os.setuid({user}); s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)"
        code = f"{become}; s.connect(b'\\0gradcli-test-{os.getpid()}'); s.recv(1)"
        process = subprocess.Popen([sys.executable, "-c", code])
        connected, _ = listener.accept()
        assert wire.is_own(connected) is own
        connected.close()
        process.wait()
    listener.close()


def test_another_user_cannot_reach_the_socket_and_runs_cold(shared: Site) -> None:
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    path = next(shared.run_dir.rglob("*.sock"))
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    code = f"import os, _socket; os.setgid(65534); os.setuid(65534); _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET).connect({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707])
def test_a_directory_that_others_may_enter_is_not_used(bare: Site, mode: int) -> None:
    (bare.run_dir / "gradcli").mkdir()
    (bare.run_dir / "gradcli").chmod(mode)
    code, out, err = bare.run("warm", "start")
    assert (code, out) == (4, b"")
    assert b"only you can enter" in err
    assert bare.run("ops", "sin", warm="")[0] == 0
    (bare.run_dir / "gradcli").rmdir()
