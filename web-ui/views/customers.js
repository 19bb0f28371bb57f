/*
 * Customers: found by any part of what is known of them; beside the list the
 * chosen one, with balances, what is known, and history.
 */
import {
  customers_export, customers_list, customers_merge, customers_read, customers_transactions_list,
} from "../api/customers.js";
import { isDialogOpen } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultNotice, faultText } from "../components/notice.js";
import { mountPagedList } from "../components/paged-list.js";
import { leadBack } from "../components/split.js";
import { toast } from "../components/toast.js";
import { formatCount, formatDateTime, formatDay } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { go } from "../lib/router.js";
import { cart } from "../stores/cart.js";
import { session } from "../stores/session.js";
import { chooseCustomer, contactOf } from "./customer-choice.js";
import { openErase, openPosting } from "./customer-dialogs.js";
import { CONSENTS, openCustomer } from "./customer-edit.js";

const PAGE = 50;
const HISTORY_PAGE = 20;
const TYPING_MS = 150;
const ROW = "a.customer";

const money = (minor) => formatMoney(minor, session.currency);

function frame(q) {
  return html`
    <div class="customers split" data-detail="false">
      <section class="split-list" aria-labelledby="customers-title">
        <header class="split-head">
          <h1 id="customers-title" class="hidden-on-phone">${t("place.customers")}</h1>
          <input class="input customers-find" type="search" name="q" value="${q}" autocomplete="off" spellcheck="false" placeholder="${t("customers.search")}" aria-label="${t("customers.search")}" aria-keyshortcuts="/">
          <button type="button" class="button" data-kind="primary" data-do="new">${icon("plus")}${t("customers.new")}</button>
        </header>
        <p class="soft" aria-live="polite"></p>
        <div class="split-rows"></div>
      </section>
      <section class="split-detail" aria-label="${t("customers.detail")}"></section>
    </div>`;
}

function row(customer, current) {
  return html`
    <li><a class="customer" href="#/customers/${customer.id}" data-id="${customer.id}" aria-current="${customer.id === current}">
      <span class="customer-sign">${icon("user")}</span>
      <span class="customer-text"><strong>${customer.name}</strong><span class="soft">${contactOf(customer)}</span></span>
      <span class="customer-sums"><strong class="amount">${money(customer.spent)}</strong><span class="soft">${t("customer.visits_count", { count: customer.visits })}</span></span>
      ${icon("chevron")}
    </a></li>`;
}

/* --- the chosen customer ------------------------------------------------------------------------ */

function numbers(customer) {
  const all = [
    ["customer.spent", money(customer.spent)],
    ["customer.visits", formatCount(customer.visits)],
    ["customer.points", formatCount(customer.points)],
    ["customer.store_credit", money(customer.store_credit)],
    ["customer.account_balance", money(customer.account_balance)],
  ];
  return html`<dl class="customer-numbers">${all.map(([label, value]) => html`
    <div><dd class="amount">${value}</dd><dt>${t(label)}</dt></div>`)}</dl>`;
}

function exemptionText({ reason, certificate, valid_until: until }) {
  return [reason, certificate, until && t("customer.until", { day: formatDay(until) })].filter(Boolean).join(" · ");
}

function facts(customer) {
  const { tax_exemption: exemption, consent } = customer;
  const allowed = Object.keys(CONSENTS).filter((kind) => consent?.[kind]);
  const all = [
    ["customer.phone", customer.phone && html`<a href="tel:${customer.phone.replace(/[^+\d]/g, "")}">${customer.phone}</a>`],
    ["customer.email", customer.email && html`<a href="mailto:${customer.email}">${customer.email}</a>`],
    ["customer.company", customer.company],
    ["customer.address", customer.address],
    ["customer.birthday", customer.birthday && formatDay(customer.birthday)],
    ["customer.exemption", exemption && exemptionText(exemption)],
    ["customer.account_limit_short", customer.account_limit > 0 && money(customer.account_limit)],
    ["customer.consent", allowed.length > 0 && allowed.map((kind) => html`<span class="badge" data-kind="brand">${t(CONSENTS[kind])}</span>`)],
    ["customer.last_visit", customer.last_visit_at && formatDateTime(customer.last_visit_at, session.timeZone)],
    ["customer.notes", customer.notes],
  ].filter(([, value]) => value);
  if (!all.length) return "";
  return html`<div class="customer-card"><dl class="customer-facts">${all.map(([label, value]) => html`
    <div><dt>${t(label)}</dt><dd>${value}</dd></div>`)}</dl></div>`;
}

function actions() {
  return html`
    <div class="customer-actions">
      <button type="button" class="button" data-kind="primary" data-act="sell">${icon("register")}${t("customers.sell")}</button>
      <button type="button" class="button" data-act="post">${icon("wallet")}${t("customers.post")}</button>
      <button type="button" class="button" data-act="merge">${icon("merge")}${t("customers.merge")}</button>
      <button type="button" class="button" data-act="export">${icon("download")}${t("customers.export")}</button>
      <button type="button" class="button" data-kind="danger" data-act="erase">${icon("trash")}${t("customers.erase")}</button>
    </div>`;
}

/** One who was merged or erased says so instead of what could be done. */
function state(customer) {
  if (customer.state === "merged") {
    return html`<div class="banner">${icon("merge")}<span>${t("customer.merged")}
      <a href="#/customers/${customer.merged_into}">${t("customer.merged_into")}</a></span></div>`;
  }
  return html`<div class="banner">${icon("alert")}<span>${t("customer.erased")}</span></div>`;
}

