/*
 * Questions about one line: how many, how heavy, what discount.  Each answers a
 * promise: the value, or undefined when the person thought better of it.
 */
import { quotes_create } from "../api/quotes.js";
import { openDialog } from "../components/dialog.js";
import { keypad, wireKeypad } from "../components/keypad.js";
import { picture } from "../components/picture.js";
import { compare, isPositive, parse } from "../lib/decimal.js";
import { formatDecimal } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { latest } from "../lib/latest.js";
import { currencyDecimals, currencySymbol, formatMoney, minorToDecimal, parseMoney } from "../lib/money.js";
import { quantityFits } from "../stores/cart.js";
import { session } from "../stores/session.js";

const PREVIEW_DELAY_MS = 120;
const PERCENTS = ["5", "10", "20", "50"];

function quantityBody(product, { unit, value, decimals }) {
  return html`
    <form class="ask" novalidate>
      <div class="ask-product">${picture(product.name, product.image_url)}
        <span class="soft amount">${product.unit === "weighed"
          ? t("sell.per_kg", { price: formatMoney(product.price, session.currency) })
          : formatMoney(product.price, session.currency)}</span>
      </div>
      <div class="ask-field">
        <input class="input ask-input amount" name="value" inputmode="${decimals ? "decimal" : "numeric"}" autocomplete="off"
          value="${value}" aria-label="${decimals ? t("quantity.weight") : t("quantity.quantity")}" aria-describedby="ask-fault">
        ${unit && html`<span class="ask-unit soft">${unit}</span>`}
      </div>
      <p class="ask-note" id="ask-fault" aria-live="polite"></p>
      ${keypad({ decimals })}
      <button class="button" data-kind="primary" data-size="large" data-wide>${t("action.apply")}</button>
    </form>`;
}

function askQuantity(product, { value, unit, decimals, onValue }) {
  const dialog = openDialog({
    title: product.name, name: "quantity", body: quantityBody(product, { unit, value, decimals }),
  });
  const form = dialog.body.querySelector("form");
  const field = form.elements.value;
  const note = form.querySelector(".ask-note");
  const read = () => parse(field.value);
  wireKeypad(form, field, { signal: dialog.signal });
  field.focus();
  field.select();

  field.addEventListener("input", () => {
    field.removeAttribute("aria-invalid");
    note.removeAttribute("data-kind");
    note.textContent = "";
    const quantity = read();
    if (quantityFits(product, quantity)) onValue?.(quantity, note);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const quantity = read();
    if (quantityFits(product, quantity)) {
      dialog.close(quantity);
      return;
    }
    field.setAttribute("aria-invalid", "true");
    note.dataset.kind = "fault";
    note.textContent = t(decimals ? "quantity.weight_fault" : "quantity.fault");
    field.focus();
    field.select();
  });
  if (value && onValue) onValue(read(), note);
  return dialog;
}

export function openQuantity(product, quantity) {
  const dialog = askQuantity(product, { value: quantity, unit: "", decimals: false });
  return dialog.closed;
}

/** Shows what the weight costs while it is typed: the server says. */
export function openWeight(product, quantity = "") {
  const preview = latest((signal, weight) => quotes_create({
    register_id: session.state.register.id,
    lines: [{ product_id: product.id, quantity: weight }],
  }, { signal }), PREVIEW_DELAY_MS);
  const dialog = askQuantity(product, {
    value: formatDecimal(quantity),
    unit: t("unit.kg"),
    decimals: true,
    onValue: async (weight, note) => {
      try {
        const quote = await preview.call(weight);
        note.textContent = t("quantity.costs", { price: formatMoney(quote.total, quote.currency) });
      } catch {
        // Only a preview: the cart's quote tells what is wrong.
      }
    },
  });
  dialog.signal.addEventListener("abort", () => preview.cancel());
  return dialog.closed;
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
  const note = form.querySelector(".ask-note");
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
  field.addEventListener("input", () => {
    field.removeAttribute("aria-invalid");
    note.textContent = "";
  });
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
    if (discount) {
      dialog.close([discount]);
      return;
    }
    field.setAttribute("aria-invalid", "true");
    note.dataset.kind = "fault";
    note.textContent = t(`discount.${form.elements.type.value}_fault`);
    field.focus();
    field.select();
  });
  showType();
  field.focus();
  field.select();
  return dialog.closed;
}
