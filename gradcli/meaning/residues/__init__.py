"""Identities decided modulo random primes: rational operations exactly, exp, log, roots and special functions as atoms.

What holds with atoms as unknowns holds for the functions; a law of an atom is used only where it holds for all reals.
"""
