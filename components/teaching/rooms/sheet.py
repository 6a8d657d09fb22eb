"""Sheet of a plan to print: its items with their minutes, questions and the teacher's notes."""

from __future__ import annotations

from jinja2 import Environment

from components.teaching.rooms.plan import WorkshopPlan

_SHEET = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ plan.title }}</title>
<style>
body { font: 11pt/1.4 system-ui, sans-serif; }
body { max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem; }
section { break-inside: avoid; border-top: 1px solid #999; padding: .4rem 0; }
h1 { font-size: 16pt; } h2 { font-size: 12pt; margin: 0; }
p { margin: .2rem 0; white-space: pre-line; }
.notes { border-left: 3px solid #7C3AED; padding-left: .6rem; }
</style></head><body>
<h1>{{ plan.title }}</h1>
<p>{{ plan.about }} {{ plan.minutes }} minutes.</p>
{% for minute, item, question in items %}
<section><h2>{{ minute }} min: {{ item.title }} ({{ item.minutes }} min)</h2>
{% if item.text %}<p>{{ item.text }}</p>
{% endif %}
{% if question %}<p><b>{{ question.text }}</b></p>
<ul>{% for choice in question.choices %}<li>{{ choice }}</li>{% endfor %}</ul>
{% endif %}
<p>Learners read: {{ item.now }}</p>
{% if item.notes %}<p class="notes">{{ item.notes }}</p>
{% endif %}
</section>
{% endfor %}
</body></html>
""")


def plan_sheet(plan: WorkshopPlan) -> str:
    """Return the sheet as a page of HTML that prints without anything else."""
    items, minute = [], 0
    for item in plan.items:
        question = plan.question(item.about) if item.shows == "question" else None
        items.append((minute, item, question))
        minute += item.minutes
    return _SHEET.render(plan=plan, items=items)
