"""Data of one's own: read a file, propose a model, map columns, prepare arrays, keep them."""

from sample_data.own.keep import keep
from sample_data.own.mapping import Columns, Mapping, propose_mapping, unused
from sample_data.own.prepare import Prepared, prepare
from sample_data.own.propose import fit, propose
from sample_data.own.read import ENDINGS, read
from sample_data.own.table import Column, DataTable

__all__ = [
    "ENDINGS",
    "Column",
    "Columns",
    "DataTable",
    "Mapping",
    "Prepared",
    "fit",
    "keep",
    "prepare",
    "propose",
    "propose_mapping",
    "read",
    "unused",
]
