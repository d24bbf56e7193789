"""A claimed derivative: statement, points, comparison, proof, counterexample, conclusion.

Shares nothing with torch.
"""
