"""The initial direction and density of a picture."""

from __future__ import annotations

import pytest

from components.app.parts.widgets.viewer import opening_look
from components.models.drawing.options import PLAIN, DiagramOptions, Direction

BOTH: tuple[Direction, ...] = ("vertical", "horizontal")


@pytest.mark.parametrize(
    ("long", "wide", "directions", "expected"),
    [
        (500, 100, BOTH, ("vertical", False)),
        (700, 100, BOTH, ("horizontal", False)),
        (900, 100, BOTH, ("vertical", True)),
        (9000, 100, BOTH, ("horizontal", True)),
        (700, 100, ("vertical",), ("vertical", True)),
    ],
)
def test_a_picture_opens_in_a_look_that_is_readable_as_a_whole(
    long: int, wide: int, directions: tuple[Direction, ...], expected: tuple[str, bool]
) -> None:
    """Use pictures of these sides, half as large if dense, in an area of 800 x 600."""

    def draw(look: DiagramOptions) -> str:
        sides = [wide, long] if look.direction == "vertical" else [long, wide]
        width, height = (side / (2 if look.dense else 1) for side in sides)
        return f'<svg viewBox="0 0 {width} {height}"><text font-size="9"/></svg>'

    look = opening_look(draw, PLAIN, directions, (800, 600))
    assert (look.direction, look.dense) == expected
