"""The same formulas at very many points: one kernel for value and derivatives, compiled or in torch, tile by tile."""
