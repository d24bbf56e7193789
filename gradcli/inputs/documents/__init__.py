"""Papers, notes and notebooks: their formulas in the order in which they stand, and the claims among them."""
