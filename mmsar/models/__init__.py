"""Networks, losses and their parts."""
