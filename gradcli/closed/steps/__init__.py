"""Derivations: a derivative line by line, each line held equal to the derivative, the last one the printed answer."""
