"""Values that torch lacks, or lacks the slope of, in tensor operations, one file a family; ``t`` is torch, handed in.

Every formula here can be differentiated by autograd to any order: a branch that is not taken gets a harmless argument.
"""
