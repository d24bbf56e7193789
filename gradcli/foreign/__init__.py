"""The user's own Python: loaded, called, its gradient compared. The only room that runs it."""
