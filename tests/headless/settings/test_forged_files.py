"""Files from others: nothing that stands in one sets, calls or deletes anything."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.datablocks import known_by
from async_render.blender.settings import journal, recovery
from async_render.blender.settings.apply import applied
from async_render.blender.settings.properties import Location
from async_render.blender.settings.snapshot import Saved, Snapshot

from ...support.cameras import add_camera
from ...support.empty_file import new_empty_file
from ...support.scene_state import state

TOKEN = "0123456789abcdef" * 2
JOBS = ar.RenderSettings(resolution_x=99, filepath="//jobs/####", frame_end=2)


@pytest.fixture(autouse=True)
def no_memory_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a Blender that was started anew."""
    monkeypatch.setattr(recovery, "_warned", set())
    recovery._entries.clear()
    recovery.register()


@pytest.fixture
def domain(scene: bpy.types.Scene, tmp_path: Path) -> Iterator[Path]:
    """The cache folder of a fluid domain, with files of the user's: changing the resolution empties it."""
    cache = tmp_path / "home"
    for name in ("data", "config", "mesh"):
        (cache / name).mkdir(parents=True)
        (cache / name / "thesis.txt").touch()
    fluid = bpy.data.objects.new("D", bpy.data.meshes.new("D"))
    scene.collection.objects.link(fluid)
    fluid.hide_viewport = True
    modifier: Any = fluid.modifiers.new("Fluid", "FLUID")
    modifier.fluid_type = "DOMAIN"
    modifier.domain_settings.cache_type = "ALL"
    modifier.domain_settings.cache_directory = str(cache)
    yield cache
    assert len(list(cache.glob("*/thesis.txt"))) == 3


def properties(scene: Any) -> set[str]:
    """The names of its custom properties."""
    return set(scene.keys())


def save_while_it_renders(scene: bpy.types.Scene, file: Path, settings: ar.RenderSettings = JOBS) -> None:
    with applied(scene, settings):
        bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    recovery._entries.clear()


def load(file: Path) -> bpy.types.Scene:
    bpy.ops.wm.open_mainfile(filepath=str(file))
    return bpy.data.scenes["Scene"]


def nested(depth: int) -> dict[str, Any]:
    return {} if depth == 0 else {"a": nested(depth - 1)}


def note(**values: Any) -> dict[str, Any]:
    return {"text": json.dumps({"values": values, "marker_cameras": [], "unset": []}), "held": {}}


FORGED: dict[str, Callable[[], Any]] = {
    "unknown": lambda: TOKEN,
    "empty": lambda: "",
    "upper case": lambda: TOKEN.upper(),
    "with a newline": lambda: TOKEN + "\n",
    "other digits": lambda: "٠" * 32,
    "path": lambda: "../" * 8 + "etc/passwd",
    "absolute path": lambda: "/etc/passwd",
    "long": lambda: "0" * 1_000_000,
    "bytes": lambda: b"\xff\x00" * 16,
    "number": lambda: 2**31 - 1,
    "fraction": lambda: float("inf"),
    "row": lambda: [1, 2, 3],
    "empty group": dict,
    "deep group": lambda: nested(100),
    "datablock": lambda: bpy.data.worlds[0],
    "groups": lambda: [{}, {"text": "{}"}],
    "note": lambda: note(**{"render.resolution_x": 7}),
}


@pytest.mark.parametrize("key", [recovery.TOKEN, recovery.OLD_NOTE, recovery.HELD])
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_property_changes_nothing_and_other_scenes_are_served(
    scene: bpy.types.Scene, tmp_path: Path, capfd: pytest.CaptureFixture[str], key: str, kind: str
) -> None:
    last = bpy.data.scenes.new("Zoo")
    last.render.resolution_x = 48
    scene[key] = FORGED[kind]()
    before = state(scene)
    save_while_it_renders(last, tmp_path / "forged.blend")
    after = state(load(tmp_path / "forged.blend"))
    assert after == before
    assert bpy.data.scenes["Zoo"].render.resolution_x == 48
    assert recovery.TOKEN not in properties(bpy.data.scenes["Zoo"])
    assert "Traceback" not in capfd.readouterr().err


