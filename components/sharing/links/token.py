"""Tokens with packed JSON for addresses.

A token is `VERSION.PAYLOAD.CHECK`: the version of links; compact JSON, deflated (RFC 1951) with a
preset dictionary and encoded as URL-safe base 64 (RFC 4648, section 5); and the start of the
SHA-256 of that JSON.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from components.base.errors import LinkError
from components.base.versions import FIRST, LINK
from components.models.architecture.architecture import loaded

MOST_CHARACTERS = 8000
"""Maximum length of a token: servers and browsers reject longer lines."""
MOST_BYTES = 60_000
"""Maximum size of the JSON unpacked from a token, in bytes."""
COPY_AGAIN = "Copy the whole link again."
_CHECK = 8
_TOKEN = re.compile(r"(\d{1,9})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_VERSIONED = re.compile(r"0*([1-9]\d{0,8})\.", re.ASCII)


def pack_token(parts: Mapping[str, Any], shorten: str) -> str:
    """Pack plain JSON data into a token. Raises `LinkError` with the fix `shorten` if too long."""
    text = json.dumps(parts, separators=(",", ":"), allow_nan=False).encode()
    token = f"{LINK.number}.{_packed(text)}.{_check(text)}"
    if len(text) > MOST_BYTES:
        raise LinkError(
            f"The link holds more than {MOST_BYTES:,} bytes of JSON.", f"{len(text):,}", shorten
        )
    if len(token) > MOST_CHARACTERS:
        raise LinkError(
            f"A link may have at most {MOST_CHARACTERS:,} characters.", f"{len(token):,}", shorten
        )
    return token


def is_token(text: str) -> bool:
    """Return `True` if a text has the form of a token."""
    return bool(_TOKEN.fullmatch(text.strip()))


def unpack_token(token: str) -> object:
    """Return the plain JSON data in a token, in the current format.

    Raises `LinkError` if it is damaged or of an unsupported version, and `SpecError` if its text is
    not JSON.
    """
    version, parts = _VERSIONED.match(token), _TOKEN.fullmatch(token)
    number = int(version[1]) if version else LINK.number
    if not FIRST <= number <= LINK.number:
        LINK.converted(None, number)
    text = _unpacked(parts[2], number) if version and parts else None
    if parts is None or text is None or _check(text) != parts[3]:
        raise LinkError("The link is damaged or cut short.", shortened(token), COPY_AGAIN)
    return LINK.converted(loaded(text), number)


def dictionary(number: int) -> Path:
    """Return the file with the dictionary that compresses the tokens of a version."""
    return Path(__file__).parent / f"link_dictionary_{number}.txt"


@cache
def _words(number: int) -> bytes:
    return dictionary(number).read_bytes()


def _packed(text: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=_words(LINK.number))
    return base64.urlsafe_b64encode(packer.compress(text) + packer.flush()).decode().rstrip("=")


def _unpacked(payload: str, number: int) -> bytes | None:
    """Return the JSON in a payload, `None` if damaged. Raises `LinkError` above `MOST_BYTES`."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_words(number))
    try:
        packed = base64.b64decode(payload + "=" * (-len(payload) % 4), b"-_", validate=True)
        text = unpacker.decompress(packed, MOST_BYTES)
    except (binascii.Error, zlib.error):
        return None
    if unpacker.unconsumed_tail:
        raise LinkError(
            f"The link holds more than {MOST_BYTES:,} bytes of JSON.",
            "a link that holds more",
            "Open the model's JSON file instead.",
        )
    return text if unpacker.eof and not unpacker.unused_data else None


def _check(text: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode()[:_CHECK]


def shortened(received: object) -> str:
    """Return the start of a received value."""
    text = str(received)
    return f"{text[:60]}…" if len(text) > 60 else text or "nothing"
