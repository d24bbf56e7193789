"""Damage of every kind ends in an error of ours, and the shared corpus of files is read or refused as it says."""

from __future__ import annotations

import importlib.util
import os
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from places import CORPUS
from value_files.contents import SECRET, load, npy, npz, pt

from gradcli.base.errors import InputError, LimitError

# ---- damage of every kind


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "packed.npz", "x.pt", "x.csv", "x.json"])
def test_damage_ends_in_an_error_of_ours(tmp_path: Path, name: str) -> None:
    values = np.arange(6.0).reshape(2, 3)
    sound = {
        "x.npy": npy(values),
        "x.npz": npz(x=values),
        "packed.npz": npz(True, x=values),
        "x.pt": pt(torch.from_numpy(values)),
        "x.csv": b"0,1,2\n3,4,5\n",
        "x.json": b"[[0,1,2],[3,4,5]]",
    }[name]
    seed = 20240607
    rng = random.Random(seed)  # noqa: S311  # no secret hangs on it
    for trial in range(300):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice([0, 1, 5])] = rng.choice(
                [b"", b"\0", b"\xff", b"9", b"(", b"-", b"[", b"\xff" * 4]
            )
        (tmp_path / name).write_bytes(data)
        try:
            assert load(tmp_path / name).size
        except (InputError, LimitError):
            pass
        except Exception as error:  # noqa: BLE001  # reported with what replays it
            pytest.fail(f"seed {seed}, trial {trial}: {error!r}")


# ---- the shared corpus


def corpus_module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CORPUS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(reference: str, stdin: bytes) -> np.ndarray | str:
    try:
        return load(reference, stdin)
    except (InputError, LimitError) as error:
        return f"{error.message} {error.hint}"


@pytest.mark.skipif(not (CORPUS / "make_fixtures.py").exists(), reason=f"no corpus at {CORPUS}")
def test_corpus(tmp_path: Path) -> None:
    folder = str(tmp_path)
    corpus_module("make_fixtures").main(folder)
    entries = list(corpus_module("attacks_lib").load(CORPUS / "attacks.jsonl", folder))
    checked = 0
    for entry, argv, stdin in entries:
        if not entry["id"].startswith("fil-"):
            continue
        checked += 1
        (reference,) = (word.removeprefix(b"x=@") for word in argv if word.startswith(b"x=@"))
        found = outcome(os.fsdecode(reference), stdin or b"")
        if isinstance(found, str):
            assert entry["expect"] in {"error", "bounded"}, (entry, found)
            assert found.isprintable(), entry
            assert entry.get("leak_marker", SECRET) not in found, entry
        else:
            assert entry["expect"] in {"ok", "bounded"}, (entry, found)
        if "expect_grad" in entry:
            np.testing.assert_array_equal(2 * found, entry["expect_grad"]["x"])
    assert checked > 40
    assert not list(tmp_path.glob("CANARY*"))
