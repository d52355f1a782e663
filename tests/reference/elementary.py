"""Writes elementary.csv: ln, ln_1p and exp at hard and at random arguments, rounded down and up to f64.

Needs mpmath. Run it in this folder: python3 elementary.py > elementary.csv
Each line: function, bits of the argument, bits of the result rounded down, bits of the result rounded up (hex).
"""

import random
import struct

import mpmath

mpmath.mp.prec = 400


def bits(x):
    return format(struct.unpack("<Q", struct.pack("<d", x))[0], "016x")


def step(x, up):
    """The neighbouring float; mpmath numbers compare exactly with floats."""
    import math

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
    functions = {"ln": mpmath.log, "ln_1p": lambda x: mpmath.log(1 + x), "exp": mpmath.exp}
    mpmath.mp.prec = 2400  # 1 + 1e-324 must not round
    for name, arguments in cases.items():
        for x in arguments:
            low, high = enclose(functions[name](mpmath.mpf(x)))
            print(name, bits(x), bits(low), bits(high), sep=",")


main()
