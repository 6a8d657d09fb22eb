"""Memory that building leaves behind, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from components.base.paths import ROOT

pytestmark = pytest.mark.matrix

SCRIPT = """
import gc, json, os
import psutil
from components.models.architecture.builder import build
from components.models.architecture.architecture import parse
from sample_data.content import presets

def resident():
    gc.collect()
    return psutil.Process().memory_info().rss

names = presets.names()
for count in range(30):
    build(presets.load(names[count % len(names)]))
before = resident()
for count in range(250):
    build(presets.load(names[count % len(names)]))
many = resident()

encoder = {"kind": "dense", "depth": 3, "units": 65536}
huge = {"name": "a", "kind": "vector", "features": 65536, "encoder": encoder}
head = {"name": "y", "kind": "binary", "source": "a"}
count = build(parse({"inputs": [huge], "heads": [head]})).model.count_params()
build(presets.load(names[0]))
print(json.dumps({"many": many - before, "huge": resident() - many, "parameters": count}))
"""


def test_weightless_builds_leave_no_memory_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    grown = json.loads(done.stdout.splitlines()[-1])
    assert grown["parameters"] > 10_000_000_000
    assert grown["many"] < 15_000_000
    assert grown["huge"] < 50_000_000
