// The canvas viewer: state, painting and tools. The other files here stand before it in one module.

const ZOOM_LEAST = 0.02;
const ZOOM_MOST = 64;
const SEND_MS = 250; // the view goes to Python when it has been still for so long
const FRAME_MS = 100; // a frame of a cine loop
const BACKGROUND = "#08090a";
const VIEW_FIELDS = [
  "slice_index", "center", "width", "preset", "inverted", "zoom", "column", "row",
  "overlay_shown", "heat_shown", "heat_opacity", "serial",
];
const VIEWERS = new WeakMap(); // the component's root → its viewer, which outlives reruns of the page

class Viewer {
  constructor(root) {
    this.root = root;
    this.parts = {};
    for (const part of root.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    this.canvas = this.parts.canvas;
    this.context = this.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.shown = root.host.dataset;
    Object.assign(this, { sent: new Set(), serial: 0, paints: 0, frame: 0, dragsWindow: false, heat: null });
    bindTools(this, this.parts);
    bindWheel(this, this.canvas);
    bindPointer(this, this.canvas);
    bindKeys(this, root, this.canvas);
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.canvas);
  }

  /** Take what a run of the page sent: another series starts afresh, the same one keeps everything that didn't change. */
  update(data, send, trigger) {
    const isReworded = JSON.stringify(data.words) !== JSON.stringify(this.words);
    Object.assign(this, { words: data.words, send, trigger });
    const view = JSON.stringify(data.view, VIEW_FIELDS);
    const { which } = this.series ?? {};
    const isOther = data.series.token !== this.series?.token;
    if (isOther && which && which.whole === data.series.which?.whole) this.openNext(data);
    else if (isOther) this.open(data);
    else if (view !== this.lastView && !this.sent.has(view)) this.apply(data.view ?? {});
    this.lastView = view;
    takeHeat(this, data.heat);
    settleVolume(this, data.series.which?.answered);
    if (isReworded) layOut(this);
    if (isReworded) this.refresh();
  }

  open(data) {
    blank(this);
    clearTimeout(this.asking);
    this.take(data);
    Object.assign(this, { heatShown: true, heatOpacity: null, overlayShown: true, slice: 0, asking: null, wanted: null });
    this.reset();
    this.apply(data.view ?? {});
  }

  /** Another volume of the same whole: slice, window, zoom and all else stay, and the picture until the next one is here. */
  openNext(data) {
    const { slice, window, preset } = this;
    this.take(data);
    this.usePreset(preset);
    this.window = { ...this.window, center: window.center, width: window.width };
    this.show(slice);
    this.changed();
  }

  take({ series, presets, colours }) {
    this.stop();
    this.slices?.free();
    Object.assign(this, { series, presets, colour: series.shape.length === 4, aspect: pixelAspect(series.spacing) });
    this.colours = Uint8Array.from(atob(colours), (letter) => letter.charCodeAt(0));
    [this.count, this.rows, this.columns] = series.shape;
    Object.assign(this, { grid: null, heat: null, lastHeat: null });
    this.slices = new Slices(series, (index) => this.arrived(index), (index, why) => this.failed(index, why));
    openOverlay(this);
    layOut(this);
  }

  /** Go to a view from Python; what it leaves out stays. */
  apply(view) {
    if (view.preset) this.usePreset(view.preset);
    if (view.center != null) this.window = { ...this.window, center: view.center, width: view.width };
    this.inverted = view.inverted ?? this.inverted;
    this.overlayShown = view.overlay_shown ?? this.overlayShown;
    this.heatShown = view.heat_shown ?? this.heatShown;
    this.heatOpacity = view.heat_opacity ?? this.heatOpacity;
    if (view.zoom) Object.assign(this, { zoom: view.zoom, column: view.column, row: view.row, fitted: false });
    this.show(view.slice_index ?? this.slice);
  }

  /** Window, zoom and position as at first. */
  reset() {
    this.usePreset(this.presets[0].name);
    Object.assign(this, { inverted: false, fitted: true });
    this.refresh();
  }

  // What the tools, the mouse and the keys ask for.

  goTo(slice) {
    this.show(slice);
    this.changed();
  }

  setWindow(window) {
    if (this.colour) return;
    this.window = window;
    this.changed();
  }

  choosePreset(name) {
    this.usePreset(name);
    this.changed();
  }

  invert() {
    if (this.colour) return;
    this.inverted = !this.inverted;
    this.changed();
  }

  toggleOverlay() {
    if (!this.overlay) return;
    this.overlayShown = !this.overlayShown;
    this.goTo(this.slice);
  }

  /** Zoom about a pointer event, or about the middle. */
  zoomBy(factor, event = null) {
    this.resize();
    const [x, y] = event ? this.onCanvas(event) : [this.canvas.width / 2, this.canvas.height / 2];
    const [left, top] = [x - this.canvas.width / 2, y - this.canvas.height / 2];
    const [across, down] = this.scales();
    const zoom = Math.min(ZOOM_MOST, Math.max(ZOOM_LEAST, this.zoom * factor));
    const kept = 1 - this.zoom / zoom;
    Object.assign(this, { column: this.column + (left / across) * kept, row: this.row + (top / down) * kept });
    Object.assign(this, { zoom, fitted: false });
    this.changed();
  }

