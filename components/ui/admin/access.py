"""Who may open the teacher's view: whoever knows FUSION_ADMIN_TOKEN."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable

from components.core.errors import ServerError
from components.core.logs import ADMIN_TOKEN
from components.core.rates import RateLimit

SHORTEST = 16
"""Characters of a token at least."""
TRIES = 5
"""Wrong tokens that one address may send within `SECONDS`."""
SECONDS = 60.0


def admin_token() -> str | None:
    """FUSION_ADMIN_TOKEN, or `None` if there is no teacher's view.

    Raises `ServerError` if it is too short to be a secret.
    """
    token = os.environ.get(ADMIN_TOKEN)
    if token and len(token) < SHORTEST:
        raise ServerError(
            f"{ADMIN_TOKEN} must have at least {SHORTEST} characters.",
            f"{len(token)} characters",
            "Set it to a long random text, such as the output of `openssl rand -hex 16`.",
        )
    return token or None


class TokenCheck:
    """Compares tokens, and refuses all of an address that has sent too many wrong ones."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._wrong = RateLimit(TRIES, SECONDS, clock)

    def require(self, token: str, expected: str, address: str) -> None:
        """Raise `ServerError` unless the token is the expected one.

        The comparison takes the same time for every wrong token.
        """
        if self._wrong.is_full(address):
            raise ServerError(
                f"The token can only be wrong {TRIES} times a minute.",
                "one more try",
                "Wait a minute.",
            )
        if not hmac.compare_digest(token.encode(), expected.encode()):
            self._wrong.take(address)
            raise ServerError(
                f"The token must be the server's {ADMIN_TOKEN}.",
                "another token",
                "Copy it from the server's settings.",
            )


CHECK = TokenCheck()
"""The one check of this server."""
