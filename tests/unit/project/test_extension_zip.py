"""The extension's ZIP, built from copies of this checkout."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ...support.checkout import ROOT

SOURCES = (
    ".ci",
    "async_render",
    "examples",
    "LICENSE",
    "README.md",
    "blender_manifest.toml",
    "pyproject.toml",
    "uv.lock",
)


def build(checkout: Path, umask: int, changed: int, program: str) -> bytes:
    """Build a ZIP in a copy of this checkout whose files have these permissions and this time of change."""
    checkout.mkdir()
    before = os.umask(umask)
    try:
        for name in SOURCES:
            copy(ROOT / name, checkout / name)
    finally:
        os.umask(before)
    for path in checkout.rglob("*"):
        os.utime(path, (changed, changed))
    built = subprocess.run(
        [sys.executable, f".ci/{program}"],
        cwd=checkout,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    return (checkout / built.stdout.strip()).read_bytes()


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, target, copy_function=shutil.copyfile, ignore=ignored)
    else:
        shutil.copyfile(source, target)


def build_twice(folder: Path, program: str) -> list[bytes]:
    """Build a ZIP in two folders, at two times, with two umasks."""
    return [
        build(folder / "one", 0o022, 1700000000, program),
        build(folder / "another folder", 0o077, 1750000000, program),
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return build_twice(tmp_path_factory.mktemp("checkouts"), "build_extension.py")


def test_the_zip_is_the_same_byte_for_byte_in_another_folder_at_another_time_with_another_umask(
    built: list[bytes],
) -> None:
    assert built[0] == built[1]


def test_zip_and_wheel_have_the_licence(built: list[bytes]) -> None:
    licence = (ROOT / "LICENSE").read_bytes()
    assert licence.split(maxsplit=7)[:7] == b"GNU GENERAL PUBLIC LICENSE Version 3, 29".split()
    extension = zipfile.ZipFile(io.BytesIO(built[0]))
    assert extension.read("LICENSE") == licence
    (name,) = (name for name in extension.namelist() if name.endswith(".whl"))
    wheel = zipfile.ZipFile(io.BytesIO(extension.read(name)))
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
    assert wheel.read(name) == licence
