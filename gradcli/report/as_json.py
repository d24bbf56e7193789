"""The result's own object as one line of JSON."""

from __future__ import annotations

import json

from gradcli.report.document import Document, View


def render(document: Document, _view: View) -> str:
    return json.dumps(document.data(), ensure_ascii=False) + "\n"
