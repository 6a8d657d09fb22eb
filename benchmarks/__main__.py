"""All benchmarks, or those named: `python -m benchmarks [page build …]`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main() -> int:
    """Run each `bench_*.py` in a row."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    wanted = [f"bench_{name}" for name in sys.argv[1:]] or names
    unknown = [name.removeprefix("bench_") for name in wanted if name not in names]
    if unknown:
        known = ", ".join(name.removeprefix("bench_") for name in names)
        print(f"error: a benchmark must be one of {known}. Received `{unknown[0]}`.")
        return 2
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
