"""The race of strategies in the place of one merge, each compared with the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from components.base.text import join_names
from components.experiments.races.results import NAMED, DatasetResult, StrategyResult
from components.experiments.races.setup import Race
from components.experiments.races.statistics import (
    FIRST_SEEDS,
    TEST,
    VERDICT_SEEDS,
    Scores,
    Verdict,
    interval,
    verdicts,
)


class StrategiesRace(Race):
    """Race of strategies."""

    what: ClassVar[str] = "strategy"
    many: ClassVar[str] = "strategies"
    against_first: ClassVar[bool] = False
    wrong: ClassVar[str] = "call one of them worse"

    @staticmethod
    def judge(scores: Sequence[Scores], level: float) -> list[Verdict | None]:
        return verdicts(scores, level)

    def ranks(
        self,
        scores: Mapping[str, Mapping[int, float]],
        ended: set[int],
        judged: Mapping[str, Verdict],
    ) -> dict[str, int]:
        """Rank all with a verdict, if there are at least two.

        Those not shown to be below the best share its rank. The same test then ranks the others
        among themselves, and so on: two at chance share a rank.
        """
        means = {
            text: interval([*scores[text].values()]).mean
            for text, verdict in judged.items()
            if verdict.tied is not None
        }
        if len(means) < 2:
            return {}
        ranks: dict[str, int] = {}
        left = dict(means)
        while left:
            equals = [text for text in left if text in judged and judged[text].tied] or [*left]
            best = max(left[text] for text in equals)
            ranks |= dict.fromkeys(equals, 1 + sum(mean > best for mean in means.values()))
            left = {text: mean for text, mean in left.items() if text not in ranks}
            judged = self.verdicts({text: scores[text] for text in left}, ended) if left else {}
        return ranks

    @property
    def test(self) -> str:
        return f"{TEST}, for the number of strategies"

    @property
    def reference(self) -> str:
        return "the best"

    def shown(self, row: StrategyResult) -> str:
        return row.standing

    def verdict(self, on_dataset: DatasetResult) -> str:
        """Return the best strategies, and those shown to be below them."""
        sentences = " ".join(self.sentences(on_dataset))
        if on_dataset.complete:
            return f"{sentences[0].upper()}{sentences[1:]}"
        return f"So far ({FIRST_SEEDS} of {self.seeds} seeds), {sentences}"

    def sentences(self, on_dataset: DatasetResult) -> Iterator[str]:
        """Yield the sentences of a verdict; the first may begin with a small letter."""
        judged = [row for row in on_dataset.rows if row.tied is not None]
        tied = [row for row in judged if row.tied and row.p is not None]
        top = next(row.title for row in judged if row.leads)
        names = [row.title for row in tied]
        behind = [row.title for row in judged if not row.tied]
        sizes, seeds = [row.detectable for row in tied], [len(row.scores) for row in tied]
        would = self.would_have(on_dataset, sizes, min(seeds, default=0))
        if not tied:
            yield f"{top} is best, by more than seed-to-seed variation."
        elif behind:
            leaders = sorted(
                [*tied, next(row for row in judged if row.leads)], key=lambda row: row.parameters
            )
            small, second = leaders[:2]
            fewest = f"; {small.title} has the fewest parameters ({small.parameters:,})"
            lead = f"{join_names([top, *names], NAMED)} share the lead"
            yield f"{lead}{fewest if small.parameters < second.parameters else ''}."
            ahead = f"{top} is ahead of {join_names(behind, NAMED)}"
            yield f"{ahead} by more than seed-to-seed variation.{would}"
        else:
            all_of = (
                f"between {top} and {names[0]}" if len(tied) == 1 else f"among all {len(judged)}"
            )
            yield f"no difference is shown {all_of}.{would}"
        few = [row.title for row in on_dataset.rows if row.tied is None and row.mean is not None]
        if few:
            yield f"Left out, with fewer than {VERDICT_SEEDS} seeds: {join_names(few, NAMED)}."
