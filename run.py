"""Set-up and start of everything, with only Python: on Linux, macOS and Windows.

    python run.py                 the app at http://127.0.0.1:8501, or the next free port
    python run.py --host 0.0.0.0 --port 8600
    python run.py test            the tests, in a browser too; more arguments go to pytest
    python run.py test-matrix     the tests on other platforms: other ways to start processes,
                                  a Dask cluster, PostgreSQL, nginx, Caddy, every picture
    python run.py test-all        both
    python run.py check           format, lint, types, counts, wording, documents
    python run.py setup           only what the tests need

Packages are installed into `.venv` in this folder once. The tests need Chromium: if there is none,
Playwright's own is downloaded for this user. If the user is root and has apt-get, it installs a
Chromium for the whole system, and PostgreSQL, nginx and Caddy for `test-matrix`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
APP_LOCK = ROOT / "requirements.lock"
TESTS_LOCK = ROOT / "tests" / "requirements.lock"
EARLIEST = "streamlit==1.66.0"
EARLIEST_FOLDER = VENV / "earliest" / "site-packages"
"""Folder of the earliest Streamlit, which in one of another name runs in development mode."""
LOWEST_KERAS, JAX = "keras==3.3.3", "jax==0.10.2"
"""Lowest Keras that `fusion_playground` is tested with, and a backend other than TensorFlow."""
KERAS_FOLDER, JAX_FOLDER = VENV / "lowest_keras", VENV / "jax"
PYTHONS = ("python3.12", "python3.13", "python3.11", "python3", "python")
"""Names of Python commands, tried if the one that runs this file can't be used."""
FITS = "import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
LIGHT_BROWSER = "chromium-headless-shell"
"""Chromium without a window, which takes half the time for a page."""
BROWSERS = (LIGHT_BROWSER, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COMMANDS = ("run", "test", "test-matrix", "test-all", "check", "setup")
TESTS = {"test": ("-m", "not matrix"), "test-matrix": ("-m", "matrix"), "test-all": ()}
"""Arguments of pytest that choose the tests of a command."""
CLOCKS = ((400, "Asia/Kolkata"), (-1, "America/St_Johns"))
"""Days by which the matrix moves the clock for tests marked `clock`, each with a time zone."""
CHECKED = ("tests/test_house.py", "tests/test_wording.py", "tests/test_docs.py")
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("pytest", "-n0", *CHECKED),
)
"""Commands of `check`, run until the first one fails."""
UNCHECKED = tuple(f"--ignore={file}" for file in CHECKED)
"""Arguments that exclude the tests of `check` from the others."""
PARALLEL = ("-n", "3", "--dist", "loadgroup", "--no-loadscope-reorder")
"""Three processes keep two cores busy: many tests wait for a browser, server or child process."""


def main(arguments: Sequence[str]) -> int:
    """Run a command. Return its exit code."""
    if {"-h", "--help"} & {*arguments}:
        print(__doc__)
        return 0
    command, rest = "run", list(arguments)
    if rest and not rest[0].startswith("-"):
        command = rest.pop(0)
    if command not in COMMANDS:
        return fail(
            f"The command can only be one of {', '.join(COMMANDS)}.",
            command,
            "Try `python run.py`.",
        )
    if command == "run":
        return serve(rest)
    set_up_tests()
    if command in TESTS:
        if command != "test":
            set_up_matrix()
        tests = ("-m", "pytest", *UNCHECKED, *PARALLEL)
        code = call(*tests, *TESTS[command], *rest)
        for days, zone in CLOCKS if command != "test" and not rest else ():
            say(f"The tests marked `clock`, with the clock moved by {days} days, in {zone}.")
            os.environ |= {"FUSION_TEST_CLOCK_SHIFT": str(days * 86_400), "TZ": zone}
            code = code or call(*tests, "-m", "clock and not matrix")
        return code
    if command == "check":
        return next((code for check in CHECKS if (code := call("-m", *check))), 0)
    return 0


def serve(arguments: Sequence[str]) -> int:
    """Serve the app until it is stopped."""
    set_up_app()
    command = [str(PYTHON), "-m", "fusion_playground", *arguments]
    os.chdir(ROOT)
    if WINDOWS:
        return wait_for(command)
    os.execv(command[0], command)


def set_up_app() -> None:
    """Create the virtual environment, and install the packages that the app needs."""
    with Step("run", [APP_LOCK]) as step:
        if step.needed:
            if not PYTHON.exists():
                make_venv()
            install(APP_LOCK)


def set_up_tests() -> None:
    """Install the packages that the tests need, and a browser."""
    set_up_app()
    with Step("test", [APP_LOCK, TESTS_LOCK]) as step:
        if step.needed:
            install(TESTS_LOCK)
            install_browser()


def set_up_matrix() -> None:
    """Install an earlier Streamlit and Keras, JAX, PostgreSQL, nginx and Caddy if possible."""
    with Step("matrix", [APP_LOCK]) as step:
        if step.needed:
            install_streamlit()
            install_kerases()
            install_postgres()
            install_proxies()


