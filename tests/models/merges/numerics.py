"""The functions used in the references."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.models.merges.cases import Array, Shape


def dense(x: Array, weights: Sequence[Array]) -> Array:
    """Return x W + b, or x W without a bias."""
    kernel, *bias = weights
    return np.asarray(x @ kernel + (bias[0] if bias else 0.0))


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def softmax(x: Array, axis: int = -1) -> Array:
    grown = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(grown / grown.sum(axis=axis, keepdims=True))


def layer_norm(x: Array, weights: Sequence[Array], epsilon: float = 1e-3) -> Array:
    """Return Keras's LayerNormalization over the last axis, with gamma and beta."""
    gamma, beta = weights
    spread = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    return np.asarray((x - x.mean(axis=-1, keepdims=True)) / spread * gamma + beta)


def attention(query: Array, value: Array, weights: Sequence[Array]) -> Array:
    """Return Keras's MultiHeadAttention; weights are kernel and bias of query, key, value and
    output.
    """
    wq, bq, wk, bk, wv, bv, wo, bo = weights
    q = np.einsum("btd,dhe->bthe", query, wq) + bq
    keys = np.einsum("bsd,dhe->bshe", value, wk) + bk
    vals = np.einsum("bsd,dhe->bshe", value, wv) + bv
    scores = np.einsum("bthe,bshe->bhts", q, keys) / np.sqrt(q.shape[-1])
    mixed = np.einsum("bhts,bshe->bthe", softmax(scores), vals)
    return np.asarray(np.einsum("bthe,hed->btd", mixed, wo) + bo)


def dense_weights(shapes: Sequence[Shape], units: int) -> int:
    """Count the weights of one separate dense layer for each source."""
    return units * sum(shape[-1] + 1 for shape in shapes)


def attention_weights(query: int, value: int, heads: int, units: int) -> int:
    """Count the weights of `attention` for those widths. A head is at least 2 wide."""
    inner = heads * max(2, units // heads)
    return inner * (query + 1) + 2 * inner * (value + 1) + units * (inner + 1)


def block_weights(width: int, heads: int, feed_forward: int) -> int:
    """Count the weights of one transformer block: attention and its norm, then feed forward and its
    norm.
    """
    weights = attention_weights(width, width, heads, width) + 2 * width
    if not feed_forward:
        return weights
    return weights + feed_forward * (width + 1) + width * (feed_forward + 1) + 2 * width
