"""One file a family of messages: ``find(failure) -> Finding | None`` tells its causes apart in the live program."""
