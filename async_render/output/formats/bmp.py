"""BMP. Its pixels are not compressed, so zeros at its end may be black pixels."""

from .source import Damage, Source


def check(source: Source) -> None:
    """Check the size of the pixels against the length of the file."""
    begin = source.number(10, 4, "little")
    width = source.number(18, 4, "little")
    height = int.from_bytes(source.read(22, 4), "little", signed=True)
    bits = source.number(28, 2, "little")
    if not (width and height and bits):
        raise Damage("is damaged: it has no size")
    row = (width * bits + 31) // 32 * 4
    source.require(begin + row * abs(height))
