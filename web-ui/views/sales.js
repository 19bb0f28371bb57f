/*
 * The sales, refunds and voids of a day, newest first, or those whose receipt
 * number begins with what is typed; beside the list the chosen one's receipt, to
 * print again: marked as a copy, unless somebody chooses otherwise.  From here a
 * sale is refunded or voided.
 */
import { refunds_list } from "../api/refunds.js";
import { transactions_list, transactions_read } from "../api/transactions.js";
import { icon } from "../components/icon.js";
import { emptyNotice } from "../components/notice.js";
import { mountPagedList } from "../components/paged-list.js";
import { leadBack } from "../components/split.js";
import { formatDateTime, formatDay, formatTime, shiftDay, todayIn } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { go } from "../lib/router.js";
import { reversal } from "../stores/reversal.js";
import { session } from "../stores/session.js";
import { mountReceiptActions, receiptActions } from "./receipt-actions.js";
import { openReversal } from "./reversal.js";

const PAGE = 100;
const TYPING_MS = 200;
const ROW = "a.sale";

function frame(day, today) {
  return html`
    <div class="sales split" data-detail="false">
      <section class="split-list" aria-labelledby="sales-title">
        <header class="sales-head split-head">
          <h1 id="sales-title" class="hidden-on-phone">${t("place.sales")}</h1>
          <div class="sales-day">
            <button type="button" class="icon-button" data-shift="-1" aria-label="${t("sales.earlier")}">${icon("back")}</button>
            <input class="input" type="date" value="${day}" max="${today}" aria-label="${t("sales.day")}">
            <button type="button" class="icon-button" data-shift="1" aria-label="${t("sales.later")}">${icon("chevron")}</button>
          </div>
          <input class="input sales-number" type="search" autocomplete="off" spellcheck="false"
            placeholder="${t("sales.number")}" aria-label="${t("sales.number")}">
        </header>
        <p class="sales-sum soft" aria-live="polite"></p>
        <div class="split-rows"></div>
      </section>
      <section class="sales-detail split-detail" aria-label="${t("sales.detail")}"></section>
    </div>`;
}

/* Records hold positive amounts: their type says which way the money went. */
const signed = ({ type, total }) => (type === "sale" ? total : -total);

function row(sale, current, byDay) {
  const pieces = sale.lines.reduce(
    (sum, line) => sum + (line.unit === "weighed" ? 1 : Number(line.quantity)), 0);
  const when = byDay
    ? formatTime(sale.created_at, session.timeZone) : formatDateTime(sale.created_at, session.timeZone);
  return html`
    <li><a class="sale" href="#/sales/${sale.id}" data-id="${sale.id}" aria-current="${sale.id === current}">
      <span class="sale-time amount">${when}</span>
      <span class="sale-text"><strong>${sale.receipt_number}${sale.type !== "sale" && html` <span class="badge" data-kind="amber">${t(`sales.type_${sale.type}`)}</span>`}</strong>
        <span class="soft">${t("cart.items", { count: pieces })} · ${sale.cashier.name}</span></span>
      <span class="sale-total amount">${formatMoney(signed(sale), sale.currency)}</span>
      ${icon("chevron")}
    </a></li>`;
}

/** What became of a sale, or which one a refund gives back; and what can still be done. */
function actsMarkup(record, { data, refundable }) {
  if (record.type !== "sale") {
    return record.original_id
      && html`<a class="button" href="#/sales/${record.original_id}">${icon("receipt")}${t("sales.original")}</a>`;
  }
  const isVoided = data.some(({ type }) => type === "void");
  const canVoid = data.length === 0 && record.business_day === todayIn(session.timeZone);
  return html`
    ${data.map((back) => html`<a class="button" data-back-link href="#/sales/${back.id}">${icon("undo")}
      <span>${t(`sales.type_${back.type}`)} ${back.receipt_number}</span><span class="amount">${formatMoney(-back.total, back.currency)}</span></a>`)}
    ${!isVoided && refundable.lines.length > 0 && html`<button type="button" class="button" data-reverse="refund">${icon("undo")}${t("refund.title")}</button>`}
    ${canVoid && html`<button type="button" class="button" data-kind="danger" data-reverse="void">${t("void.title")}</button>`}`;
}

async function showActs(host, record, { signal }) {
  const page = record.type === "sale" ? await refunds_list(record.id, {}, { signal }) : { data: [], refundable: null };
  const acts = host.querySelector(".sales-acts");
  const markup = actsMarkup(record, page);
  if (markup) render(acts, markup);
  acts.hidden = acts.childElementCount === 0;
}

