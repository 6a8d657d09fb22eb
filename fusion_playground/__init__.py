"""Pictures, figures and differences of your own Keras models, and the whole playground.

>>> import fusion_playground as fp
>>> fp.draw(model)

`import fusion_playground` does not import Keras, so a model can use any backend.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fusion_playground.building import build as build
    from fusion_playground.building import load as load
    from fusion_playground.comparing import ModelDifference as ModelDifference
    from fusion_playground.comparing import diff as diff
    from fusion_playground.contributing import Contributions as Contributions
    from fusion_playground.contributing import contributions as contributions
    from fusion_playground.figures import Summary as Summary
    from fusion_playground.figures import summary as summary
    from fusion_playground.opening import open as open
    from fusion_playground.paying import FusionVerdict as FusionVerdict
    from fusion_playground.paying import pays as pays
    from fusion_playground.pictures import ModelDrawing as ModelDrawing
    from fusion_playground.pictures import draw as draw
    from fusion_playground.xraying import LayerXray as LayerXray
    from fusion_playground.xraying import xray as xray

_HOMES = {
    "Contributions": "contributing",
    "FusionVerdict": "paying",
    "LayerXray": "xraying",
    "ModelDifference": "comparing",
    "ModelDrawing": "pictures",
    "Summary": "figures",
    "build": "building",
    "contributions": "contributing",
    "diff": "comparing",
    "draw": "pictures",
    "load": "building",
    "open": "opening",
    "pays": "paying",
    "summary": "figures",
    "xray": "xraying",
}
"""Module that defines each name; it is imported when the name is first used."""

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
