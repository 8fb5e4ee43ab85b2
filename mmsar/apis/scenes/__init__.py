"""Detection in large scenes and archives of them."""
