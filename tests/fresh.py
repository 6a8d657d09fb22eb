"""A fresh interpreter that runs scripts one after the other, as a reader would run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

_LOOP = """
import contextlib, gc, io, json, os, sys, threading, traceback
import keras

gc.freeze()  # Otherwise each `clear_session` would visit all objects of TensorFlow.

assert not [name for name in sys.modules if name.partition(".")[0] == "components"]


def run(text, path):
    namespace = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, path, "exec"), namespace)
    return namespace


def nothing(*arguments, **named):
    return None


def drawn(text, path):
    # A separate thread, so that no uninitialized variable is left for later.
    namespace = {}

    def build():
        with keras.StatelessScope(initialize_variables=False):
            namespace.update(run(text, path))

    stubs = {(keras.Model, "compile"): nothing, (keras.optimizers, "Adam"): nothing}
    real = {(owner, name): getattr(owner, name) for owner, name in stubs}
    for (owner, name), stub in stubs.items():
        setattr(owner, name, stub)
    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    for (owner, name), value in real.items():
        setattr(owner, name, value)
    return namespace


for line in sys.stdin:
    task = json.loads(line)
    path = task["path"]
    try:
        os.chdir(os.path.dirname(path))
        with open(path, encoding="utf-8") as file:
            text = file.read()
        namespace = (run if task["weights"] else drawn)(text, path)
        history = namespace.get("history")
        answer = {
            "model": json.loads(namespace["model"].to_json()),
            "history": history and history.history,
        }
    except Exception:
        answer = {"error": traceback.format_exc()}
    if task["weights"]:
        keras.utils.clear_session()
    print(json.dumps(answer), flush=True)
"""


class FreshPython:
    """Process without any of our modules that runs scripts, each in its own namespace."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", "PATH": "", "PYTHONPATH": ""},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, path: Path, weights: bool = True) -> dict[str, Any]:
        """Return the configuration of the script's `model` and the contents of its `history`.

        Without weights the model isn't compiled either, which is much faster.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"path": str(path), "weights": weights}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "error" not in answer, f"{path.name}: {answer['error']}"
        return answer
