"""The warm server: a process that keeps torch and sympy loaded, and forks a child for each command line.

    gradcli ... ──client──▶ socket ──▶ server ──▶ child (forked ahead, waiting) ──▶ writes to the client's own stdout
                   ▲                                │
                   └────────── exit code ───────────┘

``wire`` is what both sides agree on; ``client`` is imported by every one-liner and imports next to nothing; ``server``
accepts, forks and reaps; ``child`` becomes the client's process; ``control`` starts and stops. Linux only: elsewhere
every command runs cold.
"""
