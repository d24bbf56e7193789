"""A child by itself: whom it waits for, and which of them is asked."""

from __future__ import annotations

import os
import socket
import sys

import pytest
from warm.site import Site

from gradcli.warm import child, server, wire

KIND = (socket.AF_UNIX, socket.SOCK_SEQPACKET)


@pytest.mark.parametrize("kind", [wire.RUN, wire.STATUS])
@pytest.mark.parametrize(
    ("word", "said"), [(child.STALE, b"Nits code has changed, and it ends"), (b"", b"Nit ends"), (child.GO_ON, None)]
)
def test_a_child_goes_on_only_when_the_server_has_said_so(kind: bytes, word: bytes, said: bytes | None) -> None:
    """The server looks at the code on disk meanwhile; it may also have died."""
    (client, connected), (outer, door) = socket.socketpair(*KIND), socket.socketpair(*KIND)
    pid = os.fork()
    if not pid:
        try:
            outer.close()
            variables = child.import_time_variables(dict(os.environb))
            child.serve(connected, door, lambda _argv: 0, variables, b"status")
        finally:
            os._exit(99)
    connected.close()
    door.close()
    client.settimeout(200)
    assert client.recv(1) == wire.GO
    null, here = os.open(os.devnull, os.O_RDWR), os.open("/", os.O_RDONLY)
    socket.send_fds(client, [request(kind)], [null, null, null, here])
    os.close(null)
    os.close(here)
    if word:
        outer.send(word)
    outer.close()
    found = client.recv(100)
    if said is None:
        assert found == (b"status" if kind == wire.STATUS else wire.RUNS + b"%d" % pid)
    else:
        assert found == said
    client.close()
    os.waitpid(pid, 0)


def request(kind: bytes) -> bytes:
    """As a client with open streams writes it: pytest's own have other names."""
    streams = ("utf-8:strict",) * 3
    words = (sys.path[0], *streams, "1", "ops")
    fields = [kind, *wire.identity(), *map(os.fsencode, words)]
    return b"\0".join([*fields, *(name + b"=" + value for name, value in os.environb.items())])


def test_the_oldest_child_is_asked_first() -> None:
    """The others may still be fetching their pages."""
    pairs = {pid: socket.socketpair(*KIND) for pid in (11, 12)}
    connection, other = socket.socketpair(*KIND)
    spares = {pid: here for pid, (here, _) in pairs.items()}
    made = server.Server(socket.socket(), len, lambda: None, {}, 0, lambda: False, lambda: None, spares=spares)
    made.waiting.append((connection, 0.0))
    made._dispatch()
    assert list(made.working) == [11]
    assert list(made.spares) == [12]
    _, numbers, _, _ = socket.recv_fds(pairs[11][1], 1024, 1)
    assert pairs[11][1].recv(1) == child.GO_ON
    for number in numbers:
        os.close(number)
    for door in (connection, other, made.listener, *(end for pair in pairs.values() for end in pair)):
        door.close()


def test_no_child_goes_on_and_none_is_asked_when_the_code_has_changed() -> None:
    pairs = {pid: socket.socketpair(*KIND) for pid in (11, 12)}
    connections = [socket.socketpair(*KIND) for _ in range(2)]
    spares = {pid: here for pid, (here, _) in pairs.items()}
    made = server.Server(socket.socket(), len, lambda: None, {}, 0, lambda: True, lambda: None, spares=spares)
    made.waiting.extend((here, 0.0) for here, _ in connections)
    made._dispatch()
    _, numbers, _, _ = socket.recv_fds(pairs[11][1], 1024, 1)
    assert pairs[11][1].recv(1) == child.STALE
    assert made.stopping
    assert (len(made.waiting), list(made.spares)) == (1, [12])
    for number in numbers:
        os.close(number)
    for door in (made.listener, *(end for pair in (*pairs.values(), *connections) for end in pair)):
        door.close()


def test_what_one_command_has_set_the_next_does_not_see(shared: Site) -> None:
    """Types, seeds, directions, the current directory and variables: each command is the first of its process."""
    plain = ("grad", "sum(x**2)/3", "x=randn(3)", "--seed", "5")
    before = shared.run(*plain)
    assert before[0] == 0
    for other in (
        (*plain, "--dtype", "float32", "--threads", "2"),
        ("grad", "sqrt(x**2)", "x=2", "--assume", "x > 0", "--digits", "3"),
        ("grad", "sin(x", "x=3"),
        ("jacobian", "[x*y, x/y]", "x=1", "y=2", "--json"),
    ):
        shared.run(*other, env={"LC_ALL": "C", "GRADCLI_NOTHING": "1"})
        assert shared.run(*plain) == before
