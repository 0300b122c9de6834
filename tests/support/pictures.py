"""Looking at rendered pictures."""

from __future__ import annotations

from pathlib import Path

from PIL import Image


def open_picture(file: Path) -> Image.Image:
    """The decoded picture; the file is closed again."""
    with Image.open(file) as picture:
        picture.load()
        return picture


def assert_segments_rendered(folder: Path, size: tuple[int, int] = (320, 180)) -> None:
    """The example's twelve pictures: the right size, and the colours of their segments."""
    pictures = sorted(folder.iterdir())
    assert [picture.name for picture in pictures] == [
        f"{name}_{frame:04d}.png"
        for name, frames in (("Blue", range(9, 13)), ("Green", range(5, 9)), ("Red", range(1, 5)))
        for frame in frames
    ]
    for picture in pictures:
        image = open_picture(picture).convert("RGB")
        assert image.size == size
        red, green, blue = image.resize((1, 1)).tobytes()
        brightest = {red: "Red", green: "Green", blue: "Blue"}[max(red, green, blue)]
        assert picture.name.startswith(brightest)
    assert len({picture.read_bytes() for picture in pictures}) == len(pictures)
