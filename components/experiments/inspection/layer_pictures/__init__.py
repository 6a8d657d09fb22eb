"""Pictures of a layer's output in an X-ray: one file for each, found by the registry."""

from components.experiments.inspection.layer_pictures.base import LayerPicture, LayerView
from components.models.language.registry import Registry

LAYER_PICTURES: Registry[LayerPicture] = Registry(__name__, LayerPicture, "layer picture")


def picture_of(layer: LayerView) -> type[LayerPicture]:
    """Return the first kind of picture that can draw the layer."""
    return next(kind for _, kind in LAYER_PICTURES.items() if kind.shows(layer))
