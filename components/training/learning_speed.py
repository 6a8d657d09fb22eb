"""The learning speed of each branch: how strongly its weights are changed while a model is trained.

The speed of one step is ||g||² / ||w||² over all trainable weights of a branch: the effective
update of Wu, Jastrzebski, Cho and Geras 2022, arXiv 2202.05306. g is the gradient before clipping,
w are the weights before the step. In a step before which all of them are 0, the speed is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.model.builder import Blueprint

Variables = Sequence[Any]
AFTER, HEADS = "after the merge", "all heads"
"""The part of the weights that are in no branch, where there is a merge and where there is none. No
input has such a name."""


def branch_parts(blueprint: Blueprint) -> dict[str, Variables]:
    """The trainable weights by branch, in the order of the inputs, then those behind all branches.

    Branches that share an encoder are one part, `left + right`. Parts without weights are left out.
    """
    spec = blueprint.architecture
    order = [branch.name for branch in spec.inputs]
    groups: dict[str, set[str]] = {}
    for node in blueprint.graph.nodes:
        groups.setdefault(node.keras_name, set()).add(node.group)
    parts: dict[str, list[Any]] = {}
    for layer in blueprint.model.layers:
        readers = groups.get(layer.name, set())
        branches = sorted(readers, key=order.index) if readers <= set(order) else []
        name = " + ".join(branches) or (AFTER if spec.merges else HEADS)
        parts.setdefault(name, []).extend(layer.trainable_variables)
    known = {name: variables for name, variables in parts.items() if variables}
    return dict(sorted(known.items(), key=lambda part: _position(part[0], order)))


def _position(part: str, order: Sequence[str]) -> int:
    first = first_branch(part)
    return order.index(first) if first in order else len(order)


def first_branch(part: str) -> str:
    """The first of the inputs that share a part."""
    return part.partition(" + ")[0]


class SpeedMeter:
    """Adds up the speed of each part over the steps of an epoch, within the compiled steps.

    Few operations: where a model is small, each costs as much as those of Keras.
    """

    def __init__(self, optimizer: Any, parts: Mapping[str, Variables]) -> None:
        """`optimizer` is one of `observed_optimizer`."""
        import tensorflow as tf

        self._names = tuple(parts)
        self._part_of = {id(v): part for part, of in enumerate(parts.values()) for v in of}
        self._zeros = tf.zeros(len(parts), tf.float64)
        self._sums = tf.Variable(self._zeros, trainable=False)
        optimizer.observe = self._add

    def reset(self) -> None:
        """Start an epoch."""
        self._sums.assign(self._zeros)

    def speeds(self) -> dict[str, float]:
        """The sum of the steps since `reset`, by part."""
        return dict(zip(self._names, self._sums.numpy().tolist(), strict=True))

    def _add(self, gradients: Variables, variables: Variables) -> None:
        import tensorflow as tf

        order = sorted(range(len(variables)), key=lambda n: self._part_of[id(variables[n])])
        parts = tf.constant([self._part_of[id(variables[n])] for n in order])
        changes = tf.stack([_square(gradients[n]) for n in order])
        weights = tf.stack([_square(variables[n].value) for n in order])
        speeds = tf.math.divide_no_nan(
            tf.math.segment_sum(changes, parts), tf.math.segment_sum(weights, parts)
        )
        self._sums.assign_add(tf.cast(speeds, tf.float64))


def _square(values: Any) -> Any:
    """Half the sum of squares. Several gradients of one row of an embedding are added first."""
    import tensorflow as tf

    if values is None:  # The gradient of weights that no loss depends on.
        return tf.constant(0.0)
    if isinstance(values, tf.IndexedSlices):
        rows, positions = tf.unique(values.indices)
        values = tf.math.unsorted_segment_sum(values.values, positions, tf.size(rows))
    return tf.nn.l2_loss(values)
