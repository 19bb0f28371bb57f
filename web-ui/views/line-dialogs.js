/*
 * Questions about one line: how many, how heavy, what discount; price-dialogs.js
 * has those about its price.  Each answers a promise: the value, or undefined when
 * the person thought better of it.
 */
import { quotes_create } from "../api/quotes.js";
import { openDialog } from "../components/dialog.js";
import { keypad, wireKeypad } from "../components/keypad.js";
import { productPicture } from "../components/picture.js";
import { add, compare, isPositive, parse, subtract } from "../lib/decimal.js";
import { formatDecimal } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { latest } from "../lib/latest.js";
import { currencyDecimals, currencySymbol, formatMoney, minorToDecimal, parseMoney } from "../lib/money.js";
import { quantityFits, termsOf } from "../stores/cart.js";
import { session } from "../stores/session.js";

const PREVIEW_DELAY_MS = 120;
const PERCENTS = ["5", "10", "20", "50"];

/** Marks a field as what is at fault, says why, and goes there. */
export function blame(form, field, text) {
  const note = form.querySelector(".ask-note");
  note.dataset.kind = "fault";
  note.textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  field.select();
}

/** Takes that back, at the next key. */
export function clearBlame(form) {
  const note = form.querySelector(".ask-note");
  if (note.dataset.kind === "fault") note.textContent = "";
  note.removeAttribute("data-kind");
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
}

function quantityBody(product, { unit, value, tare, decimals, price }) {
  return html`
    <form class="ask" novalidate>
      <div class="ask-product">${productPicture(product)}
        <span class="soft amount">${product.unit === "weighed"
          ? t("sell.per_kg", { price: formatMoney(price, session.currency) })
          : formatMoney(price, session.currency)}</span>
      </div>
      <div class="ask-field">
        <input class="input ask-input amount" name="value" inputmode="${decimals ? "decimal" : "numeric"}" autocomplete="off"
          value="${value}" aria-label="${decimals ? t("quantity.weight") : t("quantity.quantity")}" aria-describedby="ask-fault">
        ${unit && html`<span class="ask-unit soft">${unit}</span>`}
      </div>
      ${tare !== undefined && html`
        <div class="field ask-row">
          <label for="ask-tare">${t("quantity.tare")}</label>
          <input class="input amount" id="ask-tare" name="tare" inputmode="decimal" autocomplete="off" value="${tare}" aria-describedby="ask-fault">
        </div>`}
      <p class="ask-note" id="ask-fault" aria-live="polite"></p>
      ${keypad({ decimals })}
      <button class="button" data-kind="primary" data-size="large" data-wide>${t("action.apply")}</button>
    </form>`;
}

/** What was typed: {quantity, tare?} with the net weight, or {field, fault} of what is wrong with it. */
function readQuantity(product, { value: field, tare: tareField }) {
  const typed = parse(field.value);
  if (!quantityFits(product, typed)) {
    return { field, fault: product.unit === "weighed" ? "quantity.weight_fault" : "quantity.fault" };
  }
  if (!tareField || tareField.value.trim() === "") return { quantity: typed };
  const tare = parse(tareField.value);
  if (tare === null) return { field: tareField, fault: "quantity.tare_fault" };
  if (compare(tare, typed) >= 0) return { field: tareField, fault: "quantity.tare_heavy" };
  return isPositive(tare) ? { quantity: subtract(typed, tare), tare } : { quantity: typed };
}

/* What product, quantity and tare are asked for; the dialog closes with {quantity, tare?}. */
function askQuantity(product, { onValue, ...shown }) {
  const dialog = openDialog({ title: product.name, name: "quantity", body: quantityBody(product, shown) });
  const form = dialog.body.querySelector("form");
  const fields = [form.elements.value, form.elements.tare].filter(Boolean);
  const note = form.querySelector(".ask-note");
  wireKeypad(form, fields, { signal: dialog.signal });
  fields[0].focus();
  fields[0].select();

  form.addEventListener("input", () => {
    clearBlame(form);
    note.textContent = "";
    const read = readQuantity(product, form.elements);
    if (!read.fault) onValue?.(read, note);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const read = readQuantity(product, form.elements);
    if (read.fault) blame(form, read.field, t(read.fault));
    else dialog.close(read);
  });
  if (shown.value && onValue) onValue(readQuantity(product, form.elements), note);
  return dialog;
}

export async function openQuantity(product, quantity) {
  const dialog = askQuantity(product, { value: quantity, unit: "", decimals: false, price: product.price });
  return (await dialog.closed)?.quantity;
}

/**
 * Asks for the weight on the scale and the tare, and shows what that costs while
 * it is typed: the server says.  line: what is known of it, such as its price.
 * Answers {quantity, tare}: the net weight, and what the packaging weighs.
 */
