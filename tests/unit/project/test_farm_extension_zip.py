"""The ZIP of the extension that brings Dask. Its wheels come from the index."""

from __future__ import annotations

import hashlib
import io
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from ...support.checkout import ROOT
from .test_extension_zip import build_twice

pytestmark = pytest.mark.slow  # tests/conftest.py gives them to one process


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return build_twice(tmp_path_factory.mktemp("checkouts"), "build_farm_extension.py")


@pytest.fixture(scope="module")
def archive(built: list[bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(built[0]))


def wheels(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.startswith("wheels/")]


def test_the_zip_is_the_same_byte_for_byte_wherever_it_is_built(built: list[bytes]) -> None:
    assert built[0] == built[1]


def test_each_wheel_is_one_of_the_lock_and_in_the_manifest(archive: zipfile.ZipFile) -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    hashes = {wheel["hash"] for package in locked for wheel in package.get("wheels", [])}
    found = wheels(archive)
    assert all(f"sha256:{hashlib.sha256(archive.read(name)).hexdigest()}" in hashes for name in found)
    manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
    first = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["wheels"] == [f"./{name}" for name in found]
    assert (manifest["id"], manifest["version"]) == ("async_render_farm", first["version"])


@pytest.mark.parametrize("python", [(3, 11), (3, 13), (3, 14)], ids=["Blender 5.0", "Blender 5.2", "Debian's 5.2"])
def test_each_python_of_a_blender_finds_one_wheel_of_each_package(
    archive: zipfile.ZipFile, python: tuple[int, int]
) -> None:
    (platform,) = tomllib.loads(archive.read("blender_manifest.toml").decode())["platforms"]
    machine = {"linux-x64": "x86_64", "linux-arm64": "aarch64"}[platform]
    systems = [f"manylinux_2_{minor}_{machine}" for minor in range(28, 4, -1)]
    tags = {*cpython_tags(python, platforms=systems), *compatible_tags(python, platforms=systems)}
    parsed = [parse_wheel_filename(Path(name).name) for name in wheels(archive)]
    fit = [name for name, _, _, its in parsed if its & tags]
    assert len(fit) == len(set(fit))
    assert {name for name, _, _, _ in parsed} == set(fit)
    assert {"bokeh", "distributed", "cryptography", "msgpack", "pyyaml", "psutil", "tornado"} <= set(fit)
    assert "numpy" not in fit  # Blender has its own
