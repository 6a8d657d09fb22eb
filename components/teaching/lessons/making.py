"""A lesson of one step that the present model solves, and its file with room for more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from components.base.text import plural
from components.models.language.registry import kind_of
from components.sharing.links.link import LinkContent, content_parts
from components.teaching.lessons.facts import Facts
from components.teaching.lessons.lesson import Lesson, lesson_of

HEADROOM = 1.05
"""Factor between the parameters of the model and the limit of parameters."""
STEPS = """\
# More steps and all kinds of checks; remove the # of what you use.
# - title: Train it
#   text: Formulas stand between dollars, as in $x^2$.
#   page: Train
#   hints: [Say little first., Then more., At last nearly all.]
#   checks:
#   - {id: bet, kind: bet, text: Guess first., options: [High, Low], answer: Low, reveal: runs}
#   - {id: runs, kind: runs, text: Reach 90 % over 3 seeds., seeds: 3, at_least: 0.9}
#   - {id: number, kind: number, text: Type the number of inputs., answer: 2, tolerance: 0}
#   - id: choice
#     kind: choice
#     text: Why?
#     options: [{text: This is right., right: true}, {text: This is not., otherwise: Look again.}]
"""
"""Comments in a file, under `steps`."""
MORE = """\
# The solution's answers; what is shown of the Build page's sidebar; what one should have learnt;
# and notes for teachers.
# minutes: 10
# answers: {bet: Low, number: 2, choice: This is right.}
# controls: [preset, inputs, merges, trunk, heads]
# learnt: [One sentence.]
# teacher: {goals: [One sentence.], prompts: [Ask the class something.]}
"""
"""Comments at the end of a file."""


def proposed(facts: Facts) -> dict[str, dict[str, Any]]:
    """Return conditions that a model meets, with limits that leave some room, by their text."""
    limit, after = rounded_up(facts.costs.total.parameters), facts["layers_after_merge"]
    layers = f"at most {plural(int(str(after)), 'layer')}" if after else "no layer"
    conditions: dict[str, dict[str, Any]] = {
        f"Use at most {limit:,} parameters.": {"of": "parameters", "at_most": limit},
        f"Put {layers} behind the merge.": {"of": "layers_after_merge", "at_most": after},
    }
    for merge in facts.merges:
        text = f"Use the strategy {merge.title} in a merge."
        conditions[text] = {"of": "strategies", "any_of": [kind_of(type(merge))]}
    only = "Only add up" if facts["additive"] else "Do not only add up"
    some = "Multiply values" if facts["multiplies"] else "Multiply no values"
    return conditions | {
        f"{text} {end}": {"of": fact, "equals": facts[fact]}
        for text, end, fact in (
            (only, "functions of one input each.", "additive"),
            (some, "of different inputs.", "multiplies"),
        )
    }


def rounded_up(parameters: int) -> int:
    """Return a limit a little above a number of parameters, with two significant digits."""
    limit = parameters * HEADROOM
    unit = int(10 ** max(0, math.floor(math.log10(max(limit, 1))) - 1))
    return math.ceil(limit / unit) * unit


def missing(texts: Mapping[str, str]) -> list[str]:
    """Return the texts that a lesson still needs: its title, its question and its task."""
    return [part for part in ("title", "question", "task") if not texts.get(part, "").strip()]


def made_lesson(
    texts: Mapping[str, str],
    conditions: Mapping[str, Mapping[str, Any]],
    start: LinkContent,
    solution: LinkContent,
) -> Lesson:
    """Make a lesson from the texts `title`, `question` and `task`, with a check for each condition.

    None of the texts may be `missing`; `conditions` are keyed by their text for learners.
    """
    checks = [
        {"id": f"check_{n}", "kind": "architecture", "text": text, "conditions": [condition]}
        for n, (text, condition) in enumerate(conditions.items(), 1)
    ]
    step = {"title": "Your task", "text": texts["task"].strip(), "checks": checks}
    return lesson_of(
        {
            "title": texts["title"].strip(),
            "question": texts["question"].strip(),
            "start": content_parts(start),
            "steps": [step],
            "solution": content_parts(solution),
        }
    )


def commented_yaml(lesson: Lesson) -> str:
    """Return the file of a lesson, with comments on the other things that it can contain."""
    steps, solution = lesson.yaml_text().split("\nsolution:\n", 1)
    return (
        "# docs/lessons.md describes all that can stand here. Open the file on the Learn page to "
        f"try it.\n{steps}\n{STEPS}solution:\n{solution}{MORE}"
    )
