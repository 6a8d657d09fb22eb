"""Models from elsewhere: Keras's applications, and models after examples of keras.io."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers as K
from keras import ops

from components.models.architecture.builder import weightless

APPLICATIONS = (
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
    "DenseNet121", "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1",
    "EfficientNetB2", "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6",
    "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
    "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S",
    "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large",
    "MobileNetV3Small", "NASNetLarge", "NASNetMobile", "ResNet101", "ResNet101V2", "ResNet152",
    "ResNet152V2", "ResNet50", "ResNet50V2", "VGG16", "VGG19", "Xception",
)  # fmt: skip


@keras.saving.register_keras_serializable("elsewhere")
class Patches(K.Layer):  # type: ignore[misc]
    """Custom layer of the vision transformer example."""

    def __init__(self, size: int = 6, **named: Any) -> None:
        super().__init__(**named)
        self.size = size

    def call(self, images: Any) -> Any:
        patches = ops.image.extract_patches(images, self.size)
        return ops.reshape(patches, (-1, patches.shape[1] * patches.shape[2], patches.shape[3]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("elsewhere")
class Positions(K.Layer):  # type: ignore[misc]
    """Embedding of words and positions, as in the transformer example."""

    def __init__(self, length: int, words: int, width: int, **named: Any) -> None:
        super().__init__(**named)
        self.sizes = length, words, width
        self.words, self.places = K.Embedding(words, width), K.Embedding(length, width)

    def build(self, shape: Any) -> None:
        self.words.build(shape)
        self.places.build((self.sizes[0],))

    def call(self, x: Any) -> Any:
        return self.words(x) + self.places(ops.arange(self.sizes[0]))

    def get_config(self) -> dict[str, Any]:
        length, words, width = self.sizes
        return {**super().get_config(), "length": length, "words": words, "width": width}


def tickets() -> Any:
    """Read the title, text and tags of a ticket for its priority and department."""
    title, body = keras.Input((None,), name="title"), keras.Input((None,), name="body")
    tags = keras.Input((12,), name="tags")
    x = K.Concatenate()([
        K.LSTM(128)(K.Embedding(10_000, 64)(title)),
        K.LSTM(32)(K.Embedding(10_000, 64)(body)),
        tags,
    ])  # fmt: skip
    ends = [K.Dense(1, name="priority")(x), K.Dense(4, name="department")(x)]
    return keras.Model([title, body, tags], ends, name="tickets")


def toy_resnet() -> Any:
    """Make a small network with two skip connections."""
    x = start = keras.Input((32, 32, 3), name="img")
    x = K.Conv2D(64, 3, activation="relu")(K.Conv2D(32, 3, activation="relu")(x))
    x = block = K.MaxPooling2D(3)(x)
    for _ in range(2):
        for _ in range(2):
            x = K.Conv2D(64, 3, activation="relu", padding="same")(x)
        x = block = K.add([x, block])
    x = K.GlobalAveragePooling2D()(K.Conv2D(64, 3, activation="relu")(x))
    x = K.Dropout(0.5)(K.Dense(256, activation="relu")(x))
    return keras.Model(start, K.Dense(10)(x), name="toy_resnet")


def siamese() -> Any:
    """Share one tower among three images, for two distances."""
    image = keras.Input((48, 48, 3))
    x = K.Flatten()(K.MaxPooling2D()(K.Conv2D(16, 3, activation="relu")(image)))
    tower = keras.Model(image, K.Dense(32)(K.BatchNormalization()(x)), name="tower")
    names = ("anchor", "positive", "negative")
    inputs = [keras.Input((48, 48, 3), name=name) for name in names]
    first, second, third = (tower(one) for one in inputs)
    ends = [ops.sum(ops.square(first - other), -1) for other in (second, third)]
    return keras.Model(inputs, ends, name="siamese")


def contrastive() -> Any:
    """Share one tower between two images, which are of one class or not."""
    image = keras.Input((28, 28, 1))
    x = K.Conv2D(4, (5, 5), activation="tanh")(K.BatchNormalization()(image))
    x = K.Conv2D(16, (5, 5), activation="tanh")(K.AveragePooling2D(2)(x))
    x = K.BatchNormalization()(K.Flatten()(K.AveragePooling2D(2)(x)))
    tower = keras.Model(image, K.Dense(10, activation="tanh")(x), name="tower")
    left, right = keras.Input((28, 28, 1), name="left"), keras.Input((28, 28, 1), name="right")
    x = K.BatchNormalization()(K.Subtract()([tower(left), tower(right)]))
    return keras.Model([left, right], K.Dense(1, activation="sigmoid")(x), name="contrastive")


def wide_and_deep() -> Any:
    """Combine numbers and categories wide and deep, as in the census example."""
    numbers = [keras.Input((1,), name=name) for name in ("age", "gain", "hours")]
    words = [keras.Input((1,), name=name, dtype="int32") for name in ("work", "school", "race")]
    embedded = [K.Reshape((8,))(K.Embedding(20, 8)(word)) for word in words]
    wide = K.BatchNormalization()(K.concatenate(
        [*numbers, *(K.CategoryEncoding(20, output_mode="one_hot")(word) for word in words)]
    ))  # fmt: skip
    deep = K.concatenate([*numbers, *embedded])
    for units in (32, 32):
        deep = K.Dropout(0.1)(K.ReLU()(K.BatchNormalization()(K.Dense(units)(deep))))
    end = K.Dense(2, activation="softmax")(K.concatenate([wide, deep]))
    return keras.Model([*numbers, *words], end, name="wide_and_deep")


def translator() -> Any:
    """Read letters with an LSTM, and write others from its states with a second one."""
    read, written = keras.Input((None, 71), name="read"), keras.Input((None, 93), name="written")
    _, h, c = K.LSTM(256, return_state=True)(read)
    out, _, _ = K.LSTM(256, return_sequences=True, return_state=True)(written, initial_state=[h, c])
    return keras.Model([read, written], K.Dense(93, activation="softmax")(out), name="translator")


def transformer() -> Any:
    """Encode a sentence, and decode it with an inner model."""
    read = keras.Input((20,), dtype="int64", name="encoder_inputs")
    x = Positions(20, 1500, 64)(read)
    x = K.LayerNormalization()(x + K.MultiHeadAttention(8, 64)(x, x))
    encoded = K.LayerNormalization()(x + K.Dense(64)(K.Dense(256, activation="relu")(x)))
    written = keras.Input((20,), dtype="int64", name="decoder_inputs")
    states = keras.Input((20, 64), name="states")
    y = Positions(20, 1500, 64)(written)
    y = K.LayerNormalization()(y + K.MultiHeadAttention(8, 64)(y, y, use_causal_mask=True))
    y = K.LayerNormalization()(y + K.MultiHeadAttention(8, 64)(y, states))
    decoder = keras.Model([written, states], K.Dense(1500)(K.Dropout(0.5)(y)), name="decoder")
    end = decoder([written, encoded])
    return keras.Model([read, written], end, name="transformer")


def captions() -> Any:
    """Read an image and the words so far for the next words."""
    image, words = keras.Input((64, 64, 3), name="image"), keras.Input((24,), name="words")
    x = K.Reshape((225, 16))(K.Conv2D(16, 5, strides=4)(image))
    y = K.Embedding(500, 32)(words)
    y = K.LayerNormalization()(y + K.MultiHeadAttention(2, 32)(y, K.Dense(32)(x)))
    return keras.Model([image, words], K.Dense(500, activation="softmax")(y), name="captions")


def recommender() -> Any:
    """Embed a user and a film, with a bias for each."""
    user, film = keras.Input((1,), name="user"), keras.Input((1,), name="film")
    ends = [K.Flatten()(K.Embedding(600, 50)(user)), K.Flatten()(K.Embedding(900, 50)(film))]
    biases = [K.Flatten()(K.Embedding(600, 1)(user)), K.Flatten()(K.Embedding(900, 1)(film))]
    x = K.Activation("sigmoid")(K.Add()([K.Dot(axes=1)(ends), *biases]))
    return keras.Model([user, film], x, name="recommender")


def vision_transformer() -> Any:
    """Send patches of an image, from a custom layer, through blocks of attention."""
    image = keras.Input((72, 72, 3), name="image")
    x = K.Dense(64)(Patches()(image))
    for _ in range(8):
        x1 = K.LayerNormalization(epsilon=1e-6)(x)
        x2 = K.Add()([K.MultiHeadAttention(4, 64, dropout=0.1)(x1, x1), x])
        x3 = K.Dense(128, activation="gelu")(K.LayerNormalization(epsilon=1e-6)(x2))
        x = K.Add()([K.Dropout(0.1)(K.Dense(64)(x3)), x2])
    x = K.Dropout(0.5)(K.Flatten()(K.LayerNormalization(epsilon=1e-6)(x)))
    return keras.Model(image, K.Dense(100)(K.Dense(512, activation="gelu")(x)), name="vit")


def detector() -> Any:
    """Find boxes and classes at three scales of an image."""
    x = image = keras.Input((128, 128, 3), name="image")
    scales = []
    for filters in (16, 32, 64, 128):
        x = K.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
        scales.append(x)
    classes, boxes = K.Conv2D(9 * 20, 3, padding="same"), K.Conv2D(9 * 4, 3, padding="same")
    folded = [K.Conv2D(64, 1)(scale) for scale in scales[1:]]
    ends = [
        K.Concatenate(axis=1, name=name)([K.Reshape((-1, size))(head(one)) for one in folded])
        for name, head, size in (("boxes", boxes, 4), ("classes", classes, 20))
    ]
    return keras.Model(image, ends, name="detector")


def unet() -> Any:
    """Scale down and up again with skip connections, as in the segmentation of pets."""
    x = image = keras.Input((160, 160, 3), name="image")
    before = x = K.BatchNormalization()(K.Conv2D(32, 3, strides=2, padding="same")(x))
    for filters in (64, 128, 256):
        for _ in range(2):
            x = K.SeparableConv2D(filters, 3, padding="same")(K.Activation("relu")(x))
            x = K.BatchNormalization()(x)
        x = K.MaxPooling2D(3, strides=2, padding="same")(x)
        before = x = K.add([x, K.Conv2D(filters, 1, strides=2, padding="same")(before)])
    for filters in (256, 128, 64, 32):
        for _ in range(2):
            x = K.Conv2DTranspose(filters, 3, padding="same")(K.Activation("relu")(x))
            x = K.BatchNormalization()(x)
        x = K.UpSampling2D(2)(x)
        before = x = K.add([x, K.Conv2D(filters, 1, padding="same")(K.UpSampling2D(2)(before))])
    return keras.Model(image, K.Conv2D(3, 3, activation="softmax", padding="same")(x), name="unet")


def nested_shared() -> Any:
    """Put an inner model into an inner model that two inputs share."""
    z = keras.Input((8,))
    small = keras.Model(z, K.Dense(8, activation="relu")(z), name="small")
    y = keras.Input((8,))
    middle = keras.Model(y, K.Add()([small(y), small(small(y))]), name="middle")
    a, b = keras.Input((8,), name="a"), keras.Input((8,), name="b")
    end = K.Dense(1)(K.Concatenate()([middle(a), middle(b)]))
    return keras.Model([a, b], end, name="nested_shared")


def shared_row() -> Any:
    """Share a sequence of layers among three inputs, and a layer between two outputs."""
    row = keras.Sequential([keras.Input((16, 4)), K.GRU(12), K.Dense(6)], name="row")
    inputs = [keras.Input((16, 4), name=name) for name in "abc"]
    last = K.Dense(2, name="last")
    read = [row(one) for one in inputs]
    ends = [last(K.Average()(read)), last(K.Maximum()(read))]
    return keras.Model(inputs, ends, name="shared_row")


def with_lambda() -> Any:
    """Put a lambda into a layer."""
    x = keras.Input((6,), name="x")
    y = K.Lambda(lambda t: t * 2, output_shape=(6,), name="double")(K.Dense(6)(x))
    return keras.Model(x, K.Dense(1)(y), name="with_lambda")


def thousand() -> Any:
    """Chain ten inner models of a hundred layers each."""
    x = start = keras.Input((16,), name="x")
    for number in range(10):
        z = y = keras.Input((16,))
        for _ in range(100):
            y = K.Dense(16)(y)
        x = keras.Model(z, y, name=f"part_{number}")(x)
    return keras.Model(start, x, name="thousand")


class Sampling(keras.Model):  # type: ignore[misc]
    """A variational autoencoder whose decoder reads a sum of two outputs of its encoder."""

    def __init__(self) -> None:
        super().__init__(name="sampling")
        self.read, self.mean, self.spread = K.Dense(64, activation="relu"), K.Dense(8), K.Dense(8)
        self.write = K.Dense(32, activation="sigmoid")

    def call(self, x: Any) -> Any:
        h = self.read(x)
        return self.write(self.mean(h) + ops.exp(0.5 * self.spread(h)))


class TwoTowers(keras.Model):  # type: ignore[misc]
    """Two towers that read a dict of inputs, and the product of their outputs."""

    def __init__(self) -> None:
        super().__init__(name="two_towers")
        self.user, self.film = K.Embedding(600, 16), K.Embedding(900, 16)
        self.shared = K.Dense(16)

    def call(self, inputs: Any) -> Any:
        left, right = self.shared(self.user(inputs["user"])), self.shared(self.film(inputs["film"]))
        return ops.sum(left * right, -1)


class Blocks(keras.Model):  # type: ignore[misc]
    """Residual blocks in a loop."""

    def __init__(self) -> None:
        super().__init__(name="residual_loop")
        self.first, self.blocks = K.Dense(24), [K.Dense(24, activation="relu") for _ in range(6)]
        self.last = K.Dense(3)

    def call(self, x: Any) -> Any:
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        return self.last(x)


class Branching(keras.Model):  # type: ignore[misc]
    """A model that branches on values, so it can't be traced."""

    def __init__(self) -> None:
        super().__init__(name="branching")
        self.low, self.high = K.Dense(4), K.Dense(4)

    def call(self, x: Any) -> Any:
        return self.low(x) if float(ops.sum(x)) < 0 else self.high(x)


