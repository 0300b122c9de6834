"""Build the extension: dist/async_render-VERSION.zip.

    uv run .ci/build_extension.py

Blender's own `extension build` cannot build the root of this repository: it would take the tests and the environments
with it, and knows no wheel that is built first.

The same files give the same ZIP, byte for byte, so that anybody can check a published ZIP against its commit. The wheel
is hatchling's, which fixes its own order, times and permissions.
"""

import os
import subprocess
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
TIME = int(os.environ.get("SOURCE_DATE_EPOCH", 1580601600))  # hatchling's own time for the wheel where none is set


def main() -> None:
    manifest = (ROOT / "blender_manifest.toml").read_bytes()
    described = tomllib.loads(manifest.decode())
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        (expected,) = described["wheels"]
        if Path(expected).name != wheel.name:
            raise SystemExit(
                f"blender_manifest.toml names the wheel {expected}, but pyproject.toml builds {wheel.name}"
            )
        DIST.mkdir(exist_ok=True)
        extension = DIST / f"{described['id']}-{described['version']}.zip"
        unfinished = DIST / f".{os.getpid()}.zip"  # put in its place when it is whole: another process may need it
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            add(archive, "LICENSE", (ROOT / "LICENSE").read_bytes())
            add(archive, "__init__.py", (ROOT / ".ci" / "extension" / "__init__.py").read_bytes())
            add(archive, "blender_manifest.toml", manifest)
            add(archive, f"wheels/{wheel.name}", wheel.read_bytes())
        unfinished.replace(extension)
    print(extension.relative_to(ROOT))


def build_wheel(folder: Path) -> Path:
    """The wheel of this package, in the folder."""
    uv = os.environ.get("UV", "uv")  # `uv run` says where it is itself
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file with nothing of this machine: `ZipFile.write` stores the file's time and permissions."""
    entry = zipfile.ZipInfo(name, time.gmtime(TIME)[:6])
    entry.create_system = 3  # Unix, on whatever system it is built
    entry.external_attr = 0o100644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


if __name__ == "__main__":
    main()
