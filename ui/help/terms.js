// A click on a glossary word shows its entry beside it: the page stays, and with it the open scans.
const NEAR = 8;
const isTerm = (node) => node instanceof Element && node.closest('a[href*="help?term="]:not(.lb-entry a)');

function filled(box, link, words) {
  const name = document.createElement("strong");
  name.id = "lb-entry-name";
  name.textContent = link.textContent;
  const text = document.createElement("p");
  text.textContent = link.title;
  const more = document.createElement("a");
  more.href = link.href;
  more.target = "_blank";
  more.rel = "noopener";
  more.textContent = `${words.more} ↗`;
  more.hidden = !words.more;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "✕";
  close.setAttribute("aria-label", words.close);
  close.addEventListener("click", () => box.hidePopover());
  box.replaceChildren(close, name, text, more);
}

function placed(box, link) {
  const at = link.getBoundingClientRect();
  const own = box.getBoundingClientRect();
  const below = at.bottom + NEAR + own.height < innerHeight;
  box.style.left = `${Math.max(NEAR, Math.min(at.left, innerWidth - own.width - NEAR))}px`;
  box.style.top = `${Math.max(NEAR, below ? at.bottom + NEAR : at.top - NEAR - own.height)}px`;
}

export default function ({ data }) {
  const box = document.createElement("div");
  box.className = "lb-entry";
  box.popover = "auto";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", "lb-entry-name");
  document.body.append(box);
  let opener = null;
  box.addEventListener("toggle", ({ newState }) => newState === "closed" && opener?.focus());
  const show = (event) => {
    const link = isTerm(event.target);
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { backgroundColor, color } = getComputedStyle(document.querySelector(".stApp"));
    Object.assign(box.style, { backgroundColor, color });
    filled(box, link, data);
    box.showPopover();
    placed(box, link);
    box.querySelector("button").focus();
    opener = link;
  };
  document.addEventListener("click", show, true);
  return () => {
    document.removeEventListener("click", show, true);
    box.remove();
  };
}
