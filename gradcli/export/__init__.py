"""Code out: a function and its derivative as source that runs without gradcli, one dialect a file.

Nothing is guessed: an operation that a dialect has no spelling for is refused by name, and so is code that would be
right for some sizes alone.
"""
