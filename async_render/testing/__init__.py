"""Tests of render scripts in plain Python, without Blender: renders are recorded, and answered with true result types.

    from async_render.testing import fake_renders

    def test_each_camera_is_delivered():
        with fake_renders() as renders:
            asyncio.run(deliver(["Front", "Top"]))
        assert [call.settings.camera for call in renders.calls] == ["Front", "Top"]

`docs/testing.md` has more. Newcomers start with `patched.py`.
"""

from .calls import Call, FakeRenders
from .patched import fake_renders

__all__ = ["Call", "FakeRenders", "fake_renders"]
