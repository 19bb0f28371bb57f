/*
 * What comes back of a sale, and where the money goes: shown before it is done.
 * The amounts are worked out by the server's rule (lib/refund.js); the server has
 * the last word and refuses another total.
 */
import { icon } from "../components/icon.js";
import { add, compare, isPositive, parse } from "../lib/decimal.js";
import { formatDecimal } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { refundOfLine, refundTenders } from "../lib/refund.js";
import { playFault } from "../lib/sound.js";
import { session } from "../stores/session.js";
import { tenderName } from "./tender-panels.js";

const quantityText = (line, quantity) => (line.unit === "weighed"
  ? t("quantity.kg", { quantity: formatDecimal(quantity) }) : formatDecimal(quantity));

function lineMarkup({ line, left, currency }) {
  const isWeighed = line.unit === "weighed";
  return html`
    <li class="refund-line" data-line="${line.line}">
      <label class="refund-pick"><input type="checkbox" name="pick">
        <span class="refund-name"><strong>${line.name}</strong>
          <span class="soft amount">${t("refund.left", { quantity: quantityText(line, left.quantity), total: formatMoney(left.total, currency) })}</span></span>
      </label>
      <div class="refund-quantity">
        ${!isWeighed && html`<button type="button" class="icon-button" data-step="-1" aria-label="${t("cart.less", { name: line.name })}">${icon("minus")}</button>`}
        <input class="input amount" name="quantity" inputmode="${isWeighed ? "decimal" : "numeric"}" autocomplete="off" value="0" aria-label="${t("refund.quantity", { name: line.name })}">
        ${!isWeighed && html`<button type="button" class="icon-button" data-step="1" aria-label="${t("cart.more", { name: line.name })}">${icon("plus")}</button>`}
      </div>
      <strong class="refund-amount amount"></strong>
      <label class="refund-restock"><input type="checkbox" name="restock" checked><span>${t("refund.restock")}</span></label>
    </li>`;
}

function formMarkup({ lines, currency, hasCustomer }) {
  return html`
    <form class="refund" novalidate>
      <div class="refund-main">
        <div class="refund-head"><p class="soft">${t("refund.choose")}</p>
          <button type="button" class="button" data-all>${t("refund.all")}</button></div>
        <ul class="refund-lines">${lines.map((each) => lineMarkup({ ...each, currency }))}</ul>
      </div>
      <div class="refund-side">
        <p class="pay-due" aria-live="polite"><span class="soft">${t("refund.back")}</span><strong class="amount" data-due></strong></p>
        ${hasCustomer && html`
          <div class="choice" role="radiogroup" aria-label="${t("refund.where")}">
            <label><input type="radio" name="where" value="original" checked><span>${t("refund.original")}</span></label>
            <label><input type="radio" name="where" value="store_credit"><span>${t("tender.store_credit")}</span></label>
          </div>`}
        <ul class="refund-tenders" aria-label="${t("refund.where")}" aria-live="polite"></ul>
        <div data-message></div>
        <div class="field"><label for="refund-reason">${t("refund.reason")}</label>
          <input class="input" id="refund-reason" name="reason" maxlength="200" autocomplete="off"></div>
        <button class="button" data-kind="primary" data-size="large" data-wide data-submit></button>
      </div>
    </form>`;
}

export function tenderRows(sale, tenders) {
  return html`${tenders.map((tender) => {
    const original = sale.tenders[(tender.original_tender ?? 0) - 1] ?? tender;
    return html`<li><span>${tenderName({ ...original, about: undefined })}</span><strong class="amount">${formatMoney(tender.amount, sale.currency)}</strong></li>`;
  })}${tenders.some(({ type }) => type === "card") && html`<li class="soft refund-hint">${t("refund.card_hint")}</li>`}`;
}

/** What a row of the form says: its quantity, or null when it is none. */
function quantityOf(row, { line, left }) {
  const quantity = parse(row.querySelector('[name="quantity"]').value || "0");
  if (quantity === null || compare(quantity, left.quantity) > 0) return null;
  return line.unit === "each" && quantity.includes(".") ? null : quantity;
}

