"""The same quantities a second way, to check clv.py.

clv.py uses closed forms where there are any. Here each quantity is an expectation taken
straight from the models' assumptions: a purchase rate lambda ~ Gamma, a chance p ~ Beta
to leave after each purchase, a spend rate nu ~ Gamma; all by the trapezoid rule, which
converges geometrically for such weights once the line is stretched by sinh.
"""

from itertools import count

from mpmath import cosh, exp, expm1, log, log1p, mp, mpf, quad, sinh, sqrt, workdps

import clv


# --- each quantity ---

def probability_alive(r, alpha, a, b, x, tx, T):
    """The two likelihoods: still alive at T, or gone right after the purchase at tx."""
    if x == 0:
        return mpf(1)
    r, alpha, a, b = map(mpf, (r, alpha, a, b))
    alive = whole(beta_line(a, b + x)) * whole(gamma_line(r + x)) / (alpha + T) ** (r + x)
    gone = whole(beta_line(a + 1, b + x - 1)) * whole(gamma_line(r + x)) / (alpha + tx) ** (r + x)
    return alive / (alive + gone)


def probability_alive_on(date, r, alpha, a, b, purchases):
    """The likelihoods of the days themselves, a factor lambda e^(-lambda wait) for each wait:
    the rate, the chance to leave, and whether the silence since is that of a living customer."""
    r, alpha, a, b = map(mpf, (r, alpha, a, b))
    days = [mpf(0), *(mpf(day) for day in purchases if day <= date)]
    x = len(days) - 1
    waits = [later - day for day, later in zip(days, days[1:])]
    if not waits:
        return mpf(1)

    def rates(silence):
        time = alpha + sum(waits) + silence
        return (lambda u: (r + x) * u - time * exp(u), log((r + x) / time),
                min(mpf(1), 1 / sqrt(r + x)))

    alive = whole(beta_line(a, b + x)) * whole(rates(date - days[-1]))
    gone = whole(beta_line(a + 1, b + x - 1)) * whole(rates(mpf(0)))
    return alive / (alive + gone)


def probability_of_purchase_if_alive(r, alpha, x, T, t):
    """E[1 - e^(-lambda t)]"""
    tau = t / (mpf(alpha) + T)
    return mean(gamma_line(mpf(r) + x), lambda u: -expm1(-exp(u) * tau))


def time_to_next_purchase(r, alpha, a, b, x, tx, T, u):
    """One Newton step, in log t, on log E[e^(-lambda t)] = log(1 - u / P(alive)): from a
    right answer it goes nowhere."""
    line = gamma_line(mpf(r) + x)
    t = clv.time_to_next_purchase(r, alpha, a, b, x, tx, T, u)
    tau = t / (mpf(alpha) + T)
    none = mean(line, lambda v: exp(-exp(v) * tau))
    slope = mean(line, lambda v: exp(v - exp(v) * tau)) * tau / none
    target = log1p(-u / probability_alive(r, alpha, a, b, x, tx, T))
    return t * exp((log(none) - target) / slope)


def probability_of_count(r, alpha, a, b, x, tx, T, t, n):
    """N counted up from 0, in digits enough to outlive 1 - P(N < n); and the integrals over
    p of (1 - p)^n, all n purchases survived, and of p (1 - p)^(n - 1), all but the last."""
    alive = probability_alive(r, alpha, a, b, x, tx, T)
    with workdps(mp.dps + 320):
        s, tau = mpf(r) + x, t / (mpf(alpha) + T)
        exactly, fewer = (1 + tau) ** -s, mpf(0)
        for k in range(n):
            fewer += exactly
            exactly *= (s + k) / (k + 1) * tau / (1 + tau)
        at_least = 1 - fewer
    if n == 0:
        return 1 - alive + alive * exactly
    a, B = mpf(a), mpf(b) + x
    stays, leaves = whole(beta_line(a, B + n)), whole(beta_line(a + 1, B + n - 1))
    return alive * (exactly * stays + at_least * leaves) / whole(beta_line(a, B))


def purchases_by_count(r, alpha, a, b, x, T, t):
    """The sum of n P(n). For t < alpha + T the terms past twice the mean of N shrink by a
    quarter or more each, so the last one bounds the rest."""
    total, far = mpf(0), 2 * (r + x) * t / (alpha + T)
    for n in count(1):
        term = n * clv.probability_of_count_if_alive(r, alpha, a, b, x, T, t, n)
        total += term
        if n > far and term < total * mpf(10) ** -mp.dps:
            return total


