"""The figures as an SVG picture: a bar a case, on a logarithmic scale, readable on a light and a dark page."""

from html import escape
from math import ceil, floor, log10

from figures import Row

LEFT, WIDTH, RIGHT = 250, 560, 90
BAR, GAP, SECTION, TOP, BOTTOM = 14, 5, 26, 62, 30

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .door { font-weight: 600; }
  .note, .tick { fill: #57606a; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .spread { stroke: #24292f; stroke-width: 1.5; }
  .swab { fill: #0b7a75; }
  .peer { fill: #9aa4af; }
  .limit { fill: #d9a441; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note, .tick { fill: #9da7b3; }
    .grid { stroke: #3d444d; }
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
        parts.append(_bar(row, y, place))
        y += BAR + GAP
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
        head.append(f'<rect class="{kind}" x="{x}" y="12" width="12" height="12"/>')
        head.append(_text(x + 17, 22, words))
        x += 40 + 7 * len(words)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-label="Files deleted per second, by door and tool, on a logarithmic scale">',
        f"<style>{STYLE}</style>", *head, *grid, *parts, "</svg>", ""])


def _bar(row: Row, y: float, place) -> str:
    end, middle = place(row.rate), y + BAR / 2
    words = f"{row.rate:,.0f}" if row.rate >= 10 else f"{row.rate:.1f}"
    label = row.name + (" (!)" if row.trouble else "")
    return "\n".join([
        _text(LEFT - 8, middle + 4, label, anchor="end"),
        f'<rect class="{row.kind}" x="{LEFT}" y="{y}" width="{max(1, end - LEFT):.1f}" height="{BAR}" rx="2"/>',
        f'<path class="spread" d="M{place(row.lowest):.1f} {middle}H{place(row.highest):.1f}"/>',
        _text(place(row.highest) + 6, middle + 4, words, "note"),
    ])


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}"{place}>{escape(words)}</text>'
