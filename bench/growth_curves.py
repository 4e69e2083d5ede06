"""How measured points grow: the slope of their last decade on logarithmic axes, and what that is called."""
import math

MORE_THAN_LINEAR = 1.1
# A cost that does not double in a decade does not show what its growth would be.
DOUBLES = math.log10(2)


def nearest(points, count):
    return min(points, key=lambda point: abs(math.log(point[0] / count)))


def exponent(points):
    """Of the last decade: 1 where ten times as many cost ten times as much."""
    (first, low), (last, high) = nearest(points, points[-1][0] / 10), points[-1]
    return math.log(high / low) / math.log(last / first)


def exponent_of_growth(points):
    """The same of what is added to a constant part, which would hide it: from the costs of the last three decades' ends.
    None where the last decade added less than a fifth, which noise would do."""
    last, low, lowest = points[-1], *(nearest(points, points[-1][0] / decade) for decade in (10, 100))
    added, added_before = last[1] - low[1], low[1] - lowest[1]
    if last[1] < 1.2 * low[1] or added_before <= 0:
        return None
    return math.log(added / added_before) / math.log((last[0] - low[0]) / (low[0] - lowest[0]))


def verdict(points):
    slope, of_growth = exponent(points), exponent_of_growth(points)
    if slope > MORE_THAN_LINEAR or (of_growth or 0) > MORE_THAN_LINEAR and slope > DOUBLES:
        return "MORE THAN LINEAR"
    return "flat" if slope < 0.1 else "less than linear" if slope < 0.9 else "linear"
