"""Class rooms: what they hold, who is in them and what each may do."""
