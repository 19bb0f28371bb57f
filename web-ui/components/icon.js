/*
 * Line icons on a 24 grid, drawn for MyPOS.  They take the colour of the text
 * and are hidden from screen readers: the control beside them has the name.
 */
import { html } from "../lib/html.js";

const PATHS = {
  alert: html`<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17.2v.1"/>`,
  back: html`<path d="M15 5l-7 7 7 7"/>`,
  barcode: html`<path d="M4 6v12M7.5 6v12M11 6v12M13.5 6v12M17 6v12M20 6v12"/>`,
  bag: html`<path d="M5 8h14l1 12.5H4z"/><path d="M8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5"/>`,
  box: html`<path d="M12 3l8.5 4.5v9L12 21l-8.5-4.5v-9z"/><path d="M3.5 7.5L12 12l8.5-4.5M12 12v9"/>`,
  camera: html`<path d="M4 8h3.2l1.6-2.5h6.4L16.8 8H20v11H4z"/><circle cx="12" cy="13" r="3.4"/>`,
  check: html`<path d="M5 12.5l4.5 4.5L19 7"/>`,
  chevron: html`<path d="M9 5l7 7-7 7"/>`,
  clock: html`<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>`,
  close: html`<path d="M6 6l12 12M18 6L6 18"/>`,
  down: html`<path d="M12 5v14M6 13l6 6 6-6"/>`,
  download: html`<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 20h15"/>`,
  edit: html`<path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19z"/><path d="M13.5 7l3.5 3.5"/>`,
  gift: html`<path d="M4.5 12h15v8.5h-15zM3.5 8h17v4h-17zM12 8v12.5"/><path d="M12 8C9 8 7 7 7 5.4S9.6 3.2 12 8c2.4-4.8 5-4.2 5-2.6S15 8 12 8"/>`,
  globe: html`<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17c-5-5-5-12 0-17"/>`,
  drawer: html`<path d="M3.5 14.5h17V20h-17zM5.5 14.5l1.2-9h10.6l1.2 9M10 17.3h4"/>`,
  grid: html`<rect x="4" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="4" y="13.5" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="13.5" width="6.5" height="6.5" rx="1.5"/>`,
  help: html`<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.7a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.2.9-1.2 1.9M12 17v.1"/>`,
  keyboard: html`<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M7 10v.1M11 10v.1M15 10v.1M17.5 10v.1M8 14h8"/>`,
  mail: html`<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="M3.5 7l8.5 6.5L20.5 7"/>`,
  menu: html`<path d="M4 7h16M4 12h16M4 17h16"/>`,
  merge: html`<path d="M5 4v3a6 6 0 0 0 6 6h8M5 20v-3a6 6 0 0 1 4-5.6M15.5 9l4 4-4 4"/>`,
  minus: html`<path d="M6 12h12"/>`,
  moon: html`<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5"/>`,
  offline: html`<path d="M4 4l16 16M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4.5-2.6M14.5 9.4A10 10 0 0 1 19 12M12 19v.1"/>`,
  people: html`<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M15.5 5.4a3.5 3.5 0 0 1 0 6.2M18 14.2a6.5 6.5 0 0 1 3.5 5.3"/>`,
  pause: html`<path d="M8.5 5.5v13M15.5 5.5v13"/>`,
  percent: html`<path d="M18 6L6 18"/><circle cx="7.5" cy="7.5" r="2.5"/><circle cx="16.5" cy="16.5" r="2.5"/>`,
  plus: html`<path d="M12 6v12M6 12h12"/>`,
  printer: html`<path d="M7 9V4h10v5M7 17H4.5v-6a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v6H17"/><path d="M7 14h10v6H7z"/>`,
  receipt: html`<path d="M5 3.5h14v17l-2.3-1.6-2.4 1.6-2.3-1.6-2.3 1.6-2.4-1.6L5 20.5z"/><path d="M9 8.5h6M9 12.5h6"/>`,
  register: html`<path d="M4 13h16v7H4zM6 13l1-5h10l1 5M9 8V4h6v4M10 16.5h4"/>`,
  safe: html`<rect x="4" y="4" width="16" height="15" rx="2"/><circle cx="12" cy="11.5" r="3.5"/><path d="M12 8v1.5M12 13.5V15M7 19v2M17 19v2"/>`,
  scale: html`<path d="M5 20h14l-1.5-9h-11zM4 7h16M12 7v4"/><path d="M12 16.5l1.5-2"/>`,
  search: html`<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>`,
  signout: html`<path d="M14 4H5v16h9M10 12h10.5M17 8l4 4-4 4"/>`,
  sound: html`<path d="M4 10v4h3l4.5 4V6L7 10z"/><path d="M15 9.5a3.5 3.5 0 0 1 0 5M17.5 7a7 7 0 0 1 0 10"/>`,
  sun: html`<circle cx="12" cy="12" r="4"/><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1"/>`,
  tag: html`<path d="M4 4h8.5l8 8-8.5 8.5-8-8z"/><circle cx="8.5" cy="8.5" r="1.4"/>`,
  trash: html`<path d="M5 7h14M9.5 7V4h5v3M7 7l.8 13h8.4L17 7M10.5 11v5.5M13.5 11v5.5"/>`,
  wallet: html`<path d="M4 7.5h14.5a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H5.5A1.5 1.5 0 0 1 4 18zM4 7.5A2 2 0 0 1 6 5.5h10M15.5 13.5h.1"/>`,
  undo: html`<path d="M8.5 5L4 9.5 8.5 14"/><path d="M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-4"/>`,
  up: html`<path d="M12 19V5M6 11l6-6 6 6"/>`,
  upload: html`<path d="M12 16V5M7.5 9L12 4.5 16.5 9M4.5 20h15"/>`,
  user: html`<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>`,
};

export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${PATHS[name]}</svg>`;
}

/** The sign of MyPOS: an M that is a torn-off receipt. */
export function logo() {
  return html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect class="logo-ground" width="32" height="32" rx="9"/><path class="logo-sign" d="M8 24.5V8l8 7.5L24 8v16.5l-2.7-2.3-2.6 2.3-2.7-2.3-2.7 2.3-2.6-2.3z"/></svg>`;
}
