"""Layers, visible in the picture, that fit sources to what a merge takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from components.models.language.blocks import average
from components.models.language.recorder import Keras, Tensor
from components.models.merges.base import KINDS, Contract, Merge


def fitted_sources(k: Keras, merge: Merge, xs: Sequence[Tensor]) -> list[Tensor]:
    """Return the sources as the merge takes them, as far as its policy and layers allow.

    A map or a sequence becomes a vector by its mean, a map a sequence of its places, a vector a
    sequence of one step; a width is changed by a Dense layer. Lengths and sizes are never changed.
    Each layer is recorded with its reason.
    """
    if merge.fit == "refuse":
        return list(xs)
    xs = _ranks(k, merge, xs)
    width = _width(merge, xs)
    if width is None:
        return xs
    return [_dense(k, merge, s, x, width) for s, x in zip(merge.sources, xs, strict=True)]


def _ranks(k: Keras, merge: Merge, xs: Sequence[Tensor]) -> list[Tensor]:
    contract = merge.contract
    wanted = _wanted(contract, [_rank(x) for x in xs])
    return [
        _rerank(k, merge, name, x, want)
        for name, x, want in zip(merge.sources, xs, wanted, strict=True)
    ]


def _wanted(contract: Contract, ranks: Sequence[int]) -> list[int]:
    """Return the target rank of each source: its own if allowed, otherwise the nearest possible."""
    allowed = [contract.ranks_of(index) for index in range(len(ranks))]
    near = [_nearest(rank, may) for rank, may in zip(ranks, allowed, strict=True)]
    if contract.mixed or contract.roles:
        return near
    return [min(near)] * len(near)


def _nearest(rank: int, allowed: Sequence[int]) -> int:
    if rank in allowed:
        return rank
    lower = [may for may in allowed if may < rank]
    return max(lower) if lower else min(allowed)


def _rerank(k: Keras, merge: Merge, name: str, x: Tensor, want: int) -> Tensor:
    have = _rank(x)
    makers: dict[tuple[int, int], Callable[[], Tensor]] = {
        (3, 1): lambda: average(k, x, f"pool_{name}"),
        (2, 1): lambda: average(k, x, f"pool_{name}"),
        (3, 2): lambda: k.Reshape((-1, x.shape[-1]), name=f"steps_{name}")(x),
        (1, 2): lambda: k.Reshape((1, x.shape[-1]), name=f"step_{name}")(x),
    }
    if (have, want) not in makers:
        return x
    how = "by its mean" if want == 1 else "of its places" if have == 3 else "of one step"
    reason = f"{merge.title} takes a {KINDS[want]} here: this makes one of a {KINDS[have]} {how}."
    with k.annotate(reason=reason):
        return makers[have, want]()


def _width(merge: Merge, xs: Sequence[Tensor]) -> int | None:
    """Return the target width of all sources; `None` if theirs stay unchanged."""
    if merge.fit == "width":
        return merge.fit_width
    widths = [x.shape[-1] for x in xs if x.shape[-1] is not None]
    if merge.contract.equal not in ("shape", "width") or not widths:
        return None
    return int(min(widths) if merge.fit == "smallest" else max(widths))


def _dense(k: Keras, merge: Merge, name: str, x: Tensor, width: int) -> Tensor:
    have = x.shape[-1]
    if have == width or have is None:
        return x
    why = {
        "smallest": f"{merge.title} wants equal widths, and the smallest is {width:,}",
        "largest": f"{merge.title} wants equal widths, and the largest is {width:,}",
        "width": f"all sources of `{merge.name}` are brought to width {width:,}",
    }[merge.fit]
    with k.annotate(reason=f"From {have:,} to {width:,}: {why}."):
        return k.copy_mask(k.Dense(width, name=f"fit_{name}")(x), x)


def _rank(x: Tensor) -> int:
    return len(x.shape) - 1
