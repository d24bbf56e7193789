"""Text to tree and back: tokens, grammar, calls, nodes, writing. Never evaluates what it reads."""
