"""Cells of prepared arrays: the inverse of `preparation.apply`, as far as possible."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sample_data.columns.cells import DATES, date_text
from sample_data.columns.encode import MISSING
from sample_data.columns.preparation import Step
from sample_data.core.arrays import Array

DIGITS = 7
"""Significant digits of a number in single precision."""


def restored(step: Step, array: Array) -> dict[str, list[Any]]:
    """Return the cells of an input's columns from its array (N, ...).

    Numbers, dates and categories are restored; of texts only words with an id; of pictures the
    pixels in the size that the model reads.
    """
    specs = step["columns"]
    if step["kind"] == "category":
        names = [str(name) if name != MISSING else "" for name in step["names"]]
        return {specs[0]["column"]: [names[index] for index in array[:, 0]]}
    if step["kind"] == "words":
        words = step["words"]
        texts = [" ".join(words[index] for index in row if index > 1) for row in array]
        return {spec["column"]: texts if spec is specs[0] else [""] * len(array) for spec in specs}
    if step["kind"] == "picture":
        pixels = array
        if step["scaled"]:
            pixels = array * (step["high"] - step["low"] or 1.0) + step["low"]
        if specs[0]["as"] == "picture" or specs[0]["dtype"] == "uint8":
            pixels = np.rint(pixels).astype(np.uint8)
        return {specs[0]["column"]: list(pixels)}
    if step["kind"] == "array":
        return {specs[0]["column"]: list(array)}
    if step["kind"] == "series":
        return {specs[0]["column"]: list(_unscaled(step, specs[0], array))}
    return _numbers(step, array.reshape(len(array), -1))


def _unscaled(step: Step, learned: Mapping[str, Any], array: Array) -> Array:
    if not step["scaled"]:
        return array
    deviations = [deviation or 1.0 for deviation in learned["deviations"]]
    numbers: Array = array.astype(np.float64) * deviations + learned["means"]
    return numbers


def _numbers(step: Step, flat: Array) -> dict[str, list[Any]]:
    cells: dict[str, list[Any]] = {}
    start = 0
    for learned in step["columns"]:
        size = len(learned["means"])
        numbers = _unscaled(step, learned, flat[:, start : start + size])
        start += size
        if learned["as"] == "number":
            texts = [number_text(number, learned["style"]) for number in numbers[:, 0].tolist()]
            cells[learned["column"]] = texts
        else:
            cells[learned["column"]] = list(numbers.reshape(len(flat), *learned["shape"]))
    return cells


def number_text(number: float, style: str) -> str:
    """Write a number or a date in a style, with all significant digits of single precision."""
    if style in DATES:
        return date_text(number)
    text = "" if math.isnan(number) else f"{number:.{DIGITS}g}"
    return text.replace(".", ",") if style == "comma" else text