OLD_NOTES: dict[str, Callable[[], Any]] = {
    "own settings": lambda: note(**{"render.resolution_x": 7, "frame_end": 1}),
    "fluid": lambda: note(**{'objects["D"].modifiers["Fluid"].domain_settings.resolution_max': 16}),
    "pointer": lambda: note(**{'["wm"].keyconfigs.user.keymaps["Screen"].keymap_items[0].idname': "script.x"}),
    "no text": dict,
    "deep": lambda: {"text": "[" * 100_000},
    "huge": lambda: {"text": '{"values": {"frame_end": ' + "9" * 5000 + "}}"},
}


@pytest.mark.parametrize("kind", OLD_NOTES)
def test_notes_of_older_versions_are_not_obeyed_and_the_user_is_told_once(
    scene: bpy.types.Scene, domain: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    scene["wm"] = bpy.data.worlds[0]
    scene[recovery.OLD_NOTE] = OLD_NOTES[kind]()
    before = state(scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "old.blend"))
    assert state(load(tmp_path / "old.blend")) == before
    assert state(load(tmp_path / "old.blend")) == before
    told = capfd.readouterr().err
    assert told.count("a note of an older version, which is not followed any more") == 1
    assert "Traceback" not in told


def test_a_file_carries_a_token_and_nothing_else(scene: bpy.types.Scene, tmp_path: Path, journal_folder: Path) -> None:
    scene.render.filepath = "//the_scenes_own_path/####"
    keys = properties(scene)
    with applied(scene, JOBS):
        assert properties(scene) == keys | {recovery.TOKEN}
        assert re.fullmatch("[0-9a-f]{32}", scene[recovery.TOKEN])
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), copy=True, compress=False)
    content = (tmp_path / "a.blend").read_bytes()
    assert b"//jobs/####" in content
    assert b"the_scenes_own_path" not in content
    assert properties(scene) == keys


def test_a_file_that_was_edited_meanwhile_keeps_what_was_edited(scene: bpy.types.Scene, tmp_path: Path) -> None:
    file = tmp_path / "a.blend"
    save_while_it_renders(scene, file)
    recovery.unregister()  # a Blender without async_render
    edited = load(file)
    edited.render.filepath, edited.frame_end = "//final_v2/####", 500
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    recovery.register()
    now = load(file)
    assert (now.render.filepath, now.frame_end, now.render.resolution_x) == ("//final_v2/####", 500, 32)
    assert recovery.TOKEN not in properties(now)


