"""One file a command: each reads, computes and returns a frozen result. Prints nothing."""
