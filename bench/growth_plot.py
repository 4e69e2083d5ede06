"""Measured points as SVG: a column of two panels for each axis, time above memory, both logarithmic. Only what is in the
points is drawn, so the same points give the same bytes."""
import html
import math

from growth_curves import exponent

COLUMNS, WIDTH, PLOT_WIDTH, PLOT_HEIGHT, LEGEND, TITLE = 4, 250, 195, 140, 13, 34
LEFT, ROW = 46, 262
COLOURS = ("#3a7fc8", "#d5802a", "#2a9a6c", "#b25cc2", "#cc4f4f")
STYLE = """
text { font: 10px system-ui, sans-serif; fill: #57606a } .title { font-weight: 600; fill: #24292f }
.grid { stroke: #8c959f; stroke-opacity: .25 } .slope { stroke: #8c959f; stroke-dasharray: 4 3 }
polyline { fill: none; stroke-width: 1.6 }
@media (prefers-color-scheme: dark) { text { fill: #9da7b1 } .title { fill: #e6edf3 } }
"""


class Scale:
    """From a number to a place between two others, by its logarithm; whole decades are drawn."""

    def __init__(self, numbers, start, end, fewest=1):
        self.low = math.floor(math.log10(min(numbers)) + 1e-9)
        self.high = max(math.ceil(math.log10(max(numbers)) - 1e-9), self.low + fewest)
        self.start, self.end = start, end

    def __call__(self, number):
        return self.start + (self.end - self.start) * (math.log10(number) - self.low) / (self.high - self.low)

    def decades(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def label(number):
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def panel(title, curves, left, top, number):
    x = Scale([at for points in curves.values() for at, _ in points], left, left + PLOT_WIDTH)
    y = Scale([cost for points in curves.values() for _, cost in points], top + PLOT_HEIGHT, top, fewest=2)
    yield f'<text class="title" x="{left}" y="{top - 8}">{html.escape(title)}</text>'
    yield f'<clipPath id="p{number}"><rect x="{left}" y="{top}" width="{PLOT_WIDTH}" height="{PLOT_HEIGHT}"/></clipPath>'
    for at in x.decades():
        yield f'<path class="grid" d="M{x(at):.1f} {top}v{PLOT_HEIGHT}"/>'
        yield f'<text x="{x(at):.1f}" y="{top + PLOT_HEIGHT + 13}" text-anchor="middle">{label(at)}</text>'
    for cost in y.decades():
        yield f'<path class="grid" d="M{left} {y(cost):.1f}h{PLOT_WIDTH}"/>'
        yield f'<text x="{left - 5}" y="{y(cost) + 3:.1f}" text-anchor="end">{label(cost)}</text>'
    first, cost = max((points[-1] for points in curves.values()), key=lambda point: point[1])
    at, end = x.decades()[0], x.decades()[-1]
    yield (f'<path class="slope" clip-path="url(#p{number})" d="M{x(at):.1f} {y(cost * at / first):.1f}'
           f'L{x(end):.1f} {y(cost * end / first):.1f}"/>')
    for line, (name, points) in enumerate(curves.items()):
        colour = COLOURS[line]
        places = [(f"{x(at):.1f}", f"{y(cost):.1f}") for at, cost in points]
        yield f'<polyline stroke="{colour}" points="{" ".join(",".join(place) for place in places)}"/>'
        yield from (f'<circle cx="{across}" cy="{up}" r="2" fill="{colour}"/>' for across, up in places)
        below = top + PLOT_HEIGHT + 28 + LEGEND * line
        yield f'<rect x="{left}" y="{below - 7}" width="8" height="8" rx="2" fill="{colour}"/>'
        power = f'<tspan dy="-3" font-size="8">{exponent(points):.2f}</tspan>'
        yield f'<text x="{left + 13}" y="{below}">{html.escape(name)}: n{power}</text>'


def draw(axes):
    """`axes`: title -> name of a measure, its unit last -> points."""
    parts, number = [], 0
    for at, (title, measures) in enumerate(axes.items()):
        is_memory = [name for name in measures if name.endswith("MB")]
        times = [name for name in measures if name not in is_memory]
        for row, names in enumerate((times, is_memory)):
            shown = title if row == 0 else "peak memory, MB"
            unit = "" if row else f", {times[0].split()[-1]}"
            curves = {name.rsplit(" ", 1)[0]: measures[name] for name in names}
            left, top = at % COLUMNS * WIDTH + LEFT, (at // COLUMNS * 2 + row) * ROW + TITLE
            parts += panel(shown + unit, curves, left, top, number)
            number += 1
    width, height = COLUMNS * WIDTH + 10, math.ceil(len(axes) / COLUMNS) * 2 * ROW
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
            f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n")
