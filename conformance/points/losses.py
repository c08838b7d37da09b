"""Points of losses and distances: equal inputs, kinks at a margin, saturated logits, zero labels, zero vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.points.point import Point, Signature, points


def _targets() -> tuple[Point, ...]:
    """Return points x, y of predictions and targets; losses of them have a kink at a distance of 0, or of a limit."""
    return points(
        ("generic", [0.625, -1.25, 2.125], [1.375, 0.375, 1.875], "ordinary inputs, near each other and apart"),
        ("equal", [0.625, -1.25], [0.625, -1.25], "predictions that are right: the kink of the absolute value"),
        ("one-equal", [0.625, -1.25], [0.625, 1.5], "a prediction that is right, beside another"),
        ("zeros", [0.0, -0.0], [0.0, 0.0], "zeros of both signs"),
        ("one-apart", [1.5, -0.25], [0.5, 0.5], "a distance of just one: where a loss becomes linear"),
        ("minus-one-apart", [-0.5, -0.25], [0.5, 0.5], "the same on the other side"),
        ("two-apart", [2.5, -0.25], [0.5, 0.5], "the same for a limit of two"),
        ("just-within", [1.5, -0.25], [0.5 + 2.0**-20, 0.5], "just within one"),
        ("just-beyond", [1.5, -0.25], [0.5 - 2.0**-20, 0.5], "just beyond one"),
        ("near", [1.5, -0.5], [1.5 - 2.0**-20, -0.5 - 2.0**-18], "ordinary numbers near each other"),
        ("tiny", [2.0**-40, -(2.0**-40)], [0.0, 0.0], "distances whose square is lost beside one"),
        ("twenty-apart", [20.0, -20.0], [0.0, 0.0], "far apart"),
        ("forty-apart", [40.0, -40.0], [0.0, 0.0], "farther apart"),
        ("ninety-apart", [90.0, -90.0], [0.0, 0.0], "so far apart that exp overflows float32"),
        ("far-apart", [800.0, -800.0], [0.0, 0.0], "so far apart that exp overflows float64"),
        ("large-and-near", [1024.0, -1024.0], [1024.25, -1023.75], "large numbers near each other"),
        ("wide-range", [2.0**-20, 2.0**12], [2.0**-18, -(2.0**12)], "a wide dynamic range"),
    )


def _log_rates() -> tuple[Point, ...]:
    """Return points x, y of logarithms of rates and of counts."""
    return points(
        ("generic", [0.625, -1.25], [2.0, 0.5], "ordinary inputs"),
        ("zeros", [0.0, -0.0], [0.0, 1.0], "rates of one, and a count of zero"),
        ("as-the-count", [0.0, 0.625], [1.0, 0.5], "the rate that fits the count: no slope by it"),
        ("ten", [10.0, -10.0], [1.0, 2.0], "a large and a small rate"),
        ("forty", [40.0, -40.0], [1.0, 2.0], "rates far apart"),
        ("minus-ninety", [-90.0, -200.0], [1.0, 0.0], "where exp underflows float32"),
        ("large-count", [10.0, 0.5], [2.0**20, 2.0**12], "large counts"),
    )


def _signs() -> tuple[Point, ...]:
    """Return points x[2] of scores for labels 1 and -1, which the case gives; a hinge has a kink at a margin of 1."""
    return points(
        ("generic", [0.625, -1.25], "inside and outside of the margin, both right"),
        ("generic-wrong", [-0.625, 1.25], "both wrong"),
        ("at-margin", [1.0, 0.5], "at the margin: the kink, beside an ordinary score"),
        ("at-other-margin", [0.5, -1.0], "the same for the other label"),
        ("just-inside", [1.0 - 2.0**-20, 0.5], "just inside the margin"),
        ("just-outside", [1.0 + 2.0**-20, 0.5], "just outside the margin"),
        ("zeros", [0.0, -0.0], "scores of zero"),
        ("all-right", [2.5, -3.5], "all outside of the margin: a hinge has no slope"),
        ("right-by-twenty", [20.0, -20.0], "saturated in float32, not yet in float64"),
        ("right-by-forty", [40.0, -40.0], "saturated in float64"),
        ("right-by-ninety", [90.0, -90.0], "where exp underflows float32"),
        ("wrong-by-twenty", [-20.0, 20.0], "linear in float32, not yet in float64"),
        ("wrong-by-forty", [-40.0, 40.0], "linear in float64"),
        ("wrong-by-ninety", [-90.0, 90.0], "where exp overflows float32"),
        ("wrong-by-far", [-800.0, 800.0], "where exp overflows float64"),
    )


def _ranked() -> tuple[Point, ...]:
    """Return points x1, x2, y of scores and of the sign of their order, for a margin of 0.5."""
    return points(
        ("generic", [0.625, -1.25], [1.375, 0.375], [1.0, -1.0], "a wrong and a right order"),
        ("at-margin", [1.5, 0.25], [1.0, 0.75], [1.0, 1.0], "at the margin: the kink, beside an ordinary pair"),
        ("at-other-margin", [-0.5, 0.25], [0.0, 0.75], [-1.0, 1.0], "the same for the other order"),
        ("just-inside", [1.5, 0.25], [1.0 + 2.0**-20, 0.75], [1.0, 1.0], "just inside the margin"),
        ("just-outside", [1.5, 0.25], [1.0 - 2.0**-20, 0.75], [1.0, 1.0], "just outside the margin"),
        ("equal", [0.75, -0.5], [0.75, -0.5], [1.0, -1.0], "equal scores"),
        ("all-right", [2.5, -3.5], [0.5, 1.0], [1.0, -1.0], "all outside of the margin: no slope"),
        ("wide-range", [2.0**-20, 2.0**12], [2.0**12, 2.0**-20], [1.0, -1.0], "a wide dynamic range"),
    )


def _probabilities() -> tuple[Point, ...]:
    """Return points x, y of probabilities and labels between 0 and 1."""
    return points(
        ("generic", [0.625, 0.25], [1.0, 0.25], "ordinary probabilities, a hard and a soft label"),
        ("generic-zero", [0.625, 0.25], [0.0, 0.75], "the other hard label"),
        ("as-the-label", [0.625, 0.25], [0.625, 0.25], "the smallest loss that the label allows"),
        ("near-zero", [2.0**-20, 2.0**-12], [0.0, 0.0], "small probabilities, rightly"),
        ("near-zero-wrong", [2.0**-20, 2.0**-12], [1.0, 1.0], "small probabilities, wrongly"),
        ("near-one", [1.0 - 2.0**-20, 1.0 - 2.0**-12], [1.0, 1.0], "probabilities near one, rightly"),
        ("near-one-wrong", [1.0 - 2.0**-20, 1.0 - 2.0**-12], [0.0, 0.0], "probabilities near one, wrongly"),
        ("tiny", [2.0**-40, 0.5], [1.0, 0.0], "a probability that is lost beside one, wrongly"),
        ("zero", [0.0], [0.0], "a probability of zero, rightly: zero times the logarithm of zero"),
        ("zero-wrong", [0.0], [1.0], "a probability of zero, wrongly: the loss is infinite"),
        ("one", [1.0], [1.0], "a probability of one, rightly"),
        ("one-wrong", [1.0], [0.0], "a probability of one, wrongly: the loss is infinite"),
    )


def _binary_logits() -> tuple[Point, ...]:
    """Return points x, y of logits and labels between 0 and 1."""
    return points(
        ("generic", [0.625, -1.25], [1.0, 0.25], "ordinary logits, a hard and a soft label"),
        (
            "zeros",
            [0.0, -0.0],
            [1.0, 0.0],
            "logits of zero: the middle of the sigmoid, and a branch of stable formulas",
        ),
        ("as-the-label", [0.0, 0.625], [0.5, 0.5], "the smallest loss that the label allows, beside another"),
        ("right-by-twenty", [20.0, -20.0], [1.0, 0.0], "saturated in float32, not yet in float64"),
        ("right-by-forty", [40.0, -40.0], [1.0, 0.0], "saturated in float64"),
        ("right-by-ninety", [90.0, -90.0], [1.0, 0.0], "where exp over- or underflows float32"),
        ("wrong-by-twenty", [20.0, -20.0], [0.0, 1.0], "linear in float32, not yet in float64"),
        ("wrong-by-forty", [40.0, -40.0], [0.0, 1.0], "linear in float64"),
        ("wrong-by-ninety", [90.0, -90.0], [0.0, 1.0], "where exp over- or underflows float32"),
        ("wrong-by-far", [800.0, -800.0], [0.0, 1.0], "where exp over- or underflows float64"),
        ("soft-and-saturated", [20.0, -40.0], [0.25, 0.75], "soft labels, saturated"),
    )


def _class_logits() -> tuple[Point, ...]:
    """Return points x[2, 3] for integer labels, which the case gives as 2 and 0."""
    return points(
        ("generic", [[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]], "ordinary inputs of both signs"),
        ("zeros", [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], "all zero: all classes alike"),
        ("equal", [[1.5, 1.5, 1.5], [-0.75, -0.75, -0.75]], "equal elements"),
        ("two-largest", [[2.5, -0.5, 2.5], [1.5, 1.5, -1.0]], "two equal largest elements"),
        ("right-by-twenty", [[0.0, 0.5, 20.0], [20.0, 0.0, 0.5]], "saturated in float32, not yet in float64"),
        ("right-by-forty", [[0.0, 0.5, 40.0], [40.0, 0.0, 0.5]], "saturated in float64"),
        ("right-by-ninety", [[0.0, 0.5, 90.0], [90.0, 0.0, 0.5]], "where exp overflows float32"),
        ("wrong-by-twenty", [[20.0, 0.5, 0.0], [0.0, 20.0, 0.5]], "linear in float32, not yet in float64"),
        ("wrong-by-forty", [[40.0, 0.5, 0.0], [0.0, 40.0, 0.5]], "linear in float64"),
        ("wrong-by-ninety", [[90.0, 0.5, 0.0], [0.0, 90.0, 0.5]], "the label's probability underflows float32"),
        ("wrong-by-far", [[800.0, 0.5, 0.0], [0.0, 800.0, 0.5]], "the label's probability underflows float64"),
        ("all-large", [[90.0, 91.0, 89.5], [200.0, 201.0, 199.5]], "where exp overflows, and a shift saves it"),
        ("all-very-negative", [[-200.0, -201.0, -199.5], [-90.0, -91.0, -89.5]], "where exp underflows float32"),
        ("wide-range", [[2.0**-20, 1.0, 2.0**12], [-(2.0**12), 2.0**-20, 1.0]], "a wide dynamic range"),
    )


def _soft_labels() -> tuple[Point, ...]:
    """Return points x, y of logits or log-probabilities by row, and of the probability of every class."""
    soft, hard = [0.25, 0.25, 0.5], [0.0, 0.0, 1.0]
    return points(
        ("generic", [[0.625, -1.25, 2.125]], [soft], "ordinary inputs of both signs"),
        ("generic-rows", [[-0.625, -1.25, -2.125], [-0.75, -0.375, -1.375]], [soft, [0.5, 0.125, 0.375]], "two rows"),
        ("label-zero", [[0.625, -1.25, 2.125]], [hard], "labels with a probability of zero"),
        ("labels-all-zero", [[0.625, -1.25, 2.125]], [[0.0, 0.0, 0.0]], "no label at all"),
        ("not-normalised", [[0.625, -1.25, 2.125]], [[0.5, 1.5, 2.0]], "labels that do not add up to one"),
        ("equal", [[1.5, 1.5, 1.5]], [soft], "equal elements"),
        ("tiny-label", [[0.625, -1.25, 2.125]], [[2.0**-40, 0.25, 0.75]], "a label with a tiny probability"),
        ("saturated-twenty", [[20.0, 0.5, 0.0]], [soft], "saturated in float32, not yet in float64"),
        ("saturated-forty", [[40.0, 0.5, 0.0]], [soft], "saturated in float64"),
        ("saturated-ninety", [[90.0, 0.5, 0.0]], [soft], "where exp overflows float32"),
        ("wrong-by-ninety", [[90.0, 0.5, 0.0]], [hard], "the label's probability underflows float32"),
        ("right-by-ninety", [[0.0, 0.5, 90.0]], [hard], "saturated, and right"),
        ("very-negative", [[-200.0, -90.0, -0.5]], [soft], "log-probabilities far below zero"),
    )


def _gaussian() -> tuple[Point, ...]:
    """Return points x, y, var of means, targets and variances."""
    x, y = [0.625, -1.25], [1.375, 0.375]
    return points(
        ("generic", x, y, [0.75, 0.25], "ordinary inputs"),
        ("equal", x, x, [0.75, 1.5], "means that are right"),
        ("unit-variance", x, y, [1.0, 1.0], "variances of one, whose logarithm is zero"),
        ("as-the-distance", [1.5, 0.5], [0.5, 0.25], [1.0, 2.0], "the variance that fits the distance: no slope by it"),
        ("small-variance", x, y, [2.0**-12, 2.0**-18], "small variances"),
        ("tiny-variance", [0.625, 0.5], [0.625 + 2.0**-20, 0.25], [2.0**-40, 1.5],
         "a variance below PyTorch's guard of 1e-6"),
        ("large-variance", x, y, [2.0**20, 2.0**40], "large variances"),
        ("wide-range", [2.0**-20, 2.0**12], [2.0**12, 2.0**-20], [2.0**-16, 2.0**20], "a wide dynamic range"),
    )  # fmt: skip


def _triplet() -> tuple[Point, ...]:
    """Return points anchor, positive, negative of rows, for a margin of 0.5."""
    row, near, far = [0.625, -1.25], [0.875, -0.5], [1.375, 0.375]
    return points(
        ("generic", [row], [far], [near], "ordinary rows: the negative is nearer"),
        ("generic-rows", [row, [2.125, 0.375]], [near, [-0.75, 1.5]], [far, [0.5, 1.125]],
         "two rows, one of them right"),
        ("all-right", [row], [near], [[9.0, -7.5]], "outside of the margin: no slope"),
        ("at-margin", [[0.0, 0.0]], [[1.5, 2.0]], [[3.0, 0.0]], "just at the margin: the kink"),
        ("right-beside-identical", [row, row], [row, far], [far, near],
         "an identical pair that is outside of the margin, beside an ordinary row: it has no slope"),
        ("anchor-is-positive", [row], [row], [[0.875, -1.25]], "an identical pair within the margin: the norm's kink"),
        ("all-identical", [row], [row], [row], "three identical rows"),
        ("zeros", [[0.0, 0.0]], [[0.0, 0.0]], [[0.0, 0.0]], "all zero"),
        ("squares-overflow", [[2.0**70, 0.0]], [[0.0, 2.0**70]], [[2.0**70, 2.0**69]],
         "where squares overflow float32"),
        ("squares-underflow", [[2.0**-80, 0.0]], [[0.0, 2.0**-80]], [[2.0**-79, 2.0**-80]],
         "where squares underflow float32"),
    )  # fmt: skip


def _row_pairs() -> tuple[Point, ...]:
    """Return points x1, x2 of two matrices with as many rows."""
    one, two = [0.625, -1.25], [2.125, 0.375]
    return points(
        ("generic", [one], [[-0.75, 2.25]], "ordinary rows"),
        ("generic-rows", [one, two], [[-0.75, 2.25], [-0.875, 1.125]], "two rows each"),
        ("identical", [one, two], [one, two], "rows that are identical to their partners: the norm's kink"),
        ("one-identical", [one, two], [one, [-0.875, 1.125]], "one identical pair beside an ordinary one"),
        ("identical-across", [one, two], [two, one], "rows that are identical to others' partners"),
        ("near", [one], [[0.625 + 2.0**-20, -1.25]], "rows near each other, which a difference of squares loses"),
        ("large-and-near", [[1024.0, 1024.0]], [[1024.25, 1023.75]], "large rows near each other"),
        ("zeros", [[0.0, 0.0]], [[0.0, 0.0]], "all zero"),
        ("first-zero", [[0.0, 0.0], one], [two, [-0.75, 2.25]], "a zero row first: no direction"),
        ("second-zero", [one, two], [[0.0, 0.0], [-0.75, 2.25]], "a zero row second"),
        ("opposite", [one], [[-0.625, 1.25]], "opposite directions: the smallest cosine"),
        ("same-direction", [one], [[1.25, -2.5]], "the same direction: the largest cosine"),
        ("orthogonal", [[1.5, 0.0]], [[0.0, -2.0]], "a right angle"),
        ("short", [[2.0**-20, -(2.0**-21)]], [[2.0**-20, 2.0**-22]], "short rows"),
        ("squares-overflow", [[2.0**70, 2.0**69]], [[2.0**69, -(2.0**70)]], "where squares overflow float32"),
        ("squares-underflow", [[2.0**-80, 2.0**-79]], [[2.0**-79, -(2.0**-80)]], "where squares underflow float32"),
        ("wide-range", [[2.0**20, 2.0**-20]], [[2.0**-20, 2.0**12]], "a wide dynamic range"),
    )


SIGNATURES: Final[Mapping[str, Signature]] = {
    "targets": Signature(points=_targets()),
    "log-rates": Signature(points=_log_rates()),
    "signs": Signature(points=_signs()),
    "ranked": Signature(points=_ranked()),
    "probabilities": Signature(points=_probabilities()),
    "binary-logits": Signature(points=_binary_logits()),
    "class-logits": Signature(points=_class_logits()),
    "soft-labels": Signature(points=_soft_labels()),
    "gaussian": Signature(points=_gaussian()),
    "triplet": Signature(points=_triplet()),
    "row-pairs": Signature(points=_row_pairs()),
    "directions": Signature(points=_row_pairs(), conditioned=True),
}
