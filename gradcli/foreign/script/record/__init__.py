"""What is noted while a script runs: each call of torch's for ``--trace``, numbers that are not finite for ``--nan``.

Loaded before the script, so that nothing here imports torch; nothing here keeps a tensor or a graph alive.
"""
