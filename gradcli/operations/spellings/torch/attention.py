"""torch's attention: masks, shared keys, several heads from their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.operations.row import CONDITION, NONE
from gradcli.operations.spelling import Spelling


def _attention(query: Any, key: Any, value: Any, attn_mask: Any, is_causal: Any, scale: Any, enable_gqa: Any) -> str:
    if min(map(len, (query, key, value))) < 2:
        return f"{NONE}query, key and value have at least two axes"
    k, v = (_shared(name, query, shape, enable_gqa) for name, shape in (("key", key), ("value", value)))
    if attn_mask is None:
        return f"scaled_dot_product_attention(query, {k}, {v}, is_causal, scale)"
    if is_causal:
        return f"{NONE}it takes a mask or is_causal, not both"
    factor = f"1/sqrt({query[-1]})" if scale is None else "scale"
    return f"s = query @ {k}.mT*{factor}; {_weights(_seen('s', attn_mask))}; w @ {v}"


def _shared(name: str, query: Sequence[int], shape: Sequence[int], enable_gqa: Any) -> str:
    """Keys and values of a head that several heads of queries share."""
    if not enable_gqa or len(query) < 3 or len(shape) < 3 or query[-3] == shape[-3] or query[-3] % shape[-3]:
        return name
    return f"repeat_interleave({name}, {query[-3] // shape[-3]}, {len(shape) - 3})"


def _seen(scores: str, mask: Any, *, hidden: bool = False, name: str = "attn_mask") -> str:
    """Scores with a mask added, or where it holds; hidden: it holds where nothing is seen."""
    if mask is None:
        return scores
    if mask == CONDITION:
        return f"where({name}, -inf, {scores})" if hidden else f"where({name}, {scores}, -inf)"
    return f"({scores} + {name})"


def _weights(scores: str) -> str:
    """The weights w of the keys, which are 0 where none of them is seen."""
    return f"t = {scores}; e = any(t > -inf, -1, True); w = softmax(where(e, t, 0), -1)*where(e, 1, 0)"


# -- several heads


def _heads(
    query: Any, key: Any, value: Any, embed_dim_to_check: Any, num_heads: Any, in_proj_bias: Any, dropout_p: Any,
    training: Any, key_padding_mask: Any, need_weights: Any, attn_mask: Any, use_separate_proj_weight: Any,
    average_attn_weights: Any,
) -> str:  # fmt: skip
    """One after the other in front of queries, keys and values: ``(n*heads, length, size)``, as masks have them."""
    if training and dropout_p != 0:
        return f"{NONE}it drops weights by chance; write dropout_p=0 or training=False"
    if len(query) not in (2, 3) or query[-1] != embed_dim_to_check or embed_dim_to_check % num_heads:
        return f"{NONE}it takes queries (l, e) or (l, n, e), e a multiple of num_heads"
    size, lines = embed_dim_to_check // num_heads, num_heads * (query[1] if len(query) == 3 else 1)
    projected = (
        f"{name} = transpose(reshape({_projected(name, part, in_proj_bias, use_separate_proj_weight)}, {length[0]}, "
        f"{lines}, {size}), 0, 1)"
        for name, length, part in zip(("query", "key", "value"), (query, key, value), _parts(query[-1]), strict=True)
    )
    masked = _seen(_seen("s", attn_mask, hidden=True), key_padding_mask, hidden=True,
                   name=_for_heads(key_padding_mask, num_heads, len(query)))  # fmt: skip
    # asked for the weights torch takes another way, on which a query that sees no key has nan
    weighing = f"w = softmax({masked}, -1)" if need_weights or masked == "s" else _weights(masked)
    weights = f"reshape(w, {(*query[1:-1], num_heads, query[0], key[0])})"
    averaged = f"mean({weights}, -3)" if average_attn_weights else weights
    return (
        f"{'; '.join(projected)}; s = query @ key.mT/sqrt({size}); {weighing}; "
        f"(linear(reshape(transpose(w @ value, 0, 1), {tuple(query)}), out_proj_weight, out_proj_bias), "
        f"{averaged if need_weights else None})"
    )


def _parts(size: int) -> list[str]:
    """The rows of one matrix that are the weights of queries, keys and values."""
    return [f"{k * size}:{(k + 1) * size}" for k in range(3)]


def _projected(name: str, part: str, bias: Any, separate: Any) -> str:
    """The linear map of queries, keys or values, whose weights are parts of one matrix, or by themselves."""
    weight = f"{name[0]}_proj_weight" if separate else f"in_proj_weight[{part}]"
    return f"linear({name}, {weight}, {'None' if bias is None else f'in_proj_bias[{part}]'})"


def _for_heads(mask: Any, heads: int, rank: int) -> str:
    """A mask of each line of keys, for all heads of that line."""
    if rank == 2:
        return "key_padding_mask"
    if mask == CONDITION:
        return f"repeat_interleave(where(key_padding_mask, 1, 0), {heads}, 0)[:, None, :] == 1"
    return f"repeat_interleave(key_padding_mask, {heads}, 0)[:, None, :]"


SPELLINGS = (
    Spelling("torch.scaled_dot_product_attention(query:shaped, key:shaped, value:shaped, attn_mask:mask=None, "
             "dropout_p:zero=0, is_causal:flag=False, *, scale=None, enable_gqa:flag=False)", _attention),
    Spelling("F.multi_head_attention_forward(query:shaped, key:shaped, value:shaped, embed_dim_to_check:integer, "
             "num_heads:integer, in_proj_weight, in_proj_bias, bias_k:nothing=None, bias_v:nothing=None, "
             "add_zero_attn:off, dropout_p:number, out_proj_weight, out_proj_bias, training:flag=True, "
             "key_padding_mask:mask=None, need_weights:flag=True, attn_mask:mask=None, "
             "use_separate_proj_weight:flag=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, "
             "static_k:nothing=None, static_v:nothing=None, average_attn_weights:flag=True, is_causal:flag=False)",
             _heads, ("output", "weights")),
)  # fmt: skip
