"""Draws what a terminal shows as an SVG picture: terminal_svg.py < output > picture.svg

Understands bold, dim and the sixteen colours; everything else of the terminal's language is left out.
"""

import html
import re
import sys

COLOURS = {30: "#484f58", 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 37: "#e6edf3", 90: "#8b949e"}
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])")
WIDTH, HEIGHT, MARGIN = 8.0, 18, 16  # pixels of a character, a line, around all


def style(codes, now):
    """The attributes of a <tspan> after these SGR codes."""
    now = dict(now)
    for code in [int(code) for code in codes.split(";") if code] or [0]:
        if code == 0:
            now = {}
        elif code == 1:
            now["font-weight"] = "bold"
        elif code == 2:
            now["fill"] = COLOURS[90]
        elif code == 22:
            now.pop("font-weight", None)
        elif code == 39:
            now.pop("fill", None)
        elif code in COLOURS or code - 60 in COLOURS:
            now["fill"] = COLOURS.get(code) or COLOURS[code - 60]
    return now


def spans(line, now):
    out, at, column = [], 0, 0
    for match in [*SEQUENCE.finditer(line), None]:
        text = line[at : match.start() if match else len(line)]
        if text:
            attributes = "".join(f' {name}="{value}"' for name, value in now.items())
            out.append(f'<tspan x="{MARGIN + column * WIDTH:g}"{attributes}>{html.escape(text)}</tspan>')
            column += len(text)
        if match:
            at = match.end()
            now = style(match.group(1), now) if match.group(2) == "m" else now
    return "".join(out), now, column


def picture(text):
    now, rows, widest = {}, [], 80
    for number, line in enumerate(text.rstrip("\n").split("\n")):
        line = line.rstrip("\r").split("\r")[-1].expandtabs()
        drawn, now, columns = spans(line, now)
        widest = max(widest, columns)
        rows.append(f'<text y="{MARGIN + (number + 1) * HEIGHT - 5}">{drawn}</text>')
    width, height = widest * WIDTH + 2 * MARGIN, len(rows) * HEIGHT + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" width="{width:g}" height="{height}">\n'
        f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n'
        f'<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" fill="#e6edf3" xml:space="preserve">\n' + "\n".join(rows) + "\n</g>\n</svg>\n"
    )


if __name__ == "__main__":
    sys.stdout.write(picture(sys.stdin.read()))
