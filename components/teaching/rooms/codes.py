"""Codes of class rooms, secrets and nicknames: drawing, storing and reading them."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Container, Iterable

from components.base.errors import RunError
from components.base.text import free_name, one_line

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of a code: without I and O, which look like digits."""
CODE_LENGTH = 6
LONGEST_NICKNAME = 24


def new_code(taken: Container[str]) -> str:
    """Return a code that no room has, which can't be guessed."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        if code not in taken:
            return code


def tidy_code(code: str) -> str:
    """Return a typed code as it is stored; empty if it can't be a code."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return letters if len(letters) == CODE_LENGTH and set(letters) <= set(LETTERS) else ""


def new_secret() -> str:
    """Return a secret for the teacher's link."""
    return secrets.token_urlsafe(24)


def hash_of(secret: str) -> str:
    """Return the hash of a secret, which is stored in its place."""
    return hashlib.sha256(secret.encode()).hexdigest()


def free_nickname(nickname: str, taken: Iterable[str]) -> str:
    """Return a nickname on one line, with a number if it is taken in any case of letters.

    Raises `RunError` if it is empty or too long.
    """
    tidy = unicodedata.normalize("NFKC", one_line(nickname))
    is_seen = any(letter.isprintable() for letter in tidy)
    if not is_seen or len(tidy) > LONGEST_NICKNAME:
        raise RunError(
            f"A nickname needs 1 to {LONGEST_NICKNAME} characters that can be seen.",
            f"{len(tidy)} characters" if is_seen or not tidy else "nothing that can be seen",
            "Choose a short name.",
        )
    return free_name(tidy, _TakenNames(filter(None, taken)), " ", LONGEST_NICKNAME - 4)


def no_room(code: str) -> RunError:
    """Return the error for a room that does not exist, or for a missing code."""
    if not code:
        return RunError("A room has a code.", "", "Type the six letters that stand on the screen.")
    return RunError(
        f"There is no open room with the code {code}.",
        code,
        "Compare the six letters with those on the screen, or ask your teacher to open a room.",
    )


class _TakenNames:
    """Names without regard to the case of letters."""

    def __init__(self, names: Iterable[str]) -> None:
        self._folded = {name.casefold() for name in names}

    def __contains__(self, name: object) -> bool:
        return str(name).casefold() in self._folded
