// What the file draws over its picture: fetched beside the slices, shown in one colour, never part of a value.

const OVERLAY_COLOUR = 0xffbfd42d; // #2dd4bf as a word of a canvas image

/** Get ready for the overlay of a series that was just opened, or for none. */
function openOverlay(viewer) {
  viewer.overlay?.free();
  const { overlay, shape } = viewer.series;
  const failed = (index, why) => overlayFailed(viewer, index, why);
  const arrived = (index) => index === viewer.slice && viewer.refresh();
  viewer.overlay = overlay && new Slices({ url: overlay, dtype: "uint8", shape: shape.slice(0, 3) }, arrived, failed);
  viewer.overlayFailure = "";
}

/** Fetch the slice's overlay where it is to be seen. */
function wantOverlay(viewer) {
  viewer.overlayFailure = "";
  if (viewer.overlay && viewer.overlayShown) viewer.overlay.want(viewer.slice);
}

function overlayFailed(viewer, index, why) {
  if (index !== viewer.slice) return;
  viewer.overlayFailure = viewer.say(why);
  viewer.note(viewer.overlayFailure, { retry: true });
  viewer.refresh();
}

/** Whether the slice lacks nothing of its overlay that is still to come. */
function overlayIsDone({ overlay, overlayShown, overlayFailure, slice }) {
  return !overlay || !overlayShown || overlayFailure || overlay.get(slice);
}

/** Lay the overlay over what is painted; where the picture is drawn again only for its window, the marks are kept. */
function layOverlay(viewer, grid) {
  const drawn = viewer.overlayShown && viewer.overlay?.get(viewer.slice);
  if (!drawn) return;
  if (grid.drawn !== drawn) {
    const [[across, down], [left, top]] = [viewer.scales(), viewer.origin()];
    const columns = axisCover(viewer.columns, across, left, grid.across);
    grid.marks = drawnOn(drawn, viewer.columns, columns, axisCover(viewer.rows, down, top, grid.down));
    grid.drawn = drawn;
  }
  paintMarks(grid.marks, OVERLAY_COLOUR, grid.pixels);
}

function showOverlay({ parts, shown, overlay, overlayShown, slice }) {
  parts.overlay.hidden = !overlay;
  parts.overlay.setAttribute("aria-pressed", overlayShown);
  shown.overlay = overlay && overlayShown && overlay.get(slice) ? "1" : "";
}
