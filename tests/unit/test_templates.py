"""Names in braces in output paths."""

from datetime import datetime

import pytest

from async_render.render.templates import file_name, fill_in, for_old_blender

NOW = datetime(2026, 1, 31, 12, 5)
VALUES = {"scene": "In/tro", "camera": "Cam.Top", "view_layer": "A+B", "segment": None}


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("//out/####", "//out/####"),
        ("//{scene}/{camera}_{view_layer}_", "//In_tro/Cam.Top_A+B_"),
        ("{frame:04d}", "####"),
        ("{frame:3}{frame}", "####"),
        ("{date}/{date:%H-%M}", "2026-01-31/12-05"),
        ("{date:%d/%m}", "31_01"),
        ("{{scene}}", "{{scene}}"),
        ("{blend_name}_{fps:.##}", "{blend_name}_{fps:.##}"),
    ],
)
def test_our_names_are_put_in_and_blenders_are_left_to_blender(template: str, path: str) -> None:
    assert fill_in(template, VALUES, NOW) == path
    assert fill_in(path, VALUES, NOW) == path


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("//{scen}/", r"\{scen\} is not known, did you mean \{scene\}\?; known are camera, date, frame"),
        ("{}", r"\{\} is not known; known are"),
        ("{segment}", r"no segment to put in; it comes with settings by segment\.settings\(\)"),
        ("{frame:x}", r"\{frame:x\} is no width; write \{frame:04d\}"),
        ("{scene:>9}", r"\{scene:>9\} takes no format"),
        ("a{b", r"a lone '\{'; write '\{\{'"),
        ("a}b", r"a lone '\}'; write '\}\}'"),
    ],
)
def test_what_cannot_be_put_in_is_named_with_a_remedy(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fill_in(template, VALUES, NOW)


def test_before_4_5_a_brace_is_a_brace_and_blenders_own_names_are_an_error() -> None:
    assert for_old_blender("//{{a}}/####") == "//{a}/####"
    with pytest.raises(ValueError, match=r"\{blend_name\} is put in by Blender from 4\.5 on"):
        for_old_blender("//{blend_name}")


@pytest.mark.parametrize(("text", "name"), [("a/b#1", "a_b_1"), ("..", "_"), ("Ä ö.", "Ä ö")])
def test_a_value_makes_no_folders_and_no_frame_numbers(text: str, name: str) -> None:
    assert file_name(text) == name
