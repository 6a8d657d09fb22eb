"""The lessons of the atlas, written by hand: `tests/race/test_lessons.py` reads every figure and
every claim in them from the atlas."""

from __future__ import annotations

LESSONS = (
    "Concatenate with a linear head is enough where a sum is: on Redundant (91.2 %), Unique "
    "(96.5 %), Additive (98.0 %) and Missing inputs (84.2 %) no strategy is shown to be better.",
    "Products can cost accuracy there: on Redundant, Low-rank bilinear reaches 87.9 % and Weighted "
    "sum 91.6 %; on Missing inputs, Dot product 79.0 % and Weighted sum 84.6 %. Both differences "
    "are larger than seed-to-seed variation.",
    "A sum fails where the label depends only on how the inputs combine. With a linear head, "
    "Concatenate, Add, Average, Subtract, Weighted sum, Project and average, Late sum of logits, "
    "Stacking and Gated residual reach at most 51.1 % on Xor, Xor (signs), Dot product and "
    "Similarity.",
    "A product is not the only way out: on Xor, Maximum, Absolute difference and the Gated "
    "multimodal unit reach 100.0 % as Multiply does. Weighing is not enough: Mixture of experts "
    "reaches 75.2 %.",
    "2 dense layers after a concatenation make up for the merge on Xor (100.0 %), Xor (signs) "
    "(96.2 %) and Dot product (90.7 %): no strategy is shown to be better. They do not on "
    "Conditional, where they reach 89.8 % and Dot product 98.2 %.",
    "On Conditional one input decides which number of the other counts: Dot product 98.2 %, "
    "Multiply 96.8 % and Concatenate and product 96.4 %, against 60.7 % of Concatenate.",
    "Gates are not shown to win on Cross reliability, though it is made for them: the best is the "
    "Gated multimodal unit with 86.5 %; Dot product reaches 87.5 %, Concatenate 84.2 %. There is "
    "little to win: an additive model can reach 87.5 % there, any model 89.1 %.",
    "A model needs no gate to ignore an input that is only noise: on Unique the best gate, Mixture "
    "of experts, reaches 96.8 % and Concatenate 96.5 %; neither is shown to be below the best.",
    "Attention between single vectors has nothing to choose from, because a softmax over one key "
    "is 1: Cross-attention and Attention reach at most 51.0 % on Xor, Xor (signs), Dot product and "
    "Similarity. A vector that only asks is lost: on Unique, Attention reaches 50.0 %.",
    "Attention wins where steps are looked up by their content: on Recall, Attention reaches "
    "89.3 %, Cross-attention 89.2 % and Token self-attention 88.8 %; the best strategy without it, "
    "Bilinear, 73.4 %. Not every attention does: Perceiver latents 66.0 %, CLS token 67.3 %.",
    "Attention loses where two streams share a clock: on Alignment, Concatenate over time reaches "
    "98.0 %, and the best attention, Token self-attention, 62.9 %.",
)
