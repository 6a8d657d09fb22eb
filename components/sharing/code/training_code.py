"""Training part of a script: compile, data with the command that writes it, samples, and fit."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from components.base.errors import DataError
from components.base.paths import COMMAND
from components.experiments.training.requests import Settings
from components.models.architecture.architecture import Architecture
from components.models.architecture.builder import compile_arguments
from components.models.inputs.base import presence
from components.models.language.fields import settings as fields_of
from components.models.language.registry import kind_of
from components.sharing.code.model_code import ScriptSection, Statement
from components.sharing.code.python_text import (
    WIDTH,
    Brackets,
    CallText,
    Expression,
    assignment,
    dictionary,
    expression_lines,
    literal,
)
from sample_data.content import presets
from sample_data.core.dataset import ABSENT, HELD
from sample_data.loading.sources import SCALED, CollectionSpec, Data, about, held_by, takes_away
from sample_data.loading.synthetic import DataSpec

NAMES = {
    *("SEED", "LEARNING_RATE", "EPOCHS", "BATCH_SIZE", "model", "operations", "name", "tensor"),
    *("data", "inputs", "targets", "rng", "rows", "count", "held", "trained", "weights"),
    *("Batches", "batches", "balanced", "taken", "rate", "history", "absent", "array"),
    *("seen", "mean", "labels", "there", "has"),
}
"""Names that scripts use themselves."""
DATA = "data.npz"
"""File with the data of a relation or collection that a script reads."""
_OPTIMIZERS: dict[str, tuple[str, dict[str, Expression]]] = {
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": "0.9"}),
    "rmsprop": ("RMSprop", {}),
}


def constants(settings: Settings, data: Data | None) -> tuple[str, ...]:
    """Return the constants at the top of a script."""
    named = {"SEED": settings.seed, "LEARNING_RATE": settings.learning_rate}
    if data is not None:
        named |= {"EPOCHS": settings.epochs, "BATCH_SIZE": settings.batch_size}
    lines = (f"{name} = {literal(value)}" for name, value in named.items())
    return (*lines, "keras.utils.set_random_seed(SEED)")


def compiled(architecture: Architecture, settings: Settings) -> ScriptSection:
    """Return the section that compiles the model and prints its summary."""
    asked = compile_arguments(architecture)
    losses = {head: literal(loss) for head, loss in asked["loss"].items()}
    weights = {head: literal(weight) for head, weight in asked["loss_weights"].items()}
    metrics: dict[str, Expression] = {
        head: Brackets("[]", tuple(map(literal, names)))
        for head, names in asked["metrics"].items()
        if names
    }
    arguments: dict[str, Expression] = {
        "optimizer": _optimizer(settings),
        "loss": dictionary(losses),
    }
    if any(weight != 1 for weight in asked["loss_weights"].values()):
        arguments["loss_weights"] = dictionary(weights)
    if metrics:
        arguments["metrics"] = dictionary(metrics)
    lines = expression_lines(CallText("model.compile", (), arguments))
    return _section("Losses and metrics by head", [(*lines, "model.summary()")])


def _section(title: str, statements: Iterable[Sequence[str]]) -> ScriptSection:
    return ScriptSection(title, tuple(Statement(tuple(lines)) for lines in statements))


def _optimizer(settings: Settings) -> Expression:
    name, more = _OPTIMIZERS[settings.optimizer]
    clip: dict[str, Expression] = (
        {"global_clipnorm": literal(settings.clip_norm)} if settings.clip_norm else {}
    )
    return CallText(
        f"keras.optimizers.{name}", (), {"learning_rate": "LEARNING_RATE", **more, **clip}
    )


def trained(
    architecture: Architecture, settings: Settings, data: Data, whole: Architecture
) -> Iterator[ScriptSection]:
    """Yield the sections for data, validation samples, order of samples, and fit.

    The data are those of the whole architecture.
    """
    held_back = "Samples held back to validate on"
    if isinstance(data, str):
        yield _section("Data", [(f"data = np.load({literal(Path(data).name)})",)])
        yield _section(held_back, [_file_split(architecture, settings, data)])
        yield _section("Inputs and targets", _arrays(architecture, data))
    else:
        yield _section(
            "Data, in the file that this command makes:", [_loaded(architecture, data, whole)]
        )
        yield _section(held_back, [_split(architecture, settings)])
    if settings.validation_share and takes_away(data):
        title = "Inputs that are absent from samples held back: zeros stand for them"
        yield _section(
            title, [(_ABSENT + (_LACKING if architecture.may_be_missing else "")).splitlines()]
        )
    if named := [branch.name for branch in architecture.data_inputs if branch.has_mean]:
        title = "Fillings of missing inputs: means of the samples trained on that have them"
        loop = f"for name in [{', '.join(map(literal, named))}]:"
        yield _section(title, [(loop, *_FILLINGS.splitlines())])
    yield _section("Batches", _batches(architecture, settings))
    if settings.schedule != "constant" or settings.warmup_epochs:
        yield _section("Learning rate", [tuple(_rate(settings))])
    yield _section("Training", _fit(architecture, settings))


def _arrays(architecture: Architecture, data: str) -> Iterator[Sequence[str]]:
    """Yield statements that take inputs and targets from a file whose samples are already split."""
    if about(data).notes == (SCALED,):
        yield from _scaled(architecture)
    presences = f"[{', '.join(literal(presence(name)) for name in architecture.may_be_missing)}]"
    some = f" if name not in {presences}" if architecture.may_be_missing else ""
    yield (
        f"inputs = {{name: data[name].astype(x.dtype) for name, x in model.input.items(){some}}}",
        "rows = len(data[next(iter(model.output))])",
        *_targets(architecture, ".reshape(rows, -1)"),
    )
    if architecture.may_be_missing:
        yield (f"for name in {presences}:", *_PRESENCES.splitlines())


def _targets(architecture: Architecture, change: str = "") -> list[str]:
    """Return statements that take the labels of each head: its own, or those of another head."""
    if architecture.data_heads == architecture.heads:
        return [f"targets = {{name: data[name]{change} for name in model.output}}"]
    learns = {head.name: literal(head.learns) for head in architecture.heads}
    return [
        *assignment("labels", dictionary(learns)),
        f"targets = {{name: data[of]{change} for name, of in labels.items()}}",
    ]


def _loaded(
    architecture: Architecture, data: DataSpec | CollectionSpec, whole: Architecture
) -> Sequence[str]:
    """Return the statement that loads data of the whole architecture."""
    return (
        *_commented(_command(whole, data)),
        f"data = np.load({literal(DATA)})",
        "inputs = {name: data[name] for name in model.input}",
        *_targets(architecture),
    )


def _scaled(architecture: Architecture) -> Iterator[Sequence[str]]:
    """Yield statements that scale a file's numbers and pixels by its training rows, as runs do."""
    shapes = {item.name: item.shape for item in architecture.data_inputs if not item.cardinality}
    pixels = [name for name, shape in shapes.items() if len(shape) == 3]
    numbers = [name for name in shapes if name not in pixels]
    numbers += [head.name for head in architecture.data_heads if head.target == "values"]
    yield ("data = dict(data)",)
    for names, scaling in ((numbers, _STANDARD), (pixels, _PIXELS)):
        if names:
            yield (f"for name in [{', '.join(map(literal, names))}]:", *scaling.splitlines())


