"""Writes what is generated from the code: `make generate`. Look at what it changed, then commit."""

from __future__ import annotations

import os
import subprocess
import sys

from components.core.paths import ROOT
from components.model import schema
from tests import rooms_picture

SCHEMA = ROOT / "docs" / "architecture.schema.json"
ROOMS = ROOT / "docs" / "rooms.svg"


def main() -> int:
    """Write the JSON schema, the picture of the rooms, and the pictures that tests compare with."""
    SCHEMA.write_text(schema.text(), encoding="utf-8")
    ROOMS.write_text(rooms_picture.svg(), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "tests/render"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "UPDATE_SNAPSHOTS": "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
