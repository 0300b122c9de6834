"""The names of a farm's tasks on Dask's dashboard."""

from __future__ import annotations

import importlib

from async_render.farm.cluster.task_names import LONGEST, MOST_NAMES, TaskNames

key_split = importlib.import_module("dask.utils").key_split

POST = "0123456789abcdef"


def test_a_task_is_called_by_its_frames() -> None:
    names = TaskNames()
    assert key_split(names.key("frames", "1-10", POST, 1)) == "frames 1–10"
    assert key_split(names.key("frames", "1-3,7,9-13x2", POST, 2)) == "frames 1–3,7,9–13x2"
    assert key_split(names.key("frames", "-5--1", POST, 3)) == "frames –5––1"
    assert key_split(names.key("load", None, POST, 4)) == "load"


def test_a_long_name_is_cut() -> None:
    name = key_split(TaskNames().key("frames", ",".join(map(str, range(1, 10_000, 7))), POST, 1))
    assert name.startswith("frames 1,8,15,")
    assert len(name) == len("frames …") + LONGEST


def test_scheduler_and_workers_get_a_bounded_number_of_names() -> None:
    names = TaskNames()
    keys = [names.key("frames", str(frame), POST, frame) for frame in range(1, 10 * MOST_NAMES)]
    assert len(set(keys)) == len(keys)
    assert len(set(map(key_split, keys))) == MOST_NAMES + 1
    assert key_split(keys[-1]) == "frames"
    assert keys[-1].endswith(" 9999")
    assert key_split(names.key("frames", "5", POST, 0)) == "frames 5"
