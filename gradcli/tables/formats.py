"""The formats of tables, a row each; reading and writing share them. Imports no library: help lists them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from gradcli.base.errors import InputError, UsageError, printable
from gradcli.base.wording import option

GZIP = ".gz"  # behind the suffix of a format of lines


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a format.

    meaning:  in a few words, for help
    suffixes: of the names of its files, the usual one first
    begins:   bytes that its files begin with, where they can be told by them
    lines:    a row is a line of text: a file can be cut at any of them, and packed with gzip
    lists:    a cell can hold a list, so that a vector is one column; where not, it is columns x.0, x.1
    streams:  can be read from a pipe, row after row
    arrow:    pyarrow reads and writes it
    """

    meaning: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    lines: bool = False
    lists: bool = True
    streams: bool = False
    arrow: bool = True


class TableFormat(StrEnum):
    """What a file of rows is written in."""

    facts: Facts

    def __new__(cls, word: str, facts: Facts | None = None) -> Self:
        """The word; its facts are always there, and optional only where a member is looked up by its word."""
        assert facts is not None
        made = str.__new__(cls, word)
        made._value_ = word
        made.facts = facts
        return made

    CSV = "csv", Facts("text, commas between cells", (".csv",), lines=True, lists=False, streams=True)
    TSV = "tsv", Facts("text, tabs between cells", (".tsv", ".tab"), lines=True, lists=False, streams=True)
    JSONL = "jsonl", Facts("a JSON object a line", (".jsonl", ".ndjson"), (b"{",), lines=True, streams=True)
    PARQUET = "parquet", Facts("Apache Parquet", (".parquet", ".pq"), (b"PAR1",))
    ARROW = (
        "arrow",
        Facts(
            "Apache Arrow, file (Feather) or stream",
            (".arrow", ".feather", ".ipc", ".arrows"),
            (b"ARROW1", b"\xff\xff\xff\xff"),
            streams=True,
        ),
    )
    NPY = "npy", Facts("a structured array of numpy", (".npy",), (b"\x93NUMPY",), arrow=False)
    NPZ = "npz", Facts("an array of numpy a column", (".npz",), (b"PK\x03\x04",), arrow=False)

    @classmethod
    def of_file(cls, path: str | os.PathLike[str], named: str | None = None, by: str = "input_format") -> TableFormat:
        """The format of a file: as it is named, else as its suffix says, whatever case it has.

        by: the option that names it, for messages. Errors: UsageError for a name, InputError for a suffix.

        >>> TableFormat.of_file("POINTS.CSV"), TableFormat.of_file("a.txt", "tsv"), TableFormat.of_file("a.jsonl.gz")
        (<TableFormat.CSV: 'csv'>, <TableFormat.TSV: 'tsv'>, <TableFormat.JSONL: 'jsonl'>)
        """
        if named is not None:
            return cls.named(named, by)
        text = os.fspath(path)
        name = text.lower()
        plain = name.removesuffix(GZIP)
        for known in cls:
            if name.endswith(known.facts.suffixes) or (known.facts.lines and plain.endswith(known.facts.suffixes)):
                return known
        suffixes = ", ".join(suffix for known in cls for suffix in known.facts.suffixes)
        raise InputError(
            f"no format of tables has the suffix of {printable(text)[:200]}: known are {suffixes}",
            hint=f"say what it holds: {option(by, 'csv')}"
            + ("\n-o DIRECTORY/ takes files of Parquet" * (by == "output_format")),
        )

    @classmethod
    def named(cls, name: str, by: str = "input_format") -> TableFormat:
        """The format of this name. Errors: UsageError."""
        if name in {known.value for known in cls}:
            return cls(name)
        from gradcli.operations.table import did_you_mean

        near = did_you_mean(name, [known.value for known in cls])
        hint = f"did you mean {near}?" if near else None
        known = ", ".join(cls)
        raise UsageError(f"{option(by)} has no format '{printable(name)[:80]}': known are {known}", hint=hint)

    @classmethod
    def beginning(cls, head: bytes) -> TableFormat | None:
        """The format that files beginning so have, if they can be told by it.

        >>> TableFormat.beginning(b"PAR1..."), TableFormat.beginning(b"x,y")
        (<TableFormat.PARQUET: 'parquet'>, None)
        """
        head = head.lstrip() or head
        return next((known for known in cls if known.facts.begins and head.startswith(known.facts.begins)), None)
