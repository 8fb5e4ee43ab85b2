"""Long jobs that may be killed: a record of what is done, processes that share, progress."""
