"""A script of the user's that fails: run in a process of its own, and its live objects looked at where it broke.

``launch`` is the parent's side; all else is loaded in the child, after the script has ended, and imports no torch of
its own: what the script has not loaded is not there to be looked at.
"""