def test_who_has_no_journal_is_told_once_and_nothing_changes(
    scene: bpy.types.Scene, tmp_path: Path, journal_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.blend"
    save_while_it_renders(scene, file)
    shutil.rmtree(journal_folder)
    assert load(file).render.resolution_x == 99
    assert load(file).render.resolution_x == 99
    token = bpy.data.scenes["Scene"][recovery.TOKEN]
    told = capfd.readouterr().err
    assert told.count("The scene 'Scene' was saved while it rendered, and has the settings of that render") == 1
    with applied(bpy.data.scenes["Scene"], ar.RenderSettings(resolution_x=77)):
        assert bpy.data.scenes["Scene"][recovery.TOKEN] != token
    assert bpy.data.scenes["Scene"][recovery.TOKEN] == token  # who has the journal may still want it


def test_older_versions_of_a_file_and_copies_of_a_scene_are_served(scene: bpy.types.Scene, tmp_path: Path) -> None:
    first, second = tmp_path / "a.blend", tmp_path / "b.blend"
    save_while_it_renders(scene, first)
    scene.render.resolution_x = 48
    with applied(scene, JOBS):
        copy = scene.copy()
        copy.name, copy.use_fake_user = "Copy", True
        bpy.ops.wm.save_as_mainfile(filepath=str(second), copy=True)
    assert (copy.render.resolution_x, recovery.TOKEN in properties(copy)) == (48, False)
    assert load(first).render.resolution_x == 32
    assert (load(second).render.resolution_x, bpy.data.scenes["Copy"].render.resolution_x) == (48, 48)


def test_an_appended_scene_is_served_with_the_next_undo(scene: bpy.types.Scene, tmp_path: Path) -> None:
    save_while_it_renders(scene, tmp_path / "a.blend")
    new_empty_file().name = "Mine"
    libraries: Any = bpy.data.libraries
    with libraries.load(str(tmp_path / "a.blend"), link=False) as (_, wanted):
        wanted.scenes = ["Scene"]
    assert bpy.data.scenes["Scene"].render.resolution_x == 99
    recovery._after_undo()
    assert bpy.data.scenes["Scene"].render.resolution_x == 32


def test_of_a_linked_and_a_local_camera_of_one_name_the_right_one_comes_back(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"), copy=True)
    libraries: Any = bpy.data.libraries
    with libraries.load(str(tmp_path / "library.blend"), link=True) as (_, wanted):
        wanted.objects = ["Camera"]
    linked = wanted.objects[0]
    scene.collection.objects.link(linked)
    add_camera(scene, "Other")
    local: Any = scene.camera
    for own in (linked, local):
        scene.camera = own
        save_while_it_renders(scene, tmp_path / "a.blend", ar.RenderSettings(camera="Other"))
        assert scene.camera == own
        (tmp_path / f"{bool(own.library)}").mkdir()
        shutil.copy(tmp_path / "a.blend", tmp_path / f"{bool(own.library)}")
    for is_linked in (True, False):
        camera = load(tmp_path / f"{is_linked}" / "a.blend").camera
        assert (camera.name, camera.library is not None) == ("Camera", is_linked)


def test_a_datablock_that_only_the_journal_names_is_saved(scene: bpy.types.Scene, tmp_path: Path) -> None:
    bpy.data.worlds.new("Night")
    scene.world.color = (1, 0, 0)
    settings = ar.RenderSettings(overrides={"world": "Night"})
    save_while_it_renders(scene, tmp_path / "a.blend", settings)
    assert recovery.HELD not in properties(scene)
    now: Any = load(tmp_path / "a.blend")
    assert (now.world.name, [*now.world.color], recovery.HELD in properties(now)) == ("World", [1, 0, 0], False)


# What nothing may set, neither by an entry of the journal nor by settings from a file, and what it would be set to.
OUT_OF_REACH: dict[str, Any] = {
    'objects["D"].modifiers["Fluid"].domain_settings.resolution_max': 16,
    'collection.objects["D"].hide_render': True,
    '["pointer"].color': (1.0, 0.0, 0.0),
    '["pointer"]': "World",
    '["group"]["x"]': 2,
    '["group"]': 2,
    '["async_render_job"]': TOKEN,
    "rigidbody_world.point_cache.use_disk_cache": True,
    "tool_settings.use_snap": True,
    "sequence_editor.show_cache": True,
    "camera.location": (1.0, 2.0, 3.0),
    "camera.data.custom_filepath": "//x.osl",
    "camera.data.name": "x",
    "world.name": "x",
    "world.use_fake_user": True,
    "name": "x",
    "background_set.frame_end": 7,
    "background_set.world.color": (1.0, 0.0, 0.0),
    "view_layers['ViewLayer'].name": "x",
    "view_layers['ViewLayer'].world_override.color": (1.0, 0.0, 0.0),
    "view_layers['ViewLayer'].freestyle_settings.modules[0].script": "Text",
    "view_layers['ViewLayer'].objects[0].hide_render": True,
    "view_layers['ViewLayer'].layer_collection.collection.hide_render": True,
    "view_layers[0].active_aov.name": "x",
    "animation_data.action_influence": 0.5,
    "of_add_on": 3,
    "group_of_add_on.value": 3,
    "original.frame_end": 7,
}
if bpy.app.version < (5, 0):  # cameras have no shaders of their own there
    del OUT_OF_REACH["camera.data.custom_filepath"]


@pytest.fixture
def called(scene: bpy.types.Scene, domain: Path) -> Iterator[list[str]]:
    """A scene that has all of it; with the names of an add-on's properties whose code was called."""
    calls: list[str] = []

    class OfAddOn(bpy.types.PropertyGroup):
        pass

    OfAddOn.__module__ = "forged_add_on"  # of no engine, whatever engines other tests have left
    OfAddOn.__annotations__ = {"value": bpy.props.IntProperty(update=lambda _self, _context: calls.append("group"))}
    bpy.utils.register_class(OfAddOn)
    bpy.types.Scene.of_add_on = bpy.props.IntProperty(update=lambda _self, _context: calls.append("scene"))
    bpy.types.Scene.group_of_add_on = bpy.props.PointerProperty(type=OfAddOn)
    scene["pointer"] = scene.world
    scene["group"] = {"x": 1}
    scene[recovery.TOKEN] = ""
    scene.background_set = bpy.data.scenes.new("Set")
    scene.background_set.world = scene.world
    layer = scene.view_layers[0]
    layer.world_override = scene.world
    layer.freestyle_settings.modules.new()
    layer.aovs.add()
    bpy.data.texts.new("Text")
    scene.sequence_editor_create()
    scene.animation_data_create()
    bpy.ops.rigidbody.world_add()
    yield calls
    del bpy.types.Scene.of_add_on, bpy.types.Scene.group_of_add_on
    bpy.utils.unregister_class(OfAddOn)
    assert calls == []


@pytest.mark.parametrize("path", OUT_OF_REACH)
def test_settings_from_a_file_do_not_reach_it(
    scene: bpy.types.Scene, called: list[str], tmp_path: Path, path: str
) -> None:
    before = state(scene)
    text = json.dumps({"filepath": f"{tmp_path}/x_####", "overrides": {path: OUT_OF_REACH[path]}})
    with pytest.raises(ar.RenderError, match="is not a setting of a render"):
        ar.run(ar.render_animation(ar.RenderSettings.from_json(text)))
    assert state(scene) == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("render.filepath", "x" * 1_000_000),
        ("render.engine", "\u202e" * 1_000_000),
        ("render.resolution_x", [1] * 300_000),
        ("world", "\udcff"),
        ("world", "\u202e" * 1_000_000),
        ("view_layers[" + "9" * 4000 + "].use", True),
        ("a." * 2000 + "a", 1),
    ],
    ids=["path", "choice", "numbers", "not UTF-8", "name", "index", "deep"],
)
def test_huge_and_odd_values_of_a_file_are_an_error_of_some_lines(
    scene: bpy.types.Scene, path: str, value: object
) -> None:
    before = state(scene)
    text = json.dumps({"overrides": {path: value}})
    with pytest.raises((ar.RenderError, ValueError)) as caught:
        ar.run(ar.render_animation(ar.RenderSettings.from_json(text)))
    assert 0 < len(str(caught.value)) < 20_000
    assert state(scene) == before


