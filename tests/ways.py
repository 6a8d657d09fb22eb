"""The two ways of making children that have imported Keras, for tests that run both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from components.keras_host.forking_host import ForkingHost
from components.keras_host.host import KerasHost, Way
from components.keras_host.spawning_host import SpawningHost

HOSTS: Mapping[Way, Callable[..., KerasHost]] = {"fork": ForkingHost, "spawn": SpawningHost}
WAYS = tuple(HOSTS)
