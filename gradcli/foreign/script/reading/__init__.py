"""The user's source and live objects, read backward from a line: what reaches it, what it holds, what would change it.

Nothing here runs a line of the user's, and nothing here decides: that is for the finders.
"""
