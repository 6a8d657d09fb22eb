"""The options of `python -m components compare`, and the race they stand for."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from components.core.errors import DataError, FileError
from components.model.spec import Architecture
from components.race.entries import parse_entries
from components.training.requests import Settings
from sample_data.sources import Data

if TYPE_CHECKING:
    from components.race.command import RaceOutcome
    from components.race.plan import Race

SEEDS = 5


def add(parser: argparse.ArgumentParser) -> None:
    """The options that only a race has."""
    parser.add_argument(
        "--merges",
        required=True,
        metavar="A,B,C",
        help="strategies, such as add,late_sum:outputs=1,concatenate:then=dense; `all` for those "
        "that fit",
    )
    parser.add_argument(
        "--data",
        action="append",
        metavar="DATA[,DATA]",
        help="relations, such as xor or additive:noise=0.5, collections, or .npz files",
    )
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="K", help=f"runs of each, {SEEDS} by default"
    )
    parser.add_argument("--merge", default="", metavar="NAME", help="replaced; the last by default")
    parser.add_argument("--head", default="", metavar="NAME", help="compared; the first by default")
    parser.add_argument(
        "--matched", action="store_true", help="fit widths so that all have as many parameters"
    )
    parser.add_argument(
        "--target",
        type=int,
        default=0,
        metavar="N",
        help="parameters; the architecture's by default",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes at a time, one a core by default"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--csv", metavar="FILE", help="the table as CSV; `-` for standard output")


def listed(texts: Sequence[str]) -> list[str]:
    """Names of data, which commas part; a part with `=` is one more dial of the one before it."""
    parts: list[str] = []
    for text in texts:
        whole = len(parts)
        for part in text.split(","):
            further = "=" in part and ":" not in part and not part.lower().endswith(".npz")
            if further and len(parts) > whole:
                parts[-1] += f",{part}"
            else:
                parts.append(part)
    return parts


def check(given: argparse.Namespace) -> None:
    """Raises `FileError` and `DataError` for options that cannot be, before anything is trained."""
    if given.csv == "-" and given.json:
        raise FileError(
            "Standard output holds CSV or JSON.", "--csv - --json", "Name a file for the CSV."
        )
    if given.csv and given.csv != "-":
        path = Path(given.csv)
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise FileError("The file must be writable.", given.csv, "Name another file.")
    if given.target and not given.matched:
        raise DataError(
            "`--target` is what parameters are matched to.",
            f"--target {given.target}",
            "Add `--matched`.",
        )
    if given.workers is not None and given.workers < 1:
        raise DataError("At least one process trains.", f"--workers {given.workers}", "Write 1.")


def race_of(
    given: argparse.Namespace,
    architecture: Architecture,
    data: Sequence[Data | None],
    settings: Settings | None,
) -> Race:
    """The race that is asked for; `all` strategies are those that fit.

    Raises `DataError` without data, `SpecError` and `RunError` where a part is wrong.
    """
    from components.race.candidates import eligible
    from components.race.entries import StrategyEntry
    from components.race.plan import race

    known = tuple(one for one in data if one is not None)
    if not known:
        raise DataError("A race has data to run on.", "no DATA", "Add `--data` with its name.")
    entries = parse_entries(given.merges)
    if given.merges.strip() == "all":
        fits = eligible(architecture, merge=given.merge)
        entries = tuple(
            StrategyEntry(kind=kind) for kind, found in fits.items() if found.architecture
        )
    return race(
        architecture=architecture,
        merge=given.merge,
        entries=entries,
        data=known,
        settings=settings or Settings(),
        seeds=given.seeds,
        matched=given.matched,
        target=given.target,
        head=given.head,
    )


def tell(given: argparse.Namespace, ran: RaceOutcome) -> None:
    """Print and write what was asked for. Raises `FileError` where a file cannot be written."""
    from components.race.tables import csv_of, json_of, text_of

    if given.csv == "-":
        print(csv_of(ran.result), end="")
        return
    if given.csv:
        _write(Path(given.csv), csv_of(ran.result))
    print(json.dumps(json_of(ran.result)) if given.json else text_of(ran.result))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(
            "The file must be writable.", f"{path}: {error.strerror}", "Name another file."
        ) from None
