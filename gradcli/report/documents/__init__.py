"""What each kind of result has to say, as a document: one file a kind, and each wording stands there once."""
