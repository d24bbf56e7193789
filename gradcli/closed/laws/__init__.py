"""Laws that join what normal form keeps apart: of inverses, determinants, and of what is known of the variables."""
