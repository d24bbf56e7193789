"""LaTeX in: a formula as people write it becomes a tree, and the tree a formula of our language."""
