"""Class rooms: their content, the people in them, and the rights of each."""
