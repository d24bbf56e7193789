"""What kernels say of a row in one byte: bits that add up."""

from __future__ import annotations

UNDEFINED = 1  # a number of the answer is not finite
KINK = 2  # the function has a kink there
LOSS = 4  # a sum has lost half of its digits
