"""Certificates of proofs for all sizes, which a small program replays."""
