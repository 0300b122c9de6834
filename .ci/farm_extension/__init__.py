"""Dask's wheels as an extension, which Blender installs. `import distributed` works while the extension is enabled."""


def register() -> None:
    """Register nothing: Blender has put the wheels on Python's path before."""


def unregister() -> None:
    """Unregister nothing: Blender removes the wheels."""
