"""Widgets of an encoder, on an input or after a merge: a few in sight, the rest in a fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.core.fields import settings
from components.encoders import ENCODERS
from components.encoders.base import Form
from components.ui.build.sidebar_blocks import ErrorDisplay, commit
from components.ui.editor.drafts import Draft, Path
from components.ui.widgets import forms


@dataclass(frozen=True)
class EncoderFields:
    """One encoder of the draft, and what its widgets need to know."""

    errors: ErrorDisplay
    where: Path
    key: str
    encoder: Draft
    form: Form | None
    inputs: tuple[str, ...] = ()
    """The inputs whose encoder it can share."""

    @property
    def prominent(self) -> tuple[str, ...]:
        """The fields always in sight: the depth, or whose encoder is shared."""
        return tuple(
            setting.name
            for setting in settings(ENCODERS[self.encoder["kind"]])
            if setting.refers or (setting.name == "depth" and setting.minimum != setting.maximum)
        )

    def show_prominent(self) -> None:
        """The fields always in sight."""
        if self.prominent:
            self._show(only=self.prominent)

    def show_others(self) -> None:
        """The other fields, if the encoder has layers."""
        if self.encoder["depth"]:
            self._show(skip=("depth", *self.prominent))

    def _show(self, **which: Any) -> None:
        kind = self.encoder["kind"]
        forms.show(
            ENCODERS[kind],
            self.encoder,
            f"{self.key}.{kind}",
            commit(self.errors.editor, self.where, ENCODERS[kind]),
            say=self.errors.at,
            where=self.where,
            form=self.form,
            references={"inputs": self.inputs},
            **which,
        )
