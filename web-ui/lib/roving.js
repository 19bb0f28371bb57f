/*
 * Arrow keys in a set of tiles or rows.  One item has tabindex 0, so Tab steps
 * into the set once and out again; arrows, Home and End move inside it.  Items
 * may wrap into a grid: up and down go to the nearest item of the next row.
 */

function items(host, selector) {
  return [...host.querySelectorAll(selector)].filter((item) => item.offsetParent !== null);
}

function vertical(list, from, direction) {
  const start = from.getBoundingClientRect();
  const middle = start.left + start.width / 2;
  let best = null;
  let bestScore = Infinity;
  for (const item of list) {
    const box = item.getBoundingClientRect();
    const rows = direction * (box.top - start.top);
    if (rows < start.height / 2) continue;
    // Rows first, then the distance to the middle of where we came from.
    const score = rows * 1000 + Math.abs(box.left + box.width / 2 - middle);
    if (score < bestScore) {
      best = item;
      bestScore = score;
    }
  }
  return best;
}

function target(list, from, key) {
  const index = list.indexOf(from);
  if (key === "ArrowRight") return list[index + 1];
  if (key === "ArrowLeft") return list[index - 1];
  if (key === "ArrowDown") return vertical(list, from, 1);
  if (key === "ArrowUp") return vertical(list, from, -1);
  if (key === "Home") return list[0];
  return list.at(-1);
}

const KEYS = new Set(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"]);

/** onLeave(key) is called when an arrow points out of the set. */
export function rove(host, selector, { onLeave, signal } = {}) {
  host.addEventListener("keydown", (event) => {
    if (!KEYS.has(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const from = event.target.closest(selector);
    if (!from || event.target !== from) return;
    const next = target(items(host, selector), from, event.key);
    if (!next && !onLeave) return;
    event.preventDefault();
    if (next) {
      setRovingItem(host, selector, next);
      next.focus();
    } else {
      onLeave(event.key);
    }
  }, { signal });
  host.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) setRovingItem(host, selector, item);
  }, { signal });
}

/** Makes `current` the item that Tab reaches; the first one when it is gone. */
export function setRovingItem(host, selector, current = null) {
  const all = [...host.querySelectorAll(selector)];
  const chosen = all.includes(current) ? current
    : all.find((item) => item.tabIndex === 0) ?? all[0];
  for (const item of all) item.tabIndex = item === chosen ? 0 : -1;
}
