"""Colours and styles, light and dark, for a page that is also an e-mail.

E-mail needs the styles on the elements; the dark ones can only come from a style sheet, with
!important. Both are made from the one list here, so that neither is forgotten.
"""

import re

LIGHT = {
    "page": "#f3f1ec",
    "sheet": "#ffffff",
    "ink": "#1c2427",
    "soft": "#566166",
    "rule": "#e3dfd6",
    "accent": "#0b5b68",
    "tint": "#eef4f4",
    "band": "#d9e8e8",
    "grid": "#6f878c",
    "usual": "#a9b5b8",
    "critical": "#9c1530",
    "high": "#a8420f",
    "medium": "#7a5a00",
    "low": "#4b6170",
    "on": "#ffffff",
    "good": "#1b6a3d",
    "bad": "#9c1530",
    "warn": "#fbf1dc",
    "warning": "#6b4a00",
}
DARK = {
    "page": "#0f1315",
    "sheet": "#181d20",
    "ink": "#e6eaeb",
    "soft": "#a2adb2",
    "rule": "#2d363a",
    "accent": "#7ecbd6",
    "tint": "#1d2628",
    "band": "#26393d",
    "grid": "#7f979c",
    "usual": "#5c6b70",
    "critical": "#ff8fa3",
    "high": "#ffab7d",
    "medium": "#e9c46a",
    "low": "#a9c1cf",
    "on": "#14181a",
    "good": "#7fd6a3",
    "bad": "#ff8fa3",
    "warn": "#33290f",
    "warning": "#f0cf86",
}
# (foreground, background, least contrast): WCAG 2.2 AA, 4.5 for text and 3 for graphics.
PAIRS = (
    *((text, "sheet", 4.5) for text in ("ink", "soft", "accent", "good", "bad", "warning")),
    *((text, "tint", 4.5) for text in ("ink", "soft", "accent")),
    *((text, "sheet", 4.5) for text in ("critical", "high", "medium", "low")),
    *(("on", chip, 4.5) for chip in ("critical", "high", "medium", "low")),
    ("soft", "page", 4.5),
    ("warning", "warn", 4.5),
    ("accent", "band", 3.0),
    ("grid", "sheet", 3.0),
)

_THAI_FIRST = "Sarabun,'Noto Sans Thai','Leelawadee UI',Thonburi"
_SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial"
_FONTS = {
    "en": (f"{_SANS},{_THAI_FIRST},sans-serif", f"Georgia,'Times New Roman',{_THAI_FIRST},serif"),
    "th": (f"{_THAI_FIRST},{_SANS},sans-serif", f"{_THAI_FIRST},{_SANS},sans-serif"),
}
_MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"