@pytest.mark.parametrize("path", OUT_OF_REACH)
def test_an_entry_of_the_journal_does_not_reach_it(
    scene: bpy.types.Scene, called: list[str], tmp_path: Path, journal_folder: Path, path: str
) -> None:
    """Should somebody have written into it, or a version of ours that reached further."""
    scene[recovery.TOKEN] = TOKEN
    before = state(scene)
    own = OUT_OF_REACH[path]
    every_value = [*before.values(), False, True, 0, 1, 64, 32, "", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)]
    jobs = [value for value in every_value if isinstance(value, bool | int | float | str | tuple)]
    saved = Saved(known_by(bpy.data.texts[0]) if path.endswith("script") else own, jobs)
    snapshot = Snapshot(
        {Location(path): saved, Location("render.resolution_x"): Saved(77, [32])}, [], {"ViewLayer": "mark"}
    )
    journal.write(journal_folder, TOKEN, journal.as_text(snapshot), is_saved=True)
    recovery._after_undo()
    after = state(scene)
    assert after.pop("scene.render.resolution_x") == 77
    changed = {name for name, value in after.items() if before[name] != value}
    assert changed <= {"custom properties"}
    assert recovery.TOKEN not in properties(scene)


def test_what_a_render_may_set_it_reaches(scene: bpy.types.Scene) -> None:
    overrides: dict[str, Any] = {
        "cycles.max_bounces": 4,
        "camera.data.lens": 35.0,
        "camera.data.dof.use_dof": True,
        "world.mist_settings.depth": 7.0,
        "view_layers['ViewLayer'].cycles.use_denoising": False,
        "view_settings.exposure": 1.5,
        "display.shading.light": "FLAT",
        "eevee.ray_tracing_options.resolution_scale": "4",
        "render.bake.margin": 3,
        "unit_settings.scale_length": 2.0,
    }
    other = add_camera(scene, "Other")
    before, lens = state(scene), scene.camera.data.lens
    with applied(scene, ar.RenderSettings.from_json(ar.RenderSettings(overrides=overrides, camera="Other").to_json())):
        assert (scene.cycles.max_bounces, other.data.lens, scene.world.mist_settings.depth) == (4, 35, 7)
        assert bpy.data.objects["Camera"].data.lens == lens  # the camera that renders is meant
    assert (state(scene), other.data.lens, other.data.dof.use_dof) == (before, 50, False)