function transactionRow(transaction) {
  const sign = transaction.type === "sale" ? 1 : -1;
  return html`
    <li><a class="sale" href="#/sales/${transaction.id}" data-id="${transaction.id}">
      <span class="sale-text"><strong>${transaction.receipt_number}</strong>
        <span class="soft">${formatDateTime(transaction.created_at, session.timeZone)}</span></span>
      <span></span>
      <span class="sale-total amount">${formatMoney(sign * transaction.total, transaction.currency)}</span>
      ${icon("chevron")}
    </a></li>`;
}

function mountHistory(host, id, { signal }) {
  const list = mountPagedList(host, {
    signal,
    ask: (query, options) => customers_transactions_list(id, query, options),
    query: () => ({ limit: HISTORY_PAGE }),
    row: transactionRow,
    item: "a.sale",
    skeleton: "sale",
    empty: () => emptyNotice("receipt", t("customer.no_history")),
  });
  list.load();
}

async function download(customer) {
  const blob = new Blob([await customers_export(customer.id)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `customer-${customer.id}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function merge(customer) {
  const duplicate = await chooseCustomer({
    title: t("customers.merge_title", { name: customer.name }), canCreate: false, except: customer.id,
  });
  if (!duplicate) return false;
  await customers_merge(customer.id, duplicate.id);
  toast(t("customers.merged", { name: duplicate.name }));
  return true;
}

/* What the buttons do; true when the customer is another now. */
const ACTS = {
  sell(customer) {
    cart.setCustomer(customer);
    go("sell");
  },
  edit: (customer) => openCustomer(customer),
  post: (customer) => openPosting(customer),
  merge,
  export: download,
  erase: (customer) => openErase(customer),
};

function mountDetail(host, id, { signal, onChanged }) {
  let customer = null;
  host.replaceChildren(fragment(html`
    <header class="split-detail-head">
      <a class="icon-button split-back" href="#/customers" aria-label="${t("customers.back")}">${icon("back")}</a>
      <div class="split-detail-title"><h2></h2><p class="soft"></p></div>
      <button type="button" class="button" data-act="edit" hidden>${icon("edit")}${t("customers.edit")}</button>
    </header>
    <div class="customer-sheet" aria-busy="true"></div>`));
  const sheet = host.querySelector(".customer-sheet");

  function show() {
    host.querySelector("h2").textContent = customer.name ?? t("customer.nobody");
    host.querySelector("p").textContent = t("customer.since", { when: formatDateTime(customer.created_at, session.timeZone) });
    host.querySelector('[data-act="edit"]').hidden = customer.state !== "active";
    sheet.removeAttribute("aria-busy");
    render(sheet, html`
      ${customer.state === "active" ? actions() : state(customer)}
      ${numbers(customer)}
      ${facts(customer)}
      <section class="customer-history"><h3>${t("customer.history")}</h3><div data-history></div></section>`);
    mountHistory(sheet.querySelector("[data-history]"), id, { signal });
  }

  async function load() {
    try {
      customer = await customers_read(id, { signal });
      if (!signal.aborted) show();
    } catch (error) {
      if (error.kind === "cancelled" || signal.aborted) return;
      host.querySelector("h2").textContent = t("customers.detail");
      render(sheet, faultNotice(error));
    }
  }

  host.addEventListener("click", async ({ target }) => {
    if (target.closest("[data-retry]")) load();
    const button = target.closest("[data-act]");
    if (!button) return;
    if (button.dataset.act === "export") button.setAttribute("aria-busy", "true");
    try {
      if (await ACTS[button.dataset.act](customer) && !signal.aborted) {
        await load();
        onChanged();
      }
    } catch (error) {
      if (error.kind !== "cancelled") toast(faultText(error), { kind: "fault" });
    } finally {
      button.removeAttribute("aria-busy");
    }
  }, { signal });
  load();
}

/* --- the list ----------------------------------------------------------------------------------- */

/* Kept while the page lives: coming back from a customer finds the same search. */
const wanted = { q: "" };

function mountSearch(field, { signal, onChange }) {
  let typing = 0;
  field.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      wanted.q = field.value.trim();
      onChange();
    }, TYPING_MS);
  }, { signal });
  document.addEventListener("keydown", (event) => {
    const typingNow = event.target.matches?.("input, select, textarea");
    if (isDialogOpen() || typingNow || event.key !== "/") return;
    event.preventDefault();
    field.focus();
  }, { signal });
}

export function mountCustomers(host, { parameters: [id = null], signal }) {
  host.append(fragment(frame(wanted.q)));
  const find = (selector) => host.querySelector(selector);
  const list = mountPagedList(find(".split-rows"), {
    signal,
    ask: customers_list,
    query: () => ({ q: wanted.q, limit: PAGE }),
    row: (customer) => row(customer, id),
    item: ROW,
    skeleton: "customer",
    empty: () => (wanted.q
      ? emptyNotice("search", t("customers.none_found"), t("customers.none_found_text"))
      : emptyNotice("people", t("customers.none"), t("customers.none_text"))),
  });
  mountSearch(find('[name="q"]'), { signal, onChange: () => list.load({ quiet: true }) });
  if (id) leadBack("customers", { signal });
  find('[data-do="new"]').addEventListener("click", async () => {
    const made = await openCustomer(null);
    if (made && !signal.aborted) go("customers", made.id);
  }, { signal });

  find(".customers").dataset.detail = String(id !== null);
  if (id) mountDetail(find(".split-detail"), id, { signal, onChanged: () => list.load({ quiet: true }) });
  else render(find(".split-detail"), emptyNotice("people", t("customers.choose_one"), t("customers.choose_text")));
  list.load().then(() => {
    if (!signal.aborted && id) host.querySelector(`${ROW}[aria-current="true"]`)?.focus({ preventScroll: true });
  });
}
