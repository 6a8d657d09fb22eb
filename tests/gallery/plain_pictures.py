"""Pictures, pairs and texts in plain Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def _image(name: str, side: int, channels: int) -> Any:
    return keras.Input((side, side, channels), name=name)


def _ids(name: str, length: int | None) -> Any:
    return keras.Input((length,), dtype="int32", name=name)


def _convolved(x: Any, *filters: int, each: int = 1, padding: str = "valid") -> Any:
    """Blocks of convolutions, each with a pool of 2."""
    for width in filters:
        for _ in range(each):
            x = layers.Conv2D(width, 3, padding=padding, activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    return x


def _binary(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid")(x)


def image_text_relevance() -> keras.Model:
    image, text = _image("image", 64, 3), keras.Input((100, 100), name="text")
    seen = layers.Flatten()(_convolved(image, 32))
    seen = layers.Dense(128, activation="relu")(seen)
    read = layers.Dense(128, activation="relu")(layers.LSTM(128)(text))
    return keras.Model([image, text], _binary(layers.Concatenate()([seen, read])))


def independent_predictions() -> keras.Model:
    profile, history = keras.Input((10,), name="profile"), keras.Input((20,), name="history")
    hidden = [layers.Dense(64, activation="relu")(x) for x in (profile, history)]
    return keras.Model([profile, history], [_binary(hidden[0]), layers.Dense(1)(hidden[1])])


def tickets() -> keras.Model:
    """The guide to the functional API: 10,000 words, 12 tags, 4 departments."""
    title, body, tags = _ids("title", None), _ids("body", None), keras.Input((12,), name="tags")
    read = [
        layers.LSTM(units)(layers.Embedding(10000, 64)(x))
        for x, units in ((title, 128), (body, 32))
    ]
    joined = layers.Concatenate()([*read, tags])
    department = layers.Dense(4, activation="softmax")(joined)
    return keras.Model([title, body, tags], [_binary(joined), department])


def question_answering() -> keras.Model:
    story, question = _ids("story", 24), _ids("question", 8)
    read = layers.LSTM(32)(layers.Embedding(1000, 64)(story))
    asked = layers.LSTM(16)(layers.Embedding(1000, 32)(question))
    joined = layers.Concatenate()([read, asked])
    return keras.Model([story, question], layers.Dense(4, activation="softmax")(joined))


def siamese_digits() -> keras.Model:
    left, right, x = (_image(name, 28, 1) for name in ("left", "right", "x"))
    features = layers.Dense(128, activation="relu")(layers.Flatten()(_convolved(x, 32)))
    encoder = keras.Model(x, features)
    difference = keras.ops.abs(layers.Subtract()([encoder(left), encoder(right)]))
    return keras.Model([left, right], _binary(difference))


def siamese_distance() -> keras.Model:
    left, right, x = (_image(name, 28, 1) for name in ("left", "right", "x"))
    encoder = keras.Model(x, layers.Dense(32)(layers.Flatten()(_convolved(x, 16, 32))))
    squares = keras.ops.square(encoder(left) - encoder(right))
    total = keras.ops.sum(squares, axis=1, keepdims=True)
    distance = keras.ops.sqrt(keras.ops.maximum(total, 1e-7))
    return keras.Model([left, right], _binary(distance))


def transformer_block(x: Any, units: int, heads: int, feed: int) -> Any:
    """Normalised first: Xiong 2020, figure 1b."""
    normal = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(heads, units // heads)(normal, normal)
    normal = layers.LayerNormalization()(x)
    hidden = layers.Dense(feed * units, activation="gelu")(normal)
    return x + layers.Dense(units)(hidden)


def clip_pairs() -> keras.Model:
    picture, caption = _image("picture", 32, 3), _ids("caption", 12)
    seen = layers.Dense(32)(layers.Flatten()(_convolved(picture, 16, 32, padding="same")))
    tokens = layers.Embedding(500, 32)(caption)
    tokens = layers.LayerNormalization()(transformer_block(tokens, 32, 4, 4))
    read = layers.Dense(32)(layers.GlobalAveragePooling1D()(tokens))
    cosine = layers.Dot(axes=1, normalize=True)([seen, read])
    return keras.Model([picture, caption], _binary(cosine))


def vgg_towers() -> keras.Model:
    inputs = [_image("colour", 24, 3), _image("infrared", 24, 1)]
    towers = [
        layers.Dense(64, activation="relu")(
            layers.Flatten()(_convolved(x, 8, 16, 32, each=2, padding="same"))
        )
        for x in inputs
    ]
    hidden = layers.Dense(64, activation="relu")(layers.Concatenate()(towers))
    return keras.Model(inputs, _binary(hidden))


def visual_question_answering() -> keras.Model:
    picture, question = _image("picture", 32, 3), _ids("question", 10)
    seen = layers.Flatten()(_convolved(picture, 16, 32))
    asked = layers.LSTM(32, return_sequences=True)(layers.Embedding(500, 32)(question))
    asked = layers.LSTM(32)(asked)
    sides = [layers.Dense(64, activation="tanh")(x) for x in (seen, asked)]
    hidden = layers.Multiply()(sides)
    for _ in range(2):
        hidden = layers.Dense(64, activation="tanh")(hidden)
    return keras.Model([picture, question], layers.Dense(4, activation="softmax")(hidden))


def film_reasoning() -> keras.Model:
    """Perez 2018, equation 2, with the scale around one."""
    question, picture = _ids("question", 8), _image("picture", 24, 3)
    asked = layers.GRU(32)(layers.Embedding(200, 32)(question))
    maps = _convolved(picture, 16, 16, padding="same")
    scale, shift = (layers.Reshape((1, 1, 16))(layers.Dense(16)(asked)) for _ in range(2))
    modulated = (1 + scale) * maps + shift
    read = layers.Flatten()(_convolved(modulated, 32, padding="same"))
    return keras.Model([question, picture], _binary(layers.Dense(64, activation="relu")(read)))


def movie_genres() -> keras.Model:
    """Arevalo 2017, equations 1 to 6."""
    poster, plot = _image("poster", 32, 3), keras.Input((20, 50), name="plot")
    seen = layers.Flatten()(_convolved(poster, 16, 32))
    seen = layers.Dense(64, activation="relu")(seen)
    read = layers.Dense(64, activation="relu")(layers.GlobalAveragePooling1D()(plot))
    hidden = [layers.Dense(64, activation="tanh")(x) for x in (seen, read)]
    z = layers.Dense(64, activation="sigmoid")(layers.Concatenate()([seen, read]))
    fused = z * hidden[0] + (1 - z) * hidden[1]
    return keras.Model([poster, plot], [_binary(fused) for _ in range(3)])


MODELS = {
    "image_text_relevance": image_text_relevance,
    "independent_predictions": independent_predictions,
    "tickets": tickets,
    "question_answering": question_answering,
    "siamese_digits": siamese_digits,
    "siamese_distance": siamese_distance,
    "clip_pairs": clip_pairs,
    "vgg_towers": vgg_towers,
    "visual_question_answering": visual_question_answering,
    "film_reasoning": film_reasoning,
    "movie_genres": movie_genres,
}
