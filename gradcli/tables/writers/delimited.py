"""CSV and TSV: a header, a line a row, quotes where a text needs them, nothing in a cell without a value."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pyarrow.compute as pc

from gradcli.tables.layout import Layout, Rows
from gradcli.tables.writers.cells import columns_of, schema_of
from gradcli.tables.writers.parts import Data
from gradcli.tables.writers.texts import by_reason, data_of, is_number, joined, of_numbers, of_others, word


class Delimited:
    """Lines of cells between separators; vectors are columns ``d_x.0``, ``d_x.1``."""

    def __init__(self, layout: Layout, separator: str) -> None:
        self.layout = layout.in_columns()
        self.layout.require_distinct()
        self.schema = schema_of(self.layout)
        self.separator = separator
        # A text that is empty needs quotes too: without them there is no cell.
        self._special = f'[{re.escape(separator)}"\\r\\n]|^$'

    def head(self, rows: int) -> bytes:  # noqa: ARG002 - a header of text does not count
        made = io.StringIO()
        csv.writer(made, delimiter=self.separator, lineterminator="\n").writerow(self.schema.names)
        return made.getvalue().encode("utf-8", "backslashreplace")

    def body(self, rows: Rows) -> Data:
        texts = [self._texts(cells) for cells in columns_of(rows, self.layout)]
        return data_of(joined([*texts, by_reason(rows, "\n", self._ending)], self.separator))

    def _texts(self, cells: Any) -> Any:
        if is_number(cells.type):
            return of_numbers(cells)
        texts = of_others(cells)
        special = pc.match_substring_regex(texts, self._special)
        if not pc.any(special).as_py():
            return texts
        escaped = pc.replace_substring(texts, '"', '""')
        return pc.if_else(special, joined([word('"'), escaped, word('"')]), texts)

    def _ending(self, reason: str) -> str:
        escaped = reason.replace('"', '""')
        return f'"{escaped}"\n' if re.search(self._special, reason) else f"{reason}\n"
