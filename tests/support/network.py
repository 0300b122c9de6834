"""Hosts with networks of their own on this machine, whose cables can be pulled."""

from __future__ import annotations

import os
import subprocess
from types import TracebackType

BRIDGE = 1
"""The last part of this machine's own address in the network of the hosts."""


class Network:
    """A bridge, and hosts that are connected with it: a network namespace each. The `with` block removes all of it.

    Attributes:
        address: this machine's own address.
        hosts: how many there are; the first one is number 2.
    """

    def __init__(self, hosts: int) -> None:
        self.hosts = hosts
        self._name = f"ar{os.getpid()}"
        place = os.getpid() % 512  # 198.18.0.0/15 is for tests of networks: no other machine has such an address
        self._net = f"198.{18 + place // 256}.{place % 256}"
        self.address = self.address_of(BRIDGE)

    def address_of(self, host: int) -> str:
        return f"{self._net}.{host}"

    def __enter__(self) -> Network:
        try:
            self._make()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _make(self) -> None:
        _ip("link", "add", self._name, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self._name)
        _ip("link", "set", self._name, "up")
        for host in self._numbers:
            space, cable = self._space(host), self._cable(host)
            _ip("netns", "add", space)
            _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", cable, "master", self._name, "up")
            _ip("-n", space, "addr", "add", f"{self.address_of(host)}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip("-n", space, "link", "set", device, "up")

    def remove(self) -> None:
        """Remove what there is."""
        for host in self._numbers:
            subprocess.run(["ip", "netns", "del", self._space(host)], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", self._name], capture_output=True, check=False)

    def on(self, host: int) -> list[str]:
        """Return the beginning of a command that runs on a host."""
        return ["ip", "netns", "exec", self._space(host)]

    def pull(self, host: int) -> None:
        """Pull a host's cable: nobody is told, and packets are lost."""
        _ip("link", "set", self._cable(host), "down")

    def plug(self, host: int) -> None:
        """Plug the cable in again."""
        _ip("link", "set", self._cable(host), "up")

    @property
    def _numbers(self) -> range:
        return range(BRIDGE + 1, BRIDGE + 1 + self.hosts)

    def _space(self, host: int) -> str:
        return f"{self._name}h{host}"

    def _cable(self, host: int) -> str:
        return f"{self._name}c{host}"


def can_make_networks() -> bool:
    """Whether this user may make such hosts."""
    try:
        with Network(1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True)
