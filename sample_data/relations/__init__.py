"""Relations between hidden causes and labels: one file each, found by the registry."""

from components.models.language.registry import Registry
from sample_data.relations.base import Relation

RELATIONS: Registry[Relation] = Registry(__name__, Relation, "relation")
