"""Build the second extension: dist/async_render_farm-VERSION-PLATFORM.zip, with the wheels of the extras `farm`
and `dashboard`.

    uv run .ci/build_farm_extension.py [PLATFORM]

From 4.2 on Blender installs those wheels of an extension that are for its Python and its system, by their tags:
`_extensions_wheel_filter_for_this_system` in scripts/addons_core/bl_pkg/bl_extension_ops.py. So one ZIP has the wheels
of all Pythons below. Versions and hashes are those of uv.lock: the same lock gives the same ZIP, byte for byte.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from build_extension import DIST, ROOT, add
from packaging.markers import Marker

PYTHONS = ("3.11", "3.13", "3.14")
"""Blender's: 3.11 up to 5.0, 3.13 from 5.1 on. Debian's Blenders use the system's: 3.13 for 4.3 and 3.14 for 5.2."""

GLIBC = (
    "manylinux_2_28",
    "manylinux_2_17",
    "manylinux2014",
    "manylinux_2_12",
    "manylinux2010",
    "manylinux_2_5",
    "manylinux1",
)
"""Blender's own builds need glibc 2.28. pip takes wheels of exactly the tags that it is given."""

TAGS = {
    "linux-x64": [f"{glibc}_x86_64" for glibc in GLIBC],
    "linux-arm64": [f"{glibc}_aarch64" for glibc in GLIBC[:3]],
    "macos-arm64": [
        f"macosx_{version}_{arch}" for version in ("11_0", "10_12", "10_9") for arch in ("arm64", "universal2")
    ],
    "windows-x64": ["win_amd64"],
}
"""Blender's name of each platform, and the tags of wheels that run there."""

LEFT_OUT = {"contourpy", "numpy", "pillow"}
"""What bokeh requires, and the ZIP has not. Blender brings numpy. The others are for contours and exported pictures,
which Dask's dashboard does not have: 22 MB for three Pythons."""

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"}
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}

MARKERS = {
    "linux-x64": {**LINUX, "platform_machine": "x86_64"},
    "linux-arm64": {**LINUX, "platform_machine": "aarch64"},
    "macos-arm64": {**MACOS, "platform_machine": "arm64"},
    "windows-x64": {**WINDOWS, "platform_machine": "AMD64"},
}
"""What the markers in uv.lock ask of each platform."""

HERE = {
    "linux-x86_64": "linux-x64",
    "linux-aarch64": "linux-arm64",
    "win-amd64": "windows-x64",
}
"""Blender's name of the platform that Python calls so. Python's name of macOS has a version, too."""

UV = os.environ.get("UV", "uv")
"""The command uv. `uv run` says where it is itself."""


def main() -> None:
    """Download the wheels, and write the ZIP."""
    platform = sys.argv[1] if len(sys.argv) > 1 else this_platform()
    if platform not in TAGS:
        raise SystemExit(f"{platform!r} is not known; there are wheels for {', '.join(TAGS)}")
    version = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]
    with tempfile.TemporaryDirectory() as folder:
        for python in PYTHONS:
            download(Path(folder), python, platform)
        wheels = sorted(Path(folder).glob("*.whl"))
        DIST.mkdir(exist_ok=True)
        extension = DIST / f"async_render_farm-{version}-{platform}.zip"
        unfinished = DIST / f".{os.getpid()}.farm.zip"  # put in its place when it is whole
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            add(archive, "LICENSE", (ROOT / "LICENSE").read_bytes())
            add(archive, "__init__.py", (ROOT / ".ci" / "farm_extension" / "__init__.py").read_bytes())
            add(archive, "blender_manifest.toml", manifest(version, platform, wheels).encode())
            for wheel in wheels:
                add(archive, f"wheels/{wheel.name}", wheel.read_bytes())
        unfinished.replace(extension)
    print(extension.relative_to(ROOT))


def this_platform() -> str:
    """Return Blender's name of this platform; Python's name where Blender has none."""
    here = sysconfig.get_platform()
    return "macos-arm64" if here.startswith("macosx") and here.endswith("arm64") else HERE.get(here, here)


def manifest(version: str, platform: str, wheels: list[Path]) -> str:
    """Return the manifest. What changes comes before the rest, which ends with a table."""
    listed = "".join(f"    {json.dumps(f'./wheels/{wheel.name}')},\n" for wheel in wheels)
    changing = f"version = {json.dumps(version)}\nplatforms = [{json.dumps(platform)}]\nwheels = [\n{listed}]\n"
    return changing + (ROOT / ".ci" / "farm_extension" / "manifest.toml").read_text(encoding="utf-8")


def download(folder: Path, python: str, platform: str) -> None:
    """Download the wheels for a Python, with the hashes of uv.lock, by pip. uv has no command that only downloads."""
    requirements = folder / f"requirements-{python}.txt"
    requirements.write_text("".join(locked(python, platform)), encoding="utf-8")
    tags = [argument for tag in TAGS[platform] for argument in ("--platform", tag)]
    pip = [UV, "tool", "run", "--quiet", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check"]
    locked_wheels = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(requirements)]
    system = ["--python-version", python, "--implementation", "cp", *tags]
    subprocess.run([*pip, *locked_wheels, *system, "--dest", folder], check=True)


def locked(python: str, platform: str) -> Iterator[str]:
    """Yield the requirements of the ZIP on a Python and a platform, with their hashes.

    The markers are decided here: pip asks them of the Python that runs pip.
    """
    its_python = {"python_version": python, "python_full_version": f"{python}.0"}
    cpython = {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
    where = {**MARKERS[platform], **its_python, **cpython}
    for line in exported().replace(" \\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line)
        name, _, marker = requirement.partition(" ; ")
        if name.partition("==")[0] not in LEFT_OUT and (not marker or Marker(marker).evaluate(where)):
            yield " ".join([name, *(f"--hash={hash_}" for hash_ in hashes)]) + "\n"


@cache
def exported() -> str:
    """Return the requirements of both extras on all platforms, as uv.lock has them."""
    plain = ["--no-dev", "--no-emit-project", "--no-annotate", "--no-header"]
    command = [UV, "export", "--quiet", "--frozen", "--extra", "farm", "--extra", "dashboard", *plain]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
