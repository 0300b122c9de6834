"""The commands that the documents name are tasks of `.ci/task`."""

from __future__ import annotations

import re

import pytest

from ...support.checkout import ROOT


def tasks() -> set[str]:
    """The tasks that there are: each is a function of the script."""
    return set(re.findall(r"^task_(\w+)\(\)", (ROOT / ".ci" / "task").read_text(), re.MULTILINE))


def test_each_task_can_be_called_and_has_a_line_in_the_usage() -> None:
    script = (ROOT / ".ci" / "task").read_text()
    usage = script.split("usage='usage: ")[1].split("'\n")[0]
    assert set(re.findall(r"^  (\w+) ", usage, re.MULTILINE)) == tasks()
    (called,) = re.findall(r"^ +([\w |]+)\) ;;", script, re.MULTILINE)
    assert set(called.split(" | ")) == tasks()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_tasks_that_a_document_names_are_there(document: str) -> None:
    named = set(re.findall(r"\.ci/task (\w+)", (ROOT / document).read_text()))
    assert named
    assert named <= tasks()


def test_each_task_has_a_line_in_contributing() -> None:
    table = [line for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if line.startswith("| ")]
    assert {task for line in table for task in re.findall(r"\.ci/task (\w+)", line)} == tasks()


def test_the_readme_is_tried_with_two_commands() -> None:
    section = (ROOT / "README.md").read_text().split("## Try it without Blender\n")[1].split("\n## ")[0]
    assert re.findall(r"^ {4}(.*)", section, re.MULTILINE) == [".ci/task example", ".ci/task tests"]
