"""How unevenly events fall on persons: the negative binomial shape from the two statistics that reports publish."""

from __future__ import annotations

import math

from sib.calls import public
from sib.chance.special import lambertw
from sib.errors import between


@public
def dispersion_from(mean: float, share_with_any: float) -> float:
    r"""Negative binomial shape with a given mean and share of persons with at least one event.

    Parameters
    ----------
    mean : float
        Mean events a person, above 0.
    share_with_any : float
        Share of persons with at least one event, above 0 and below ``1 - exp(-mean)``, its value for a Poisson.

    Returns
    -------
    float
        The shape k: variance a person is ``mean + mean**2 / k``, and small k is uneven. Infinite where the two
        statistics are a Poisson's to the last bit.

    Raises
    ------
    InputError
        Where no negative binomial has these two statistics.

    Notes
    -----
    The share without events is :math:`(1 + \mu/k)^{-k}`. With :math:`y = 1 + \mu/k` and
    :math:`c = -\ln(1-s)/\mu` this is :math:`y e^{-cy} = e^{-c}`, solved by the lower branch of Lambert's W:
    :math:`y = -W_{-1}(-c e^{-c})/c` (Corless et al. 1996, *On the Lambert W function*).

    Examples
    --------
    Cohort 1 of Peterborough's matched controls, 1.55 events a man and 55.7% reconvicted:

    >>> round(dispersion_from(1.55, 0.557), 3)
    0.693
    """
    events = between(mean, 0.0, math.inf, "mean", "a finite mean above 0", "give the mean events a person, as 1.55")
    most = -math.expm1(-events)
    share = between(
        share_with_any,
        0.0,
        most,
        "share_with_any",
        f"above 0 and below {most:.4f}, the share where events fall on persons by chance alone",
        "correct one of the two statistics; at or above that share there is no overdispersion to model",
    )
    c = -math.log1p(-share) / events
    x = -lambertw(-c * math.exp(-c), -1) / c - 1
    if 1 - c < 1e-3:  # near the branch point the function loses half its digits: start from its series, and refine
        x = 2 * (1 - c) * (1 + 4 * (1 - c) / 3)
        for _ in range(4 if x > 0 else 0):
            x -= (math.log1p(x) - c * x) / (1 / (1 + x) - c)
    return events / x if x > 0 else math.inf