class Step:
    """Step of the set-up that is run once for each content of its files."""

    def __init__(self, name: str, files: Iterable[Path]) -> None:
        self._stamp = VENV / f"{name}.stamp"
        self._digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        done = self._stamp.read_text(encoding="ascii") if self._stamp.exists() else ""
        self.needed = done != self._digest

    def __enter__(self) -> Step:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.needed:
            self._stamp.write_text(self._digest, encoding="ascii")


def make_venv() -> None:
    """Create the virtual environment with a suitable Python."""
    candidates = (sys.executable, *filter(None, map(shutil.which, PYTHONS)))
    python = next((python for python in candidates if fits(python)), None)
    if python is None:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            fail(
                "Fusion Playground needs Python 3.11, 3.12 or 3.13 with its venv module.",
                f"Python {version}",
                "Install one of them, and call it: `python3.12 run.py`. On Debian and Ubuntu, the "
                "module is the package python3-venv.",
            )
        )
    say(f"Making the virtual environment {VENV}. The set-up takes some minutes once.")
    subprocess.run([python, "-m", "venv", str(VENV)], check=True)


def fits(python: str) -> bool:
    """Return `True` if a Python has a supported version and can create virtual environments."""
    try:
        answer = subprocess.run(
            [python, "-c", FITS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return False
    return answer.returncode == 0


def install(lock: Path) -> None:
    """Install the packages of a lock file; pip prints their names."""
    say(f"Installing the packages of {lock} into .venv.")
    pip = (str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check")
    subprocess.run([*pip, "-r", str(lock)], check=True)


def install_streamlit() -> None:
    install_beside(EARLIEST, EARLIEST_FOLDER, "--no-deps")


def install_kerases() -> None:
    install_beside(LOWEST_KERAS, KERAS_FOLDER, "--no-deps")
    install_beside(JAX, JAX_FOLDER)


def install_beside(package: str, folder: Path, *options: str) -> None:
    """Install a version of a package for some tests, apart from the packages of the lock file."""
    say(f"Installing {package} for tests that use it.")
    pip = (str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--upgrade")
    subprocess.run([*pip, *options, "--target", str(folder), package], check=True)


def install_postgres() -> None:
    """Install a PostgreSQL server if that needs no password; otherwise its tests are skipped.

    The tests find it with `tests/postgres.py`, and start their own servers.
    """
    if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if may_install() and not settings.exists():
        settings.parent.mkdir(exist_ok=True)
        settings.write_text("create_main_cluster = false\n", encoding="ascii")
    if not install_package("postgresql"):
        say("PostgreSQL is not installed: its tests are skipped.")


def install_proxies() -> None:
    """Install nginx and Caddy if that does not start them as services.

    Otherwise their tests are skipped.
    """
    for name in ("nginx", "caddy"):
        if shutil.which(name) or Path("/usr/sbin", name).exists():
            continue
        if Path("/run/systemd/system").exists() or not install_package(name):
            say(f"{name} is not installed: its tests are skipped.")


def install_browser() -> None:
    """Install a Chromium if there is none: the system's package, or else Playwright's own.

    The tests find it with `tests/e2e/browser.py`.
    """
    if shutil.which(LIGHT_BROWSER) or install_package(LIGHT_BROWSER):
        return
    if any(map(shutil.which, BROWSERS)) or install_package("chromium"):
        return
    say("Downloading Playwright's Chromium for this user.")
    install = ["playwright", "install", "--only-shell", "chromium"]
    subprocess.run([str(PYTHON), "-m", *install], check=True)


def may_install() -> bool:
    """Return `True` if system packages can be installed without a password."""
    return sys.platform == "linux" and os.getuid() == 0 and bool(shutil.which("apt-get"))


def install_package(name: str) -> bool:
    """Install a system package if that needs no password. Return `True` if it is installed."""
    if not may_install():
        return False
    say(f"Installing {name} for the whole system by apt-get, because this is root.")
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update", "-q"], ["install", "-y", "-q", name])
    return all(subprocess.run(["apt-get", *step], env=apt).returncode == 0 for step in steps)


def call(*arguments: str) -> int:
    """Run the virtual environment's Python. Return its exit code."""
    return wait_for([str(PYTHON), *arguments])


def wait_for(command: Sequence[str]) -> int:
    """Run a command in this folder, and return its exit code. Ctrl-C reaches the command, too."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONUTF8": "1"})
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def say(text: str) -> None:
    """Print a step before it starts."""
    print(f"\n{text}", flush=True)


def fail(rule: str, received: str, fix: str) -> int:
    """Print an error as two sentences. Return the exit code."""
    print(f"error: {rule.removesuffix('.')} ({received}). {fix}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        command = " ".join(error.cmd)
        sys.exit(fail("A step of the set-up failed.", command, "Read its error above."))
