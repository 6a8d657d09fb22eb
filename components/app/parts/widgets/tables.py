"""Tables on pages, with the same format for columns of sizes and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

_COLUMNS: Mapping[str, Any] = {
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Share": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
    "FLOPs": st.column_config.NumberColumn("FLOPs per sample", format="compact"),
    "Activations": st.column_config.NumberColumn("Memory per sample", format="bytes"),
}


def table(
    columns: Mapping[str, Sequence[object]], config: Mapping[str, Any] | None = None, **more: Any
) -> Any:
    """Draw a table from its columns and return the selection; `config` is for further columns."""
    return st.dataframe(
        columns, hide_index=True, column_config={**_COLUMNS, **(config or {})}, **more
    )


def height_of(rows: int, most: int) -> int:
    """Return the height in pixels of a table with all its rows, at most `most`."""
    return min(38 + 35 * rows, most)
