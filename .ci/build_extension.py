"""Build the extension: dist/async_render-VERSION.zip.

    uv run .ci/build_extension.py

Blender's own `extension build` cannot build the root of this repository: it would take the tests and the environments
with it, and knows no wheel that is built first.
"""

import os
import subprocess
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


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
            archive.writestr("blender_manifest.toml", manifest)
            archive.write(ROOT / ".ci" / "extension" / "__init__.py", "__init__.py")
            archive.write(wheel, f"wheels/{wheel.name}")
        unfinished.replace(extension)
    print(extension.relative_to(ROOT))


def build_wheel(folder: Path) -> Path:
    """The wheel of this package, in the folder."""
    uv = os.environ.get("UV", "uv")  # `uv run` says where it is itself
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


if __name__ == "__main__":
    main()
