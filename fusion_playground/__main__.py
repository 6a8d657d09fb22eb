"""Command `fusion-playground`, which serves the app or runs a command in a separate process.

The process finds the playground's modules from any folder, and imports nothing from that folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import click

from components.base.errors import ServerError
from components.base.network import EVERY_ADDRESS, free_port, local_network_address
from components.base.paths import FOR_A_CLASS, OURS, ROOT, data_folder, ours_first
from fusion_playground.packages import require_packages

NAME = "fusion-playground"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the app, or run a command. Return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-"):
        return _run(_python(f"{OURS}components", *words))
    try:
        serve.main(words, prog_name=NAME)
    except ServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--port",
    default=8501,
    type=click.IntRange(1, 65535),
    help="Port to listen on, or else the next free one.",
)
@click.option("--commands", is_flag=True, help="List the commands, and end.", show_default=False)
@click.option("--version", is_flag=True, help="Print the version, and end.", show_default=False)
def serve(host: str, port: int, commands: bool, version: bool) -> None:
    """Serve Fusion Playground until it is stopped, or run one of its commands, as in
    `fusion-playground summary wide_and_deep`."""
    if commands or version:
        sys.exit(_run(_python(f"{OURS}components", "--help" if commands else "--version")))
    require_packages()
    wanted, port = port, free_port(host, port)
    if port != wanted:
        print(f"Port {wanted} is taken: the app uses port {port}.", flush=True)
    print(f"Runs and models are kept in {data_folder()}", flush=True)
    address = local_network_address()
    if host in EVERY_ADDRESS and address:
        print(f"On the local network: http://{address}:{port}", flush=True)
    elif address:
        print(f"For a class on the local network: {FOR_A_CLASS}", flush=True)
    sys.exit(_run(server_command(host, port)))


def server_command(host: str, port: int) -> list[str]:
    """Return the command that serves the app."""
    named = {
        "server.address": host,
        "server.port": str(port),
        "server.showEmailPrompt": "false",
        "browser.serverAddress": "127.0.0.1" if host in EVERY_ADDRESS else host,
    }
    pairs = [part for name, value in named.items() for part in (f"--{name}", value)]
    return _python(f"{OURS}components.app.server.start", "run", str(ROOT / "app.py"), *pairs)


def _python(*module: str) -> list[str]:
    """Return the command that runs a module, which modules in the current folder can't replace."""
    return [sys.executable, "-P", "-m", *module]


def _run(command: list[str]) -> int:
    """Run a process that finds the playground from any folder. Return its exit code."""
    env = ours_first()
    if sys.platform == "win32":
        process = subprocess.Popen(command, env=env)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # Ctrl-C reaches the child process, too, which then ends.
                continue
    sys.stdout.flush()
    os.execve(command[0], command, env)


if __name__ == "__main__":
    sys.exit(main())
