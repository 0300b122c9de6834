"""The requests of a pool, done in this process: no parent is needed."""
