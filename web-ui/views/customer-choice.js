/*
 * Choosing a customer: for a sale, or as a duplicate.  Typed is any part of a
 * name, a number or an e-mail address.
 */
import { customers_list } from "../api/customers.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { emptyNotice } from "../components/notice.js";
import { mountPagedList } from "../components/paged-list.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { openCustomer } from "./customer-edit.js";

const PAGE = 20;
const TYPING_MS = 150;
const ROW = "button.customer";

/** How a customer can be told from another of the same name. */
export function contactOf(customer) {
  return [customer.company, customer.phone, customer.email].filter(Boolean).join(" · ");
}

function row(customer) {
  return html`
    <li><button type="button" class="customer" data-id="${customer.id}">
      <span class="customer-sign">${icon("user")}</span>
      <span class="customer-text"><strong>${customer.name}</strong><span class="soft">${contactOf(customer)}</span></span>
    </button></li>`;
}

function body({ canCreate }) {
  return html`
    <div class="customer-find">
      <input class="input" type="search" name="q" autocomplete="off" spellcheck="false" placeholder="${t("customers.search")}" aria-label="${t("customers.search")}">
      ${canCreate && html`<button type="button" class="button" data-new>${icon("plus")}${t("customers.new")}</button>`}
    </div>
    <div class="customer-rows"></div>`;
}

/** Answers the chosen customer, or undefined.  `except`: the id of one who is not shown. */
export function chooseCustomer({ title = t("customers.choose"), canCreate = true, except = null } = {}) {
  const dialog = openDialog({ title, kind: "sheet", name: "customers", body: body({ canCreate }) });
  const { signal } = dialog;
  const search = dialog.body.querySelector("input");
  const rows = dialog.body.querySelector(".customer-rows");
  let typing = 0;
  const list = mountPagedList(rows, {
    signal,
    ask: async (query, options) => {
      const page = await customers_list(query, options);
      return { ...page, data: page.data.filter((customer) => customer.id !== except) };
    },
    query: () => ({ q: search.value.trim(), limit: PAGE }),
    row,
    item: ROW,
    skeleton: "customer",
    empty: () => emptyNotice("user", t(search.value.trim() ? "customers.none_found" : "customers.none")),
  });
  const take = (id) => dialog.close(list.find(id));

  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => list.load({ quiet: true }), TYPING_MS);
  }, { signal });
  search.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      rows.querySelector(ROW)?.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(typing);
      // The answer to what is typed, not to what was typed before.
      await list.load({ quiet: true });
      const found = [...rows.querySelectorAll(ROW)];
      if (found.length === 1) take(found[0].dataset.id);
      else found[0]?.focus();
    }
  }, { signal });
  rows.addEventListener("click", ({ target }) => {
    const found = target.closest(ROW);
    if (found) take(found.dataset.id);
  }, { signal });
  dialog.body.querySelector("[data-new]")?.addEventListener("click", async () => {
    const name = /[\d@]/.test(search.value) ? "" : search.value.trim();
    const made = await openCustomer(null, { name });
    if (made) dialog.close(made);
  }, { signal });
  list.load();
  search.focus();
  return dialog.closed;
}
