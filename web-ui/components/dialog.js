/*
 * Modal dialogs on the browser's own <dialog>: it keeps the focus inside, Esc
 * closes, and the focus returns to where it was.
 *
 *   const dialog = openDialog({ title, body, kind: "sheet" });
 *   dialog.body.querySelector(…);  dialog.close(value);  await dialog.closed;
 *
 * kind: "card" (centre), "sheet" (from the right; from below on phones),
 * "wide".  `locked` refuses Esc while something must not be left half done.
 */
import { t } from "../lib/i18n.js";
import { element, html, render } from "../lib/html.js";
import { icon } from "./icon.js";

let serial = 0;
const openDialogs = new Set();

export function openDialog({ title, body, kind = "card", name = "" }) {
  serial += 1;
  const id = `dialog-title-${serial}`;
  const node = element(html`
    <dialog class="dialog" data-kind="${kind}" data-name="${name}" aria-labelledby="${id}">
      <header class="dialog-head">
        <h2 id="${id}">${title}</h2>
        <button type="button" class="icon-button" data-close aria-label="${t("action.close")}">${icon("close")}</button>
      </header>
      <div class="dialog-body"></div>
    </dialog>`);
  const controller = new AbortController();
  const host = node.querySelector(".dialog-body");
  if (body) render(host, body);

  let settle;
  const dialog = {
    element: node,
    body: host,
    signal: controller.signal,
    locked: false,
    closed: new Promise((resolve) => { settle = resolve; }),
    setTitle(text) { node.querySelector("h2").textContent = text; },
    lock(locked) {
      dialog.locked = locked;
      node.querySelector("[data-close]").hidden = locked;
    },
    close(value) {
      if (controller.signal.aborted) return;
      controller.abort();
      for (const shared of node.querySelectorAll("[data-shared]")) document.body.append(shared);
      node.close();
      node.remove();
      openDialogs.delete(dialog);
      settle(value);
    },
  };

  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!dialog.locked) dialog.close();
  });
  // A second Esc closes the browser's dialog without "cancel": stay in step.
  node.addEventListener("close", () => {
    if (!dialog.locked) dialog.close();
    else if (!controller.signal.aborted) node.showModal();
  });
  node.addEventListener("click", (event) => {
    const onBackdrop = event.target === node;
    if (event.target.closest("[data-close]") || onBackdrop) {
      if (!dialog.locked) dialog.close();
    }
  });
  document.body.append(node);
  openDialogs.add(dialog);
  node.showModal();
  return dialog;
}

/** The topmost open dialog's element, or null. */
export function topDialog() {
  return [...document.querySelectorAll("dialog[open]")].at(-1) ?? null;
}

/**
 * A modal dialog makes the rest of the page inert, also what speaks to screen
 * readers.  Elements marked data-shared are therefore moved into the topmost
 * dialog when they are used, and back to the page when it closes.
 */
export function sharedElement(id) {
  const node = document.getElementById(id);
  const home = topDialog() ?? document.body;
  if (node.parentElement !== home) home.append(node);
  return node;
}

/** Whether the page behind must not react. */
export function isDialogOpen() {
  return topDialog() !== null;
}

/** A view that goes takes its dialogs along, but for those that are locked. */
export function closeDialogs() {
  for (const dialog of [...openDialogs].reverse()) {
    if (!dialog.locked) dialog.close();
  }
}
