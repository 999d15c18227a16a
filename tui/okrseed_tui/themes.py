"""Themes beside Textual's own: for people who see little contrast, and for those who see red and green alike.

The colours of the latter are Okabe and Ito's (Color Universal Design, 2008).
"""

from __future__ import annotations

from textual.theme import Theme

HIGH_CONTRAST = Theme(
    name="okrseed-high-contrast",
    primary="#4da6ff",
    secondary="#ffffff",
    accent="#ffff00",
    success="#00ff66",
    warning="#ffff00",
    error="#ff6666",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    dark=True,
    variables={"border": "#ffff00", "border-blurred": "#ffffff", "text-muted": "#e0e0e0", "text-disabled": "#c0c0c0"},
)
COLOR_BLIND = Theme(
    name="okrseed-color-blind",
    primary="#56b4e9",
    secondary="#cc79a7",
    accent="#f0e442",
    success="#56b4e9",
    warning="#e69f00",
    error="#d55e00",
    foreground="#eeeeee",
    background="#121212",
    surface="#1a1a1a",
    panel="#262626",
    dark=True,
)
THEMES = ("textual-dark", "textual-light", HIGH_CONTRAST.name, COLOR_BLIND.name)
