"""The command `async-render`, for terminals, logs and other programs. Start reading in `main.py`."""
