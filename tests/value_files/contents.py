"""Contents of files of numbers, sound and broken, as bytes."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import numpy as np
import torch

from gradcli.inputs.files import load_array

SECRET = "hunter2"  # noqa: S105  # a word that no message may repeat


def load(reference: object, stdin: bytes = b"") -> np.ndarray:
    return load_array(str(reference), io.BytesIO(stdin))


def npy(values: object, dtype: str | None = None) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(values, dtype))
    return stream.getvalue()


def npy_header(header: str, payload: bytes = b"", version: int = 1) -> bytes:
    text = header.encode("latin1") + b"\n"
    size = struct.pack("<H", len(text)) if version == 1 else struct.pack("<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + payload


def shaped(shape: str, payload: bytes = b"", descr: str = "'<f8'") -> bytes:
    return npy_header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", payload)


def npz(compressed: bool = False, **arrays: object) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


def zipped(method: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def bad_directory() -> bytes:
    """A compressed member whose checksum in the directory is wrong."""
    data = bytearray(npz(True, x=np.arange(3.0)))
    data[data.find(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(data)


def bad_checksum() -> bytes:
    data = bytearray(npz(x=[1.0, 2.0, 3.0]))
    data[data.find(struct.pack("<d", 2.0))] ^= 0xFF
    return bytes(data)


def pt(value: object) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def repacked(data: bytes) -> bytes:
    """The same .pt, compressed: what a zip bomb among them must be."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped(zipfile.ZIP_DEFLATED, **{name: archive.read(name) for name in archive.namelist()})


def safetensors(header: object, payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + payload


def id_of(value: object) -> str:
    return value if isinstance(value, str) else ""


MATRIX = [[1.0, 2.0], [3.0, 4.0]]
TWO = {"a": [1.0], "b": [2.0]}
