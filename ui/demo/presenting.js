// A presenter's keys press the tour's own buttons; in a kiosk an idle visit ends, and the tour is opened anew.
const PRESSES = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Home: "step-1" };
const TAKES_KEYS = "input,textarea,select,[contenteditable=true],[role=slider],[role=radio],[role=radiogroup],[role=option]," +
  "[role=combobox],[role=listbox],[role=menuitem],[role=dialog],[role=tab],[data-takes-keys]";
const LAST_SECONDS = 10;
const HOME = "lightbox_kiosk_home";
const ACTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

let shownStep = null, lastAct = Date.now(), leaving = false;

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const inside = event.composedPath().filter((each) => each instanceof Element);
  if (inside.some((each) => each.matches(TAKES_KEYS))) return;
  const name = PRESSES[event.key] || (/^[1-9]$/.test(event.key) ? `step-${event.key}` : null);
  const button = name && document.querySelector(`.st-key-demo-${name} button:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

// The address that the kiosk was opened with, without its step: what a visitor changed is gone.
function home() {
  const kept = sessionStorage.getItem(HOME);
  if (kept !== null) return kept;
  const asked = new URLSearchParams(location.search);
  asked.delete("step");
  sessionStorage.setItem(HOME, `?${asked}`);
  return `?${asked}`;
}

function leave(cookie) {
  document.cookie = `${cookie}=;path=/;max-age=0;SameSite=Strict`;
  location.replace(location.pathname + home());
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (shownStep !== null && shownStep !== data.step) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    parentElement.querySelector(".told").textContent = data.title;
  }
  shownStep = data.step;
  document.addEventListener("keydown", pressed);
  const stop = watchIdleness(data, parentElement.querySelector(".ending"), setTriggerValue);
  return () => {
    document.removeEventListener("keydown", pressed);
    stop();
  };
}

function watchIdleness(data, ending, setTriggerValue) {
  if (!data.seconds) return () => {};
  home();
  if (data.over) leave(data.cookie);
  const act = () => { if (!leaving) lastAct = Date.now(); };
  const look = () => {
    const left = Math.ceil(data.seconds - (Date.now() - lastAct) / 1000);
    ending.hidden = left > LAST_SECONDS;
    if (!ending.hidden) ending.textContent = data.ending.replace("{seconds}", Math.max(left, 0));
    if (left > 0 || leaving) return;
    leaving = true;
    setTriggerValue("over", true);
    setTimeout(() => leave(data.cookie), 3000);  // whatever becomes of the server's answer
  };
  ACTS.forEach((name) => document.addEventListener(name, act, { capture: true, passive: true }));
  const clock = setInterval(look, 250);
  return () => {
    clearInterval(clock);
    ACTS.forEach((name) => document.removeEventListener(name, act, { capture: true }));
  };
}