_STYLES = {
    "page": "margin:0;padding:0;background:{page};color:{ink}",
    "outer": "width:100%;background:{page};border-collapse:collapse",
    "around": "padding:24px 12px 40px",
    "sheet": "width:100%;max-width:680px;background:{sheet};color:{ink};"
    "border-collapse:separate;border-radius:10px;font-family:SANS;font-size:16px;"
    "line-height:LEADING;text-align:left",
    "inside": "padding:32px 36px 36px",
    "mark": "margin:0;color:{accent};font-size:13px;font-weight:600;line-height:1.5",
    "date": "margin:2px 0 0;color:{soft};font-size:14px;line-height:1.6",
    "headline": "margin:22px 0 0;font-family:SERIF;font-size:29px;font-weight:WEIGHT;"
    "line-height:TIGHT;color:{ink}",
    "lede": "margin:12px 0 0;font-size:17px;line-height:LEADING;color:{soft}",
    "warning": "margin:18px 0 0;padding:12px 16px;background:{warn};color:{warning};"
    "border-radius:8px;font-size:15px;line-height:LEADING",
    "glance": "width:100%;margin:26px 0 0;border-collapse:collapse;"
    "border-top:1px solid {rule};border-bottom:1px solid {rule}",
    "cell": "width:25%;padding:14px 12px 14px 0;vertical-align:top",
    "label": "display:block;color:{soft};font-size:13px;line-height:1.5",
    "big": "display:block;font-size:25px;line-height:1.35;font-weight:600;color:{ink};"
    "font-variant-numeric:tabular-nums",
    "small": "color:{soft};font-size:13px;line-height:1.6",
    "h2": "margin:38px 0 0;padding:0 0 6px;border-bottom:1px solid {rule};font-size:18px;"
    "line-height:1.5;font-weight:600;color:{ink}",
    "note": "margin:8px 0 0;color:{soft};font-size:14px;line-height:LEADING",
    "text": "margin:10px 0 0;font-size:16px;line-height:LEADING;color:{ink}",
    "card": "width:100%;margin:20px 0 0;border-collapse:collapse",
    "issue": "margin:16px 0 0",
    "notes": "margin:22px 0 0",
    "edge-critical": "width:4px;background:{critical};border-radius:2px",
    "edge-high": "width:4px;background:{high};border-radius:2px",
    "edge-medium": "width:4px;background:{medium};border-radius:2px",
    "edge-low": "width:4px;background:{low};border-radius:2px",
    "chip-critical": "CHIP;background:{critical};color:{on}",
    "chip-high": "CHIP;background:{high};color:{on}",
    "chip-medium": "CHIP;background:{medium};color:{on}",
    "chip-low": "CHIP;background:{low};color:{on}",
    "body": "padding:0 0 2px 18px;vertical-align:top",
    "meta": "margin:0;color:{soft};font-size:13px;line-height:1.8",
    "h3": "margin:4px 0 0;font-size:19px;line-height:1.45;font-weight:600;color:{ink}",
    "size": "margin:4px 0 0;font-size:16px;line-height:LEADING;color:{ink}",
    "spark": "display:none;width:100%;height:64px;margin:10px 0 0",
    "blocks": "margin:8px 0 0;font-size:20px;line-height:1.2;letter-spacing:1px;color:{accent}",
    "axis": "margin:0;color:{soft};font-size:12px;line-height:1.5",
    "quote": "margin:12px 0 0;padding:0 0 0 14px;border-left:2px solid {rule};"
    "font-size:15px;line-height:LEADING;color:{ink}",
    "by": "display:block;color:{soft};font-size:13px;line-height:1.6",
    "link": "color:{accent};text-decoration:underline",
    "number": "color:inherit",
    "table": "width:100%;margin:10px 0 0;border-collapse:collapse;font-size:15px;"
    "line-height:1.5;font-variant-numeric:tabular-nums",
    "th": "padding:4px 0 4px 10px;color:{soft};font-size:13px;font-weight:400;"
    "text-align:right;vertical-align:bottom;border-bottom:1px solid {rule}",
    "th-first": "padding:4px 0;color:{soft};font-size:13px;font-weight:400;"
    "text-align:left;vertical-align:bottom;border-bottom:1px solid {rule}",
    "name": "padding:7px 0;text-align:left;vertical-align:top;font-weight:400;color:{ink}",
    "own": "padding:7px 0;text-align:left;vertical-align:top;font-weight:600;color:{ink}",
    "number-cell": "padding:7px 0 7px 10px;text-align:right;vertical-align:top;"
    "white-space:nowrap;color:{ink}",
    "soft-cell": "padding:7px 0 7px 10px;text-align:right;vertical-align:top;"
    "white-space:nowrap;color:{soft}",
    "bar-cell": "width:44%;padding:7px 0 7px 14px;vertical-align:middle",
    "bars": "width:100%;border-collapse:collapse",
    "bar-own": "height:9px;padding:0;background:{accent};BAR",
    "bar": "height:9px;padding:0;background:{grid};BAR",
    "bar-usual": "height:3px;padding:0;background:{usual};BAR",
    "bar-rest": "padding:0;font-size:0;line-height:0",
    "good": "color:{good}",
    "bad": "color:{bad};font-weight:600",
    "foot": "margin:40px 0 0;padding:14px 0 0;border-top:1px solid {rule};color:{soft};"
    "font-size:13px;line-height:1.7",
    "sources": "margin:8px 0 0;padding:0 0 0 34px;color:{soft};font-size:12px;line-height:1.6",
    "code": "font-family:MONO;font-size:12px;color:{ink};word-break:break-word",
}
# What only a style sheet can say: the chart, and links that keep quiet until they are wanted.
_SHEET = {
    "number": "text-decoration:underline dotted 1px {grid};text-underline-offset:3px;"
    "white-space:nowrap",
    "g-band": "fill:{band}",
    "g-expected": "stroke:{grid};stroke-width:1;stroke-dasharray:4 4",
    "g-line": "fill:none;stroke:{accent};stroke-width:2;stroke-linejoin:round",
    "g-last": "stroke:{accent};stroke-width:8;stroke-linecap:round",
}
_CHIP = (
    "display:inline-block;margin:0 4px 0 0;padding:1px 8px;border-radius:4px;font-size:13px;"
    "font-weight:600"
)
_BAR = "border-radius:2px;font-size:0;line-height:0"
_WORDS = {
    "en": {"LEADING": "1.55", "TIGHT": "1.25", "WEIGHT": "400"},
    "th": {"LEADING": "1.75", "TIGHT": "1.5", "WEIGHT": "600"},
}


def styles(language: str) -> dict[str, str]:
    """The inline styles by name, in light colours."""
    sans, serif = _FONTS[language]
    words = {
        "SANS": sans,
        "SERIF": serif,
        "MONO": _MONO,
        "CHIP": _CHIP,
        "BAR": _BAR,
        **_WORDS[language],
    }
    filled = {}
    for name, style in _STYLES.items():
        text = style
        for word, value in words.items():
            text = text.replace(word, value)
        filled[name] = text.format_map(LIGHT)
    return filled


def light_rules() -> str:
    """The rules of the style sheet that are not on the elements."""
    return "\n".join(f".{name}{{{style.format_map(LIGHT)}}}" for name, style in _SHEET.items())


def dark_rules() -> str:
    """All colours for a dark screen, as rules that win over the elements' own styles."""
    rules = []
    for name, style in (*_STYLES.items(), *_SHEET.items()):
        coloured = [part for part in style.split(";") if re.search(r"\{\w+\}", part)]
        if coloured:
            body = ";".join(f"{part.format_map(DARK)}!important" for part in coloured)
            rules.append(f".{name}{{{body}}}")
    return "\n".join(rules)
