"""A person's own data: read a file, propose a model, map columns, prepare and keep arrays."""

from sample_data.columns.column import DataTable
from sample_data.own._images import read_picture
from sample_data.own.prepare import Prepared, keep, prepare
from sample_data.own.propose import (
    ColumnMapping,
    Groups,
    MappedColumns,
    fit,
    groups,
    propose,
    propose_mapping,
    with_new_inputs,
)
from sample_data.own.read import read, read_with_sheets
from sample_data.own.readings import join_held, read_as
from sample_data.own.split import (
    RowSplit,
    SplitBy,
    held_rows,
    looks_like,
    split_columns,
    split_text,
    split_warnings,
)

__all__ = [
    "ColumnMapping",
    "DataTable",
    "Groups",
    "MappedColumns",
    "Prepared",
    "RowSplit",
    "SplitBy",
    "fit",
    "groups",
    "held_rows",
    "join_held",
    "keep",
    "looks_like",
    "prepare",
    "propose",
    "propose_mapping",
    "read",
    "read_as",
    "read_picture",
    "read_with_sheets",
    "split_columns",
    "split_text",
    "split_warnings",
    "with_new_inputs",
]
