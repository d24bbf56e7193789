"""numpy's names that have no meaning in a formula, and why."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

_WITHOUT = {
    "it runs a function on parts of an array; write the formula of a part, and sum(f(x[i]) for i in range(3))": """
        np.apply_along_axis np.apply_over_axes np.vectorize np.frompyfunc np.fromfunction np.fromiter np.mask_indices
        jnp.vectorize
    """,
    "it is about whole numbers and their bits, which have no slope": """
        np.bitwise_and np.bitwise_or np.bitwise_xor np.bitwise_not np.bitwise_invert np.bitwise_count np.invert
        np.bitwise_left_shift np.bitwise_right_shift np.left_shift np.right_shift np.packbits np.unpackbits np.gcd
        np.lcm
    """,
    "it changes its argument in place; write where(condition, ..., x), or set_at(x, y, 1:3)": """
        np.copyto np.place np.put np.put_along_axis np.putmask np.fill_diagonal
    """,
    "it is about texts and files": """
        np.array2string np.array_repr np.array_str np.base_repr np.binary_repr np.format_float_positional
        np.format_float_scientific np.frombuffer np.fromfile np.fromregex np.fromstring np.genfromtxt np.load np.loadtxt
        np.save np.savetxt np.savez np.savez_compressed np.from_dlpack
    """,
    "it is about types and memory, not about values": """
        np.can_cast np.common_type np.isdtype np.isfortran np.isscalar np.issubdtype np.iterable np.may_share_memory
        np.min_scalar_type np.mintypecode np.nested_iters np.promote_types np.result_type np.shares_memory np.typename
        np.broadcast_shapes np.einsum_path
    """,
    "it is about dates": "np.busday_count np.busday_offset np.datetime_as_string np.datetime_data np.is_busday",
    "its result is complex": "np.sort_complex",
    "it orders by several keys; write argsort(x) of one": "np.lexsort",
    "the gap between floats is no function of real numbers": "np.spacing",
    "it counts in boxes of several directions; np.histogram counts in one": "np.histogram2d np.histogramdd",
    "a matrix is an array here; write [[1, 2], [3, 4]]": "np.asmatrix np.bmat",
}

SPELLINGS = tuple(
    Spelling(f"{name}(*arguments)", f"none: {why}") for why, names in _WITHOUT.items() for name in names.split()
)
