/*
 * The sales of a day, newest first, or those whose receipt number begins with
 * what is typed; beside the list the chosen sale's receipt, to print again.
 */
import { transactions_list, transactions_read } from "../api/transactions.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultNotice } from "../components/notice.js";
import { mountReceipt } from "../components/receipt-paper.js";
import { formatDateTime, formatDay, formatTime, shiftDay, todayIn } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { latest } from "../lib/latest.js";
import { formatMoney } from "../lib/money.js";
import { go } from "../lib/router.js";
import { rove, setRovingItem } from "../lib/roving.js";
import { session } from "../stores/session.js";

const PAGE = 100;
const TYPING_MS = 200;
const ROW = "a.sale";

function frame(day, today) {
  return html`
    <div class="sales" data-detail="false">
      <section class="sales-list" aria-labelledby="sales-title">
        <header class="sales-head">
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
        <div class="sales-rows"></div>
      </section>
      <section class="sales-detail" aria-label="${t("sales.detail")}"></section>
    </div>`;
}

function skeletons() {
  return html`${Array.from({ length: 8 }, () => html`<div class="sale skeleton"></div>`)}`;
}

function row(sale, current, byDay) {
  const pieces = sale.lines.reduce(
    (sum, line) => sum + (line.unit === "weighed" ? 1 : Number(line.quantity)), 0);
  const when = byDay
    ? formatTime(sale.created_at, session.timeZone) : formatDateTime(sale.created_at, session.timeZone);
  return html`
    <li><a class="sale" href="#/sales/${sale.id}" data-id="${sale.id}" aria-current="${sale.id === current}">
      <span class="sale-time amount">${when}</span>
      <span class="sale-text"><strong>${sale.receipt_number}</strong>
        <span class="soft">${t("cart.items", { count: pieces })} · ${sale.cashier.name}</span></span>
      <span class="sale-total amount">${formatMoney(sale.total, sale.currency)}</span>
      ${icon("chevron")}
    </a></li>`;
}

function mountDetail(host, id, { signal }) {
  host.replaceChildren(fragment(html`
    <header class="sales-detail-head">
      <a class="icon-button sales-back" href="#/sales" aria-label="${t("sales.back")}">${icon("back")}</a>
      <div class="sales-detail-title"><h2></h2><p class="soft"></p></div>
      <button type="button" class="button" data-print>${icon("printer")}${t("receipt.print")}</button>
    </header>
    <div class="sales-receipt"></div>`));
  const receipt = mountReceipt(host.querySelector(".sales-receipt"), id, { signal });
  host.querySelector("[data-print]").addEventListener("click", () => receipt.print(), { signal });
  transactions_read(id, { signal }).then((sale) => {
    host.querySelector("h2").textContent = t("receipt.number", { number: sale.receipt_number });
    host.querySelector("p").textContent = formatDateTime(sale.created_at, session.timeZone);
  }, () => {
    // The receipt below says what is wrong.
    host.querySelector("h2").textContent = t("receipt.label");
  });
}

/* Kept while the page lives: coming back from a receipt finds the same day. */
const wanted = { day: null, number: "" };

export function mountSales(host, { parameters: [id = null], signal }) {
  const today = todayIn(session.timeZone);
  wanted.day ??= today;
  host.append(fragment(frame(wanted.day, today)));
  const find = (selector) => host.querySelector(selector);
  const [day, number, rows, sum] = ['[type="date"]', ".sales-number", ".sales-rows", ".sales-sum"].map(find);
  number.value = wanted.number;
  let sales = [];
  let cursor = null;

  const ask = latest((askSignal, query) => transactions_list(query, { signal: askSignal }), 0);
  const query = () => (wanted.number
    ? { receipt_number: wanted.number, limit: PAGE }
    : { day: wanted.day, store_id: session.state.store.id, limit: PAGE });

  function summary() {
    if (wanted.number) return t("sales.found", { count: sales.length });
    const text = [formatDay(wanted.day)];
    if (!cursor) {
      const total = sales.reduce((all, sale) => all + sale.total, 0);
      text.push(t("sales.count", { count: sales.length }), formatMoney(total, session.currency));
    }
    return text.join(" · ");
  }

  function show() {
    rows.setAttribute("aria-busy", "false");
    sum.textContent = summary();
    find('[data-shift="1"]').disabled = wanted.day >= today;
    if (!sales.length) {
      render(rows, emptyNotice("receipt", t(wanted.number ? "sales.none_found" : "sales.none"),
        t(wanted.number ? "sales.none_found_text" : "sales.none_text")));
      return;
    }
    render(rows, html`
      <ul>${sales.map((sale) => row(sale, id, !wanted.number))}</ul>
      ${cursor && html`<button type="button" class="button" data-wide data-more>${t("action.more")}</button>`}`);
    setRovingItem(rows, ROW, rows.querySelector('[aria-current="true"]'));
  }

  async function load() {
    rows.setAttribute("aria-busy", "true");
    render(rows, skeletons());
    sum.textContent = wanted.number ? "" : formatDay(wanted.day);
    try {
      const answer = await ask.call(query());
      sales = answer.data;
      cursor = answer.next_cursor;
      if (!signal.aborted) show();
    } catch (error) {
      if (error.kind !== "cancelled") render(rows, faultNotice(error));
    }
  }

  async function more() {
    const button = rows.querySelector("[data-more]");
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await transactions_list({ ...query(), cursor }, { signal });
      sales = [...sales, ...answer.data];
      cursor = answer.next_cursor;
      show();
    } catch {
      button.removeAttribute("aria-busy");
    }
  }

  function setDay(value) {
    if (!value || value > today) return;
    wanted.day = value;
    wanted.number = "";
    day.value = value;
    number.value = "";
    load();
  }

  day.addEventListener("change", () => setDay(day.value), { signal });
  host.addEventListener("click", ({ target }) => {
    const shift = target.closest("[data-shift]")?.dataset.shift;
    if (shift) setDay(shiftDay(wanted.day, Number(shift)));
    if (target.closest("[data-more]")) more();
    if (target.closest(".sales-rows [data-retry]")) load();
  }, { signal });
  let typing = 0;
  number.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      wanted.number = number.value.trim().toUpperCase();
      load();
    }, TYPING_MS);
  }, { signal });
  host.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && id) go("sales");
  }, { signal });
  rove(rows, ROW, { signal });

  find(".sales").dataset.detail = String(id !== null);
  if (id) mountDetail(find(".sales-detail"), id, { signal });
  else render(find(".sales-detail"), emptyNotice("receipt", t("sales.choose"), t("sales.choose_text")));
  load().then(() => {
    if (!signal.aborted && id) rows.querySelector('[aria-current="true"]')?.focus({ preventScroll: true });
  });
}
