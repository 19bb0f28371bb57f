/* Tells screen readers what changed, through the page's one live region. */
import { sharedElement } from "./dialog.js";

let clear = 0;

export function announce(text) {
  const region = sharedElement("live");
  clearTimeout(clear);
  // The same text twice is two announcements only when the region was empty between.
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
  clear = setTimeout(() => { region.textContent = ""; }, 5000);
}
