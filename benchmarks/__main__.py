"""Run all benchmarks, or the named ones: `python -m benchmarks [build page …]`.

Numbers after `load` are its numbers of sessions: `python -m benchmarks load 30 60`.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main() -> int:
    """Run each `bench_*.py` in turn."""
    if {"-h", "--help"} & {*sys.argv[1:]}:
        print(__doc__)
        return 0
    known = sorted(
        path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
    )
    wanted = [word for word in sys.argv[1:] if not word[0].isdigit()] or known
    if unknown := [name for name in wanted if name not in known]:
        print(
            f"error: there is no benchmark {unknown[0]}. Choose from {', '.join(known)}.",
            file=sys.stderr,
        )
        return 2
    for name in wanted:
        importlib.import_module(f"benchmarks.bench_{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
