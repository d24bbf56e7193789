"""What the parts of a LaTeX formula mean: one kind of node a file; sums, products and shapes beneath them."""
