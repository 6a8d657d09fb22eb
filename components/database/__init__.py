"""The database: its connection, its tables and what is wrong with it."""
