/*
 * What a line says below its price, as the receipt does: tare, why the price is
 * another one, promotions and discounts with what they take off, deposits.
 */
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { formatDecimal } from "../lib/format.js";
import { formatMoney } from "../lib/money.js";
import { session } from "../stores/session.js";

/** A fixed tax on top of the price: a deposit. */
export function isDeposit(tax) {
  return tax.amount_per_unit !== undefined && !tax.inclusive;
}

/** "Discount 10 % (Damaged box)", or the name of a promotion. */
function discountText({ name, type, value, reason }) {
  if (name) return name;
  const percent = type === "percent" ? ` ${formatDecimal(value)} %` : "";
  return `${t("totals.discount")}${percent}${reason ? ` (${reason})` : ""}`;
}

/* A discount that no quote has worked out yet. */
function plannedDiscount(discount) {
  const amount = discount.type === "amount" ? -Number(discount.value) : undefined;
  return { text: discountText(discount), amount };
}

/* Shares of what is off the whole basket stand in the totals. */
function pricedDiscounts({ discounts = [] }) {
  return discounts.filter(({ source }) => source !== "basket")
    .map((discount) => ({ text: discountText(discount), amount: -discount.amount }));
}

function giftCardText({ gift_card: card }) {
  return card?.code ? t("gift.line_code", { code: card.code }) : t("gift.line_new");
}

/** The notes of a line, as [{text, amount?}], amount in minor units; priced may be null. */
export function lineNotes(line, priced) {
  const notes = [];
  if (line.product.kind === "gift_card") notes.push({ text: giftCardText(line) });
  if (line.tare) notes.push({ text: t("cart.tare", { weight: formatDecimal(line.tare) }) });
  if (line.price_reason) notes.push({ text: line.price_reason });
  notes.push(...(priced ? pricedDiscounts(priced) : line.discounts.map(plannedDiscount)));
  for (const tax of priced?.taxes.filter(isDeposit) ?? []) {
    notes.push({ text: tax.name, amount: tax.amount });
  }
  return notes;
}

export function notesMarkup(notes) {
  return html`${notes.map(({ text, amount }) => html`
    <span class="line-note"><span>${text}</span>${amount !== undefined && html`
      <span class="amount">${formatMoney(amount, session.currency)}</span>`}</span>`)}`;
}
