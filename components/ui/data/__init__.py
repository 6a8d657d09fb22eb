"""The data that pages train on and show, and what is known of it."""
