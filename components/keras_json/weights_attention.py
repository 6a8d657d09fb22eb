"""Numbers of weights of attention and einsum layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

from components.keras_json.calls import Full
from components.keras_json.text import LARGEST, Config

Formula = Callable[[Config, Sequence[Full]], int | None]
"""From a configuration and the input shapes to a number of weights."""


def bias(config: Config, width: int) -> int:
    return width if config.flag("use_bias", True) else 0


def _multi_head_attention(config: Config, reads: Sequence[Full]) -> int | None:
    """Projections of query, key and value to all heads, and of all heads to the output."""
    heads, key = config.whole("num_heads", least=1), config.whole("key_dim", least=1)
    value = config.whole("value_dim", key)
    query_width = reads[0][-1]
    value_width = reads[1][-1] if len(reads) > 1 and reads[1] else query_width
    key_width = reads[2][-1] if len(reads) > 2 and reads[2] else value_width
    if query_width is None or value_width is None or key_width is None:
        return None
    out = prod(config.axes("output_shape", query_width))
    gate = (query_width * heads * value + bias(config, heads * value)) * config.flag("use_gate")
    return (
        query_width * heads * key
        + key_width * heads * key
        + value_width * heads * value
        + bias(config, heads * (2 * key + value))
        + heads * value * out
        + bias(config, out)
        + gate
    )


def _grouped_query_attention(config: Config, reads: Sequence[Full]) -> int | None:
    size, heads = config.whole("head_dim", least=1), config.whole("num_query_heads", least=1)
    shared = config.whole("num_key_value_heads", least=1)
    query_width = reads[0][-1]
    value_width = reads[1][-1] if len(reads) > 1 and reads[1] else query_width
    if query_width is None or value_width is None:
        return None
    queries = 2 if config.flag("use_gate") else 1
    return (
        queries * (query_width * heads * size + bias(config, heads * size))
        + 2 * (value_width * shared * size + bias(config, shared * size))
        + heads * size * query_width
        + bias(config, query_width)
    )


def _attention(config: Config, reads: Sequence[Full]) -> int | None:
    return config.flag("use_scale") + (config.word("score_mode", "dot") == "concat")


def _additive_attention(config: Config, reads: Sequence[Full]) -> int | None:
    return reads[0][-1] if config.flag("use_scale", True) else 0


def _einsum_dense(config: Config, reads: Sequence[Full]) -> int | None:
    left, _, out = config.word("equation", "").replace(" ", "").partition("->")
    first, _, kernel = left.partition(",")
    target = config.values.get("output_shape")
    items = target if isinstance(target, list) else [target]
    axes = reads[0]
    if not out or not kernel or len(items) > len(out):
        return None
    if "..." in first:
        first, out = first.replace("...", ""), out.replace("...", "")
        axes = reads[0][len(reads[0]) - len(first) :] if first else ()
    if len(first) != len(axes):
        return None
    sizes = dict(zip(out[len(out) - len(items) :], items, strict=False))
    sizes.update({k: v for k, v in zip(first, axes, strict=True) if v is not None})
    letters = kernel, config.word("bias_axes", "")
    wide, biased = ([_size(sizes.get(letter)) for letter in term] for term in letters)
    if None in wide or None in biased:
        return None
    return _product(wide) + (_product(biased) if biased else 0)


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= LARGEST else None


def _product(sizes: Sequence[int | None]) -> int:
    return prod(size for size in sizes if size is not None)


FORMULAS: Mapping[str, Formula] = {
    "AdditiveAttention": _additive_attention,
    "Attention": _attention,
    "EinsumDense": _einsum_dense,
    "GroupQueryAttention": _grouped_query_attention,
    "GroupedQueryAttention": _grouped_query_attention,
    "MultiHeadAttention": _multi_head_attention,
}
