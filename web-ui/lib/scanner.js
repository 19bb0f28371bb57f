/*
 * Tells a barcode scanner that acts as a keyboard ("wedge") from a person.
 *
 * A scanner types a code in one burst, a few milliseconds a key, and ends it
 * with Enter (some with Tab).  Nobody types four characters that fast, so a
 * scan is known wherever the focus is; what it typed into a field is taken out
 * again before the code is handed on.
 *
 * BurstDetector is the pure part: it is fed keys with their times.
 */

const MIN_LENGTH = 3;
const MAX_LENGTH = 128;
/* One slow key is forgiven (a busy browser), the pace of the whole burst is not. */
const MAX_GAP_MS = 80;
const MAX_AVERAGE_MS = 35;

/** How long a key that is a command waits to see whether it begins a scan. */
export const HOLD_MS = 45;

export class BurstDetector {
  #keys = "";
  #started_ms = 0;
  #last_ms = -Infinity;
  #gap_ms = Infinity;

  /** Feeds one character; says whether it began a new burst. */
  character(key, at_ms) {
    const fresh = at_ms - this.#last_ms > MAX_GAP_MS || this.#keys.length >= MAX_LENGTH;
    if (fresh) {
      this.#keys = "";
      this.#started_ms = at_ms;
    }
    this.#keys += key;
    this.#gap_ms = at_ms - this.#last_ms;
    this.#last_ms = at_ms;
    return fresh;
  }

  /** Feeds the ending key; gives the code when the burst was a scanner's, else null. */
  end(at_ms) {
    const code = this.#keys;
    const average_ms = (at_ms - this.#started_ms) / Math.max(code.length, 1);
    const scanned = at_ms - this.#last_ms <= MAX_GAP_MS
      && code.length >= MIN_LENGTH && average_ms <= MAX_AVERAGE_MS;
    this.reset();
    return scanned ? code : null;
  }

  reset() {
    this.#keys = "";
    this.#last_ms = -Infinity;
  }

  /** Whether the last character followed the one before at a scanner's pace. */
  get inBurst() {
    return this.#keys.length >= 2 && this.#gap_ms <= MAX_AVERAGE_MS;
  }
}

function editable(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
    ? target : null;
}

/**
 * Listens on the whole document.  onScan(code, field) is called for each scan;
 * field is the input that had the focus, or null.
 */
export function listenToScanner(onScan, { signal } = {}) {
  const detector = new BurstDetector();
  let before = null;

  function remember(field) {
    before = field && { field, value: field.value };
  }

  function restore() {
    if (!before || before.field.value === before.value) return;
    before.field.value = before.value;
    before.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Shift") return;
    const combined = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
    if (!combined && !event.repeat && event.key.length === 1) {
      if (detector.character(event.key, event.timeStamp)) remember(editable(event.target));
      return;
    }
    if (combined || (event.key !== "Enter" && event.key !== "Tab")) {
      // No scanner sends other keys in the middle of a code.
      detector.reset();
      return;
    }
    const code = detector.end(event.timeStamp);
    if (code === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    restore();
    onScan(code.trim(), before?.field ?? null);
  }, { capture: true, signal });

  return { get inBurst() { return detector.inBurst; } };
}
