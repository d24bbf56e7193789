"""Autograd's errors: a row a cause, a row a message; recognising a pasted text. Pure: no torch, no files.

A row's programs are run by the tests on the torch that is installed, so that no row can rot.
"""
