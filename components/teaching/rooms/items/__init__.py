"""The kinds of item of a plan for a class: one file each, found by the registry."""

from components.models.language.registry import Registry
from components.teaching.rooms.items.base import PlanItem

PLAN_ITEMS: Registry[PlanItem] = Registry(__name__, PlanItem, "kind of item")