function mountDetail(host, id, { signal, onReversed }) {
  host.replaceChildren(fragment(html`
    <header class="split-detail-head">
      <a class="icon-button split-back" href="#/sales" aria-label="${t("sales.back")}">${icon("back")}</a>
      <div class="split-detail-title"><h2></h2><p class="soft"></p></div>
    </header>
    <div class="sales-acts" hidden></div>
    ${receiptActions({ forms: ["copy", "original", "gift"] })}
    <div class="sales-receipt"></div>`));
  mountReceiptActions(host.querySelector(".receipt-actions"), host.querySelector(".sales-receipt"), id, { signal });
  const load = () => transactions_read(id, { signal }).then((record) => {
    const number = record.receipt_number;
    host.querySelector("h2").textContent = record.type === "sale"
      ? t("receipt.number", { number }) : `${t(`sales.type_${record.type}`)} ${number}`;
    host.querySelector("p").textContent = formatDateTime(record.created_at, session.timeZone);
    // What went back is told when it can be; the receipt stands without it.
    showActs(host, record, { signal }).catch(() => {});
  }, () => {
    // The receipt below says what is wrong.
    host.querySelector("h2").textContent = t("receipt.label");
  });
  host.querySelector(".sales-acts").addEventListener("click", async ({ target }) => {
    const kind = target.closest("[data-reverse]")?.dataset.reverse;
    if (!kind || !await openReversal(kind, id) || signal.aborted) return;
    load();
    onReversed();
  }, { signal });
  load();
}

/* Kept while the page lives: coming back from a receipt finds the same day. */
const wanted = { day: null, number: "" };

function query() {
  return wanted.number
    ? { receipt_number: wanted.number, limit: PAGE }
    : { day: wanted.day, store_id: session.state.store.id, limit: PAGE };
}

function nothing() {
  return wanted.number
    ? emptyNotice("receipt", t("sales.none_found"), t("sales.none_found_text"))
    : emptyNotice("receipt", t("sales.none"), t("sales.none_text"));
}

/** The day with its number of sales and their sum, as far as all of them are loaded. */
function summary(sales, complete) {
  if (wanted.number) return t("sales.found", { count: sales.length });
  const text = [formatDay(wanted.day)];
  if (complete) {
    const total = sales.reduce((all, sale) => all + signed(sale), 0);
    const count = sales.filter(({ type }) => type === "sale").length;
    text.push(t("sales.count", { count }), formatMoney(total, session.currency));
    if (count < sales.length) text.splice(2, 0, t("sales.count_back", { count: sales.length - count }));
  }
  return text.join(" · ");
}

/** The day and the receipt number: one or the other is looked for. */
function mountFilter(head, { signal, today, onChange }) {
  const day = head.querySelector('[type="date"]');
  const number = head.querySelector(".sales-number");
  const later = head.querySelector('[data-shift="1"]');
  let typing = 0;

  function setDay(value) {
    if (!value || value > today) return;
    wanted.day = value;
    wanted.number = "";
    day.value = value;
    number.value = "";
    later.disabled = value >= today;
    onChange();
  }

  number.value = wanted.number;
  later.disabled = wanted.day >= today;
  day.addEventListener("change", () => setDay(day.value), { signal });
  head.addEventListener("click", ({ target }) => {
    const shift = target.closest("[data-shift]")?.dataset.shift;
    if (shift) setDay(shiftDay(wanted.day, Number(shift)));
  }, { signal });
  number.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      wanted.number = number.value.trim().toUpperCase();
      onChange();
    }, TYPING_MS);
  }, { signal });
}

export function mountSales(host, { parameters: [id = null], signal }) {
  const today = todayIn(session.timeZone);
  wanted.day ??= today;
  host.append(fragment(frame(wanted.day, today)));
  const find = (selector) => host.querySelector(selector);

  const list = mountPagedList(find(".split-rows"), {
    signal,
    ask: transactions_list,
    query,
    row: (sale) => row(sale, id, !wanted.number),
    item: ROW,
    skeleton: "sale",
    empty: nothing,
    onShown(sales, complete) {
      find(".sales-sum").textContent = summary(sales, complete);
    },
  });
  mountFilter(find(".sales-head"), { signal, today, onChange: () => list.load() });
  if (id) leadBack("sales", { signal });

  find(".sales").dataset.detail = String(id !== null);
  const reload = () => list.load({ quiet: true });
  if (id) mountDetail(find(".split-detail"), id, { signal, onReversed: reload });
  else render(find(".split-detail"), emptyNotice("receipt", t("sales.choose"), t("sales.choose_text")));
  list.load().then(() => {
    if (!signal.aborted && id) host.querySelector(`${ROW}[aria-current="true"]`)?.focus({ preventScroll: true });
  });
  const { unfinished } = reversal;
  if (unfinished) {
    openReversal(unfinished.kind, unfinished.transaction_id, { resume: true }).then((record) => {
      if (record && !signal.aborted) go(`sales/${record.id}`);
    });
  }
}
