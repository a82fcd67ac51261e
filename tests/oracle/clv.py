"""Customer lifetime value in many digits: the formulas the library is tested against.

The BG/NBD model (r, alpha, a, b) of Fader, Hardie and Lee (2005) counts purchases; the
Gamma-Gamma model (p, q, v) of Fader and Hardie (2013) prices them. Symbols are the
papers': x repeat purchases, tx the last of them, T the age, z their mean profit. All
times are in days. Inputs are doubles (taken exactly) or mpf; every function works at
mpmath's current precision and carries its own guard digits. Wrap a call in `settled` to
have it repeated at growing precision until two results agree.
"""

from functools import lru_cache

from mpmath import (exp, expm1, factorial, gamma, hyp1f1, hyp2f1, hyper, log, log1p, mp, mpf, pi,
                    rf, rgamma, sin, workdps)

DIGITS = 50       # where `settled` starts
AGREEMENT = 28    # digits two precisions must share; a double has 16


def settled(quantity, *args):
    """The quantity at growing precision, once two precisions agree; each step also raises
    the number of quadrature nodes, so it measures the discretisation as well."""
    before, digits = None, DIGITS
    while digits < 1000:
        with workdps(digits):
            now = quantity(*args)
        if before is not None and abs(now - before) <= abs(now) * mpf(10) ** -AGREEMENT:
            return now
        before, digits = now, digits * 3 // 2
    raise ArithmeticError(f"{quantity.__name__}{args} does not settle")


def daily(rate):
    """The force of interest a day of an annual rate."""
    return log1p(mpf(rate)) / 365


# --- BG/NBD ---

def probability_alive(r, alpha, a, b, x, tx, T):
    if x == 0:
        return mpf(1)
    r, alpha, a, b = map(mpf, (r, alpha, a, b))
    # b + x - 1 in this order would round in a double when b is small; here it is exact.
    return 1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + tx)) ** (r + x))


def probability_alive_on(date, r, alpha, a, b, purchases):
    """By what is known on that date; days count from the first purchase, which is not listed."""
    known = [day for day in purchases if day <= date]
    return probability_alive(r, alpha, a, b, len(known), known[-1] if known else 0, date)


def probability_of_purchase_if_alive(r, alpha, x, T, t):
    return -expm1(-(mpf(r) + x) * log1p(mpf(t) / (mpf(alpha) + T)))


def time_to_next_purchase(r, alpha, a, b, x, tx, T, u):
    """The u-quantile of the wait: a purchase within it has probability u < P(alive)."""
    alive = probability_alive(r, alpha, a, b, x, tx, T)
    return (mpf(alpha) + T) * expm1(-log1p(-u / alive) / (mpf(r) + x))


def probability_of_count(r, alpha, a, b, x, tx, T, t, n):
    """Exactly n purchases in the next t days; a customer who has left makes none."""
    alive = probability_alive(r, alpha, a, b, x, tx, T)
    made = alive * probability_of_count_if_alive(r, alpha, a, b, x, T, t, n)
    return made if n else made + (1 - alive)


def probability_of_count_if_alive(r, alpha, a, b, x, T, t, n):
    """The purchases of one who never leaves, N, are negative binomial. There are n if N = n
    and no purchase was the last, or if N >= n and the nth was; equation 8 of the 2005 paper
    is x = T = 0. The 2F1 is P(N >= n) / P(N = n), a sum of positive terms, which near z = 1
    may need many.
    """
    r, alpha, a, b = map(mpf, (r, alpha, a, b))
    s, B, C = r + x, b + x, a + b + x
    tau = t / (alpha + T)
    z = tau / (1 + tau)
    exactly = rf(s, n) / factorial(n) * z ** n * (1 + tau) ** -s
    if n == 0:
        return exactly
    at_least = exactly * hyp2f1(1, s + n, n + 1, z, maxterms=10 ** 5)
    return (exactly * rf(B, n) + at_least * a * rf(B, n - 1)) / rf(C, n)


def purchases_if_alive(r, alpha, a, b, x, T, t):
    """G: purchases expected in the next t days of a customer who is alive.

    The textbook form after Pfaff's transformation, which leaves x in the lower parameter
    only. It is singular, removably, at a = 1 and C = 1: a is nudged off them by less than
    the last digit, at a precision that outlives the cancellation.
    """
    digits = mp.dps
    with workdps(2 * digits + 20):
        r, alpha, a, b = map(mpf, (r, alpha, a, b))
        a += mpf(10) ** -(digits + 5)
        tau = t / (alpha + T)
        C = a + b + x
        series = hyp2f1(a - 1, a + b - r - 1, C - 1, tau / (1 + tau))
        return (C - 1) / (a - 1) * (1 - (1 + tau) ** (1 - a) * series)


