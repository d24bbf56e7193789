"""The operation table: what is known of an operation stands in its row and nowhere else.

Knows no text, no tree and no torch.
"""
