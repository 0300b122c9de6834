"""Names in braces in output paths."""

from datetime import datetime

import pytest

from async_render.render.path_templates import file_name, fill_in, for_old_blender, names_in, twins

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
        ("//{scen}/", r"\{scen\} is not known; near to it: \{scene\}; known are camera, date, frame"),
        ("{}", r"\{\} is not known; known are"),
        ("{segment}", r"the variable \{segment\} has no value here; use segment\.settings\(\)"),
        ("{frame:x}", r"\{frame:x\} is no width; write \{frame:04d\}"),
        ("{frame:33d}", r"\{frame:33d\} is wider than 32 digits; write \{frame:04d\} for four"),
        ("{frame:2000000000d}", r"filepath='\{frame:2000000000d\}': \{frame:2000000000d\} is wider than 32 digits"),
        ("{frame:" + "9" * 5000 + "}", r"…: '\{frame:9+'… is wider than 32 digits"),
        ("{frame:.9f}", r"\{frame:\.9f\} is no width"),
        ("{frame:٣}", r"\{frame:٣\} is no width"),
        (
            "{date:" + "%c" * 60 + "}",
            r"the format of '\{date:[%c]+\}' has more than 100 characters.*write \{date:%H-%M\}",
        ),
        ("{date:%2000000000Y}", r"the format of \{date:%2000000000Y\} has more than 100 characters, or a width"),
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
    with pytest.raises(ValueError, match=r"\{blend_name\} is a variable of Blender 4\.5 and later"):
        for_old_blender("//{blend_name}")


@pytest.mark.parametrize(("text", "name"), [("a/b#1", "a_b_1"), ("..", "_"), ("Ä ö.", "Ä ö")])
def test_a_value_makes_no_folders_and_no_frame_numbers(text: str, name: str) -> None:
    assert file_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CON", "CON_"),
        ("aux.old", "aux_.old"),
        ("com7", "com7_"),
        ("Lpt¹", "Lpt¹_"),
        ("console", "console"),
        ("com10", "com10"),
        ("end. ", "end"),
        ("a\x1b[2J\x7f\x9b", "a_[2J__"),
        ("a\0b", "a_b"),
    ],
)
def test_a_value_is_a_name_on_windows_and_says_nothing_to_a_terminal(text: str, name: str) -> None:
    assert file_name(text) == name
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Intro", "Chase", "intro"], {"intro": "Intro", "Intro": "intro"}),
        (["Stra\N{LATIN SMALL LETTER SHARP S}e", "STRASSE"], {"STRASSE": "Straße", "Straße": "STRASSE"}),
        (["\u00e9", "e\u0301"], {"e\u0301": "\u00e9", "\u00e9": "e\u0301"}),
        (["a/b", "a_b"], {"a_b": "a/b", "a/b": "a_b"}),
        (["con", "CON_"], {"CON_": "con", "con": "CON_"}),
        (["End", "End."], {"End.": "End", "End": "End."}),
        (["A", "A", "B"], {}),
        ([], {}),
    ],
)
def test_names_that_share_a_file_on_some_system_are_twins(names: list[str], found: dict[str, str]) -> None:
    assert twins(names) == found


def test_a_megabyte_of_braces_is_refused_at_once_and_quoted_in_part() -> None:
    with pytest.raises(ValueError, match=r"a lone '\{'") as refused:
        fill_in("{a" * 500_000, VALUES, NOW)
    assert len(str(refused.value)) < 2_000
    with pytest.raises(ValueError, match="is not known") as refused:
        fill_in("{" + "a" * 1_000_000 + "}", VALUES, NOW)
    assert len(str(refused.value)) < 3_000


def test_the_names_in_a_path_are_known() -> None:
    assert names_in("//{scene}/{{camera}}_{frame:04d}_{date:%H}") == {"scene", "frame", "date"}
