"""Warm servers of the tests' own: one for all tests that do no harm, and one for each that does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from warm.site import Site


@pytest.fixture(scope="session", autouse=True)
def _linux() -> None:
    if sys.platform != "linux":
        pytest.skip("the warm server is for Linux")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for all tests that do it no harm."""
    site = Site(tmp_path_factory.mktemp("warm"))
    code, out, err = site.run("warm", "start")
    assert (code, err) == (0, b""), err
    assert out.startswith(b"started: process ")
    yield site
    site.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Site]:
    """No server; and none is left."""
    made = Site(tmp_path)
    yield made
    made.close()


@pytest.fixture
def site(bare: Site) -> Site:
    """A server of the test's own, to be harmed."""
    assert bare.run("warm", "start")[0] == 0
    return bare
