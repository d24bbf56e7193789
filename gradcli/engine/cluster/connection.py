"""A cluster: found by its address, started here, or a client's own; its workers looked at before they get work."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from platform import python_version
from typing import Any, TypeVar

import gradcli
from gradcli.base.errors import MissingError, UsageError, printable
from gradcli.base.wording import option
from gradcli.engine.cluster.local import Local, local
from gradcli.tables.packages import require_distributed

Result = TypeVar("Result")
Tell = Callable[[str], None]  # hears what happens meanwhile, a text without its end of line

LOCAL = "local"
MOST = 256  # local workers: each has a torch of its own, some 0.4 GB, and more are no machine's
ANSWER, CONNECT = 10.0, 30.0  # seconds until something at an address answers, and speaks as a scheduler does
WAIT = 60.0  # seconds for a first worker, or another one where the last has gone: a job queue starts one in less
CLOSE = 2.0  # seconds for a farewell: the scheduler notices without one that we are gone
VERSION = "gradcli:__version__"

_ADDRESS = re.compile(r"(?:(?P<scheme>\w+)://)?(?P<host>[^/\s]+|\[[^]/\s]+\]):(?P<port>\d{1,5})/?")
_ENCRYPTED = ("tls://", "wss://")
_CERTIFICATES = "distributed.comm.tls in dask's configuration names the certificates, which are the scheduler's"
_SCHEMES = ("tcp", "tls", "ws", "wss", "ucx", "ucxx")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Any: a distributed.Client, which is ours alone.

    address: of the scheduler; on_this_machine: is it one that was started here, for this command?
    """

    client: Any
    address: str
    on_this_machine: bool

    @property
    def name(self) -> str:
        """What messages call it."""
        return "the local cluster" if self.on_this_machine else f"the cluster at {printable(self.address)}"

    def everywhere(self, function: Callable[..., Result], *arguments: object) -> dict[str, Result | Exception]:
        """What each worker answers, by its address, or why it has no answer. It is asked between its tasks' steps."""
        with self.talking():
            found: dict[str, Result | Exception] = self.client.run(function, *arguments, on_error="return")
        return found

    def threads(self) -> Mapping[str, int]:
        """How many tasks each worker takes at once."""
        with self.talking():
            found: Mapping[str, int] = self.client.nthreads()
        return found

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Errors: MissingError in place of those of a connection."""
        try:
            yield
        except (OSError, TimeoutError):
            raise self.lost() from None

    def lost(self) -> MissingError:
        return MissingError(f"the connection to {self.name} is lost", kind="cluster")

    def require_workers(self, tell: Tell) -> None:
        """Waits for the first worker, and looks at those that are there.

        Errors: MissingError where none comes, or one has no gradcli, or another version of it.
        """
        if not self.threads():
            tell(f"{self.name} has no worker; one is waited for, up to {WAIT:g} s")
            try:
                self.client.wait_for_workers(1, timeout=WAIT)
            except TimeoutError:
                raise self.without_workers() from None
        resolve = import_module("pkgutil").resolve_name  # what a worker without gradcli can be asked too
        for worker, version in self.everywhere(resolve, VERSION).items():
            if isinstance(version, Exception):
                raise MissingError(f"worker {worker} has no gradcli: {printable(str(version))}", kind="cluster")
            _require_same("gradcli", worker, version, gradcli.__version__)
        for worker, version in self.everywhere(python_version).items():
            _require_same("Python", worker, _minor(str(version)), _minor(python_version()))

    def without_workers(self) -> MissingError:
        return MissingError(f"{self.name} has no worker, and none came in {WAIT:g} s", kind="cluster")


def _require_same(what: str, worker: str, there: str, here: str) -> None:
    """Errors: MissingError for another version."""
    if there != here:
        raise MissingError(
            f"worker {worker} has {what} {printable(there)}, and here is {here}",
            hint="a cluster has the same versions everywhere, so that it gives the same numbers",
            kind="cluster",
        )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


@contextmanager
def connected(where: object, *, memory: int | None = None) -> Iterator[Cluster]:
    """The cluster that is named; our connection to it ends with the block, and so does a local one.

    where: ``local``, ``local:N``, the address of a scheduler, or a distributed.Client, which stays as it is
    memory: bytes that each local worker may have; None: as dask shares the machine's
    Errors: UsageError for what names none, MissingError without distributed, or where nothing answers.
    """
    workers = _local_workers(where) if isinstance(where, str) else None
    address = _address(where) if isinstance(where, str) and workers is None else None
    require_distributed("a cluster")
    with ExitStack() as stack:
        security = None
        if workers is not None:
            found = stack.enter_context(local(workers, memory))
            address, security = found.address, _security(found)
        elif address is None:
            address, security = _of_client(where)
        else:
            _require_listener(address)
        client = stack.enter_context(_client(address, security))
        yield Cluster(client, address, workers is not None)


def _local_workers(where: str) -> int | None:
    """How many local ones are asked for. Errors: UsageError."""
    word, colon, count = where.partition(":")
    if word != LOCAL or count.startswith("//"):
        return None
    if not colon:
        workers: int = import_module("distributed.deploy.utils").nprocesses_nthreads()[0]
        return workers
    if not (count.isdecimal() and count.isascii() and 1 <= int(count[:9]) <= MOST):
        raise UsageError(f"{option('cluster')} {printable(where)[:80]}: local:N has from 1 to {MOST} workers")
    return int(count)


def _address(where: str) -> str:
    """As distributed takes it. Errors: UsageError."""
    found = _ADDRESS.fullmatch(where)
    if found is None or (found["scheme"] or "tcp") not in _SCHEMES or int(found["port"]) > 65_535:
        raise UsageError(
            f"{option('cluster')}: {printable(where)[:80]!r} is no scheduler's address",
            hint="tcp://HOST:PORT or tls://HOST:PORT, as the scheduler says when it starts; local is a cluster here",
        )
    return where.rstrip("/") if found["scheme"] else f"tcp://{where.rstrip('/')}"


def _require_listener(address: str) -> None:
    """Errors: MissingError where nobody listens: distributed would try again and again."""
    scheme, _, place = address.partition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("tcp", "tls", "ws", "wss"):
        return
    try:
        with socket.create_connection((host.strip("[]"), int(port)), ANSWER) as listener:
            if scheme != "tcp" or listener.recv(1):  # a scheduler speaks first, but where it is encrypted
                return
            why = "it hangs up at once"
    except TimeoutError:
        why = "it says nothing, as a scheduler would"
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
    raise MissingError(
        f"no cluster answers at {printable(address)}: {printable(why)}",
        hint="is the scheduler running, is this its address, and has it tcp:// or tls://?",
        kind="cluster",
    )


def _of_client(given: Any) -> tuple[str, Any]:  # Any: whatever a caller gives
    """The scheduler of a client, and how it is spoken to. Errors: UsageError."""
    distributed = import_module("distributed")
    if not isinstance(given, distributed.Client) or given.asynchronous:
        raise UsageError(
            f"{option('cluster')} is 'local', 'local:N', the address of a scheduler or a distributed.Client, "
            f"not {type(given).__name__}"
        )
    if given.status != "running":
        raise UsageError(f"{option('cluster')} is a client that is {given.status}")
    return given.scheduler.address, given.security


@contextmanager
def _client(address: str, security: Any) -> Iterator[Any]:  # Any: of distributed
    kind = import_module("distributed").Client
    client = kind.__new__(kind)  # held before it connects: one that does not would wait for a minute when it is freed
    try:
        try:
            client.__init__(address, security=security, timeout=CONNECT, set_as_default=False, name="gradcli")
        except Exception as error:  # noqa: BLE001 - of what is made of bytes that may be anybody's
            raise MissingError(
                f"no scheduler answers at {printable(address)}: {_why_not(address, error)}",
                hint=_CERTIFICATES if address.startswith(_ENCRYPTED) else None,
                kind="cluster",
            ) from None
        yield client
    finally:
        with suppress(OSError, AttributeError):  # it may not have begun
            client.close(timeout=CLOSE)
        client.status = "closed"


def _why_not(address: str, error: Exception) -> str:
    if isinstance(error, TypeError) and address.startswith(_ENCRYPTED):
        return "there is no certificate to encrypt with"
    if isinstance(error, OSError | ImportError) or address.startswith("ucx"):
        return printable(str(error).strip().split("\n")[0])
    return "what is there does not speak as a scheduler does"


def _security(found: Local) -> Any:  # Any: of distributed
    return import_module("distributed").Security(
        tls_ca_file=found.certificate,
        tls_client_cert=found.certificate,
        tls_client_key=found.key,
        require_encryption=True,
    )
