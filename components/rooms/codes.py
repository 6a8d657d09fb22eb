"""Codes of class rooms, secrets and nicknames: how they are drawn, stored and typed."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Container, Iterable

from components.core.errors import RunError
from components.core.look_alikes import look
from components.core.text import free_name, one_line

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The letters of a code: without I and O, which look like digits."""
CODE_LENGTH = 6
LONGEST_NICKNAME = 24


def new_code(taken: Container[str]) -> str:
    """A code that no room has, which can't be guessed."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        if code not in taken:
            return code


def tidy_code(code: str) -> str:
    """A code as it is stored, from what was typed; empty if it can't be one."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return letters if len(letters) == CODE_LENGTH and set(letters) <= set(LETTERS) else ""


def new_secret() -> str:
    """A secret for the teacher's link."""
    return secrets.token_urlsafe(24)


def hash_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tidy_nickname(nickname: str) -> str:
    """A nickname on one line, in any alphabet. Raises `RunError` if it is too long, or empty."""
    tidy = unicodedata.normalize("NFC", one_line(nickname))
    if not look(tidy) or len(tidy) > LONGEST_NICKNAME:
        raise RunError(
            f"A nickname must have 1 to {LONGEST_NICKNAME} characters.",
            f"{len(tidy)} characters" if look(tidy) or not tidy else "nothing that can be seen",
            "Choose a short name.",
        )
    return tidy


def free_nickname(nickname: str, taken: Iterable[str]) -> str:
    """The nickname, or with the first free number where it is taken, in any case of its letters.

    Raises `RunError` for other letters that look like a nickname that is taken.
    """
    names = _TakenNames(taken)
    if nickname in names and not names.has(nickname):
        raise RunError(
            "A nickname must not look like that of somebody else in the room.",
            nickname,
            "Choose another name.",
        )
    return free_name(nickname, names, " ", LONGEST_NICKNAME - 4)


def no_room(code: str) -> RunError:
    """The error for a room that is not there."""
    return RunError(
        "A room must be open to be used.",
        code,
        "Compare the six letters with those on the screen, or ask your teacher to open a room.",
    )


class _TakenNames:
    """Names that contain what is one of them, in any case of its letters, or looks like one."""

    def __init__(self, names: Iterable[str]) -> None:
        listed = [name for name in names if name]
        self._names = {name.casefold() for name in listed}
        self._looks = set(map(look, listed))

    def has(self, name: str) -> bool:
        """Whether it is one of them, in any case of its letters."""
        return name.casefold() in self._names

    def __contains__(self, name: object) -> bool:
        return self.has(str(name)) or look(str(name)) in self._looks