def test_settings_of_an_add_on_that_brings_an_engine_are_reached(scene: bpy.types.Scene) -> None:
    class Engine(bpy.types.RenderEngine):
        bl_idname = "FORGED"
        bl_label = "Forged"

    class OfEngine(bpy.types.PropertyGroup):
        pass

    OfEngine.__annotations__ = {"value": bpy.props.IntProperty()}
    Engine.__module__ = "bl_ext.user_default.an_engine"
    OfEngine.__module__ = "bl_ext.user_default.an_engine.properties"
    bpy.utils.register_class(OfEngine)
    bpy.types.Scene.of_engine = bpy.props.PointerProperty(type=OfEngine)
    try:
        with applied(scene, ar.RenderSettings(overrides={"of_engine.value": 3})):
            assert scene.of_engine.value == 3
        assert scene.of_engine.value == 0
        OfEngine.__module__ = "bl_ext.user_default.another_add_on"
        with pytest.raises(ar.RenderError, match="an add-on that brings no render engine"):
            ar.run(ar.render_animation(ar.RenderSettings(overrides={"of_engine.value": 3})))
    finally:
        del bpy.types.Scene.of_engine
        bpy.utils.unregister_class(OfEngine)


BROKEN_ENTRIES = {
    "nothing": "",
    "no JSON": "{",
    "a row": "[]",
    "a number": "7",
    "empty": "{}",
    "another version": '{"version": 99, "values": [], "markers": [], "layers": []}',
    "no values": '{"version": 1}',
    "deep": "[" * 100_000,
    "too large": '{"version": 1, "values": [], "markers": [], "layers": [' + '"a",' * 300_000 + '"a"]}',
    "wrong rows": '{"version": 1, "values": [1, 2], "markers": [], "layers": []}',
    "wrong datablock": '{"version": 1, "values": [["camera", null, {"datablock": 7}, [], false]], "markers": [], '
    '"layers": []}',
    "wrong marker": '{"version": 1, "values": [], "markers": [["A", "x", {}]], "layers": []}',
    "endless frame": '{"version": 1, "values": [], "markers": [["A", 1e999, {"datablock": ["C", null]}]], '
    '"layers": []}',
    "not ASCII": "\ud800",
}


@pytest.mark.timeout(60)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_an_entry_that_is_no_file_is_none(scene: bpy.types.Scene, journal_folder: Path, kind: str) -> None:
    scene[recovery.TOKEN] = TOKEN
    before = state(scene)
    journal_folder.mkdir(parents=True, mode=0o700)
    entry = journal_folder / f"job-{TOKEN}.json"
    if kind == "pipe":
        os.mkfifo(entry)
    elif kind == "device":
        entry.symlink_to("/dev/tty")
    else:
        entry.mkdir()
    recovery._after_load()
    assert state(scene) == before


