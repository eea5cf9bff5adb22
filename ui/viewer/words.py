"""All words of the viewer by their English: its HTML and its scripts speak English, and get the session's own with the page."""

from ui.texts import say

Words = dict[str, str]


def viewer_words() -> Words:
    """What the viewer may show, each by its English."""
    return _tools() | _states() | _failures() | _presets() | _units() | wholes() | _help()


def _tools() -> Words:
    return {
        "viewer tools": say("viewer tools"),
        "window preset": say("window preset"),
        "own window": say("own window"),
        "window width": say("window width"),
        "window center": say("window center"),
        "W": say("W"),
        "C": say("C"),
        "invert": say("invert"),
        "swap black and white (i)": say("swap black and white (i)"),
        "overlay": say("overlay"),
        "what the file draws over its picture (o)": say("what the file draws over its picture (o)"),
        "drag = window": say("drag = window"),
        "left-drag changes the window instead of moving the image; right-drag always does": say(
            "left-drag changes the window instead of moving the image; right-drag always does"
        ),
        "zoom out": say("zoom out"),
        "zoom out (−)": say("zoom out (−)"),
        "zoom in": say("zoom in"),
        "zoom in (+)": say("zoom in (+)"),
        "fit": say("fit"),
        "show the whole image (0)": say("show the whole image (0)"),
        "one image pixel on one screen pixel (1)": say("one image pixel on one screen pixel (1)"),
        "reset": say("reset"),
        "window, zoom and position as at first": say("window, zoom and position as at first"),
        "full screen": say("full screen"),
        "scan": say("scan"),
        "try again": say("try again"),
        "heat map": say("heat map"),
        "opacity": say("opacity"),
        "heat map opacity": say("heat map opacity"),
        "show it": say("show it"),
    }


def _states() -> Words:
    return {
        "play": say("play"),
        "pause": say("pause"),
        "slice": say("slice"),
        "frame": say("frame"),
        "film": say("film"),
        "loading {noun} {number}…": say("loading {noun} {number}…"),
        "{amount} at {place}": say("{amount} at {place}"),
        "the value under the pointer, and its column, row and slice, counted from 1": say(
            "the value under the pointer, and its column, row and slice, counted from 1"
        ),
        "heat map for {label}, {place}": say("heat map for {label}, {place}"),
        "of {count}": say("of {count}"),
        "{word}, a number from 1 to {count}": say("{word}, a number from 1 to {count}"),
        "{word}, a slider": say("{word}, a slider"),
    }


def _failures() -> Words:
    return {
        "The scan is no longer on the server: open it again.": say("The scan is no longer on the server: open it again."),
        "The server couldn't give this slice: try again.": say("The server couldn't give this slice: try again."),
        "The server can't be reached: check the connection, then try again.": say(
            "The server can't be reached: check the connection, then try again."
        ),
        "The heat map can't be fetched: make it again.": say("The heat map can't be fetched: make it again."),
    }


def _presets() -> Words:
    return {
        "as stored": say("as stored"),
        "usual range": say("usual range"),
        "full range": say("full range"),
        "brain": say("brain"),
        "subdural": say("subdural"),
        "lung": say("lung"),
        "mediastinum": say("mediastinum"),
        "soft tissue": say("soft tissue"),
        "liver": say("liver"),
        "bone": say("bone"),
    }


def _units() -> Words:
    return {"stored value": say("stored value"), "grey": say("grey")}


def wholes() -> Words:
    """What volumes that were taken together are called."""
    return {
        "volume": say("volume"),
        "time": say("time"),
        "energy window": say("energy window"),
        "segment": say("segment"),
        "echo": say("echo"),
        "b-value": say("b-value"),
        "direction": say("direction"),
        "acquisition": say("acquisition"),
    }


def _help() -> Words:
    keys = (
        "Wheel, ↑ and ↓: slices; Page keys: ten slices; Home and End: first and last. Ctrl+wheel, + and −: zoom (the wheel "
        "alone for a single image); 0: fit; 1: 1:1. Drag moves the image. Right-drag: sideways changes the window's width, "
        "up and down its center; ← and → change the width, with Shift the center. i swaps black and white; o shows or hides "
        "what the file draws over its picture. Shift with ↑ and ↓: the volume before and the one after, where several were "
        "taken together."
    )
    return {"keys and mouse": say("keys and mouse"), keys: _keys()}


def _keys() -> str:
    return say(
        "Wheel, ↑ and ↓: slices; Page keys: ten slices; Home and End: first and last. Ctrl+wheel, + and −: zoom (the wheel "
        "alone for a single image); 0: fit; 1: 1:1. Drag moves the image. Right-drag: sideways changes the window's width, "
        "up and down its center; ← and → change the width, with Shift the center. i swaps black and white; o shows or hides "
        "what the file draws over its picture. Shift with ↑ and ↓: the volume before and the one after, where several were "
        "taken together."
    )
