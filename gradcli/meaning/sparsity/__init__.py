"""The arithmetic of sparsity: what each entry of a value depends on, and which entries of the variables meet."""
