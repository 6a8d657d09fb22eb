"""The script `predict.py`, one file with the text of the modules that prepare and predict rows."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from components.base.text import join_names
from components.sharing.predicting import predict_rows, row_cells, row_table
from sample_data.columns import cells, preparation, tables

MODULES = (cells, tables, preparation, row_table, row_cells, predict_rows)
"""Modules whose text the script has, each after those that it imports."""
_MAIN = '\n\nif __name__ == "__main__":\n    main()\n'


def predict_script(preprocessing: Mapping[str, Any], model: str) -> str:
    """Return a script that predicts rows with a model's file; its docstring has its needs."""
    bodies, imports = [], dict[str, set[str]]()
    for module in MODULES:
        outside, body = _parts(module)
        for source, names in outside:
            imports.setdefault(source, set()).update(names)
        bodies.append(body)
    lines = [_import(source, sorted(imports[source])) for source in sorted(imports)]
    lines = sorted(lines, key=lambda line: line.startswith("from"))
    plain = [line for line in lines if "numpy" not in line]
    numpy = [line for line in lines if "numpy" in line]
    top = "\n".join(["from __future__ import annotations", "", *plain, "", *numpy])
    return f'"""{_about(preprocessing, model)}"""\n\n{top}\n\n' + "\n\n".join(bodies) + _MAIN


def _import(source: str, names: Sequence[str]) -> str:
    return f"from {source} import {', '.join(names)}" if names else f"import {source}"


def _parts(module: ModuleType) -> tuple[Iterator[tuple[str, list[str]]], str]:
    """Return a module's imports from outside the script, and the text below its imports.

    Those are names by the module that has them; `import numpy as np` has none.
    """
    text = inspect.getsource(module)
    statements = ast.parse(text).body
    imports = [node for node in statements if isinstance(node, (ast.Import, ast.ImportFrom))]
    last = imports[-1].end_lineno or 0
    inside = {"__future__", *(module.__name__ for module in MODULES)}
    outside = (
        (ast.unparse(node).removeprefix("import "), [])
        if isinstance(node, ast.Import)
        else (str(node.module), [alias.name for alias in node.names])
        for node in imports
        if isinstance(node, ast.Import) or node.module not in inside
    )
    return outside, "".join(text.splitlines(keepends=True)[last:]).strip() + "\n"


def _about(preprocessing: Mapping[str, Any], model: str) -> str:
    specs = [spec for step in preprocessing["inputs"] for spec in step["columns"]]
    pictures = any(spec["as"] == "picture" for spec in specs) or any(
        step["kind"] == "picture" for step in preprocessing["inputs"]
    )
    needed = ["keras", "tensorflow, jax or torch", *(["pillow"] if pictures else [])]
    columns = list(dict.fromkeys(spec["column"] for spec in specs))
    heads = join_names([head["head"] for head in preprocessing["heads"]], 4)
    return f"""Predicts {_plain(heads)} of the rows of a table by a trained model.

    python predict.py {_plain(model)} rows.csv -o out.csv

or, in Python:

    import predict
    predictions = predict.load({_plain(repr(model))}).predict("rows.csv")

It needs {", ".join(needed)}; openpyxl for a table in .xlsx, pyarrow for one in .parquet.
It reads the columns {_plain(join_names(columns, 12))}.
"""


def _plain(text: str) -> str:
    """Return a text that is safe in a docstring."""
    return text.replace("\\", "/").replace('"""', "'''")