def test_a_journal_below_the_current_folder_is_not_used(
    scene: bpy.types.Scene,
    tmp_path: Path,
    journal_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As with an empty BLENDER_USER_CONFIG. The current folder may come from anybody, with a journal in it."""
    save_while_it_renders(scene, tmp_path / "a.blend")
    shutil.copytree(journal_folder, tmp_path / "journal")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(journal, "folder", lambda: Path("journal"))
    now = load(tmp_path / "a.blend")
    assert now.render.resolution_x == 99
    entries = sorted((tmp_path / "journal").iterdir())
    with applied(now, ar.RenderSettings(resolution_x=48)):
        assert now.render.resolution_x == 48
    assert "BLENDER_USER_CONFIG is no absolute path" in caplog.text
    assert sorted((tmp_path / "journal").iterdir()) == entries


@pytest.mark.parametrize("kind", BROKEN_ENTRIES)
def test_a_broken_entry_is_none(
    scene: bpy.types.Scene, journal_folder: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    scene[recovery.TOKEN] = TOKEN
    before = state(scene)
    journal_folder.mkdir(parents=True, mode=0o700)
    text = BROKEN_ENTRIES[kind].encode("utf-8", "surrogatepass")
    (journal_folder / f"saved-{TOKEN}.json").write_bytes(text)
    recovery._after_load()
    assert state(scene) == before
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("own", ["x", "9" * 5000, True, None, (1, 2), 1e300, 2**70])
def test_a_value_that_blender_does_not_take_keeps_no_other_from_being_given_back(
    scene: bpy.types.Scene, journal_folder: Path, own: Any
) -> None:
    scene[recovery.TOKEN] = TOKEN
    values = {"frame_end": Saved(own, [3]), "camera": Saved(own, [7]), "render.resolution_x": Saved(77, [32])}
    entry = journal.as_text(Snapshot({Location(path): saved for path, saved in values.items()}))
    journal.write(journal_folder, TOKEN, entry, is_saved=True)
    recovery._after_load()
    assert (scene.render.resolution_x, scene.camera.name, recovery.TOKEN in properties(scene)) == (77, "Camera", False)


def test_the_journal_is_private_and_bounded(
    scene: bpy.types.Scene, tmp_path: Path, journal_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_LIMITS", {"saved-": (3, 100.0), "job-": (2, 100.0), ".new-": (1, 100.0)})
    for _ in range(4):
        save_while_it_renders(scene, tmp_path / "a.blend")
        with applied(scene, JOBS):
            pass
    names = sorted(file.name.partition("-")[0] for file in journal_folder.iterdir())
    assert names == ["job", "job", "saved", "saved", "saved"]
    if os.name != "nt":
        assert journal_folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in journal_folder.iterdir()} == {0o600}
    long_ago = time.time() - 200
    for file in journal_folder.iterdir():
        os.utime(file, (long_ago, long_ago))
    journal.clean(journal_folder)
    assert list(journal_folder.iterdir()) == []
    journal.write(journal_folder, TOKEN, "{}", is_saved=True)
    monkeypatch.setattr(journal, "MAX_TOTAL", 1)
    journal.clean(journal_folder)
    assert list(journal_folder.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize("kind", ["for all to read", "a link", "a file"])
def test_a_journal_that_others_could_have_written_is_not_used(
    scene: bpy.types.Scene, tmp_path: Path, journal_folder: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    save_while_it_renders(scene, tmp_path / "a.blend")
    if kind == "for all to read":
        journal_folder.chmod(0o755)
    else:
        journal_folder.rename(tmp_path / "elsewhere")
        if kind == "a link":
            journal_folder.symlink_to(tmp_path / "elsewhere")
        else:
            journal_folder.touch()
    now = load(tmp_path / "a.blend")
    assert now.render.resolution_x == 99
    with applied(now, ar.RenderSettings(resolution_x=48)):
        assert now.render.resolution_x == 48
    assert now.render.resolution_x == 99
    assert "cannot be written" in caplog.text


def test_many_write_and_clean_at_once(journal_folder: Path) -> None:
    """Each Blender's entry is whole at any time, whatever others do."""
    text = journal.as_text(Snapshot({Location("render.filepath"): Saved("x" * 1000, ["y"])}))
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(40):
                token = journal.new_token()
                journal.write(journal_folder, token, text, is_saved=False)
                journal.write(journal_folder, token, text, is_saved=True)
                journal.clean(journal_folder)
                assert journal.read(journal_folder, token) is not None
        except BaseException as error:  # noqa: BLE001 - it is looked at below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(list(journal_folder.glob("saved-*"))) <= 256
    assert list(journal_folder.glob("job-*")) == list(journal_folder.glob(".new-*")) == []
