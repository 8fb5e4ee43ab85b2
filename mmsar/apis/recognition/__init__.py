"""Features and classes of chips."""
