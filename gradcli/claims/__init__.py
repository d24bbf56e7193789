"""A claimed derivative: statement, points, confirmation, proof, counterexample, conclusion.

Shares nothing with torch.
"""