def purchase_rate_if_alive(r, alpha, a, b, x, T, t):
    """G'(t), a day."""
    r, alpha, a, b = map(mpf, (r, alpha, a, b))
    beta = alpha + T
    w = t / beta
    return (r + x) / beta * (1 + w) ** -a * hyp2f1(a, a + b - r - 1, a + b + x, w / (1 + w))


def discounted_purchases_if_alive(r, alpha, a, b, x, T, rate, h):
    """Integral_0^h e^(-delta t) G'(t) dt, by Gauss-Legendre in log(1 + t/beta).

    G' is singular only at t <= -beta, so in that variable it is analytic in the strip
    |Im| < pi whatever the parameters, and panels of length 1 converge fast.
    """
    digits = mp.dps
    with workdps(digits + 10):
        beta, delta = mpf(alpha) + T, daily(rate)
        end = log1p(h / beta)
        panels = int(end) + 1
        width = end / panels
        total = mpf(0)
        for panel in range(panels):
            for node, weight in legendre(digits // 2):
                u = width * (panel + node)
                t = beta * expm1(u)
                total += (weight * exp(u - delta * t)
                          * purchase_rate_if_alive(r, alpha, a, b, x, T, t))
        return total * width * beta


def residual_purchases_if_alive(r, alpha, a, b, x, T, rate):
    """The same with h = infinity, in closed form.

    The Laplace transform of 2F1 is a Mellin-Barnes integral; its three rows of poles give
    three entire series in y = delta beta. They have common poles where a, r or their
    difference is whole: both are nudged off, as above (two nudges, so a double margin).
    """
    digits = mp.dps
    with workdps(4 * digits):
        r, alpha, a, b = map(mpf, (r, alpha, a, b))
        nudge = mpf(10) ** -(digits + 5)
        r, a = r + nudge, a - nudge * pi
        y = daily(rate) * (alpha + T)
        S, B, C, d = r + x, b + x, a + b + x, a + b - r - 1
        return gamma(C) * rgamma(S) * rgamma(a) * (
            gamma(S) * gamma(a - 1) * rgamma(C - 1) * hyper([1, 2 - C], [1 - S, 2 - a], y)
            + pi / sin(pi * a) * y ** (a - 1)
            * gamma(S + 1 - a) * rgamma(B) * hyp1f1(1 - B, a - S, y)
            - pi / sin(pi * S) * y ** S
            * gamma(a - S - 1) * rgamma(d) * hyp1f1(1 - d, S + 2 - a, y))


# --- Gamma-Gamma ---

def expected_average_profit(p, q, v, x, z):
    """z is None where the mean profit is not known: the population's mean stands in."""
    p, q, v = map(mpf, (p, q, v))
    if x == 0 or z is None:
        return population_mean(p, q, v)
    return p * (v + x * mpf(z)) / (p * x + q - 1)


def population_mean(p, q, v):
    return mpf(p) * mpf(v) / (mpf(q) - 1)


# --- tools ---

@lru_cache(None)
def legendre_at(n, digits):
    """Nodes in (0, 1) and weights of the n-point Gauss-Legendre rule."""
    rule = []
    with workdps(digits + 10):
        for k in range(n):
            z, step = mp.cos(pi * (k + mpf(3) / 4) / (n + mpf(1) / 2)), mpf(1)
            while abs(step) > mpf(10) ** -(digits // 2 + 5):   # the next step squares it
                z, step, _ = newton(n, z)
            z, _, slope = newton(n, z)
            rule.append(((1 + z) / 2, 1 / ((1 - z * z) * slope ** 2)))
    return rule


def newton(n, z):
    """One Newton step towards a root of the Legendre polynomial, and its slope at z."""
    before, now = mpf(1), z
    for k in range(2, n + 1):
        before, now = now, ((2 * k - 1) * z * now - (k - 1) * before) / k
    slope = n * (z * now - before) / (z * z - 1)
    return z - now / slope, now / slope, slope


def legendre(n):
    return legendre_at(n, mp.dps)


def nearest(value):
    """The double nearest to a settled value; loud if the value's error could change it."""
    with workdps(DIGITS):
        low, high = (double(value * (1 + sign * mpf(10) ** (2 - AGREEMENT))) for sign in (-1, 1))
    if low != high:
        raise ArithmeticError(f"{value} is too close to the middle of two doubles")
    return low


def double(value):
    """Correct rounding, subnormals included (float(mpf) rounds those twice)."""
    sign, man, exponent, _ = value._mpf_
    man = -int(man) if sign else int(man)
    return man / (1 << -exponent) if exponent < 0 else float(man << exponent)
