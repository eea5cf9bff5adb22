// Pointer, wheel and keys on the canvas, turned into the viewer's own verbs.

const WHEEL_STEP = 40; // CSS pixels of wheel movement that make one slice
const WHEEL_ZOOM = 1.2; // zoom of one such step
const ARROW_PIXELS = 16; // an arrow key changes the window like a drag of so many CSS pixels

/**
 * The window after a drag of (dx, dy) CSS pixels from where it was `from`:
 * width × 2^(dx/256), center + width × dy/512; then both rounded to a thousandth of the width's power of ten.
 */
function draggedWindow(from, dx, dy) {
  const least = from.function === "LINEAR" ? 1 : 1e-6;
  const width = Math.max(least, from.width * 2 ** (dx / 256));
  const digits = Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(width))));
  const round = (value) => Number(value.toFixed(digits));
  return { ...from, width: Math.max(least, round(width)), center: round(from.center + (from.width * dy) / 512) };
}

/** Wheel events as whole steps: a notch is one, a trackpad's small movements add up. */
function wheelSteps() {
  let sum = 0;
  return (event) => {
    const moved = event.deltaY * (event.deltaMode === 0 ? 1 : WHEEL_STEP);
    if (Math.abs(moved) >= WHEEL_STEP) sum = Math.sign(moved) * WHEEL_STEP;
    else sum += moved;
    const steps = Math.trunc(sum / WHEEL_STEP);
    sum -= steps * WHEEL_STEP;
    return steps;
  };
}

function bindWheel(viewer, canvas) {
  const steps = wheelSteps();
  const onWheel = (event) => {
    event.preventDefault();
    const count = steps(event);
    if (!count) return;
    if (event.ctrlKey || viewer.count === 1) viewer.zoomBy(WHEEL_ZOOM ** -count, event);
    else viewer.goTo(viewer.slice + count);
  };
  canvas.addEventListener("wheel", onWheel, { passive: false });
}

function bindPointer(viewer, canvas) {
  const pointers = new Map(); // pointerId → where it was last
  let drag = null;
  const begin = (event) => {
    pointers.set(event.pointerId, event);
    canvas.setPointerCapture(event.pointerId);
    const shapesWindow = !viewer.colour && (event.button === 2 || (event.button === 0 && viewer.dragsWindow));
    drag = { x: event.clientX, y: event.clientY, window: shapesWindow ? viewer.window : null };
  };
  const move = (event) => {
    viewer.point(event);
    const last = pointers.get(event.pointerId);
    if (!last) return;
    if (pointers.size === 2) pinch(viewer, pointers, event);
    else if (drag.window) viewer.setWindow(draggedWindow(drag.window, event.clientX - drag.x, event.clientY - drag.y));
    else viewer.panBy(event.clientX - last.clientX, event.clientY - last.clientY);
    pointers.set(event.pointerId, event);
  };
  const end = (event) => {
    pointers.delete(event.pointerId);
    drag = { window: null };
  };
  canvas.addEventListener("pointerdown", begin);
  canvas.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, end);
  canvas.addEventListener("pointerleave", () => viewer.point(null));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
}

/** Two fingers: their distance zooms, their middle moves. */
function pinch(viewer, pointers, event) {
  const before = [...pointers.values()];
  const after = before.map((pointer) => (pointer.pointerId === event.pointerId ? event : pointer));
  const middle = ([a, b]) => ({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
  const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
  viewer.panBy(middle(after).clientX - middle(before).clientX, middle(after).clientY - middle(before).clientY);
  viewer.zoomBy(apart(after) / apart(before), middle(after));
}

function bindKeys(viewer, root, canvas) {
  const shape = (dx, dy) => () => viewer.setWindow(draggedWindow(viewer.window, dx, dy));
  const step = (count) => () => viewer.goTo(viewer.slice + count);
  const verbs = {
    ArrowUp: step(-1), ArrowDown: step(1), PageUp: step(-10), PageDown: step(10),
    Home: () => viewer.goTo(0), End: () => viewer.goTo(viewer.count - 1),
    "+": () => viewer.zoomBy(1.25), "=": () => viewer.zoomBy(1.25), "-": () => viewer.zoomBy(0.8),
    0: () => viewer.fit(), 1: () => viewer.actualSize(), i: () => viewer.invert(), o: () => viewer.toggleOverlay(),
    ArrowLeft: shape(-ARROW_PIXELS, 0), ArrowRight: shape(ARROW_PIXELS, 0),
    "Shift ArrowUp": () => stepVolume(viewer, -1), "Shift ArrowDown": () => stepVolume(viewer, 1),
    "Shift ArrowLeft": shape(0, -ARROW_PIXELS), "Shift ArrowRight": shape(0, ARROW_PIXELS),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const verb = verbs[(event.shiftKey && event.key.startsWith("Arrow") ? "Shift " : "") + event.key];
    if (!verb) return;
    event.preventDefault();
    verb();
  });
  // Typed here, r and c must not reach the page, where Streamlit reruns and clears its cache on them.
  root.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation());
}
