// The browser's side of the language: the page's own language tag, a cookie that remembers it, and Streamlit's few own words.
const ATTRIBUTES = ["aria-label", "title", "placeholder"];

function say(node, words) {
  if (node.nodeType === Node.TEXT_NODE) {
    const said = words[node.data.trim()];
    if (said) node.data = node.data.replace(node.data.trim(), said);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE", "TEXTAREA"].includes(node.tagName)) return;
  for (const name of ATTRIBUTES) {
    const said = words[node.getAttribute(name)];
    if (said) node.setAttribute(name, said);
  }
  for (const child of node.childNodes) say(child, words);
}

let watch;

export default function ({ data }) {
  watch?.disconnect();
  document.documentElement.lang = data.tag;
  document.cookie = `${data.cookie}=${data.language};path=/;max-age=31536000;SameSite=Strict`;
  const words = data.words;
  if (!Object.keys(words).length) return;
  say(document.body, words);
  watch = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach((node) => say(node, words));
      else if (change.type === "characterData") say(change.target, words);
      else {
        const said = words[change.target.getAttribute(change.attributeName)];
        if (said) change.target.setAttribute(change.attributeName, said);
      }
    }
  });
  const what = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES };
  watch.observe(document.body, what);
  return () => watch.disconnect();
}