export async function openWeight(product, line = {}) {
  const { quantity = "", tare = "" } = line;
  const preview = latest((signal, weight) => quotes_create({
    register_id: session.state.register.id,
    lines: [{ product_id: product.id, ...termsOf({ ...line, tare: undefined }), ...weight }],
  }, { signal }), PREVIEW_DELAY_MS);
  const dialog = askQuantity(product, {
    value: formatDecimal(tare ? add(quantity, tare) : quantity),
    tare: formatDecimal(tare),
    unit: t("unit.kg"),
    decimals: true,
    price: line.unit_price ?? product.price,
    onValue: async (weight, note) => {
      try {
        const quote = await preview.call(weight);
        const price = formatMoney(quote.total, quote.currency);
        note.textContent = weight.tare
          ? t("quantity.net_costs", { quantity: formatDecimal(weight.quantity), price })
          : t("quantity.costs", { price });
      } catch {
        // Only a preview: the cart's quote tells what is wrong.
      }
    },
  });
  dialog.signal.addEventListener("abort", () => preview.cancel());
  const weight = await dialog.closed;
  return weight && { quantity: weight.quantity, tare: weight.tare };
}

function discountBody(line, { type, value, reason }) {
  const symbol = currencySymbol(session.currency);
  const types = [["percent", "%"], ["amount", symbol]];
  return html`
    <form class="ask" novalidate>
      <div class="choice" role="radiogroup" aria-label="${t("discount.kind")}">
        ${types.map(([kind, text]) => html`<label>
          <input type="radio" name="type" value="${kind}" aria-label="${t(`discount.${kind}`)}" ?checked="${kind === type}"><span>${text}</span></label>`)}
      </div>
      <div class="ask-field">
        <input class="input ask-input amount" name="value" inputmode="decimal" autocomplete="off" value="${value}" aria-label="${t("discount.value")}" aria-describedby="discount-fault">
        <span class="ask-unit soft" data-unit></span>
      </div>
      <p class="ask-note" id="discount-fault" aria-live="polite"></p>
      <div class="ask-presets">${PERCENTS.map((percent) => html`
        <button type="button" class="button" data-percent="${percent}">${percent} %</button>`)}</div>
      ${keypad()}
      <div class="field">
        <label for="discount-reason">${t("discount.reason")}</label>
        <input class="input" id="discount-reason" name="reason" maxlength="100" autocomplete="off" value="${reason}">
      </div>
      <div class="ask-actions">
        ${line.discounts.length > 0 && html`<button type="button" class="button" data-kind="danger" data-size="large" data-none>${t("discount.remove")}</button>`}
        <button class="button" data-kind="primary" data-size="large">${t("action.apply")}</button>
      </div>
    </form>`;
}

/** The discount that the form describes, or null when it is none. */
function readDiscount(form) {
  const type = form.elements.type.value;
  const reason = form.elements.reason.value.trim();
  const extra = reason ? { reason } : {};
  if (type === "amount") {
    const minor = parseMoney(form.elements.value.value, session.currency);
    return minor ? { type, value: String(minor), ...extra } : null;
  }
  const percent = parse(form.elements.value.value);
  const fits = percent !== null && isPositive(percent) && compare(percent, "100") <= 0;
  return fits ? { type, value: percent, ...extra } : null;
}

function shownValue(discount) {
  if (!discount) return "";
  if (discount.type === "percent") return formatDecimal(discount.value);
  return formatDecimal(minorToDecimal(Number(discount.value), currencyDecimals(session.currency)));
}

/** Answers the line's new discounts: one, or an empty list for none. */
export function openDiscount(line) {
  const present = line.discounts[0];
  const dialog = openDialog({
    title: t("discount.title", { name: line.product.name }),
    name: "discount",
    body: discountBody(line, {
      type: present?.type ?? "percent", value: shownValue(present), reason: present?.reason ?? "",
    }),
  });
  const form = dialog.body.querySelector("form");
  const field = form.elements.value;
  const pad = wireKeypad(form, field, { signal: dialog.signal });

  function showType() {
    const percent = form.elements.type.value === "percent";
    form.querySelector("[data-unit]").textContent = percent ? "%" : currencySymbol(session.currency);
    form.querySelector(".ask-presets").toggleAttribute("data-off", !percent);
    form.querySelectorAll("[data-percent]").forEach((button) => { button.disabled = !percent; });
  }
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "type") return;
    field.value = "";
    pad.reset();
    showType();
    field.focus();
  });
  form.addEventListener("input", () => clearBlame(form));
  form.addEventListener("click", ({ target }) => {
    const percent = target.closest("[data-percent]")?.dataset.percent;
    if (percent) {
      field.value = percent;
      field.focus();
      pad.reset();
    }
    if (target.closest("[data-none]")) dialog.close([]);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const discount = readDiscount(form);
    if (discount) dialog.close([discount]);
    else blame(form, field, t(`discount.${form.elements.type.value}_fault`));
  });
  showType();
  field.focus();
  field.select();
  return dialog.closed;
}
