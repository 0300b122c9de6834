"""Build the second extension: dist/async_render_farm-VERSION-PLATFORM.zip, with the wheels of the extra `farm`.

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

SYSTEMS = {
    "linux": ("linux", "Linux", "posix"),
    "macos": ("darwin", "Darwin", "posix"),
    "windows": ("win32", "Windows", "nt"),
}
"""`sys_platform`, `platform_system` and `os_name` of a platform, for the markers in uv.lock."""

HERE = {
    "linux-x86_64": "linux-x64",
    "linux-aarch64": "linux-arm64",
    "win-amd64": "windows-x64",
}


def main() -> None:
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
    here = sysconfig.get_platform()
    return "macos-arm64" if here.startswith("macosx") and here.endswith("arm64") else HERE.get(here, here)


def manifest(version: str, platform: str, wheels: list[Path]) -> str:
    """The manifest: what changes comes before the rest, which ends with a table."""
    listed = "".join(f"    {json.dumps(f'./wheels/{wheel.name}')},\n" for wheel in wheels)
    changing = f"version = {json.dumps(version)}\nplatforms = [{json.dumps(platform)}]\nwheels = [\n{listed}]\n"
    return changing + (ROOT / ".ci" / "farm_extension" / "manifest.toml").read_text(encoding="utf-8")


def download(folder: Path, python: str, platform: str) -> None:
    """Bring the wheels for a Python, with the hashes of uv.lock, by pip. uv has no command that only downloads."""
    requirements = folder / f"requirements-{python}.txt"
    requirements.write_text("".join(locked(python, platform)), encoding="utf-8")
    tags = [argument for tag in TAGS[platform] for argument in ("--platform", tag)]
    uv = os.environ.get("UV", "uv")  # `uv run` says where it is itself
    pip = [uv, "tool", "run", "--quiet", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check"]
    locked_wheels = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(requirements)]
    system = ["--python-version", python, "--implementation", "cp", *tags]
    subprocess.run([*pip, *locked_wheels, *system, "--dest", folder], check=True)


def locked(python: str, platform: str) -> Iterator[str]:
    """Yield the requirements of the extra `farm` on a Python and a platform, with their hashes.

    The markers are decided here: pip asks them of the Python that runs pip.
    """
    uv = os.environ.get("UV", "uv")
    exported = subprocess.run(
        [
            uv,
            "export",
            "--quiet",
            "--frozen",
            "--extra",
            "farm",
            "--no-dev",
            "--no-emit-project",
            "--no-annotate",
            "--no-header",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    system = dict(zip(("sys_platform", "platform_system", "os_name"), SYSTEMS[platform.partition("-")[0]], strict=True))
    machine = {"linux-x64": "x86_64", "linux-arm64": "aarch64", "macos-arm64": "arm64", "windows-x64": "AMD64"}[
        platform
    ]
    where = {**system, "platform_machine": machine, "python_version": python, "python_full_version": f"{python}.0"}
    where |= {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
    for line in exported.replace(" \\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line)
        name, _, marker = requirement.partition(" ; ")
        if not marker or Marker(marker).evaluate(where):
            yield " ".join([name, *(f"--hash={hash_}" for hash_ in hashes)]) + "\n"


if __name__ == "__main__":
    main()