  /** Move the image by CSS pixels. */
  panBy(dx, dy) {
    const [across, down] = this.scales();
    const density = this.density();
    const keep = (value, most) => Math.min(most, Math.max(0, value));
    this.column = keep(this.column - (dx * density) / across, this.columns);
    this.row = keep(this.row - (dy * density) / down, this.rows);
    this.fitted = false;
    this.changed();
  }

  fit() {
    this.fitted = true;
    this.changed();
  }

  actualSize() {
    Object.assign(this, { zoom: 1, fitted: false });
    this.changed();
  }

  play() {
    if (this.playing) {
      this.stop();
      return;
    }
    this.playing = setInterval(() => this.shown.ready === "1" && this.goTo((this.slice + 1) % this.count), FRAME_MS);
    showPlaying(this);
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    showPlaying(this);
  }

  // How it is done.

  say(text, values = {}) {
    const sentence = this.words[text] ?? text;
    return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  usePreset(name) {
    const preset = this.presets.find((candidate) => candidate.name === name) ?? this.presets[0];
    this.preset = preset.name;
    this.window = preset.window;
  }

  show(slice) {
    this.slice = Math.min(this.count - 1, Math.max(0, slice));
    this.slices.want(this.slice);
    wantOverlay(this);
    if (this.slices.get(this.slice)) this.note("");
    else this.note(this.say("loading {noun} {number}…", { noun: this.noun(), number: this.slice + 1 }));
    this.refresh();
  }

  arrived(index) {
    if (index !== this.slice) return;
    this.note(this.overlayFailure, { retry: Boolean(this.overlayFailure) });
    this.refresh();
  }

  failed(index, why) {
    if (index !== this.slice) return;
    blank(this);
    this.grid = null;
    this.note(this.say(why), { retry: true });
  }

  note(text, { retry = false } = {}) {
    this.parts.note.hidden = !text;
    this.parts.noteText.textContent = text;
    this.parts.retry.hidden = !retry;
  }

  noun() {
    return this.say({ slices: "slice", frames: "frame", image: "film" }[this.series.kind]);
  }

  /** The user changed something: paint it, and tell Python when it has been still for a while. */
  changed() {
    this.refresh();
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.tell(), SEND_MS);
  }

  /** What was changed a moment ago goes to Python without a wait. */
  tellNow() {
    if (!this.sending) return;
    clearTimeout(this.sending);
    this.tell();
  }

  tell() {
    this.sending = null;
    const { preset, inverted, column, row } = this;
    const view = {
      slice_index: this.slice, center: this.window.center, width: this.window.width, preset, inverted,
      zoom: this.fitted ? null : this.zoom, column, row,
      overlay_shown: this.overlayShown, heat_shown: this.heatShown, heat_opacity: this.heatOpacity, serial: ++this.serial,
    };
    this.sent.add(JSON.stringify(view, VIEW_FIELDS));
    this.send("view", { series: this.series.token, view });
  }

  density() {
    return this.canvas.clientWidth ? this.canvas.width / this.canvas.clientWidth : 1;
  }

  /** Canvas pixels of one image pixel, (across, down). */
  scales() {
    return [this.zoom * this.aspect[0], this.zoom * this.aspect[1]];
  }

  /** Where image pixel (0, 0) begins on the canvas: whole pixels, so that 1:1 is exact. */
  origin() {
    const [across, down] = this.scales();
    const { width, height } = this.canvas;
    return [Math.round(width / 2 - this.column * across), Math.round(height / 2 - this.row * down)];
  }

  onCanvas({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) * this.density(), (clientY - box.top) * this.density()];
  }

  /** Read the pointed value out, or with null nothing more. */
  point(event) {
    this.pointer = event;
    showValue(this);
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const [width, height] = [clientWidth, clientHeight].map((side) => Math.max(1, Math.round(side * devicePixelRatio)));
    if (width !== this.canvas.width || height !== this.canvas.height) {
      Object.assign(this.canvas, { width, height });
      this.grid = null;
      if (this.series) this.refresh();
    }
    if (!this.fitted) return;
    const [wide, high] = this.aspect;
    this.zoom = Math.min(width / (this.columns * wide), height / (this.rows * high));
    Object.assign(this, { column: this.columns / 2, row: this.rows / 2 });
  }

  refresh() {
    this.shown.ready = "0";
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    this.resize();
    const array = this.slices.get(this.slice);
    if (array) {
      paintSlice(this, array);
      this.shown.paintCount = ++this.paints;
    }
    showState(this);
    const hasHeat = !heatIsHere(this) || this.heat.levels || this.heat.failure;
    this.shown.ready = array && hasHeat && overlayIsDone(this) ? "1" : "0";
  }

  free() {
    this.stop();
    clearTimeout(this.sending);
    clearTimeout(this.asking);
    cancelAnimationFrame(this.frame);
    this.resized.disconnect();
    this.heatStop?.abort();
    this.slices?.free();
    this.overlay?.free();
    this.grid = this.heat = this.pointer = null;
    this.refresh = () => {};
  }
}

export default function mount({ data, parentElement, setStateValue, setTriggerValue }) {
  let viewer = VIEWERS.get(parentElement);
  if (!viewer?.canvas.isConnected) {
    viewer?.free();
    viewer = new Viewer(parentElement);
    VIEWERS.set(parentElement, viewer);
  }
  viewer.update(data, setStateValue, setTriggerValue);
  return () => {
    viewer.free();
    VIEWERS.delete(parentElement);
  };
}
