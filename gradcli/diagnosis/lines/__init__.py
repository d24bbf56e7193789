"""From one line of a derivation to the next: what was probably done wrong there, and the line as it should read."""