/** Shows the form; send(body) gets the body of the refund.  `refundable` is the server's. */
export function mountRefundForm(dialog, sale, refundable, { send }) {
  const lines = refundable.lines.map((left) => ({ left, line: sale.lines.find(({ line }) => line === left.line) }));
  render(dialog.body, formMarkup({ lines, currency: sale.currency, hasCustomer: Boolean(sale.customer_id) }));
  const form = dialog.body.querySelector("form");
  const rows = [...form.querySelectorAll(".refund-line")];
  const submit = form.querySelector("[data-submit]");

  function chosen() {
    const all = rows.map((row, index) => ({ ...lines[index], quantity: quantityOf(row, lines[index]), row }));
    const some = all.filter(({ quantity }) => quantity !== null && isPositive(quantity));
    const isAll = all.every(({ left, quantity }) => quantity !== null && compare(left.quantity, quantity) === 0);
    return { all, some, isAll, isFaulty: all.some(({ quantity }) => quantity === null) };
  }

  function plan({ some, isAll }) {
    const sum = some.reduce((total, { line, left, quantity }) => total + refundOfLine(line, left.quantity, quantity), 0);
    const tenders = isAll ? refundable.tenders
      : refundTenders(refundable.tenders, sum, session.state.store?.cash_rounding);
    const total = isAll ? refundable.total : tenders.reduce((all, { amount }) => all + amount, 0);
    const where = form.elements.where?.value ?? "original";
    return { total, where, tenders: where === "original" ? tenders : [{ type: "store_credit", amount: total }] };
  }

  function show() {
    const choice = chosen();
    const { total, tenders } = plan(choice);
    for (const { row, quantity, left, line } of choice.all) {
      const field = row.querySelector('[name="quantity"]');
      const isSome = quantity !== null && isPositive(quantity);
      row.toggleAttribute("data-chosen", isSome);
      row.querySelector('[name="pick"]').checked = isSome;
      row.querySelector(".refund-restock").hidden = !isSome;
      row.querySelector(".refund-amount").textContent = isSome
        ? formatMoney(refundOfLine(line, left.quantity, quantity), sale.currency) : "";
      if (quantity === null) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    form.querySelector("[data-due]").textContent = formatMoney(total, sale.currency);
    render(form.querySelector(".refund-tenders"), tenderRows(sale, tenders));
    submit.textContent = t("refund.do", { total: formatMoney(total, sale.currency) });
    submit.setAttribute("aria-disabled", String(choice.isFaulty || choice.some.length === 0));
  }

  function setQuantity(index, quantity) {
    rows[index].querySelector('[name="quantity"]').value = formatDecimal(quantity);
    show();
  }

  form.addEventListener("input", ({ target }) => { if (target.name === "quantity") show(); });
  form.addEventListener("change", ({ target }) => {
    const index = rows.indexOf(target.closest(".refund-line"));
    if (target.name === "pick") setQuantity(index, target.checked ? lines[index].left.quantity : "0");
    show();
  });
  form.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-step]")?.dataset.step;
    const index = rows.indexOf(target.closest(".refund-line"));
    if (step) {
      const next = add(quantityOf(rows[index], lines[index]) ?? "0", step);
      if (!next.startsWith("-") && compare(next, lines[index].left.quantity) <= 0) setQuantity(index, next);
    }
    if (target.closest("[data-all]")) lines.forEach(({ left }, at) => setQuantity(at, left.quantity));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = chosen();
    if (choice.isFaulty || choice.some.length === 0) {
      playFault();
      (form.querySelector('[aria-invalid="true"]') ?? form.querySelector("[data-all]")).focus();
      return;
    }
    const { total, where } = plan(choice);
    const reason = form.elements.reason.value.trim();
    send({
      register_id: session.state.register.id,
      lines: choice.some.map(({ line, quantity, row }) => ({
        line: line.line, quantity, restock: row.querySelector('[name="restock"]').checked,
      })),
      tenders: where,
      expected_total: total,
      ...(reason && { reason }),
    });
  });
  if (lines.length === 1) setQuantity(0, lines[0].left.quantity);
  show();
  (lines.length === 1 ? submit : form.querySelector('[name="pick"]'))?.focus();
}
