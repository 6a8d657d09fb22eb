"""A person's own data: read a file, propose a model, map columns, prepare and keep arrays."""

from sample_data.columns.column import DataTable
from sample_data.own.prepare import Prepared, keep, prepare
from sample_data.own.propose import (
    ColumnMapping,
    MappedColumns,
    fit,
    propose,
    propose_mapping,
)
from sample_data.own.read import ENDINGS, read

__all__ = [
    "ENDINGS",
    "ColumnMapping",
    "DataTable",
    "MappedColumns",
    "Prepared",
    "fit",
    "keep",
    "prepare",
    "propose",
    "propose_mapping",
    "read",
]
