"""The server around the pages: its start and end, health, cookie, allowed hosts and headers."""
