"""How much generated or migrated radar images are like real ones."""
