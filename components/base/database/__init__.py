"""The database: connection, base of the tables, and errors."""
