"""The folder that compiled kernels are kept in: whose it must be, and what is found in it again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradcli.engine.cache import Cache, fresh


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    cache = Cache.own()
    assert cache is not None
    assert cache.folder == tmp_path / "cache/gradcli/kernels"
    assert cache.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["gradcli", "gradcli/kernels"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(place: str, mode: int, tmp_path: Path) -> None:
    assert Cache.own() is not None
    (tmp_path / "cache" / place).chmod(mode)
    assert Cache.own() is None


@pytest.mark.parametrize("place", ["gradcli", "gradcli/kernels"])
def test_a_folder_that_is_a_link_or_a_file_is_not_used(place: str, tmp_path: Path) -> None:
    path = tmp_path / "cache" / place
    path.parent.mkdir(parents=True, mode=0o700)
    (tmp_path / "other").mkdir(mode=0o700)
    path.symlink_to(tmp_path / "other")
    assert Cache.own() is None
    path.unlink()
    path.write_text("")
    assert Cache.own() is None


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/dev/null")
    assert Cache.own() is None


def test_what_was_cut_off_or_altered_is_not_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for content in (b"", b"kerne", b"kernel+", b"kernes"):
        path = cache.keep("a", b"kernel")
        assert path is not None
        assert cache.find("a") == path
        path.write_bytes(content)
        assert cache.find("a") is None
        assert not path.exists()


def test_what_two_processes_keep_under_one_key_is_found(tmp_path: Path) -> None:
    """The second was compiled at the same time, and differs in a time stamp."""
    cache = Cache(tmp_path)
    both = {cache.keep("a", b"kernel 1"), cache.keep("a", b"kernel 2")}
    assert cache.find("a") in both


def test_a_folder_that_was_left_by_a_killed_process_is_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with fresh(cache) as left, fresh(cache) as used:
        (left / "kernel.c").write_text("")
        os.utime(left, (0, 0))
        with fresh(cache) as third:
            assert [left.exists(), used.exists(), third.exists()] == [False, True, True]
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_used_for_longest_is_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most=3)
    for age, key in enumerate("abc"):
        path = cache.keep(key, key.encode())
        assert path is not None
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.find("a") is not None  # used now
    cache.keep("d", b"d")
    assert [key for key in "abcd" if cache.find(key)] == ["a", "c", "d"]


def test_a_full_disk_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    assert Cache(tmp_path).keep("a", b"a") is None
    assert list(tmp_path.iterdir()) == []
