"""Pages: documents as HTML that stands by itself, with formulas in MathML."""
