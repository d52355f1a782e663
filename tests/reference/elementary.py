"""Writes elementary.csv: ln, ln_1p, exp, the logistic function with its derivative, tanh, erfc and the cube root at hard and at random arguments, rounded down and up to f64.

Needs mpmath. Run it in this folder: python3 elementary.py > elementary.csv
Each line: function, bits of the argument, bits of the result rounded down, bits of the result rounded up (hex).
"""

import math
import random
import struct

import mpmath

mpmath.mp.prec = 400


def bits(x):
    return format(struct.unpack("<Q", struct.pack("<d", x))[0], "016x")


def step(x, up):
    """The neighbouring float; mpmath numbers compare exactly with floats."""
    return math.nextafter(x, math.inf if up else -math.inf)


def enclose(value):
    nearest = float(value)
    if mpmath.mpf(nearest) == value:
        return nearest, nearest
    if mpmath.mpf(nearest) < value:
        return nearest, step(nearest, True)
    return step(nearest, False), nearest


def main():
    source = random.Random(20)
    positive = [10.0**e * source.uniform(1, 10) for e in range(-300, 300, 6)]
    near_one = [1.0 + s * 2.0 ** -k for k in range(1, 52, 2) for s in (-1, 1)]
    middle = [source.uniform(0.3, 3.0) for _ in range(100)]
    small = [s * 2.0**-k * source.uniform(1, 2) for k in range(1, 80, 2) for s in (-1, 1)]
    cases = {
        "ln": positive + near_one + middle + [5e-324, 1e-310],
        "ln_1p": small + positive + [-1 + 2.0**-k for k in range(1, 53, 3)] + [x - 1 for x in middle] + [5e-324],
        "exp": [source.uniform(-740, 709) for _ in range(100)] + small + [source.uniform(-2, 2) for _ in range(100)],
    }
    signed = [s * x for x in [2.0**-k * source.uniform(1, 2) for k in range(-9, 60, 2)] for s in (-1, 1)]
    middle = [source.uniform(-40, 40) for _ in range(60)]
    cases["logistic"] = cases["logistic_slope"] = signed + middle + [-744.4, -709.8, -36.8, 36.8, 0.0]
    cases["tanh"] = signed + middle + [0.0]
    # The places where implementations change their formula, and the smallest results that are normal.
    joints = [0.84375, 1.25, 1 / 0.35, 6.0, 26.5]
    cases["erfc"] = [source.uniform(-7, 26.5) for _ in range(100)] + [x for x in signed if abs(x) < 20]
    cases["erfc"] += [math.nextafter(x, to) for x in joints for to in (0.0, 99.0)] + joints + [0.0, -6.0]
    cases["cube_root"] = positive + [float(k**3) for k in range(1, 40)] + [abs(x) for x in signed] + [5e-324, 1e-310, 1.7e308]
    functions = {
        "ln": mpmath.log,
        "ln_1p": lambda x: mpmath.log(1 + x),
        "exp": mpmath.exp,
        "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
        "logistic_slope": lambda x: mpmath.exp(-abs(x)) / (1 + mpmath.exp(-abs(x))) ** 2,
        "tanh": mpmath.tanh,
        "erfc": mpmath.erfc,
        "cube_root": mpmath.cbrt,
    }
    mpmath.mp.prec = 2400  # 1 + 1e-324 must not round
    for name, arguments in cases.items():
        for x in arguments:
            low, high = enclose(functions[name](mpmath.mpf(x)))
            print(name, bits(x), bits(low), bits(high), sep=",")


main()