_STANDARD = """\
    values = data[name].astype("float64")
    values = values.reshape(len(values), -1) if values.ndim == 1 else values
    axes = tuple(range(values.ndim - 1))
    mean, spread = values[trained].mean(axis=axes), values[trained].std(axis=axes)
    data[name] = (values - mean) / np.where(spread == 0, 1, spread)"""
_PIXELS = """\
    pixels = data[name]
    seen = pixels[trained]
    low, high = (0, 255) if pixels.dtype == "uint8" else (seen.min(), seen.max())
    if low < 0 or high > 1:
        data[name] = ((pixels - low) / (high - low or 1)).astype("float32")"""


def _commented(words: str) -> list[str]:
    """Format a command as comment lines that a shell reads as one command."""
    *most, last = textwrap.wrap(words, WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return [*(f"#   {line} \\" for line in most), f"#   {last}"]


def _command(architecture: Architecture, data: DataSpec | CollectionSpec) -> str:
    """Return the command that writes a script's data."""
    words = [f"{COMMAND} data", _source(data)]
    if isinstance(data, DataSpec):
        words.append(f"--arch {_architecture(architecture)}")
    for name in ("samples", "difficulty", "seed"):
        value = getattr(data, name, None)
        if value is not None and value != type(data).model_fields[name].default:
            words.append(f"--{name} {literal(value)}")
    return " ".join([*words, f"-o {DATA}"])


def _source(data: DataSpec | CollectionSpec) -> str:
    if isinstance(data, CollectionSpec):
        return data.collection
    relation = data.relation
    changed = ",".join(
        f"{field.name}={getattr(relation, field.name)}"
        for field in fields_of(type(relation))
        if getattr(relation, field.name) != field.default
    )
    return kind_of(type(relation)) + (f":{changed}" if changed else "")


def _architecture(architecture: Architecture) -> str:
    """Return the name of an equal preset, or of the architecture's downloaded file."""
    names_ = (name for name in presets.names() if presets.load(name) == architecture)
    return next(names_, f"{architecture.name}.json")


def _file_split(architecture: Architecture, settings: Settings, data: str) -> list[str]:
    """Return the lines that split a file's samples as its runs do."""
    chosen = _source_of_held_rows(data)
    if chosen == "seed":
        return _split(architecture, settings, "data")
    if chosen == "marks":
        held = [f'held = np.flatnonzero(data["{HELD}"])'] if settings.validation_share else []
        lines = [*held, f'trained = np.flatnonzero(~data["{HELD}"])']
    else:
        samples = f"len(data[{literal(architecture.data_heads[0].name)}])"
        if settings.validation_share:
            lines = [
                *assignment("rows", CallText("np.random.default_rng(0).permutation", (samples,))),
                *_divided(settings.validation_share),
            ]
        else:
            lines = [f"trained = np.arange({samples})"]
    return ["rng = np.random.default_rng(SEED)", *lines]


def _source_of_held_rows(data: str) -> str:
    """Return the source of a file's held-out rows; `marks` if the file can't be read."""
    try:
        return held_by(data)
    except DataError:
        return "marks"


def _divided(share: float) -> list[str]:
    return [
        f"count = math.ceil(len(rows) * {literal(share)})",
        "held, trained = np.sort(rows[:count]), np.sort(rows[count:])",
    ]


def _split(architecture: Architecture, settings: Settings, arrays: str = "targets") -> list[str]:
    samples = f"len({arrays}[{literal(architecture.data_heads[0].name)}])"
    lines = [
        "rng = np.random.default_rng(SEED)",
        *assignment("rows", CallText("rng.permutation", (samples,))),
    ]
    if settings.validation_share:
        lines += _divided(settings.validation_share)
    else:
        lines.append("trained = np.sort(rows)")
    return lines


_ABSENT = f'''
for name, array in inputs.items():
    if f"{ABSENT}{{name}}" in data:
        absent = data[f"{ABSENT}{{name}}"]
        array[held[absent[held]]] = 0
'''.strip()


_LACKING = """
        if f"{name}_present" in inputs:
            inputs[f"{name}_present"][held[absent[held]]] = 0"""
_PRESENCES = """\
    there = data[name] if name in data else np.ones(rows)
    inputs[name] = there.reshape(rows, 1).astype("float32")"""
_FILLINGS = """\
    has = trained[inputs[f"{name}_present"][trained, 0] > 0]
    if len(has):
        seen = inputs[name][has]
        mean = seen.reshape(-1, seen.shape[-1]).mean(axis=0, dtype="float64")
        model.get_layer(f"{name}_filling").set_weights([mean[None]])"""


def _batches(architecture: Architecture, settings: Settings) -> Iterator[Sequence[str]]:
    weighed = settings.class_weights == "balanced"
    if weighed:
        yield _BALANCED.splitlines()
        yield assignment("weights", dictionary(_weights(architecture)))
    more = ", taken(weights, rows)" if weighed else ""
    yield _BATCHES.replace("MORE", more).splitlines()


def _weights(architecture: Architecture) -> dict[str, Expression]:
    labels = {head: f"targets[{literal(head.name)}]" for head in architecture.heads}
    return {
        head.name: f"np.ones(len({text}))" if head.target == "values" else f"balanced({text})"
        for head, text in labels.items()
    }


_BALANCED = '''
def balanced(labels):
    """The weight of each sample, larger the rarer its class is among those trained on."""
    classes, counts = np.unique(labels[trained], return_counts=True)
    weights = len(trained) / (len(classes) * counts)
    places = np.searchsorted(classes, labels.ravel())
    return weights[places.clip(max=len(classes) - 1)].astype("float32")
'''.strip()
_BATCHES = '''
def taken(arrays, rows):
    """Some rows of each array."""
    return {name: array[rows] for name, array in arrays.items()}


class Batches(keras.utils.PyDataset):
    """The samples trained on in batches, in a new order each epoch."""

    order = trained

    def __len__(self):
        return math.ceil(len(trained) / BATCH_SIZE)

    def __getitem__(self, place):
        rows = self.order[place * BATCH_SIZE : (place + 1) * BATCH_SIZE]
        return taken(inputs, rows), taken(targets, rows)MORE

    def shuffle(self, *_):
        self.order = rng.permutation(trained)


batches = Batches()
'''.strip()


def _rate(settings: Settings) -> Iterator[str]:
    warm = settings.warmup_epochs
    yield "def rate(epoch, _):"
    yield '    """The learning rate in an epoch, counted from 0."""'
    if warm:
        yield f"    if epoch < {warm}:"
        yield f"        return LEARNING_RATE * (epoch + 1) / {warm + 1}"
    behind = f"(epoch - {warm})" if warm else "epoch"
    length = f"(EPOCHS - {warm})" if warm else "EPOCHS"
    falls = f"{behind} / {settings.decay_epochs}"
    decay = literal(settings.decay)
    yield {
        "constant": "    return LEARNING_RATE",
        "cosine": f"    return LEARNING_RATE * (1 + math.cos(math.pi * {behind} / {length})) / 2",
        "linear": f"    return LEARNING_RATE * (1 - {behind} / {length})",
        "exponential": f"    return LEARNING_RATE * {decay} ** ({falls})",
        "step": f"    return LEARNING_RATE * {decay} ** math.floor({falls})",
    }[settings.schedule]


def _fit(architecture: Architecture, settings: Settings) -> Iterator[Sequence[str]]:
    arguments: dict[str, Expression] = {"epochs": "EPOCHS", "shuffle": "False"}
    if settings.validation_share:
        held = ("taken(inputs, held)", "taken(targets, held)")
        arguments["validation_data"] = Brackets("()", held)
        arguments["validation_batch_size"] = "BATCH_SIZE"
    shuffling = CallText(
        "keras.callbacks.LambdaCallback", (), {"on_epoch_begin": "batches.shuffle"}
    )
    arguments["callbacks"] = Brackets("[]", (shuffling, *_callbacks(settings)))
    yield assignment("history", CallText("model.fit", ("batches",), arguments))
    yield (f"model.save({literal(f'{architecture.name}.keras')})",)


def _callbacks(settings: Settings) -> Iterator[Expression]:
    if settings.schedule != "constant" or settings.warmup_epochs:
        yield "keras.callbacks.LearningRateScheduler(rate)"
    if settings.patience or settings.restore_best:
        watched = "val_loss" if settings.validation_share else "loss"
        more: dict[str, Expression] = {
            "mode": literal("min"),
            "patience": literal(settings.patience) if settings.patience else "EPOCHS",
        }
        if settings.restore_best:
            more["restore_best_weights"] = "True"
        yield CallText("keras.callbacks.EarlyStopping", (literal(watched),), more)


def imports(graph_has_operations: bool, data: Any) -> tuple[str, ...]:
    """Return the import lines of a script."""
    standard = ("import math", "") if data is not None else ()
    numbers = ("import numpy as np",) if data is not None else ()
    layers = "from keras import layers, ops" if graph_has_operations else "from keras import layers"
    return (*standard, "import keras", *numbers, layers)
