"""The session as a snapshot, beside a living window."""
