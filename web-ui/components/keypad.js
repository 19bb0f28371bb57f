/*
 * Digits for fingers.  It types into a field as a keyboard would, so the field
 * stays the one place that holds the value.
 */
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { decimalSign } from "../lib/money.js";
import { icon } from "./icon.js";

export function keypad({ decimals = true } = {}) {
  const sign = decimalSign();
  const keys = ["7", "8", "9", "4", "5", "6", "1", "2", "3"];
  return html`
    <div class="keypad" role="group" aria-label="${t("keypad.label")}">
      ${keys.map((key) => html`<button type="button" class="keypad-key" data-key="${key}">${key}</button>`)}
      ${decimals
        ? html`<button type="button" class="keypad-key" data-key="${sign}">${sign}</button>`
        : html`<button type="button" class="keypad-key" data-key="00">00</button>`}
      <button type="button" class="keypad-key" data-key="0">0</button>
      <button type="button" class="keypad-key" data-key="back" aria-label="${t("keypad.back")}">${icon("back")}</button>
    </div>`;
}

/**
 * Types into the field, or, of several, into the one that had the focus last.
 * The first key replaces what the field was given, as typing over a selection does.
 */
export function wireKeypad(host, fields, { signal } = {}) {
  const all = [fields].flat();
  let [field] = all;
  let pristine = true;
  for (const each of all) {
    // Our digits are on the screen: a phone need not open its keyboard over them.
    if (matchMedia("(pointer: coarse)").matches) each.inputMode = "none";
    each.addEventListener("input", () => { pristine = false; }, { signal });
    each.addEventListener("focus", () => {
      pristine = pristine || field !== each;
      field = each;
    }, { signal });
  }
  host.addEventListener("pointerdown", (event) => {
    // The field keeps the focus, and a phone does not open its own keyboard.
    if (event.target.closest("[data-key]")) event.preventDefault();
  }, { signal });
  host.addEventListener("click", ({ target }) => {
    const key = target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    if (key === "back") field.value = pristine ? "" : field.value.slice(0, -1);
    else field.value = (pristine ? "" : field.value) + key;
    pristine = false;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, { signal });
  return { reset: () => { pristine = true; } };
}
