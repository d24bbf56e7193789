"""Tables: the derivative at each row, and what is said of all of them: failures, flags, the verdict on a sample."""
