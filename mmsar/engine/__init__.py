"""What drives training: hooks and loops. Each is imported when a config names it."""
