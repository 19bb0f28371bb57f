/*
 * Questions about what one line costs: a price, of a product that has none of
 * its own or instead of the shop's; the amount and the code of a gift card.
 * Each answers a promise: what changes on the line, or undefined.
 */
import { gift_cards_list } from "../api/gift-cards.js";
import { openDialog } from "../components/dialog.js";
import { keypad, wireKeypad } from "../components/keypad.js";
import { productPicture } from "../components/picture.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { latest } from "../lib/latest.js";
import { currencyDecimals, currencySymbol, formatMoney, formatPlain, parseMoney } from "../lib/money.js";
import { session } from "../stores/session.js";
import { blame, clearBlame } from "./line-dialogs.js";

const LOOKUP_DELAY_MS = 250;
const CODE_LENGTH = { least: 8, most: 32 };
/* In major units; of a currency without decimals, hundreds of them. */
const AMOUNTS = [10, 25, 50, 100];

const money = (minor) => formatMoney(minor, session.currency);
const plain = (minor) => formatPlain(minor, session.currency);

function amountField(label, value, unit = "") {
  return html`
    <div class="ask-field">
      <input class="input ask-input amount" name="value" inputmode="decimal" autocomplete="off" value="${value}"
        aria-label="${label}" aria-describedby="price-fault">
      <span class="ask-unit soft">${currencySymbol(session.currency)}${unit}</span>
    </div>
    <p class="ask-note" id="price-fault" aria-live="polite"></p>`;
}

/** What the shop says of the price: open, or the regular one. */
function regularText(product) {
  if (product.open_price) return t("price.open");
  const price = money(product.price);
  return t("price.regular", { price: product.unit === "weighed" ? t("sell.per_kg", { price }) : price });
}

function priceBody(product, { value, reason, isOther }) {
  return html`
    <form class="ask" novalidate>
      <div class="ask-product">${productPicture(product)}
        <span class="soft amount">${regularText(product)}</span>
      </div>
      ${amountField(t("price.price"), value, product.unit === "weighed" ? ` / ${t("unit.kg")}` : "")}
      ${keypad()}
      ${!product.open_price && html`
        <div class="field">
          <label for="price-reason">${t("price.reason")}</label>
          <input class="input" id="price-reason" name="reason" maxlength="100" autocomplete="off" value="${reason}">
        </div>`}
      <div class="ask-actions">
        ${isOther && html`<button type="button" class="button" data-size="large" data-reset>${t("price.reset")}</button>`}
        <button class="button" data-kind="primary" data-size="large">${t("action.apply")}</button>
      </div>
    </form>`;
}

/** Answers {unit_price, price_reason}; both undefined for the regular price. */
export function openPrice(product, line = {}) {
  const dialog = openDialog({
    title: product.open_price ? product.name : t("price.title", { name: product.name }),
    name: "price",
    body: priceBody(product, {
      value: plain(line.unit_price ?? product.price),
      reason: line.price_reason ?? "",
      isOther: line.unit_price !== undefined && !product.open_price,
    }),
  });
  const form = dialog.body.querySelector("form");
  const { value: field, reason } = form.elements;
  wireKeypad(form, field, { signal: dialog.signal });
  form.addEventListener("input", () => clearBlame(form));
  form.querySelector("[data-reset]")?.addEventListener("click", () => {
    dialog.close({ unit_price: undefined, price_reason: undefined });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const unit_price = parseMoney(field.value, session.currency);
    if (unit_price === null) blame(form, field, t("price.fault"));
    else dialog.close({ unit_price, price_reason: reason?.value.trim() || undefined });
  });
  field.focus();
  field.select();
  return dialog.closed;
}

function suggestedAmounts() {
  const unit = 10 ** Math.max(currencyDecimals(session.currency), 2);
  return AMOUNTS.map((amount) => amount * unit);
}

function giftCardBody({ value, code }) {
  return html`
    <form class="ask" novalidate data-dense>
      ${amountField(t("gift.amount"), value)}
      <div class="ask-presets" role="group" aria-label="${t("gift.amounts")}">${suggestedAmounts().map((amount) => html`
        <button type="button" class="button amount" data-amount="${amount}">${money(amount)}</button>`)}</div>
      ${keypad()}
      <div class="field">
        <label for="gift-code">${t("gift.code")}</label>
        <input class="input ask-code" id="gift-code" name="code" maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false"
          value="${code}" aria-describedby="gift-code-note price-fault">
        <span class="hint" id="gift-code-note" aria-live="polite">${t("gift.code_hint")}</span>
      </div>
      <button class="button" data-kind="primary" data-size="large" data-wide>${t("action.apply")}</button>
    </form>`;
}

/** Whether a text is a code: letters and digits, whatever blanks and dashes are between them. */
function isCode(text) {
  const { length } = text.replace(/[- ]/g, "");
  return /^[-0-9A-Za-z ]+$/.test(text) && length >= CODE_LENGTH.least && length <= CODE_LENGTH.most;
}

/** What selling a card of this code will do. */
function cardText(card) {
  if (!card) return t("gift.code_unknown");
  if (card.state === "frozen") return t("gift.code_frozen");
  return t("gift.code_known", { balance: formatMoney(card.balance, card.currency) });
}

/** Says below the field what the code is, while it is typed. */
function watchCode(field, note, { signal }) {
  const lookup = latest((stop, code) => gift_cards_list({ code }, { signal: stop }), LOOKUP_DELAY_MS);
  signal.addEventListener("abort", () => lookup.cancel());
  async function look() {
    const code = field.value.trim();
    note.textContent = t("gift.code_hint");
    if (!isCode(code)) {
      lookup.cancel();
      return;
    }
    try {
      const { data } = await lookup.call(code);
      note.textContent = cardText(data[0]);
    } catch {
      // Only a hint: the sale tells what is wrong.
    }
  }
  field.addEventListener("input", look, { signal });
  look();
}

/** Answers {unit_price, gift_card}: the amount, and {code} or undefined for a new card. */
export function openGiftCard(product, line = {}) {
  const dialog = openDialog({
    title: product.name,
    name: "gift-card",
    body: giftCardBody({
      value: plain(line.unit_price ?? product.price), code: line.gift_card?.code ?? "",
    }),
  });
  const form = dialog.body.querySelector("form");
  const { value: field, code } = form.elements;
  const pad = wireKeypad(form, field, { signal: dialog.signal });
  watchCode(code, form.querySelector("#gift-code-note"), { signal: dialog.signal });
  const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));
  const setAmount = (minor) => {
    field.value = plain(minor);
    changed(field);
    field.focus();
    pad.reset();
  };

  form.addEventListener("input", () => clearBlame(form));
  form.addEventListener("click", ({ target }) => {
    const amount = target.closest("[data-amount]")?.dataset.amount;
    if (amount) setAmount(Number(amount));
  });
  dialog.element.addEventListener("mypos:scan", (event) => {
    event.preventDefault();
    code.value = event.detail.code;
    changed(code);
    code.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const unit_price = parseMoney(field.value, session.currency);
    const text = code.value.trim();
    if (!unit_price) blame(form, field, t("gift.amount_fault"));
    else if (text && !isCode(text)) blame(form, code, t("gift.code_fault"));
    else dialog.close({ unit_price, gift_card: text ? { code: text } : undefined });
  });
  field.focus();
  field.select();
  return dialog.closed;
}
