"""What cuts a tensor off its graph, by the names that people type: data that ``flow`` reads.

The lists of operations were read off torch 2.13: all of its functions were called on a tensor that requires grad.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETACHED: Final = frozenset({"detach", "detach_", "stop_gradient"})
TO_NUMPY: Final = frozenset({"numpy", "from_numpy", "__array__"})
TO_NUMBER: Final = frozenset({"item", "tolist"})
NUMBERS: Final = frozenset({"float", "int", "bool", "complex"})  # Python's own types, called

# Constructors copy the values. as_tensor and asarray pass a tensor through, but not a list of tensors; Tensor(x) too.
REBUILT: Final = frozenset({"tensor", "new_tensor", "scalar_tensor", "LongTensor", "IntTensor", "BoolTensor"})
REBUILT_OF_LISTS: Final = frozenset({"as_tensor", "asarray", "Tensor", "FloatTensor", "DoubleTensor", "HalfTensor"})

# Comparisons, indices, casts to whole numbers, draws: outputs that are no smooth function of the input.
DISCRETE: Final = _words(
    "all any argmax argmin argsort argwhere bucketize count_nonzero eq ge greater greater_equal gt isclose isfinite "
    "isin isinf isnan isneginf isposinf isreal le less less_equal logical_and logical_not logical_or logical_xor lt "
    "multinomial ne nonzero not_equal searchsorted signbit bool byte char int long short one_hot equal allclose "
    "bincount randint"
)
DISCRETE_DTYPES: Final = _words("bool uint8 int8 int16 int32 int64 short int long")
SECOND_IS_INDEX: Final = _words("max min sort topk median nanmedian mode kthvalue cummax cummin frexp")
UNIMPLEMENTED: Final = frozenset({"histc", "histogram", "histogramdd"})

# The values of the input do not enter the output: nothing is cut, since nothing was there.
SHAPE_ONLY: Final = _words(
    "zeros ones rand randn empty linspace logspace arange eye randperm "
    "zeros_like ones_like rand_like randn_like randint_like empty_like full_like new_zeros new_ones new_empty new_full "
    "size dim numel element_size type len range print isinstance id repr str format hash ndimension is_contiguous "
    "stride data_ptr get_device nelement"
)
SHAPES: Final = _words("shape dtype device ndim requires_grad is_leaf layout grad_fn names itemsize nbytes")
FACTORIES: Final = _words(
    "zeros ones rand randn empty full linspace logspace arange eye normal tensor Tensor FloatTensor DoubleTensor "
    "from_numpy as_tensor asarray zeros_like ones_like rand_like randn_like empty_like full_like new_zeros new_ones "
    "new_empty new_full new_tensor randint randperm load stack cat Variable"
)
CASTS: Final = frozenset({"to", "type", "astype", "view"})
