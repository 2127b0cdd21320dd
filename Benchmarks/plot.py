"""The figures as an SVG picture: a dot a case, on a logarithmic scale, which bars would belie. It has a background of its own,
so that it can be read on a light and a dark page, and is as wide as there is room."""

from html import escape
from math import ceil, floor, log10

from figures import Row

LEFT, WIDTH, RIGHT = 250, 560, 90
LINE, SECTION, TOP, BOTTOM = 19, 26, 62, 30

STYLE = """
  svg { color-scheme: light dark; }
  .back { fill: #ffffff; }
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .door { font-weight: 600; }
  .note, .tick { fill: #57606a; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .spread { stroke: #24292f; stroke-width: 1.5; }
  .way { stroke: #d0d7de; stroke-width: 1; stroke-dasharray: 1 3; }
  .swab { fill: #0b7a75; }
  .peer { fill: #9aa4af; }
  .limit { fill: #d9a441; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #14171b; }
    text { fill: #e6edf3; }
    .note, .tick { fill: #9da7b3; }
    .grid, .way { stroke: #3d444d; }
    .spread { stroke: #e6edf3; }
    .swab { fill: #2bb3aa; }
    .peer { fill: #69737e; }
    .limit { fill: #c08f35; }
  }
"""
LEGEND = [("swab", "Swab"), ("peer", "other tools"), ("limit", "raw loop in C: the limit")]


def svg(rows: list[Row], note: str) -> str:
    low = floor(min(log10(row.lowest) for row in rows))
    high = ceil(max(log10(row.highest) for row in rows))

    def place(rate: float) -> float:
        return LEFT + (log10(rate) - low) / (high - low) * WIDTH

    parts: list[str] = []
    y = TOP
    door = None
    for row in rows:
        if row.door != door:
            door = row.door
            parts.append(_text(12, y + 17, door, "door"))
            y += SECTION
        parts.append(_dot(row, y, place))
        y += LINE
    bottom = y + 4
    grid = []
    for power in range(low, high + 1):
        x = place(10**power)
        grid.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        grid.append(_text(x, bottom + 16, f"{10**power:,}" if power >= 0 else str(10**power), "tick", "middle"))
    width, height = LEFT + WIDTH + RIGHT, bottom + BOTTOM
    head = [_text(12, 22, "Files deleted per second", "title"), _text(12, 42, note, "note")]
    x = LEFT + 180
    for kind, words in LEGEND:
        head.append(f'<circle class="{kind}" cx="{x + 6}" cy="18" r="5"/>')
        head.append(_text(x + 17, 22, words))
        x += 40 + 7 * len(words)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" '
        f'style="max-width: {width}px" role="img" aria-label="Files deleted per second, by door and tool, on a logarithmic scale">',
        f"<style>{STYLE}</style>", f'<rect class="back" width="{width}" height="{height}"/>', *head, *grid, *parts, "</svg>", ""])


def _dot(row: Row, y: float, place) -> str:
    end, middle = place(row.rate), y + LINE / 2 - 2
    words = f"{row.rate:,.0f}" if row.rate >= 10 else f"{row.rate:.1f}"
    label = row.name + (" (!)" if row.trouble else "")
    return "\n".join([
        _text(LEFT - 8, middle + 4, label, anchor="end"),
        f'<path class="way" d="M{LEFT} {middle}H{end:.1f}"/>',
        f'<path class="spread" d="M{place(row.lowest):.1f} {middle}H{place(row.highest):.1f}"/>',
        f'<circle class="{row.kind}" cx="{end:.1f}" cy="{middle}" r="5"/>',
        _text(place(row.highest) + 9, middle + 4, words, "note"),
    ])


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}"{place}>{escape(words)}</text>'
