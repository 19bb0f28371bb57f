/*
 * Forms over the API's shapes: fields with a place for their faults, and faults
 * that come back to their fields by the pointers of an answer ("/phone").
 *
 * The control of a member has the id edit-<member>, its fault edit-<member>-fault.
 */
import { t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { parseMoney } from "../lib/money.js";
import { session } from "../stores/session.js";
import { icon } from "./icon.js";

export function field(name, label, control, { wide = false, hint = "" } = {}) {
  return html`
    <div class="field${wide ? " wide" : ""}">
      <label for="edit-${name}">${label}</label>
      ${control}
      ${hint && html`<span class="hint" id="edit-${name}-hint">${hint}</span>`}
      <span class="fault" id="edit-${name}-fault"></span>
    </div>`;
}

export function input(name, value, attributes = html``) {
  return html`<input class="input" id="edit-${name}" name="${name}" value="${value}" autocomplete="off" aria-describedby="edit-${name}-fault" ${attributes}>`;
}

export function textarea(name, value, attributes = html``) {
  return html`<textarea class="input" id="edit-${name}" name="${name}" rows="3" aria-describedby="edit-${name}-fault" ${attributes}>${value}</textarea>`;
}

export function radios(name, label, options, chosen) {
  return html`
    <fieldset class="field" id="edit-${name}">
      <legend class="label">${label}</legend>
      <div class="choice">${options.map(([value, text]) => html`
        <label><input type="radio" name="${name}" value="${value}" ?checked="${value === chosen}"><span>${text}</span></label>`)}
      </div>
      <span class="fault" id="edit-${name}-fault"></span>
    </fieldset>`;
}

/** Any number of the options, as round buttons. */
export function checks(name, label, options, chosen) {
  return html`
    <fieldset class="field wide" id="edit-${name}">
      <legend class="label">${label}</legend>
      <div class="checks">${options.map(([value, text]) => html`
        <label><input type="checkbox" name="${name}" value="${value}" ?checked="${chosen.includes(value)}"><span>${text}</span></label>`)}
      </div>
      <span class="fault" id="edit-${name}-fault"></span>
    </fieldset>`;
}

export function checkedValues(form, name) {
  return [...form.querySelectorAll(`[name="${name}"]:checked`)].map((check) => check.value);
}

/** The amount in a field in minor units; null when it is empty, or no amount, which is a fault. */
export function readAmount(form, name, { required = false, faults }) {
  const text = form.elements[name].value.trim();
  if (text === "" && !required) return null;
  const minor = parseMoney(text, session.currency);
  if (minor === null) faults.push({ pointer: `/${name}`, detail: t("edit.amount_fault") });
  return minor;
}

/** The members that differ: a merge patch. */
export function changesOf(before, after) {
  return Object.fromEntries(Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

export function clearFaults(form) {
  form.querySelector("[data-message]").replaceChildren();
  form.querySelectorAll(".fault").forEach((fault) => { fault.textContent = ""; });
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
}

/** Puts each fault at its field; what has no field goes above the form. */
export function showFaults(form, faults, title) {
  let first = null;
  const rest = [];
  for (const fault of faults) {
    const name = fault.pointer?.split("/")[1] ?? "";
    const place = form.querySelector(`#edit-${CSS.escape(name)}-fault`);
    if (!place) {
      rest.push(fault.detail);
      continue;
    }
    place.textContent = [place.textContent, fault.detail].filter(Boolean).join(" ");
    const control = form.querySelector(`#edit-${CSS.escape(name)}`);
    control.setAttribute("aria-invalid", "true");
    first ??= control.matches("fieldset") ? control.querySelector("input") : control;
  }
  if (rest.length || (!first && title)) {
    form.querySelector("[data-message]").append(fragment(html`
      <div class="banner" data-kind="danger" role="alert">${icon("alert")}<div>
        <p><strong>${title}</strong></p>${rest.map((text) => html`<p>${text}</p>`)}</div></div>`));
  }
  (first ?? form.querySelector("[data-message]")).scrollIntoView({ block: "nearest" });
  first?.focus();
}