def purchases_if_alive(r, alpha, a, b, x, T, t):
    """E[(1 - (1 + p tau)^-s) / p]"""
    tau, s = t / (mpf(alpha) + T), mpf(r) + x

    def purchases(u):
        p = 1 / (1 + exp(-u))
        return -expm1(-s * log1p(p * tau)) / p

    return mean(beta_line(mpf(a), mpf(b) + x), purchases)


def discounted_purchases_if_alive(r, alpha, a, b, x, T, rate, h):
    """By parts, so from G and not from G'; tanh-sinh in place of Gauss."""
    beta, delta = mpf(alpha) + T, clv.daily(rate)

    def G(t):
        return clv.purchases_if_alive(r, alpha, a, b, x, T, t)

    end = log1p(h / beta)
    cuts = [end * k / (int(end / 2) + 1) for k in range(int(end / 2) + 2)]
    tail = quad(lambda u: exp(u - delta * beta * expm1(u)) * G(beta * expm1(u)), cuts)
    return exp(-delta * h) * G(mpf(h)) + delta * beta * tail


def residual_purchases_if_alive(r, alpha, a, b, x, T, rate):
    """A horizon past which no digit is left: e^-80 < 1e-34."""
    return clv.discounted_purchases_if_alive(r, alpha, a, b, x, T, rate, 80 / clv.daily(rate))


def discounted_purchases_by_both(r, alpha, a, b, x, T, rate, h):
    """E[lambda (1 - e^(-(delta + lambda p) h)) / (delta + lambda p)] over lambda and p: a
    double integral, slow, and free of every formula of clv.py."""
    beta, delta = mpf(alpha) + T, clv.daily(rate)

    def over_p(u):
        lam = exp(u) / beta

        def purchases(w):
            hazard = delta + lam / (1 + exp(-w))
            return -lam * expm1(-hazard * h) / hazard

        return mean(beta_line(mpf(a), mpf(b) + x), purchases)

    return mean(gamma_line(mpf(r) + x), over_p)


def expected_average_profit(p, q, v, x, z):
    """E[p / nu], nu ~ Gamma(p x + q, v + x z)"""
    p, q, v = map(mpf, (p, q, v))
    if z is None:
        x, z = 0, 0
    shape, rate = p * x + q, v + x * mpf(z)
    return p * rate * whole(gamma_line(shape - 1)) / whole(gamma_line(shape))


def population_mean(p, q, v):
    """E[p / nu], nu ~ Gamma(q, v)"""
    return mpf(p) * mpf(v) * whole(gamma_line(mpf(q) - 1)) / whole(gamma_line(mpf(q)))


# --- weights on the line, and the trapezoid rule ---

def gamma_line(shape):
    """Gamma(shape, 1) in u = log lambda: log weight, centre, width."""
    return lambda u: shape * u - exp(u), log(shape), min(mpf(1), 1 / sqrt(shape))


def beta_line(a, b):
    """Beta(a, b) in u = logit p."""
    def weight(u):
        # Whichever of p and 1 - p is small must keep its digits.
        return a * u - (a + b) * log1p(exp(u)) if u < 0 else -b * u - (a + b) * log1p(exp(-u))
    return weight, log(a / b), min(mpf(1), sqrt(1 / a + 1 / b))


def whole(line):
    return trapezoid(line, None)[0]


def mean(line, f):
    weight, total = trapezoid(line, f)
    return total / weight


def trapezoid(line, f):
    """The integrals of the weight and of weight * f, with halving until both stand."""
    log_weight, centre, width = line
    with workdps(mp.dps + 10):
        tolerance = mpf(10) ** -(mp.dps * 2 // 3)
        floor = log_weight(centre) - mp.dps * 3

        def edge(sign):
            s = mpf(1)
            while log_weight(centre + sign * width * sinh(s)) + s > floor:
                s += mpf(1) / 4
            return s

        def at(s):
            u = centre + width * sinh(s)
            weight = exp(log_weight(u)) * cosh(s)
            return weight, weight * f(u) if f else mpf(0)

        low, high = -edge(-1), edge(1)
        step, before = mpf(1) / 8, None
        sums = add(at(low + k * step) for k in range(int((high - low) / step) + 1))
        while True:
            now = [width * step * s for s in sums]
            if before and all(abs(n - o) <= tolerance * abs(n) for n, o in zip(now, before)):
                return now
            before = now
            between = (at(low + (k + mpf(1) / 2) * step) for k in range(int((high - low) / step)))
            sums, step = [s + m for s, m in zip(sums, add(between))], step / 2


def add(pairs):
    return [mp.fsum(column) for column in zip(*pairs)]
