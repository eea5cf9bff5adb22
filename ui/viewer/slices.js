// Fetching slices: a bounded memory, the nearest ones ahead of time, everything dropped when the viewer goes.

const MEMORY_BYTES = 256 * 1024 * 1024;
const AHEAD = 8; // slices fetched ahead on each side
const ARRAYS = { int16: Int16Array, int32: Int32Array, float32: Float32Array, uint8: Uint8Array };

class SliceError extends Error {}

/** One slice as a typed array; throws SliceError with a sentence for the reader. */
async function fetchSlice(url, index, dtype, signal) {
  const answer = await ask(`${url}?slice=${index}`, signal);
  if (answer.status === 404) throw new SliceError("The scan is no longer on the server: open it again.");
  if (answer.status !== 200) throw new SliceError("The server couldn't give this slice: try again.");
  return new ARRAYS[dtype](answer.bytes);
}

async function ask(url, signal) {
  try {
    const response = await fetch(url, { signal, cache: "no-store" });
    return { status: response.status, bytes: await response.arrayBuffer() };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new SliceError("The server can't be reached: check the connection, then try again.");
  }
}

class Slices {
  /** `arrived(index)` and `failed(index, sentence)` are called for each fetch that ends. */
  constructor({ url, dtype, shape }, arrived, failed) {
    Object.assign(this, { url, dtype, count: shape[0], arrived, failed });
    const sliceBytes = shape.slice(1).reduce((a, b) => a * b) * ARRAYS[dtype].BYTES_PER_ELEMENT;
    this.ahead = Math.min(AHEAD, Math.floor((MEMORY_BYTES / sliceBytes - 1) / 2));
    this.held = new Map(); // index → array, least recently used first
    this.coming = new Map(); // index → AbortController
    this.bytes = 0;
  }

  /** The slice if it is here. */
  get(index) {
    const found = this.held.get(index);
    if (found) {
      this.held.delete(index);
      this.held.set(index, found);
    }
    return found;
  }

  /** Fetch `index` if it isn't here, then the ones around it, and stop fetching what is far from it. */
  want(index) {
    for (const other of this.coming.keys()) if (Math.abs(other - index) > this.ahead) this.abort(other);
    this.wanted = index;
    if (this.held.has(index)) this.fetchAhead();
    else this.fetch(index);
  }

  async fetch(index) {
    if (this.coming.has(index)) return;
    const controller = new AbortController();
    this.coming.set(index, controller);
    try {
      this.hold(index, await fetchSlice(this.url, index, this.dtype, controller.signal));
      this.arrived(index);
    } catch (error) {
      if (error instanceof SliceError) this.failed(index, error.message);
      else if (error.name !== "AbortError") throw error;
      return;
    } finally {
      if (this.coming.get(index) === controller) this.coming.delete(index);
    }
    this.fetchAhead();
  }

  /** Start on the nearest slice that is missing, two at a time. */
  fetchAhead() {
    for (let far = 1; far <= this.ahead && this.coming.size < 2; far++) {
      for (const index of [this.wanted + far, this.wanted - far]) {
        if (index >= 0 && index < this.count && !this.held.has(index) && this.coming.size < 2) this.fetch(index);
      }
    }
  }

  hold(index, array) {
    this.held.set(index, array);
    this.bytes += array.byteLength;
    for (const [oldest, old] of this.held) {
      if (this.bytes <= MEMORY_BYTES || oldest === index) break;
      this.held.delete(oldest);
      this.bytes -= old.byteLength;
    }
  }

  abort(index) {
    this.coming.get(index).abort();
    this.coming.delete(index);
  }

  free() {
    for (const index of this.coming.keys()) this.abort(index);
    this.arrived = this.failed = () => {};
    this.held.clear();
    this.bytes = 0;
  }
}
