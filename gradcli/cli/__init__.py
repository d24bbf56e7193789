"""The commands for the shell: options, one call, rendering, exit code.

The only room that prints, reads argv and exits.
"""
