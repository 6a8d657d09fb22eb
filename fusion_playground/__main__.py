"""`fusion-playground`: serves the app, or runs a command, in a process of its own.

The pages and packages of the playground lie in the folder `app` beside this file when it is
installed, and in the folder above in a clone. That folder is put first on the path of the process
alone, so that nothing called `components` or `pages` stands among the installed packages.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
APP = HERE / "app" if (HERE / "app").is_dir() else HERE.parent
NAME = "fusion-playground"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the app, or run a command. Returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-"):
        return _python("-m", "components", *words)
    options = _parser().parse_args(words)
    if options.commands:
        return _python("-m", "components", "--help")
    return serve(options.host, options.port)


def serve(host: str, port: int) -> int:
    """Serve the app until it is stopped."""
    sys.path.insert(0, str(APP))
    from components.core.network import EVERY_ADDRESS, local_network_address
    from components.core.paths import FOR_A_CLASS, data_folder

    print(f"Runs and models are kept in {data_folder()}", flush=True)
    address = local_network_address()
    if host in EVERY_ADDRESS and address:
        print(f"On the local network: http://{address}:{port}", flush=True)
    elif address:
        print(f"For a class on the local network: {FOR_A_CLASS}", flush=True)
    named = {"address": host, "port": str(port), "showEmailPrompt": "false"}
    pairs = [part for name, value in named.items() for part in (f"--server.{name}", value)]
    return _python("-m", "streamlit", "run", str(APP / "serve.py"), *pairs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        NAME,
        description="Serve Fusion Playground, or run one of its commands: "
        f"`{NAME} summary wide_and_deep`.",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=8501, type=int, help="port to listen on")
    parser.add_argument("--commands", action="store_true", help="list the commands")
    parser.add_argument("--version", action="version", version=_version())
    return parser


def _version() -> str:
    try:
        return version(NAME)
    except PackageNotFoundError:
        return "a clone"


def _python(*arguments: str) -> int:
    """The exit code of this Python with the playground first on its path."""
    path = os.pathsep.join(filter(None, (str(APP), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-P", *arguments]
    if sys.platform == "win32":
        return subprocess.call(command, env=env)
    sys.stdout.flush()
    os.execve(command[0], command, env)


if __name__ == "__main__":
    sys.exit(main())
