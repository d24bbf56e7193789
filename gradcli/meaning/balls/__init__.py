"""Ball arithmetic: every number carries a rigorous error bound (python-flint's arb), and the way to its derivatives.

The inclusion principle: what is said of a ball is true of every number in it. A question that a ball cannot decide is
asked again with more bits; nothing here guesses.
"""
