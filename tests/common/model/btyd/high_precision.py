#!/usr/bin/env python3
"""Prints the tables of 50-digit values that the tests of Pareto/NBD hold, computed from the published formulas with mpmath.

The formulas cancel: they are evaluated with 400 digits, of which 17 are printed.
"""
from mpmath import binomial, factorial, hyp2f1, log, mp, mpf, nstr, rf

mp.dps = 400


def difference_of_hypergeometrics(shape, rate, s, scale, length):
    """The integral of stopping_integral.h by A_0 / (r + s + x) of Fader and Hardie (2005)."""
    total = shape + s
    largest, power = (rate, s + 1) if rate >= scale else (scale, shape)

    def antiderivative(u):
        return hyp2f1(total, power, total + 1, abs(rate - scale) / (largest + u)) / (largest + u) ** total

    return (antiderivative(mpf(0)) - antiderivative(length)) / total * rate**shape * scale**s


def stopping_integrals():
    cases = [
        (0.553, 10.578, 0.606, 11.669, 38.86), (2.553, 41.008, 0.606, 42.099, 8.43), (0.01, 0.003, 0.5, 250.0, 100.0),
        (0.25, 300.0, 3.0, 0.001, 52.0), (1.0, 5.0, 1.0, 5.0, 30.0), (1.5, 5.0, 0.25, 5.000001, 30.0),
        (300.5, 20.0, 0.6, 12.0, 50.0), (1000.25, 39.0, 0.01, 3.0, 0.5), (40.0, 2.0, 8.0, 100.0, 1e-9),
        (20.0, 0.01, 0.1, 60.0, 400.0), (3.0, 100.0, 0.001, 0.01, 2000.0), (7.5, 1e6, 2e4, 1e6, 40.0),
        (100000.0, 50.0, 1e-6, 20.0, 100.0),
    ]
    for case in cases:
        value = difference_of_hypergeometrics(*map(mpf, case))
        print("    {%s, %s}," % (", ".join(map(repr, case)), nstr(value, 20)))


def predictions():
    """r, alpha, s, beta, x, t_x, T, time: P(alive), purchases in (T, T + time] if alive."""
    cases = [
        (0.5532754601, 10.5776115, 0.6062137308, 11.66791681, 2, 30.43, 38.86, 39),
        (0.5532754601, 10.5776115, 0.6062137308, 11.66791681, 0, 0, 38.86, 39),
        (0.5532754601, 10.5776115, 0.6062137308, 11.66791681, 26, 25, 38.86, 39),
        (2.5, 8.0, 1.0, 30.0, 3, 20, 52, 26), (2.5, 8.0, 1.0000001, 30.0, 3, 20, 52, 26),
        (0.1, 0.02, 4.0, 50.0, 1, 3, 90, 10), (3.0, 20.0, 1e-9, 10.0, 4, 10, 80, 500), (1.0, 12.0, 2.0, 12.0, 5, 30, 30, 12),
        (0.5, 5.0, 0.7, 0.01, 4, 10, 50, 39),
    ]
    for case in cases:
        r, alpha, s, scale, x, t_x, age, time = map(mpf, case)
        quiet = age - t_x
        odds = s * difference_of_hypergeometrics(r + x, alpha + t_x, s, scale + t_x, quiet) if quiet > 0 else mpf(0)
        odds *= ((alpha + age) / (alpha + t_x)) ** (r + x) * ((scale + age) / (scale + t_x)) ** s
        end = scale + age
        lifetime = end * log(1 + time / end) if s == 1 else end / (s - 1) * (1 - (end / (end + time)) ** (s - 1))
        print("    {{%s, %s, %s, %s}, {%s, %s, %s}, %s, " % tuple(map(repr, case)) +
              "%s, %s}," % (nstr(1 / (1 + odds), 20), nstr((r + x) / (alpha + age) * lifetime, 20)))


def count_probabilities():
    """r, alpha, s, beta, time, k: P(X(time) = k), by the binomial sum of Fader and Hardie's note on the probability mass."""
    for r, alpha, s, scale, time in [(0.553, 10.578, 0.606, 11.669, 39.0), (3.0, 0.5, 0.2, 40.0, 30.0),
                                     (0.75, 20.0, 2.0, 1.5, 52.0)]:
        for k in (0, 1, 7, 40):
            shape, a, p, b, t = map(mpf, (r, alpha, s, scale, time))
            ways = rf(shape, k) / factorial(k)
            alive = ways * (a / (a + t)) ** shape * (t / (a + t)) ** k * (b / (b + t)) ** p
            # The integral over the time u until they stopped, of u^k expanded around -alpha.
            stopped = sum(binomial(k, j) * (-a) ** (k - j) *
                          difference_of_hypergeometrics(shape + k - j, a, p, b, t) * a ** -(shape + k - j)
                          for j in range(k + 1))
            print("    {{%r, %r, %r, %r}, %r, %d, %s}," % (r, alpha, s, scale, time, k,
                                                           nstr(alive + p * ways * a**shape * stopped, 20)))


for table in (stopping_integrals, predictions, count_probabilities):
    print(table.__name__)
    table()
