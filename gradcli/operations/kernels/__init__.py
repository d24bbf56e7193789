"""Values that torch lacks, in tensor operations, one file a family; ``t`` is torch, handed in by the caller."""
