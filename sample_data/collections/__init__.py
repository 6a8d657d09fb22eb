"""Small real datasets with several inputs, shipped with the project: one file each."""

from components.models.language.registry import Registry
from sample_data.collections.base import Collection

COLLECTIONS: Registry[Collection] = Registry(__name__, Collection, "collection")
