"""The session as it is now, for other processes."""
