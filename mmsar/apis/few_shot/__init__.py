"""Classification with few labelled chips: draws, heads, tables and pictures."""
