"""The session as a snapshot: with its unsaved changes, and afterwards as before."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import bpy
import pytest

import async_render as ar
from async_render.blender.session import source
from async_render.blender.session.blend_digest import digest_of_blend
from async_render.blender.session.source import BlenderSession, SnapshotFile, passed_on
from async_render.blender.session.unsaved_pixels import pixels_of, put_pixels, restore_pixels, write_pixels
from async_render.output.locked_folders import LOCK
from async_render.output.temporary_folders import SESSION_PREFIX
from async_render.work.session import current_session

from ...support.checkout import ROOT
from ...support.disks import mounted

pytestmark = pytest.mark.core

T = TypeVar("T")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def session(scene: bpy.types.Scene, temporary: Path) -> Iterator[BlenderSession]:
    """A session that has saved no copy yet."""
    session = BlenderSession()
    yield session
    session.close()


def run(make: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await make()

    return ar.run(main()).result()


def copies(temporary: Path) -> list[str]:
    """The names of the copies that are there."""
    return sorted(item.name for folder in temporary.iterdir() for item in folder.iterdir() if item.name != LOCK)


def opened(snapshot: SnapshotFile) -> bpy.types.Scene:
    """The scene of the copy, opened as a worker does."""
    bpy.ops.wm.open_mainfile(filepath=str(snapshot.file))
    restore_pixels(snapshot.file)
    scene = bpy.context.scene
    assert scene is not None
    return scene


def test_the_session_of_this_process_is_known() -> None:
    assert current_session() is source.session


def test_unsaved_changes_and_the_active_scene_are_in_the_snapshot(
    session: BlenderSession, scene: bpy.types.Scene
) -> None:
    scene.render.resolution_x, scene["note"] = 77, "ä"
    other = bpy.data.scenes.new("Other")
    assert bpy.context.window is not None
    bpy.context.window.scene = other
    snapshot = run(session.snapshot)
    assert opened(snapshot).name == "Other"
    assert (bpy.data.scenes["Scene"].render.resolution_x, bpy.data.scenes["Scene"]["note"]) == (77, "ä")


def test_the_session_is_afterwards_as_before(session: BlenderSession, tmp_path: Path) -> None:
    file = tmp_path / "shot.blend"
    image = painted("Painted")
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    saved = file.stat().st_mtime_ns
    preferences: Any = bpy.context.preferences

    def facts() -> tuple[Any, ...]:
        preview = preferences.filepaths.file_preview_type, preferences.is_dirty
        packed = image.packed_file, image.is_dirty, image.source, image.filepath, image.file_format, image.pixels[0]
        return bpy.data.filepath, bpy.data.is_dirty, bpy.data.is_saved, preview, packed, file.stat().st_mtime_ns

    before = facts()
    snapshot = run(session.snapshot)
    assert facts() == before
    assert (snapshot.file.name, snapshot.folder, before[-1]) == ("shot.blend", tmp_path, saved)


def painted(name: str, *, is_float: bool = False, file: Path | None = None) -> Any:
    """An image whose pixels were painted and not saved; it may have a file with others."""
    image: Any = bpy.data.images.new(name, 4, 2, float_buffer=is_float)
    if file is not None:
        image.filepath_raw, image.file_format = str(file), "OPEN_EXR" if is_float else "PNG"
        image.save()
        image.source = "FILE"
    image.use_fake_user = True
    values = [index / 64 for index in range(32)]
    image.pixels.foreach_set([value * 3 for value in values] if is_float else values)
    image.update()
    return image


@pytest.mark.parametrize("is_float", [False, True])
@pytest.mark.parametrize("file", [None, "tex.exr", "gone.exr"])
def test_unsaved_pixels_are_in_the_snapshot(
    session: BlenderSession, tmp_path: Path, is_float: bool, file: str | None
) -> None:
    image = painted("Painted", is_float=is_float, file=None if file is None else tmp_path / file)
    wanted = pixels_of(image)
    (tmp_path / "gone.exr").unlink(missing_ok=True)
    opened(run(session.snapshot))
    restored: Any = bpy.data.images["Painted"]
    assert pixels_of(restored) == wanted
    assert restored.is_float is is_float


def test_pixels_come_back_from_a_worker(session: BlenderSession, tmp_path: Path) -> None:
    image = painted("Baked")
    wanted = pixels_of(image)
    row = {"name": image.name, "library": None, "is_float": False, **write_pixels(image, tmp_path / "0.raw")}
    image.pixels.foreach_set([0.0] * 32)
    put_pixels([row], tmp_path)
    assert pixels_of(image) == wanted
    (tmp_path / "0.raw").write_bytes(bytes(24))
    with pytest.raises(ar.RenderError, match="'Baked' cannot be used: 6 values are not 4 × 2 pixels"):
        put_pixels([row], tmp_path)


def test_images_beside_the_file_are_found_from_the_snapshot(session: BlenderSession, tmp_path: Path) -> None:
    (tmp_path / "tex").mkdir()
    image: Any = painted("Bark", file=tmp_path / "tex" / "bark.png")
    image.save()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    image.filepath = "//tex/bark.png"
    opened(run(session.snapshot))
    restored: Any = bpy.data.images["Bark"]
    assert Path(bpy.path.abspath(restored.filepath)).resolve() == tmp_path / "tex" / "bark.png"
    assert tuple(restored.size) == (4, 2)


def test_the_disk_caches_of_the_session_are_found_from_the_snapshot(session: BlenderSession, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    (tmp_path / "blendcache_shot").mkdir()
    snapshot = run(session.snapshot)
    assert (snapshot.file.parent / "blendcache_shot").resolve() == tmp_path / "blendcache_shot"
    snapshot.release()
    assert (tmp_path / "blendcache_shot").exists()


def test_calls_of_one_turn_share_a_copy_and_a_change_has_another_key(
    session: BlenderSession, scene: bpy.types.Scene
) -> None:
    async def main() -> None:
        before = scene.render.resolution_x
        first, second = await asyncio.gather(session.snapshot(), session.snapshot())
        assert first is second
        scene.render.resolution_x = 78
        changed = await session.snapshot()
        assert changed.key != first.key
        scene.render.resolution_x = before
        assert first.file.exists()

    run(main)


def test_a_session_that_did_not_change_is_not_kept_twice(
    session: BlenderSession, scene: bpy.types.Scene, temporary: Path
) -> None:
    image = painted("Painted")

    async def main() -> None:
        first = await session.snapshot()
        second = await session.snapshot()
        assert second is first
        assert copies(temporary) == [first.key]
        first.release()
        assert first.file.exists()
        second.release()
        assert copies(temporary) == []
        third = await session.snapshot()
        assert (third.key, third.file) == (first.key, first.file)
        image.pixels[0] = 0.5
        assert (await session.snapshot()).key != first.key

    run(main)


def test_a_pointer_to_another_object_is_a_change(session: BlenderSession, scene: bpy.types.Scene) -> None:
    item = bpy.data.objects.new("Item", None)
    scene.collection.objects.link(item)
    others = [bpy.data.objects.new(name, None) for name in ("A", "B")]

    async def main() -> None:
        keys = []
        for other in (*others, others[0]):
            item.parent, scene["other"] = other, other
            keys.append((await session.snapshot()).key)
        assert keys[0] == keys[2] != keys[1]

    run(main)


def test_windows_do_not_count(session: BlenderSession, scene: bpy.types.Scene) -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True)  # a file with workspaces

    async def main() -> None:
        first = await session.snapshot()
        bpy.data.screens[0].name = bpy.data.workspaces[0].name = "Other"
        space: Any = next(area for area in bpy.data.screens[0].areas if area.spaces.active is not None).spaces.active
        space.show_region_header = not space.show_region_header
        assert await session.snapshot() is first
        bpy.data.scenes[0].name = "Other"
        assert (await session.snapshot()).key != first.key

    run(main)


def test_what_the_stack_of_blender_had_behind_a_text_does_not_count(tmp_path: Path) -> None:
    """Blender writes the bytes behind the end of a text in `GLOB` as they happen to be."""
    file = tmp_path / "a.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=False)
    data = file.read_bytes()
    text = bpy.app.build_hash
    end = data.index(text, data.index(b"GLOB")) + len(text)
    digest = digest_of_blend(file)
    assert digest is not None
    file.write_bytes(data[: end + 1] + b"old" + data[end + 4 :])
    assert digest_of_blend(file) == digest
    file.write_bytes(data[: end - 1] + b"?" + data[end:])
    assert digest_of_blend(file) != digest


@pytest.mark.parametrize("kept", [12, 2000])
def test_a_file_of_another_form_counts_by_its_bytes(tmp_path: Path, kept: int) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), compress=False)
    (tmp_path / "a.blend").write_bytes((tmp_path / "a.blend").read_bytes()[:kept])
    assert digest_of_blend(tmp_path / "a.blend") is None


def test_a_copy_that_nobody_needs_goes_and_so_does_all_at_the_end(session: BlenderSession, temporary: Path) -> None:
    async def main() -> None:
        asked = asyncio.ensure_future(session.snapshot())
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        kept = await session.snapshot()
        async with asyncio.timeout(60):  # the copy of the cancelled call goes when it was read
            while copies(temporary) != [kept.key]:
                await asyncio.sleep(0.01)

    run(main)
    (private,) = temporary.iterdir()
    assert private.stat().st_mode & 0o777 == 0o700
    session.close()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_session_has_left_goes(session: BlenderSession, temporary: Path) -> None:
    left = temporary / f"{SESSION_PREFIX}x"
    left.mkdir()
    (left / LOCK).write_bytes(os.fsencode(platform.node()))
    run(session.snapshot)
    assert not left.exists()


def test_a_process_takes_its_copies_with_it(tmp_path: Path) -> None:
    script = Path(__file__).parent / "scripts" / "takes_a_snapshot.py"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, script], env=environment, check=True, capture_output=True, text=True)
    assert "a copy is there" in ended.stdout
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(SESSION_PREFIX)] == []


def test_save_handlers_of_add_ons_run(session: BlenderSession) -> None:
    called: list[str] = []
    notes = {name: (lambda *_, name=name: called.append(name)) for name in ("save_pre", "save_post")}
    for name, note in notes.items():
        getattr(bpy.app.handlers, name).append(note)
    try:
        run(session.snapshot)
    finally:
        for name, note in notes.items():
            getattr(bpy.app.handlers, name).remove(note)
    assert called == ["save_pre", "save_post"]


@pytest.mark.parametrize("size", [b"size=24k", b"size=200k"])  # the pixels fit or not, and the file never does
def test_a_full_disk_is_named_and_the_next_call_saves(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: bytes
) -> None:
    image: Any = bpy.data.images.new("Painted", 64, 64)
    image.pixels.foreach_set([0.5] * 4 * 64 * 64)
    session = BlenderSession()
    with mounted(tmp_path / "disk", options=size) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        with pytest.raises(
            ar.RenderError, match=r"no copy of it can be saved in .*disk.*, where 0\.. MB are free: .*TMPDIR"
        ):
            run(session.snapshot)
        assert copies(disk) == []
        session.close()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run(session.snapshot).file.exists()
    session.close()


def test_workers_are_the_same_program_with_the_same_options(session: BlenderSession) -> None:
    program = session.program()
    assert (program.kind, program.path) == ("python", Path(sys.executable))
    line = ["shot.blend", "--factory-startup", "--addons", "a,b", "-P", "x.py", "-y", "--", "--offline-mode"]
    assert list(passed_on(line)) == ["--factory-startup", "--addons", "a,b"]
