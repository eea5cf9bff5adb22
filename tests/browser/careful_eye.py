"""What a careful eye rejects on a page: serious axe findings, what is clipped or wider than the screen, another language."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_SPILLED = """() => {
  const found = [];
  for (const element of document.querySelectorAll('[data-testid="stMain"] *')) {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!box.width || !box.height || style.visibility === "hidden") continue;
    const name = `${element.tagName} "${(element.innerText || "").trim().slice(0, 40)}"`;
    let scrolls = false;
    for (let up = element.parentElement; up && up.dataset?.testid !== "stMain"; up = up.parentElement)
      scrolls ||= /auto|scroll|hidden/.test(getComputedStyle(up).overflowX);
    if (!scrolls && box.right > innerWidth + 2) found.push(`wider than the screen: ${name}`);
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (own && element.scrollWidth > element.clientWidth + 2 && element.clientWidth && /hidden|clip/.test(style.overflowX))
      found.push(`clipped: ${name}`);
  }
  return [...new Set(found)];
}"""
_SHOWN = """() => {
  const UNREAD = ["SCRIPT", "STYLE", "NOSCRIPT", "CODE", "PRE"];
  const words = [], walk = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) words.push(node.data.trim());
      if (node.nodeType !== Node.ELEMENT_NODE || UNREAD.includes(node.tagName)) continue;
      if (node.dataset.testid === "stIconMaterial" || node.getAttribute("translate") === "no") continue;
      for (const name of ["aria-label", "title", "placeholder", "alt"])
        if (node.getAttribute(name)) words.push(node.getAttribute(name).trim());
      if (node.shadowRoot) walk(node.shadowRoot);
      walk(node);
    }
  };
  walk(document.body);
  return [...new Set(words.filter(Boolean))];
}"""
_SENTENCE = re.compile(r"(?:[A-Za-z][a-z'’]+[ ,;:.]+){2,}[A-Za-z][a-z'’]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def axe_findings(page: Page) -> list[str]:
    """What axe calls serious or critical; contrast under 4.5 is among it."""
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def spilled(page: Page) -> list[str]:
    """What reaches out of the screen or is cut off."""
    return list(page.evaluate(_SPILLED))


def words_of(page: Page) -> list[str]:
    """Each text and label on the page, also in the viewer's shadow; code is left out."""
    return list(page.evaluate(_SHOWN))


def english_in(words: list[str]) -> list[str]:
    """Those with three English words in a row."""
    return [each for each in words if _SENTENCE.search(each)]


def chinese_in(words: list[str]) -> list[str]:
    """Those with a Chinese character, but for the language's own name."""
    return [each for each in words if _CHINESE.search(each) and each != "中文"]
