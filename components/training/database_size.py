"""How large a database is."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_QUERIES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def database_bytes(session: Session) -> int:
    """Size of the session's database, in bytes; 0 for a kind that can't tell."""
    query = _QUERIES.get(session.get_bind().dialect.name)
    return int(session.scalar(text(query)) or 0) if query else 0
