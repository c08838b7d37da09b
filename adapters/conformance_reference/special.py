"""Computes the neutral special functions with mpmath's own."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from conformance_reference.arrays import Array, Element, binary, context, each, promote, quotient
from conformance_reference.loops import elementwise, floating, logarithm

__all__ = [
    "bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "bessel_j0", "bessel_j1", "betainc", "betaln", "dawsn",
    "digamma", "entr", "erf", "erfc", "erfinv", "expi", "fresnel_cos", "fresnel_sin", "igamma", "igammac", "lgamma",
    "log_ndtr", "logit", "multigammaln", "ndtr", "ndtri", "polygamma", "rel_entr", "sinc", "spence", "xlog1py",
    "xlogy", "zeta",
]  # fmt: skip


# special functions


def erf(x: Any) -> Array:
    """Return the error function."""
    return elementwise(context.erf, x)


def erfc(x: Any) -> Array:
    """Return the complementary error function."""
    return elementwise(context.erfc, x)


def _is_pole(a: Element) -> bool:
    return bool(a <= 0 and a == context.floor(a))


def _lgamma(a: Element) -> Element:
    if not context.isfinite(a) or _is_pole(a):
        return context.inf
    if a > 0:
        return context.loggamma(a)
    return context.log(builtins.abs(context.pi / context.sinpi(a))) - context.loggamma(1 - a)


def lgamma(x: Any) -> Array:
    """Return the logarithm of the absolute value of the gamma function."""
    return elementwise(_lgamma, x)


def digamma(x: Any) -> Array:
    """Return the derivative of lgamma."""
    return elementwise(lambda a: context.nan if _is_pole(a) else context.digamma(a), x)


def _real_or_nan(function: Callable[..., Element], *arguments: Element) -> Element:
    """Return the function of real numbers; not-a-number where it is complex or not defined."""
    if builtins.any(a != a for a in arguments):
        return context.nan
    try:
        value = function(*arguments)
    except (ZeroDivisionError, ValueError):
        return context.nan
    return value if not isinstance(value, context.mpc) else value.real if value.imag == 0 else context.nan


def _pairs(function: Callable[[Element, Element], Element], x1: Any, x2: Any) -> Array:
    """Return the real function of two real arguments, element by element."""
    return binary(lambda a, b: _real_or_nan(function, a, b), floating(x1), floating(x2))


def erfinv(x: Any) -> Array:
    """Return the inverse of erf."""
    return elementwise(context.erfinv, x)


def _normal(a: Element) -> Element:
    return context.erfc(-a / context.sqrt(2)) / 2


def ndtr(x: Any) -> Array:
    """Return the normal distribution function."""
    return elementwise(_normal, x)


def log_ndtr(x: Any) -> Array:
    """Return the logarithm of the normal distribution function."""
    return elementwise(lambda a: context.log(_normal(a)), x)


def ndtri(x: Any) -> Array:
    """Return the quantile of the normal distribution."""
    return elementwise(lambda a: context.sqrt(2) * context.erfinv(2 * a - 1), x)


def logit(x: Any) -> Array:
    """Return log(x / (1 - x))."""
    return elementwise(lambda a: logarithm(quotient(a, 1 - a)), x)


def sinc(x: Any) -> Array:
    """Return sin(pi x) / (pi x), 1 at 0."""
    return elementwise(context.sincpi, x)


def xlogy(x1: Any, x2: Any) -> Array:
    """Return x1 * log(x2), and 0 where x1 is 0."""
    return _pairs(lambda a, b: context.zero if a == 0 else a * logarithm(b), x1, x2)


def xlog1py(x1: Any, x2: Any) -> Array:
    """Return x1 * log(1 + x2), and 0 where x1 is 0."""
    return _pairs(lambda a, b: context.zero if a == 0 else a * logarithm(1 + b), x1, x2)


def _entropy(a: Element) -> Element:
    return -context.inf if a < 0 else context.zero if a == 0 else -a * context.log(a)


def entr(x: Any) -> Array:
    """Return -x * log(x), 0 at 0, and minus infinity below."""
    return elementwise(_entropy, x)


def _relative_entropy(a: Element, b: Element) -> Element:
    if a < 0 or b < 0:
        return context.nan
    return context.zero if a == 0 else a * logarithm(quotient(a, b))


def rel_entr(x1: Any, x2: Any) -> Array:
    """Return x1 * log(x1 / x2), and 0 where x1 is 0; not-a-number where one of them is negative."""
    return _pairs(_relative_entropy, x1, x2)


def _log_beta(a: Element, b: Element) -> Element:
    return _lgamma(a) + _lgamma(b) - _lgamma(a + b) if a > 0 and b > 0 else context.nan


def betaln(x1: Any, x2: Any) -> Array:
    """Return the logarithm of the beta function of positive arguments."""
    return _pairs(_log_beta, x1, x2)


def multigammaln(x: Any, d: int) -> Array:
    """Return the logarithm of the d-dimensional gamma function."""
    start = context.mpf(d * (d - 1)) / 4 * context.log(context.pi)
    return elementwise(lambda a: start + builtins.sum(context.loggamma(a - context.mpf(j) / 2) for j in range(d)), x)


def polygamma(n: int, x: Any) -> Array:
    """Return the n-th derivative of digamma."""
    return elementwise(lambda a: context.nan if _is_pole(a) else context.psi(n, a), x)


def zeta(x1: Any, x2: Any) -> Array:
    """Return the Hurwitz zeta function where its sum converges: x1 above 1, x2 positive."""
    return _pairs(lambda a, b: context.zeta(a, b) if a > 1 and b > 0 else context.nan, x1, x2)


def _lower_gamma(a: Element, b: Element) -> Element:
    return context.gammainc(a, 0, b, regularized=True) if a > 0 and b >= 0 else context.nan


def _upper_gamma(a: Element, b: Element) -> Element:
    return context.gammainc(a, b, regularized=True) if a > 0 and b >= 0 else context.nan


def igamma(x1: Any, x2: Any) -> Array:
    """Return the lower regularized incomplete gamma function of a positive x1 and an x2 that is not negative."""
    return _pairs(_lower_gamma, x1, x2)


def igammac(x1: Any, x2: Any) -> Array:
    """Return the upper regularized incomplete gamma function, where igamma is defined."""
    return _pairs(_upper_gamma, x1, x2)


def _incomplete_beta(a: Element, b: Element, x: Element) -> Element:
    inside = a > 0 and b > 0 and 0 <= x <= 1
    return context.betainc(a, b, 0, x, regularized=True) if inside else context.nan


def betainc(x1: Any, x2: Any, x: Any) -> Array:
    """Return the regularized incomplete beta function of positive shapes, for x from 0 to 1."""
    one, two, at = floating(x1), floating(x2), floating(x)
    values = each(lambda a, b, c: _real_or_nan(_incomplete_beta, a, b, c), one.data, two.data, at.data)
    return Array(values, promote(promote(one.dtype, two.dtype), at.dtype))


def bessel_i0(x: Any) -> Array:
    """Return the modified Bessel function of order 0."""
    return elementwise(lambda a: context.besseli(0, a), x)


def bessel_i0e(x: Any) -> Array:
    """Return exp(-|x|) times the modified Bessel function of order 0."""
    return elementwise(lambda a: context.exp(-builtins.abs(a)) * context.besseli(0, a), x)


def bessel_i1(x: Any) -> Array:
    """Return the modified Bessel function of order 1."""
    return elementwise(lambda a: context.besseli(1, a), x)


def bessel_i1e(x: Any) -> Array:
    """Return exp(-|x|) times the modified Bessel function of order 1."""
    return elementwise(lambda a: context.exp(-builtins.abs(a)) * context.besseli(1, a), x)


def bessel_j0(x: Any) -> Array:
    """Return the Bessel function of order 0."""
    return elementwise(lambda a: context.besselj(0, a), x)


def bessel_j1(x: Any) -> Array:
    """Return the Bessel function of order 1."""
    return elementwise(lambda a: context.besselj(1, a), x)


def dawsn(x: Any) -> Array:
    """Return Dawson's integral."""
    return elementwise(lambda a: context.sqrt(context.pi) / 2 * context.exp(-a * a) * context.erfi(a), x)


def expi(x: Any) -> Array:
    """Return the exponential integral Ei of positive numbers."""
    return elementwise(lambda a: context.ei(a) if a > 0 else context.nan, x)


def spence(x: Any) -> Array:
    """Return the dilogarithm of 1 - x."""
    return elementwise(lambda a: context.polylog(2, 1 - a) if a >= 0 else context.nan, x)


def fresnel_sin(x: Any) -> Array:
    """Return the Fresnel integral of sin(pi t^2 / 2)."""
    return elementwise(context.fresnels, x)


def fresnel_cos(x: Any) -> Array:
    """Return the Fresnel integral of cos(pi t^2 / 2)."""
    return elementwise(context.fresnelc, x)
