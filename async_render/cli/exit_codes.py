"""The exit codes of `async-render`. Other programs depend on them: a number never changes its meaning."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of the command."""

    OK = 0
    """All is done, and all files are complete."""
    FAILED = 1
    """A script or a render has failed."""
    USAGE = 2
    """The arguments cannot work; nothing was done. argparse ends with the same number."""
    INCOMPLETE = 3
    """Files are damaged or missing, where Blender says that all is well."""
    CANCELLED = 130
    """Ctrl-C, or SIGTERM, which ends the command in the same way: 128 and the number of SIGINT, as shells have it."""
