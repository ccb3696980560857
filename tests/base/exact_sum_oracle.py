"""Checks results of exact aggregates (a file of JSON lines, doubles as hexadecimal bits) against exact fractions."""
import json
import math
import struct
import sys
from fractions import Fraction


def double(bits):
    return struct.unpack(">d", bytes.fromhex(bits))[0]


def rounded(value):
    """The nearest double of a fraction, half to even; infinite beyond the largest."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def root(value):
    """The nearest double of the square root of a fraction."""
    if value == 0:
        return 0.0
    scale = max(0, 200 - (value.numerator.bit_length() - value.denominator.bit_length()) // 2)
    scaled = value.numerator * 4**scale
    whole = math.isqrt(scaled // value.denominator)
    if whole * whole * value.denominator == scaled:
        return rounded(Fraction(whole, 2**scale))
    # The root lies strictly between two integers; so does their middle, and no double does.
    return rounded(Fraction(2 * whole + 1, 2 ** (scale + 1)))


def total(values):
    if any(math.isnan(x) for x in values) or (math.inf in values and -math.inf in values):
        return math.nan
    for infinity in (math.inf, -math.inf):
        if infinity in values:
            return infinity
    return sum((Fraction(x) for x in values), Fraction(0))


def expected(x, y):
    n = len(x)
    out = dict.fromkeys(["sum", "avg", "var_pop", "var_samp", "stddev_pop", "stddev_samp", "covar_pop", "covar_samp", "corr"])
    if n == 0:
        return out
    exact = total(x)
    if isinstance(exact, float):
        out["sum"] = out["avg"] = exact
    else:
        out["sum"] = rounded(exact)
        out["avg"] = rounded(exact / n)
        if math.isfinite(out["sum"]):
            try:
                assert math.fsum(x) == out["sum"], (math.fsum(x), out["sum"])
            except OverflowError:
                pass  # fsum gives up where a partial sum is too large
    finite_x = all(math.isfinite(v) for v in x)
    finite = finite_x and all(math.isfinite(v) for v in y)
    xs = [Fraction(v) for v in x] if finite_x else []
    if not finite_x:
        out["var_pop"] = out["stddev_pop"] = math.nan
        if n > 1:
            out["var_samp"] = out["stddev_samp"] = math.nan
    else:
        squares = n * sum(v * v for v in xs) - sum(xs) ** 2
        out["var_pop"] = rounded(squares / (n * n))
        out["stddev_pop"] = root(squares / (n * n))
        if n > 1:
            out["var_samp"] = rounded(squares / (n * (n - 1)))
            out["stddev_samp"] = root(squares / (n * (n - 1)))
    if not finite:
        out["covar_pop"] = out["corr"] = math.nan
        if n > 1:
            out["covar_samp"] = math.nan
    else:
        ys = [Fraction(v) for v in y]
        together = n * sum(a * b for a, b in zip(xs, ys)) - sum(xs) * sum(ys)
        vary_x = n * sum(v * v for v in xs) - sum(xs) ** 2
        vary_y = n * sum(v * v for v in ys) - sum(ys) ** 2
        out["covar_pop"] = rounded(together / (n * n))
        if n > 1:
            out["covar_samp"] = rounded(together / (n * (n - 1)))
        if vary_x == 0 or vary_y == 0:
            out["corr"] = math.nan
        else:
            out["corr"] = math.copysign(root(together**2 / (vary_x * vary_y)), -1.0 if together < 0 else 1.0)
    return out


def same(a, b):
    if a is None or b is None:
        return a is b
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b


def main():
    checked = 0
    wrong = 0
    with open(sys.argv[1]) as lines:
        for line in lines:
            case = json.loads(line)
            want = expected([double(v) for v in case["x"]], [double(v) for v in case["y"]])
            for name, value in want.items():
                got = None if case[name] is None else double(case[name])
                if not same(got, value):
                    wrong += 1
                    print(f"case {checked}: {name} is {got!r}, not {value!r}; n = {len(case['x'])}")
            checked += 1
    print(f"{checked} cases against fractions, {wrong} wrong")
    sys.exit(0 if wrong == 0 and checked == int(sys.argv[2]) else 1)


main()