def _called(make: Callable[[], Any], data: Any) -> Callable[[], Any]:
    def called() -> Any:
        model = make()
        model(data)
        return model

    return called


def _application(name: str) -> Callable[[], Any]:
    return lambda: weightless(lambda: getattr(keras.applications, name)(weights=None))


WRITTEN: tuple[Callable[[], Any], ...] = (
    *(tickets, toy_resnet, siamese, contrastive, wide_and_deep, translator, transformer),
    *(captions, recommender, vision_transformer, detector, unet),
    *(nested_shared, shared_row, with_lambda, thousand),
)
MODELS: dict[str, Callable[[], Any]] = {
    **{make.__name__: make for make in WRITTEN},
    **{name: _application(name) for name in APPLICATIONS},
}
"""Functions that make each model, by name. Applications have no weights in memory."""
_IDS = np.zeros((1, 1), "int32")
SUBCLASSED: dict[str, Callable[[], Any]] = {
    "sampling": _called(Sampling, np.ones((1, 32), "float32")),
    "two_towers": _called(TwoTowers, {"user": _IDS, "film": _IDS}),
    "residual_loop": _called(Blocks, np.ones((1, 9), "float32")),
    "branching": _called(Branching, np.ones((1, 5), "float32")),
}
"""Functions that make and call models whose files hold no graph."""
