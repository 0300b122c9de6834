"""Arguments that can work, and those that cannot."""

from __future__ import annotations

import pytest

from async_render.cli.arguments import parse
from async_render.cli.main import main
from async_render.cli.programs import blender_for


def test_arguments_after_two_dashes_are_the_scripts_own() -> None:
    parsed = parse(["run", "shot.py", "--", "--json", "x"])
    assert (parsed.script.name, parsed.file, parsed.json, parsed.rest) == ("shot.py", None, False, ["--json", "x"])


@pytest.mark.parametrize(
    "arguments", [[], ["paint"], ["check"], ["check", "a", "--", "b"], ["render", "a.blend", "--workers", "two"]]
)
def test_arguments_that_cannot_work_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: async-render")


def test_a_path_that_is_no_blender_is_refused_with_the_remedy() -> None:
    with pytest.raises(LookupError, match="is not a program; name the file that starts Blender"):
        blender_for("/nothing/here")
