"""The Blender extension: the add-on of the package that is bundled as a wheel."""

from async_render import addon


def register() -> None:
    """The preferences belong to this module: `bl_ext.REPOSITORY.async_render`."""
    addon.register(__name__)


def unregister() -> None:
    addon.unregister()
