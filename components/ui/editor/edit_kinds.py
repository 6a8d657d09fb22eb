"""Edits that change the kind of a part or of an encoder; fields of both kinds keep their values."""

from __future__ import annotations

from typing import Any

from components.core.fields import Setting, settings
from components.core.registry import Concept, kind_of
from components.encoders import ENCODERS
from components.encoders.passthrough import Passthrough
from components.inputs import INPUTS
from components.inputs.base import default_encoder, encoders_for
from components.ui.editor.drafts import LISTS, Draft, lenders


def set_kind(draft: Draft, part: str, index: int, kind: str) -> None:
    """Change the kind of a part. Fields of both kinds keep their values if these are valid."""
    old = draft[part][index]
    new = converted(LISTS[part][kind], old, ("name", "sources", "source", "encoder", "then"))
    if "key" in old:
        new["key"] = old["key"]
    if part == "inputs":
        form = INPUTS[kind].form
        if old["encoder"]["kind"] not in encoders_for(form):
            new["encoder"] = default_encoder(form).model_dump(mode="json")
    draft[part][index] = new


def follow_data(draft: Draft) -> None:
    """Give branches that read an input's data its kind and sizes."""
    by_name = {branch["name"]: branch for branch in draft["inputs"]}
    for index, branch in enumerate(draft["inputs"]):
        other = by_name.get(branch.get("reads", ""))
        if other is None or other is branch:
            continue
        if other["kind"] != branch["kind"]:
            set_kind(draft, "inputs", index, other["kind"])
        own = ("name", "label", "encoder", "reads", "key")
        draft["inputs"][index].update({k: v for k, v in other.items() if k not in own})


def converted(concept: type[Concept], old: Draft, keep: tuple[str, ...]) -> Draft:
    """A new concept's data, with those old values that it can take."""
    data: Draft = {"kind": concept.model_fields["kind"].default}
    data.update({key: old[key] for key in keep if key in old and key in concept.model_fields})
    for setting in settings(concept, skip=keep):
        value = _in_range(setting, old.get(setting.name, setting.default))
        data[setting.name] = list(value) if isinstance(value, tuple) else value
    return data


def _in_range(setting: Setting, value: Any) -> Any:
    """A number clamped to the range of its setting; the default instead of an unknown option."""
    if setting.type in ("choice", "choices"):
        chosen = value if isinstance(value, list | tuple) else [value]
        return value if all(option in setting.options for option in chosen) else setting.default
    if isinstance(value, list | tuple):
        return value if setting.each else setting.default
    if isinstance(value, int | float):
        low = value if setting.minimum is None else setting.minimum
        high = value if setting.maximum is None else setting.maximum
        return min(max(value, low), high)
    return value


def set_encoder(draft: Draft, index: int, kind: str) -> None:
    """Change an input's encoder. Fields of both encoders keep their values if these are valid."""
    branch = draft["inputs"][index]
    if kind == "shared":
        branch["encoder"] = {"kind": kind, "depth": 1, "branch": _lender(draft, index)}
        return
    branch["encoder"] = _encoder(kind, branch["encoder"])


def set_then(draft: Draft, index: int, kind: str) -> None:
    """Change the encoder after a merge, as `set_encoder` does."""
    merge = draft["merges"][index]
    merge["then"] = _encoder(kind, merge["then"])


def _encoder(kind: str, old: Draft) -> Draft:
    """An encoder with the old one's values, of depth 1 if it would otherwise have no layers."""
    encoder = converted(ENCODERS[kind], old, ())
    if not encoder["depth"] and kind != kind_of(Passthrough):
        encoder["depth"] = 1
    for setting in settings(ENCODERS[kind]):
        if setting.each and isinstance(encoder[setting.name], list):
            count = encoder["depth"] - setting.each + 1
            encoder[setting.name] = resized(encoder[setting.name], count)
    return encoder


def resized(numbers: list[int], count: int) -> list[int] | int:
    """One number for each of `count` layers, the last one for those that are new."""
    return (numbers + numbers[-1:] * count)[:count] if count > 1 else numbers[0]


def _lender(draft: Draft, index: int) -> str:
    """The input whose encoder to share: one of the same shape if there is one, else any other."""
    others = [item for item in draft["inputs"] if item is not draft["inputs"][index]]
    own = [item["name"] for item in others if item["encoder"]["kind"] != "shared"]
    same = [name for name in lenders(draft, index) if name in own]
    anything = [item["name"] for item in others or draft["inputs"]]
    return str((same or own or anything)[0])
