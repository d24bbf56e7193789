"""A result as a document, and the document as text, JSON, JUnit, CSV, LaTeX or .npy. Prints and computes nothing.

``document.py`` is the model. One file a kind of result makes its document, in ``documents/`` (the table is in
``writing.py``), and each wording stands there once. One file a format writes any document: ``as_text``, ``as_json``
and so on. A new format is a file ``as_NAME.py`` with ``render(document, view)`` and the row ``NAME`` of
``formats.Format``; then ``python tests/docs.py --write`` puts it into the README. Results know nothing of this room.
``document``, ``writing``, ``formats``, ``as_text``, ``documents.errors`` and ``documents.operations`` load no library,
so that an error and ``ops`` are printed at once.
"""
