"""The kinds of item of a plan for a class: one file each, found by the registry."""

from components.core.registry import Registry
from components.plans.items.base import PlanItem

PLAN_ITEMS: Registry[PlanItem] = Registry(__name__, PlanItem, "kind of item")
