"""What `RenderSettings` takes and refuses."""

import inspect
import os
import pickle
import re
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

import async_render as ar
from async_render.render.call_settings import settings_with
from async_render.render.names import KnownName
from async_render.render.segments import segments_between
from async_render.render.setting_fields import FRAME_FIELDS, RenderDisplay, SettingsFields, StillFields
from async_render.render.settings import FIELDS


def test_everything_is_as_the_scene_has_it_by_default() -> None:
    assert ar.RenderSettings() == ar.RenderSettings(scene=None, camera=None, frame_start=None, filepath=None)


def test_settings_do_not_change() -> None:
    settings = ar.RenderSettings(frame_start=1)
    with pytest.raises(FrozenInstanceError):
        settings.frame_start = 2  # type: ignore[misc]


def test_replace_makes_changed_settings_and_keeps_the_original() -> None:
    settings = ar.RenderSettings(frame_start=1, frame_end=9)
    assert settings.replace(frame_end=5) == ar.RenderSettings(frame_start=1, frame_end=5)
    assert settings.frame_end == 9


def test_a_path_may_be_a_path_object() -> None:
    assert ar.RenderSettings(filepath=Path("out/####")).filepath == Path("out/####")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frame_start", 1_048_575),
        ("frame_end", -1_048_575),
        ("frame_step", 0),
        ("resolution_x", 3),
        ("resolution_y", 65537),
        ("resolution_percentage", 0),
        ("samples", 0),
        ("filepath", ""),
        ("scene", ""),
        ("quality", 101),
        ("frames", "1-x"),
        ("frames", ()),
        ("frames", range(0)),
        ("view_layers", ()),
        ("border", (0, 0, 2, 1)),
        ("border", (0.5, 0, 0.5, 1)),
    ],
)
def test_a_value_that_no_scene_can_have_is_refused_by_name_and_value(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{field}={value!r}")):
        ar.RenderSettings(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frame_start", 1.5),
        ("samples", True),
        ("resolution_x", "64"),
        ("camera", object()),
        ("filepath", 3),
        ("frames", 3),
        ("frames", [1.5]),
        ("view_layers", "A"),
        ("border", (0, 0, 1)),
        ("border", "0011"),
        ("border", (0, 0, float("inf"), 1)),
        ("border", (0, 0, 10**400, 1)),
        ("color_depth", 16),
        ("use_denoising", 1),
        ("overrides", ["a"]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{field}="):
        ar.RenderSettings(**{field: value})


def test_an_unknown_field_is_named_with_the_fields_near_to_it() -> None:
    (segment,) = segments_between([(1, "Intro")], 1, 10, "Scene")
    for attempt in (ar.RenderSettings, ar.RenderSettings().replace, segment.settings):
        with pytest.raises(TypeError, match=r"no field 'camra' in RenderSettings; near to it: 'camera'"):
            attempt(**dict[str, Any](camra="Top"))


def test_type_checkers_know_the_fields_that_settings_have() -> None:
    assert SettingsFields.__annotations__.keys() == ar.RenderSettings.__dataclass_fields__.keys()
    assert set(SettingsFields.__annotations__) - set(FRAME_FIELDS) == set(StillFields.__annotations__)
    assert list(inspect.signature(ar.RenderSettings).parameters) == list(FIELDS)
    displays = get_args(RenderDisplay)
    assert [ar.RenderSettings(render_display_type=display).render_display_type for display in displays] == [*displays]


def test_the_settings_of_a_call_are_those_given_with_the_fields_given() -> None:
    draft = ar.RenderSettings(samples=4, camera="Top")
    assert settings_with(None, {}) == ar.RenderSettings()
    assert settings_with(draft, {}) is draft
    assert settings_with(draft, {"camera": "Front"}) == ar.RenderSettings(samples=4, camera="Front")
    assert settings_with(draft, {"camera": None}) == ar.RenderSettings(samples=4)
    assert settings_with(None, {"samples": 4, "camera": "Top"}, of_still=True) == draft


@pytest.mark.parametrize(
    ("settings", "fields", "message"),
    [
        ("//x", {}, "settings='//x' is of the type str; write filepath='//x'"),
        (Path("/x"), {}, "is of the type PosixPath; write filepath='/x'"),
        ({"samples": 4}, {}, "settings={'samples': 4} is of the type dict; write two stars before"),
        (segments_between([(1, "Intro")], 1, 10, "Scene")[0], {}, "type Segment; write segment.settings()"),
        (12, {}, "settings=12 is of the type int; write the fields as keywords"),
        (None, {"camra": "Top"}, "no field 'camra'"),
        (None, {"frame": 12}, "no field 'frame' in RenderSettings; near to it: 'frames'"),
    ],
)
def test_a_call_that_is_given_something_else_says_what_to_write(settings: Any, fields: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        settings_with(settings, fields)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", FRAME_FIELDS)
def test_a_still_takes_no_range_of_frames(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=12: a still has one frame; write frame=12"):
        settings_with(None, {name: 12}, of_still=True)


class Struct:
    """A struct of Blender's, as far as settings look at it."""

    bl_rna: Any

    def __init__(self, name: str, **members: Any) -> None:
        self.name = name
        self.__dict__.update(members)


class Scene(Struct):
    bl_rna = SimpleNamespace(identifier="Scene")


class Object(Struct):
    bl_rna = SimpleNamespace(identifier="Object")


class ViewLayer(Struct):
    bl_rna = SimpleNamespace(identifier="ViewLayer")


class Camera(Struct):
    bl_rna = SimpleNamespace(identifier="Camera")


class Removed:
    bl_rna = SimpleNamespace(identifier="Object")

    @property
    def name(self) -> str:
        raise ReferenceError


def test_of_a_datablock_the_name_is_kept_with_what_finds_it_again() -> None:
    library = SimpleNamespace(filepath="//lib.blend")
    camera = Object("Top", session_uid=7, library=library)
    settings = ar.RenderSettings(
        scene=Scene("Film", session_uid=3, library=None),
        camera=camera,
        view_layers=[ViewLayer("Near"), "Far"],
        overrides={"world": Object("Sky", session_uid=9, library=None)},
    )
    camera.name = "renamed"
    assert settings == ar.RenderSettings(
        scene="Film", camera="Top", view_layers=["Near", "Far"], overrides={"world": "Sky"}
    )
    kept = settings.camera
    assert isinstance(kept, KnownName)
    assert (kept.uid, kept.library) == (7, "//lib.blend")
    assert ar.RenderSettings.from_json(settings.to_json()) == pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"scene": Object("Top")}, TypeError, "scene=.* is of the type Object, not Scene"),
        (
            {"camera": Camera("Top")},
            TypeError,
            "camera=.* is of the type Camera, not Object; give the object that has it",
        ),
        ({"view_layers": [Scene("A")]}, TypeError, "view_layers=.* is of the type Scene, not ViewLayer"),
        (
            {"camera": Removed()},
            ValueError,
            "camera is of the type Object and was removed.*: find it again by its name",
        ),
    ],
)
def test_a_datablock_of_another_type_or_a_removed_one_is_refused(
    fields: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ar.RenderSettings(**fields)


def test_settings_show_only_the_fields_that_are_set() -> None:
    assert repr(ar.RenderSettings()) == "RenderSettings()"
    settings = ar.RenderSettings(camera="Top", frames=[1, 2])
    assert repr(settings) == "RenderSettings(camera='Top', frames=(1, 2))"
    assert eval(repr(settings), {"RenderSettings": ar.RenderSettings}) == settings
    assert len(repr(settings.replace(frames=range(1, 100_000)))) < 200


def test_an_empty_frame_range_is_refused() -> None:
    with pytest.raises(ValueError, match="frame_end=4 is before frame_start=5"):
        ar.RenderSettings(frame_start=5, frame_end=4)


def test_frames_are_kept_in_order_and_each_once() -> None:
    assert ar.RenderSettings(frames=[5, 1, 5]).frames == (1, 5)
    assert ar.RenderSettings(frames=range(3)).frames == (0, 1, 2)
    assert ar.RenderSettings(frames="1-10, 20, 31-").frames == "1-10, 20, 31-"


def test_a_new_frame_list_replaces_the_old_step() -> None:
    settings = ar.RenderSettings(frame_start=1, frame_end=9, frame_step=2)
    assert settings.replace(frames="1-9").frame_step is None
    assert settings.replace(frames=None, samples=4).frame_step == 2
    with pytest.raises(ValueError, match="frame_step=3 beside frames='1-9'"):
        settings.replace(frames="1-9", frame_step=3)


def test_a_frame_step_beside_a_frame_list_is_refused() -> None:
    with pytest.raises(ValueError, match="frame_step=2 beside frames='1-9'; write a step into the list"):
        ar.RenderSettings(frames="1-9", frame_step=2)


@pytest.mark.parametrize("value", [None, float("nan"), {"a": 1}, object(), [[1]], 10**400, -(1 << 64), [10**400]])
def test_an_override_that_no_property_can_have_is_refused_by_path(value: Any) -> None:
    with pytest.raises(TypeError, match=r"overrides\['world\.x'\]="):
        ar.RenderSettings(overrides={"world.x": value})


def test_settings_do_not_follow_a_dict_that_changes_later() -> None:
    overrides = {"cycles.max_bounces": 4}
    settings = ar.RenderSettings(overrides=overrides)
    overrides["cycles.max_bounces"] = 5
    assert settings.overrides == {"cycles.max_bounces": 4}


ALL_KINDS = ar.RenderSettings(
    scene='Ä "quoted" \\ \n\x7f',
    view_layers=["A", "B"],
    frames="1-10, 20",
    border=(0.1, 0, 1, 1),
    film_transparent=False,
    samples=16,
    overrides={"cycles.max_bounces": 4, "view_layers['A'].x": True, "world.color": (1e-7, 0.5, 1), "a": "text"},
)


def test_settings_are_the_same_after_json_toml_and_pickle() -> None:
    assert ar.RenderSettings.from_json(ALL_KINDS.to_json()) == ALL_KINDS
    assert ar.RenderSettings.from_toml(ALL_KINDS.to_toml()) == ALL_KINDS
    assert pickle.loads(pickle.dumps(ALL_KINDS)) == ALL_KINDS
    assert hash(ALL_KINDS) == hash(ALL_KINDS.replace())


def test_a_path_object_is_written_as_text() -> None:
    assert ar.RenderSettings.from_json(ar.RenderSettings(filepath=Path("out/x")).to_json()).filepath == "out/x"


NOT_UTF_8 = os.fsdecode(b"//caf\xe9/####")
"""A path of a disk that was written with Latin-1."""


def test_a_path_that_is_not_utf_8_is_the_same_after_json_and_refused_by_toml() -> None:
    settings = ar.RenderSettings(filepath=NOT_UTF_8, overrides={"a": NOT_UTF_8})
    text = settings.to_json()
    assert text.encode() == text.encode("ascii")
    assert ar.RenderSettings.from_json(text) == settings
    with pytest.raises(ValueError, match=r"filepath='//caf\\udce9/####' has bytes that are not UTF-8.*use to_json"):
        settings.to_toml()


def test_unset_fields_are_not_written() -> None:
    assert ar.RenderSettings(samples=4).to_toml() == "samples = 4\n"
    assert ar.RenderSettings().to_json() == "{}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"sample": 4}', "sample=4 is not a field of RenderSettings; near to it: 'samples'"),
        ('{"zzz": 4}', "zzz=4 is not a field of RenderSettings; there are scene"),
        ('{"samples": 0}', "samples=0 is not between 1 and"),
        ("[1]", "not a JSON object"),
        ("{", "are not JSON"),
        ('{"scene": ' + "[" * 200_000, "are not JSON as it is written: its lists and tables are nested too deeply"),
        ('{"a": ' + "[" * 900 + "]" * 900 + "}", r"a=\[\[\[\[\[\.\.\.\]\]\]\]\] is not a field"),
        ('{"samples": ' + "1" * 5000 + "}", "are not JSON: Exceeds the limit"),
        ('{"samples": 1' + "0" * 1000 + "}", "samples=a number of 3,322 bits is not between 1 and"),
        ('{"scene": "a\\u0000b"}', r"scene='a\\x00b' has a zero byte"),
        ('{"filepath": "a\\u0000b"}', r"filepath='a\\x00b' has a zero byte"),
        ('{"' + "x" * 1_000_000 + '": 1}', r"'x{1000}'…=1 is not a field"),
        ('{"scene": "' + "x" * 1_000_000 + '"}', r"^scene='x{1000}'… has 1,000,000 characters; at most 4,096 are"),
        ('{"filepath": "' + "#" * 5000 + '"}', r"^filepath='#{1000}'… has 5,000 characters"),
        ('{"overrides": {"' + "a." * 5000 + '": 1}}', r"^overrides='.*'… has 10,000 characters"),
        ('{"camera": "\\udcff"}', r"^camera='\\udcff' is not UTF-8, as all names in Blender are"),
        ('{"overrides": {"\\udcff": 1}}', r"^overrides='\\udcff' is not UTF-8"),
    ],
)
def test_bad_json_is_refused_by_field_and_value(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ar.RenderSettings.from_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample = 4", "near to it: 'samples'"),
        ("samples =", "are not TOML"),
        ("quality = 101", "quality=101 is not"),
        ("scene = " + "[" * 200_000, "are not TOML as it is written: its lists and tables are nested too deeply"),
        ("scene = " + "{a=" * 200_000, "are not TOML as it is written"),
        ("a." * 500_000 + "a = 1", "a key of more than 50 parts, 'a.a.a.*a property's path is one text"),
        ("[" + "'a' . " * 500_000 + "a]", "a key of more than 50 parts"),
        ("samples = 0x1" + "0" * 1_000_000, "samples=a number of 4,000,001 bits is not between 1 and"),
        ("a = [" + "1," * 100_000 + "]", r"a=\[1, 1, .*\.\.\.\] is not a field"),
    ],
)
def test_bad_toml_is_refused_by_field_and_value(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ar.RenderSettings.from_toml(text)


def test_replace_is_checked_too() -> None:
    with pytest.raises(ValueError, match="frame_end=0"):
        ar.RenderSettings(frame_start=1, frame_end=3).replace(frame_end=0)
