"""What was probably forgotten in a refuted claim: causes, each verified before it is said.

Shares nothing with torch.
"""
