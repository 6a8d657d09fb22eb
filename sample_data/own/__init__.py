"""A person's own data: read a file, propose a model, map columns, prepare and keep arrays."""

from sample_data.columns.column import Column
from sample_data.own.keep import keep
from sample_data.own.mapping import ColumnMapping, MappedColumns, propose_mapping, unused
from sample_data.own.prepare import Prepared, prepare
from sample_data.own.propose import fit, propose
from sample_data.own.read import ENDINGS, read
from sample_data.own.table import DataTable

__all__ = [
    "ENDINGS",
    "Column",
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
    "unused",
]
