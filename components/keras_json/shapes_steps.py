"""Output shapes of recurrent, attention, embedding and einsum layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.keras_json.calls import Full
from components.keras_json.shapes_operations import Rule
from components.keras_json.text import Config


def recurrent(config: Config, reads: Sequence[Full]) -> Full | None:
    if len(reads[0]) != 3:
        return None
    units = config.whole("units", least=1)
    steps = reads[0][1:2] if config.flag("return_sequences") else ()
    return (reads[0][0], *steps, units)


def _embedding(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0], config.whole("output_dim"))


def _multi_head_attention(config: Config, reads: Sequence[Full]) -> Full | None:
    if "output_shape" in config:
        return (*reads[0][:-1], *config.axes("output_shape", ()))
    return reads[0]


def _attention(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0][:-1], reads[1][-1]) if len(reads) > 1 and reads[1] else None


def _einsum_dense(config: Config, reads: Sequence[Full]) -> Full | None:
    target = config.values.get("output_shape")
    items = target if isinstance(target, list) else [target]
    letters, out = _axis_sizes(config, reads[0])
    if letters is None or len(items) >= len(out):
        return None
    free = len(out) - len(items)
    pairs = zip(out, [None] * free + items, strict=True)
    sizes = [letters.get(letter) if item is None else item for letter, item in pairs]
    if any(size is not None and not isinstance(size, int) for size in sizes):
        return None
    return tuple(sizes)


def _axis_sizes(config: Config, shape: Full) -> tuple[dict[str, int | None] | None, str]:
    left, _, out = config.word("equation", "").replace(" ", "").partition("->")
    first = left.partition(",")[0]
    missing = "ABCDEFGHIJKLMNOP"[: max(0, len(shape) - len(first.replace("...", "")))]
    first, out = first.replace("...", missing, 1), out.replace("...", missing, 1)
    if len(first) != len(shape) or not out:
        return None, out
    return dict(zip(first, shape, strict=True)), out


def _category_encoding(config: Config, reads: Sequence[Full]) -> Full | None:
    return (*reads[0][:-1], config.whole("num_tokens", least=1)) if "num_tokens" in config else None


LAYERS: Mapping[str, Rule] = {
    **dict.fromkeys(("GRU", "CuDNNGRU", "CuDNNLSTM", "LSTM", "SimpleRNN"), recurrent),
    **dict.fromkeys(("AdditiveAttention", "Attention"), _attention),
    "CategoryEncoding": _category_encoding,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
    "MultiHeadAttention": _multi_head_attention,
}
