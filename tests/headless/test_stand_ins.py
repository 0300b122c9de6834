"""The stand-ins for a Python without Blender look as the real functions and classes do."""

from __future__ import annotations

import inspect

import pytest

import async_render as ar
from async_render.without_blender import stand_in

NAMES = [(module, name) for module, names in vars(ar)["_NAMES"].items() if "blender" in module for name in names]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_a_stand_in_has_the_signature_and_the_docstring_of_the_real_one(module: str, name: str) -> None:
    real, fake = getattr(ar, name), stand_in(module, name)
    assert (fake.__name__, fake.__doc__, fake.__module__) == (real.__name__, real.__doc__, real.__module__)
    assert inspect.iscoroutinefunction(fake) == inspect.iscoroutinefunction(real)
    if not inspect.isclass(real):
        assert inspect.signature(fake) == inspect.signature(real)
        return
    methods = {key for key, value in vars(real).items() if inspect.isfunction(value) or isinstance(value, classmethod)}
    assert methods <= set(vars(fake))
    assert {key: getattr(fake, key).__doc__ for key in methods} == {key: getattr(real, key).__doc__ for key in methods}
