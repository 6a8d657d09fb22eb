"""Codes of class rooms, secrets and nicknames: how they are drawn, stored and typed."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Container, Iterable

from components.core.errors import RunError
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
            f"A nickname needs 1 to {LONGEST_NICKNAME} characters that can be seen.",
            f"{len(tidy)} characters" if look(tidy) or not tidy else "nothing that can be seen",
            "Choose a short name.",
        )
    names = _TakenNames(filter(None, taken))
    if tidy in names and tidy.casefold() not in names.folded:
        raise RunError(
            f"Somebody else in the room has a name that looks like {tidy}.",
            tidy,
            "Choose another name.",
        )
    return free_name(tidy, names, " ", LONGEST_NICKNAME - 4)


def no_room(code: str) -> RunError:
    """Return the error for a room that is not there, or for a code that is missing."""
    if not code:
        return RunError("A room has a code.", "", "Type the six letters that stand on the screen.")
    return RunError(
        f"There is no open room with the code {code}.",
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


_LOOKS = (
    "A\u0391\u0410 B\u0392\u0412 C\u03f9\u0421 E\u0395\u0415 G\u050c H\u0397\u041d "
    "J\u037f\u0408 K\u039a\u041a M\u039c\u041c N\u039d O0\u039f\u041e P\u03a1\u0420 "
    "Q\u051a S\u0405 T\u03a4\u0422 V\u0474 W\u051c X\u03a7\u0425 Y\u03a5\u0423\u04ae "
    "Z\u0396 a\u0251\u03b1\u0430 b\u042c\u044c c\u03f2\u0441 d\u0501 e\u0435 g\u0261 "
    "h\u04ba\u04bb i\u0131\u03b9\u0456 j\u03f3\u0458 k\u03ba\u043a "
    "l1I|\u0196\u01c0\u0399\u0406\u04c0\u04cf n\u03b7 o\u03bf\u03c3\u043e p\u03c1\u0440 "
    "q\u051b r\u0433 s\u0455 u\u03c5 v\u03bd\u0475 w\u051d x\u03c7\u0445 "
    "y\u03b3\u0443\u04af 3\u0417 6\u0431"
)
"""A Latin letter or digit, and behind it the characters that look like it: digits, Greek, Cyrillic.

Those of the Unicode table `confusables.txt` (UTS 39), and a few that most fonts draw alike. Other
scripts have look-alikes, too, which are left out."""
_LETTERS = str.maketrans({like: looks[0] for looks in _LOOKS.split() for like in looks[1:]})
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800")
"""Characters that show nothing and are no format characters: fillers of Hangul and others."""
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def look(text: str) -> str:
    """What a text looks like: the same for texts that can hardly be told apart.

    Styles of letters, accents written in two ways, upper and lower case, and characters of no width
    make no difference, nor do Greek, Cyrillic and Latin letters of one shape. Empty for a text that
    shows nothing.
    """
    plain = "".join(filter(_shows, unicodedata.normalize("NFKD", text.translate(_LETTERS))))
    return " ".join(plain.translate(_LETTERS).casefold().split())


def _shows(character: str) -> bool:
    hidden = unicodedata.category(character) == "Cf" or character in _BLANKS
    return not (hidden or any(ord(character) in selectors for selectors in _SELECTORS))
