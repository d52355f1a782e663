"""Population risks of planted neurons and of averaged sigmoids, with their derivatives, in 30 digits.

Plain trapezoidal sums over the plane in Cartesian coordinates: no rotation, no adapted reach, another step than the library's.
Usage: python3 planted.py > planted.csv (a minute)
"""

from mpmath import mp, mpf, exp, log, pi, sqrt, floor

mp.dps = 30


def sigmoid(z):
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


def nodes(step):
    last = int(floor(mpf(10) / step))
    return [(k * step, step * exp(-((k * step) ** 2) / 2) / sqrt(2 * pi)) for k in range(-last, last + 1)]


def planted(truth, w):
    """Value, gradient and Hessian of half the mean squared difference of two sigmoids."""
    step = mpf(1) / 4 / max(1, abs(w[0]), abs(w[1]), abs(truth))
    line = nodes(step)
    sums = [mpf(0)] * 6
    for x, p in line:
        target = sigmoid(truth * x)
        for y, q in line:
            if p * q < mpf(10) ** -26:
                continue
            s = sigmoid(w[0] * x + w[1] * y)
            rise = s * (1 - s)
            miss = s - target
            weight = p * q
            sums[0] += weight * miss * miss / 2
            slope = weight * miss * rise
            sums[1] += slope * x
            sums[2] += slope * y
            bend = weight * (rise * rise + miss * rise * (1 - 2 * s))
            sums[3] += bend * x * x
            sums[4] += bend * x * y
            sums[5] += bend * y * y
    return sums


def averaged(truth, w):
    """Value and gradient of the cross entropy of the mean of two sigmoids, and its second derivatives by w11."""
    step = mpf(1) / 8 / max(1, max(abs(v) for v in truth + w))
    line = nodes(step)
    sums = [mpf(0)] * 9
    for x, p in line:
        for y, q in line:
            if p * q < mpf(10) ** -24:
                continue
            label = (sigmoid(truth[0] * x + truth[1] * y) + sigmoid(truth[2] * x + truth[3] * y)) / 2
            a, b = sigmoid(w[0] * x + w[1] * y), sigmoid(w[2] * x + w[3] * y)
            h = (a + b) / 2
            weight = p * q
            sums[0] -= weight * (label * log(h) + (1 - label) * log(1 - h))
            slope = weight * ((1 - label) / (1 - h) - label / h) / 2
            ra, rb = a * (1 - a), b * (1 - b)
            for i, term in enumerate((ra * x, ra * y, rb * x, rb * y)):
                sums[1 + i] += slope * term
            bend = weight * (label / h**2 + (1 - label) / (1 - h) ** 2) / 4
            own = bend * ra * ra + slope * ra * (1 - 2 * a)
            for i, term in enumerate((own * x * x, own * x * y, bend * ra * rb * x * x, bend * ra * rb * x * y)):
                sums[5 + i] += term
    return sums


def line(kind, inputs, outputs):
    print(",".join([kind] + [mp.nstr(mpf(v), 20) for v in inputs] + [mp.nstr(v, 20) for v in outputs]), flush=True)


for truth, w in [(1, (0, 0)), (1, (1, 1)), (1, (-1, 0)), (1, (3, 0)), (2, ("0.5", "-1.5")), (3, (-1, 2)), ("0.25", (4, 3))]:
    truth, w = mpf(truth), [mpf(v) for v in w]
    line("planted", [truth] + w, planted(truth, w))
for truth, w in [([1, 0, 0, 1], [1, 0, 0, 1]), ([1, 0, 0, 1], ["0.5"] * 4), (["0.5", -1, 1, "0.25"], [1, "0.5", "-0.75", 1])]:
    truth, w = [mpf(v) for v in truth], [mpf(v) for v in w]
    line("averaged", truth + w, averaged(truth, w))
