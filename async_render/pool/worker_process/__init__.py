"""One worker, as the process that has started it sees it: its program, its pipes, the protocol, its log, its end."""
