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


def free_nickname(nickname: str, taken: Iterable[str]) -> str:
    """A nickname on one line, in any alphabet, with a number if it is taken in any case of letters.

    Raises `RunError` if it is empty or too long, and for other letters that look like a nickname
    that is taken.
    """
    tidy = unicodedata.normalize("NFC", one_line(nickname))
    if not look(tidy) or len(tidy) > LONGEST_NICKNAME:
        raise RunError(
            f"A nickname must have 1 to {LONGEST_NICKNAME} characters.",
            f"{len(tidy)} characters" if look(tidy) or not tidy else "nothing that can be seen",
            "Choose a short name.",
        )
    names = _TakenNames(filter(None, taken))
    if tidy in names and tidy.casefold() not in names.folded:
        raise RunError(
            "A nickname must not look like that of somebody else in the room.",
            tidy,
            "Choose another name.",
        )
    return free_name(tidy, names, " ", LONGEST_NICKNAME - 4)


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
        listed = list(names)
        self.folded = {name.casefold() for name in listed}
        self._looks = set(map(look, listed))

    def __contains__(self, name: object) -> bool:
        return str(name).casefold() in self.folded or look(str(name)) in self._looks
