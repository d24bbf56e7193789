"""Text of anybody's inside of a page: nothing in it is markup, and nothing acts."""

from __future__ import annotations

import html

from gradcli.base.errors import printable


def escaped(text: str) -> str:
    """Safe between tags and inside of quoted attributes.

    >>> escaped('<b onclick="x">')
    '&lt;b onclick=&quot;x&quot;&gt;'
    """
    return html.escape(printable(text), quote=True)


def tag(name: str, body: str, **attributes: str) -> str:
    """``<name key="value">body</name>``; the values are escaped, the body is markup. ``class_`` is ``class``."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{body}</{name}>"
