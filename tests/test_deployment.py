"""Deployment files: they are valid, and name only settings and files that exist."""

from __future__ import annotations

import re

import pytest
import yaml

from components.base.paths import ROOT
from tests.house import sources

FILES = ("Dockerfile", "compose.yaml", "deploy/nginx.conf")
OF_COMPOSE = ("FUSION_HOST", "FUSION_PASSWORD", "FUSION_PORT")
"""Variables of the compose file itself."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def known_settings() -> set[str]:
    """Return the environment variables that the code reads."""
    names = (re.findall(r'"(FUSION_[A-Z_]+)"', path.read_text("utf-8")) for path in sources())
    return {name for of_file in names for name in of_file}


@pytest.mark.parametrize("name", FILES)
def test_file_names_settings_that_are_read(name: str) -> None:
    used = set(re.findall(r"\bFUSION_[A-Z_]+", text_of(name))) - set(OF_COMPOSE)
    assert used <= known_settings()


@pytest.mark.parametrize("name", FILES)
def test_file_is_in_the_documentation(name: str) -> None:
    assert name in text_of("docs/deployment.md") or name == "Dockerfile"


def test_compose_exposes_only_nginx_and_all_apps_are_behind_it() -> None:
    services = yaml.safe_load(text_of("compose.yaml"))["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    outside = [name for name, service in services.items() if "outside" in service["networks"]]
    assert outside == ["nginx"]
    apps = {name for name in services if name.startswith("app")}
    assert set(re.findall(r"server (\w+):8501", text_of("deploy/nginx.conf"))) == apps


def test_container_has_no_root() -> None:
    lines = text_of("Dockerfile").splitlines()
    assert "USER fusion" in lines
    assert lines.index("USER fusion") < max(
        i for i, line in enumerate(lines) if line.startswith("CMD")
    )


@pytest.mark.parametrize("name", ["psycopg", "distributed"])
def test_container_has_the_extras_that_the_tests_have(name: str) -> None:
    (pin,) = re.findall(rf"^{name}\b.*$", text_of("tests/requirements.txt"), re.MULTILINE)
    assert f'"{pin}"' in text_of("Dockerfile")


def test_dependabot_watches_every_file_that_names_versions() -> None:
    updates = yaml.safe_load(text_of(".github/dependabot.yml"))["updates"]
    watched = {
        (update["package-ecosystem"], ROOT / folder.strip("/"))
        for update in updates
        for folder in update.get("directories") or [update["directory"]]
    }
    named = [*ROOT.glob("requirements.txt"), *ROOT.glob("*/requirements.txt")]
    files = {("pip", path.parent) for path in named}
    assert len(files) > 1
    ours = {(kind, ROOT) for kind in ("github-actions", "docker", "docker-compose")}
    assert watched == files | ours
