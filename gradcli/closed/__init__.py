"""Index calculus: derivatives and proofs for all sizes, in terms whose factors carry index names."""
