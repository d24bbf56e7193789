"""``explain``, one file a section of its answer."""
