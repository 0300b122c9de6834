"""The warning about a scheduler that everybody on the network reaches; it comes before the first frame."""

from __future__ import annotations

import ipaddress
import socket
import warnings
from urllib.parse import urlsplit


class UnencryptedFarmWarning(UserWarning):
    """A farm whose scheduler anybody on its network can use."""


def warn_of(address: str) -> None:
    """Warn of an address that is on another machine, and without encryption."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme in {"tls", "wss", "inproc"} or not parts.hostname or is_own(parts.hostname):
        return
    warnings.warn(
        f"{address} is not encrypted: anybody on that network can run any program on its workers and on this machine, "
        "and read each file and picture that goes there; use tls:// with DaskFarm(security=distributed.Security(…))",
        UnencryptedFarmWarning,
        stacklevel=1,  # the caller's line is on another thread
    )


def is_own(host: str) -> bool:
    """Return whether a host is this machine: by its loopback, or by an address that can be listened on here."""
    try:
        found = {str(item[4][0]) for item in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):  # there is no such host, and there cannot be
        return False
    return bool(found) and all(
        ipaddress.ip_address(item.partition("%")[0]).is_loopback or _is_here(item) for item in found
    )


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            return False
    return True
