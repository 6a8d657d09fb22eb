"""An inspection as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from components.core.text import plural
from components.inspection.explanation import quality_name, with_error
from components.inspection.refit_text import MEANS, refit_lines
from components.inspection.results import HeadInspection, InputShare, Inspection

MEANINGS = {
    "±": "the standard error over the samples that are measured",
    "permutation": "what this model loses if the input is shuffled; not what training without it "
    "would lose",
    "Shapley": "a fair share of the quality above chance; not what the input says on its own",
    "alone": "the quality if only this input is known to this model",
    "cooperation": "above 0: together more than the sum of what each adds alone; below 0: less "
    "than that sum, because they repeat each other, or the quality can't rise further",
    "EMAP gap": "quality that is lost if the logits may only add up",
    "interaction": "share of interactions; of probabilities it is above 0 for additive models, too",
}
"""What each measure says, and what it doesn't."""


def text_report(inspection: Inspection) -> str:
    """The measures of each head, then what they mean."""
    kind = "validation" if inspection.validated else "training"
    lines = [
        f"Measured on {plural(inspection.samples, f'{kind} sample')}. Inputs that are not known "
        f"are taken from {plural(inspection.background, 'sample')}.",
    ]
    meanings = dict(MEANINGS)
    for name, head in inspection.heads.items():
        lines += ["", *_head(name, head)]
        if inspection.refit is not None:
            lines += refit_lines(inspection.refit.heads[name], quality_name(head))
            meanings["retrained"] = MEANS
    return "\n".join([*lines, "", *(f"{name}: {text}." for name, text in meanings.items())])


def _head(name: str, head: HeadInspection) -> Iterator[str]:
    yield f"{name}: {quality_name(head)} {head.quality:.3f}, without any input {head.nothing:.3f}"
    yield f"  {'input':<20}{'permutation':>16}{'Shapley':>16}{'alone':>9}"
    yield from map(_input, head.inputs)
    shares = "".join(f"  interaction of {of} {share:.3f}" for of, share in head.interaction.items())
    cooperation = with_error(head.cooperation, head.cooperation_error, "+")
    gap = with_error(head.emap_gap, head.emap_gap_error, "+")
    yield f"  cooperation {cooperation}  EMAP gap {gap}{shares}"


def _input(share: InputShare) -> str:
    permutation = with_error(share.permutation, share.permutation_error)
    shapley = with_error(share.shapley, share.shapley_error)
    return f"  {share.name[:19]:<20}{permutation:>16}{shapley:>16}{share.alone:>9.3f}"
