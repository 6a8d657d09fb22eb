"""The runs of a race as small squares, strategies × datasets and seeds, filled in as runs end."""

from __future__ import annotations

from html import escape

from components.race import text
from components.race.data_names import data_name
from components.race.outcomes import Outcome
from components.race.plan import PlannedRun
from components.race.result import DatasetResult, RaceResult, StrategyResult
from components.render.heatmap import colours
from components.render.palette import Theme
from components.ui.kit import value_scale
from components.ui.kit.stored_race import EvaluatedRace
from components.ui.kit.value_scale import ValueScale

MANY = 420
"""With more runs a square stands for all seeds of a strategy on a dataset."""
SMALL = 16
"""With more rows they are lower."""
STATES = ("waiting", "running", "stopped", "failed")
_SIGNS = {"running": "▶", "failed": "×", "stopped": "–", "interrupted": "–"}


def grid(race: EvaluatedRace, theme: Theme) -> str:
    """The grid as HTML; a square whose run is in the store has its id as `data-pick`."""
    result, entries = race.result, race.plan.race.entries
    single = len(race.plan.runs) <= MANY
    runs: dict[tuple[str, str], list[PlannedRun]] = {}
    for run in race.plan.runs:
        runs.setdefault((data_name(run.data), run.entry.text), []).append(run)
    scales = [(table, value_scale.of_table(table)) for table in result.tables]
    parts = ['<span class="name corner"></span>', *(_head(table) for table, _ in scales)]
    for entry in entries:
        title = escape(entry.title)
        parts.append(f'<span class="name" title="{title}">{title}</span>')
        for table, of in scales:
            squares = (
                "".join(
                    _run(run, of, race.outcomes.get(run.digest, Outcome()), result, theme)
                    for run in runs.get((table.data, entry.text), ())
                )
                if single
                else _group(table.row(entry.text), of, result, theme)
            )
            parts.append(f'<span class="cells">{squares}</span>')
    small = " small" if len(entries) > SMALL else ""
    groups = "" if single else " groups"
    template = f"grid-template-columns:max-content repeat({len(scales)}, max-content)"
    return (
        f'<div class="scroll{" most" if small else ""}" tabindex="0" role="region" '
        f'aria-label="Runs"><div class="grid{small}{groups}" style="{template}">'
        f"{''.join(parts)}</div></div>{_legend(result, single)}"
    )


def _head(table: DatasetResult) -> str:
    title = escape(table.title)
    return f'<span class="head" title="{title}">{title}</span>'


def _run(
    run: PlannedRun, of: ValueScale, outcome: Outcome, result: RaceResult, theme: Theme
) -> str:
    value = result.table(data_name(run.data)).row(run.entry.text).scores.get(run.seed)
    pick = f' data-pick="{outcome.run}" role="button" tabindex="0"' if outcome.run else ""
    label = escape(text.run_text(run, outcome, result), quote=True)
    if value is None:
        return (
            f'<span class="cell {outcome.status}"{pick} title="{label}" aria-label="{label}">'
            f"{_SIGNS.get(outcome.status, '')}</span>"
        )
    fill, ink = colours(of.share(value), theme)
    return (
        f'<span class="cell" style="background:{fill};color:{ink};border-color:{fill}"{pick} '
        f'title="{label}" aria-label="{label}">{value_scale.short(value, result.measure)}</span>'
    )


def _group(row: StrategyResult, of: ValueScale, result: RaceResult, theme: Theme) -> str:
    ended = row.done + row.failed
    label = escape(f"{row.title}: {ended} of {result.seeds} runs ended", quote=True)
    if row.mean is None:
        state = "failed" if row.failed else "waiting"
        return f'<span class="cell {state}" title="{label}">{_SIGNS.get(state, "")}</span>'
    fill, ink = colours(of.share(row.mean), theme)
    part = 100 * ended / result.seeds
    background = f"linear-gradient(90deg,{fill} {part:.0f}%,transparent {part:.0f}%)"
    ink = ink if ended == result.seeds else "inherit"
    return (
        f'<span class="cell" style="background:{background};color:{ink}" title="{label}">'
        f"{value_scale.short(row.mean, result.measure)}</span>"
    )


def _legend(result: RaceResult, single: bool) -> str:
    value = f"{result.measure.title}{' in %' if result.measure.share else ''}"
    if not single:
        return (
            f'<div class="legend"><span>A square is a row on a dataset: its mean {value}. The '
            f"colour fills it as its {result.seeds} runs end.</span></div>"
        )
    states = "".join(
        f'<span><i class="cell {state}">{_SIGNS.get(state, "")}</i>{text.state_text(state)}</span>'
        for state in STATES
    )
    return (
        f'<div class="legend"><span>A square is one run with its {value}. Click it to open the '
        f"run.</span>{states}</div>"
    )
