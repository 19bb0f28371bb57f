/*
 * The sale on the counter: lines, totals, the pay button.  On narrow screens it
 * is a sheet that stands at the bottom and opens over the products.
 *
 * Amounts are the quote's; while a newer quote is under way the previous ones
 * stay, dimmed, so nothing jumps.
 */
import { t } from "../lib/i18n.js";
import { element, fragment, html, render } from "../lib/html.js";
import { formatDecimal } from "../lib/format.js";
import { reconcile } from "../lib/keyed.js";
import { formatMoney } from "../lib/money.js";
import { cart } from "../stores/cart.js";
import { parked } from "../stores/parked.js";
import { session } from "../stores/session.js";
import { icon } from "./icon.js";
import { isDeposit, lineNotes, notesMarkup } from "./line-notes.js";
import { faultText } from "./notice.js";
import { productPicture, watchPictures } from "./picture.js";

const money = (minor) => formatMoney(minor, session.currency);

/* How the quantity is changed; a gift card is always one, and has its amount there. */
function quantityTool({ unit, kind }) {
  if (kind === "gift_card") {
    return html`<button type="button" class="button line-wide" data-do="price">${icon("gift")}<span class="line-quantity amount"></span></button>`;
  }
  if (unit === "weighed") {
    return html`<button type="button" class="button line-wide" data-do="quantity">${icon("scale")}<span class="line-quantity amount"></span></button>`;
  }
  return html`
    <div class="stepper">
      <button type="button" class="icon-button" data-do="less">${icon("minus")}</button>
      <button type="button" class="line-quantity amount" data-do="quantity"></button>
      <button type="button" class="icon-button" data-do="more">${icon("plus")}</button>
    </div>`;
}

function createLine(line) {
  const isCard = line.product.kind === "gift_card";
  return element(html`
    <li class="line">
      <button type="button" class="line-main" data-do="select">
        ${productPicture(line.product)}
        <span class="line-text">
          <span class="line-name">${line.product.name}</span>
          <span class="line-detail soft amount"></span>
        </span>
        <span class="line-amounts"><del class="line-gross amount"></del><span class="line-total amount"></span></span>
        <span class="line-notes"></span>
      </button>
      <p class="line-problem" role="alert" hidden></p>
      <div class="line-tools" hidden>
        ${quantityTool(line.product)}
        ${!isCard && html`
          <button type="button" class="icon-button" data-do="price">${icon("tag")}</button>
          <button type="button" class="icon-button" data-do="discount">${icon("percent")}</button>`}
        <button type="button" class="icon-button" data-do="remove">${icon("trash")}</button>
      </div>
    </li>`);
}

function quantityText(line) {
  const quantity = formatDecimal(line.quantity);
  return line.product.unit === "weighed" ? t("quantity.kg", { quantity }) : quantity;
}

/** "2 × €3.60"; beside it the regular price, struck through, when another applies. */
function detailMarkup(line, priced) {
  const price = money(priced?.unit_price ?? line.unit_price ?? line.product.price);
  const quantity = quantityText(line);
  const weighed = line.product.unit === "weighed";
  return html`${t(weighed ? "cart.weighed_detail" : "cart.detail", { quantity, price })}
    ${priced?.list_price !== undefined && html`
      <del><span class="visually-hidden">${t("price.regular_label")} </span>${money(priced.list_price)}</del>`}`;
}

const TOOL_LABELS = {
  less: "cart.less", more: "cart.more", quantity: "cart.set_quantity", price: "cart.price",
  discount: "cart.discount", remove: "cart.remove",
};

/** What stands on the button that changes the quantity; of a gift card, its amount. */
function toolText(line, priced) {
  return line.product.kind === "gift_card" ? money(priced?.unit_price ?? line.unit_price ?? 0) : quantityText(line);
}

/* What each element shows; a basket of 300 lines draws only those that changed. */
const drawn = new WeakMap();

function updateLine(node, line, index) {
  const priced = cart.priced(index);
  const selected = line.key === cart.state.selectedKey;
  const before = drawn.get(node);
  if (before?.line === line && before.priced === priced && before.selected === selected) return;
  drawn.set(node, { line, priced, selected });
  const total = priced ? money(priced.total) : "";
  node.toggleAttribute("data-selected", selected);
  node.querySelector(".line-main").setAttribute("aria-expanded", String(selected));
  render(node.querySelector(".line-detail"), detailMarkup(line, priced));
  render(node.querySelector(".line-notes"), notesMarkup(lineNotes(line, priced)));
  node.querySelector(".line-total").textContent = total;
  node.querySelector(".line-gross").textContent = priced?.discount ? money(priced.gross) : "";
  node.querySelector(".line-quantity").textContent = toolText(line, priced);
  const problem = node.querySelector(".line-problem");
  problem.hidden = !line.problem;
  problem.textContent = line.problem?.text ?? "";
  node.querySelector(".line-tools").hidden = !selected;
  const values = { name: line.product.name, quantity: quantityText(line) };
  for (const tool of node.querySelectorAll(".line-tools [data-do]")) {
    tool.setAttribute("aria-label", t(TOOL_LABELS[tool.dataset.do], values));
    tool.title = tool.getAttribute("aria-label");
  }
}

/* What an empty cart shows: the same rows, so nothing jumps with the first line. */
const NOTHING = { discount_total: 0, tax_included: 0, tax_total: 0, rounding: 0, total: 0 };

/* Deposits by their names: [name, amount]. */
function depositRows({ lines = [] }) {
  const sums = new Map();
  for (const tax of lines.flatMap(({ taxes }) => taxes.filter(isDeposit))) {
    sums.set(tax.name, (sums.get(tax.name) ?? 0) + tax.amount);
  }
  return [...sums];
}

/* [label, amount] of each. */
function totalsRows(quote) {
  const rows = [];
  if (quote.discount_total) {
    rows.push([t("totals.subtotal"), quote.subtotal], [t("totals.discount"), -quote.discount_total]);
  }
  rows.push([t("totals.tax_included"), quote.tax_included]);
  const deposits = depositRows(quote);
  const added = deposits.reduce((left, [, minor]) => left - minor, quote.tax_total - quote.tax_included);
  if (added) rows.push([t(added > 0 ? "totals.tax_added" : "totals.tax_exempt"), added]);
  rows.push(...deposits);
  if (quote.rounding) rows.push([t("totals.rounding"), quote.rounding]);
  return rows;
}

function totalsMarkup(quote, show) {
  return html`
    ${totalsRows(quote).map(([label, minor]) => html`
      <div class="totals-row soft"><dt>${label}</dt><dd class="amount">${show(minor)}</dd></div>`)}
    <div class="totals-row totals-total"><dt>${t("totals.total")}</dt><dd class="amount">${show(quote.total)}</dd></div>`;
}

function frame() {
  return html`
    <section class="cart" aria-label="${t("cart.title")}" data-open="false">
      <button type="button" class="cart-handle" data-do="toggle" aria-expanded="false" aria-label="${t("cart.open")}"></button>
      <header class="cart-head">
        <h2>${t("cart.title")} <span class="badge cart-count"></span></h2>
        <div class="cart-tools">
          <button type="button" class="icon-button" data-do="hold" aria-label="${t("parked.hold")}" title="${t("parked.hold")} (F8)" aria-keyshortcuts="F8">${icon("pause")}</button>
          <button type="button" class="icon-button cart-parked" data-do="parked" title="${t("parked.title")} (F9)" aria-keyshortcuts="F9" aria-haspopup="dialog">${icon("bag")}<span class="badge" data-kind="amber" hidden></span></button>
          <button type="button" class="icon-button" data-do="undo" aria-label="${t("cart.undo")}" title="${t("cart.undo")} (Ctrl+Z)">${icon("undo")}</button>
          <button type="button" class="icon-button" data-do="clear" aria-label="${t("cart.clear")}" title="${t("cart.clear")}">${icon("trash")}</button>
        </div>
      </header>
      <div class="cart-customer"></div>
      <div class="cart-body">
        <div class="cart-empty">
          <span class="cart-empty-icon">${icon("barcode")}</span>
          <p class="notice-title">${t("cart.empty")}</p>
          <p class="soft">${t("cart.empty_text")}</p>
          <ul class="cart-hints soft">
            <li><kbd>/</kbd> ${t("help.search")}</li><li><kbd>F4</kbd> ${t("help.pay")}</li><li><kbd>?</kbd> ${t("place.help")}</li>
          </ul>
        </div>
        <ol class="lines" aria-label="${t("cart.lines")}"></ol>
      </div>
      <footer class="cart-foot">
        <div class="cart-fault" role="alert" hidden></div>
        <dl class="totals"></dl>
        <div class="cart-pay">
          <button type="button" class="cart-summary" data-do="toggle" tabindex="-1"><span class="cart-summary-count soft"></span><strong class="amount"></strong></button>
          <button type="button" class="button" data-kind="primary" data-size="large" data-do="pay"></button>
        </div>
      </footer>
    </section>`;
}

/* What a customer has with the shop, as far as the till knows it. */
function customerFacts({ points, store_credit, account_balance, company, phone, email }) {
  const facts = [];
  if (points) facts.push(t("customer.points_count", { count: points }));
  if (store_credit) facts.push(t("customer.has_credit", { amount: money(store_credit) }));
  if (account_balance > 0) facts.push(t("customer.owes", { amount: money(account_balance) }));
  return facts.join(" · ") || company || phone || email || "";
}

function showCustomer(host, { customer, customerProblem }) {
  const before = drawn.get(host);
  if (before && before.customer === customer && before.customerProblem === customerProblem) return;
  drawn.set(host, { customer, customerProblem });
  const focused = host.contains(document.activeElement);
  render(host, customer
    ? html`
      <button type="button" class="cart-person" data-do="customer" aria-haspopup="dialog" aria-keyshortcuts="F6" title="${t("cart.change_customer")}">
        <span class="customer-sign">${icon("user")}</span>
        <span class="customer-text"><strong>${customer.name}</strong><span class="soft">${customerFacts(customer)}</span></span>
      </button>
      <button type="button" class="icon-button" data-do="nobody" aria-label="${t("cart.remove_customer", { name: customer.name })}" title="${t("cart.remove_customer", { name: customer.name })}">${icon("close")}</button>
      ${customerProblem && html`<p class="line-problem" role="alert">${customerProblem}</p>`}`
    : html`
      <button type="button" class="cart-person" data-do="customer" aria-haspopup="dialog" aria-keyshortcuts="F6">
        <span class="customer-sign">${icon("user")}</span><span class="soft">${t("cart.add_customer")}</span><kbd aria-hidden="true">F6</kbd>
      </button>`);
  if (focused) host.querySelector(".cart-person").focus();
}

function setOpen(panel, open) {
  const handle = panel.querySelector(".cart-handle");
  panel.dataset.open = String(open);
  handle.setAttribute("aria-expanded", String(open));
  handle.setAttribute("aria-label", t(open ? "cart.close" : "cart.open"));
}

function showFault(host, { quoteStatus, quoteError }) {
  host.hidden = quoteStatus !== "failed";
  if (host.hidden) return;
  render(host, html`<div class="banner" data-kind="danger">${icon("alert")}<span>${faultText(quoteError)}</span>
    <button type="button" class="button" data-do="requote">${t("action.retry")}</button></div>`);
}

/** Totals and pay button: the quote's amounts, or a dash while there are none. */
function showFoot(panel, { quote, quoteStatus }) {
  const known = quote !== null || cart.isEmpty;
  const pending = quoteStatus === "pending";
  const total = known ? money(quote?.total ?? 0) : "–";
  const totals = panel.querySelector(".totals");
  render(totals, totalsMarkup(quote ?? NOTHING, known ? money : () => "–"));
  totals.setAttribute("aria-busy", String(pending));
  panel.querySelector(".cart-summary-count").textContent = t("cart.items", { count: cart.count });
  panel.querySelector(".cart-summary strong").textContent = total;
  const pay = panel.querySelector('[data-do="pay"]');
  pay.disabled = cart.isEmpty || quoteStatus === "failed";
  pay.setAttribute("aria-busy", String(pending && !quote));
  render(pay, html`<span>${t("cart.pay")}</span><span class="amount cart-pay-total">${quote && !cart.isEmpty ? total : ""}</span>`);
}

function showLines(list, state) {
  const before = list.querySelector("[data-selected]")?.dataset.key;
  reconcile(list, state.lines, (line) => line.key, createLine, updateLine);
  list.setAttribute("aria-busy", String(state.quoteStatus === "pending"));
  const selected = list.querySelector("[data-selected]");
  if (!selected) return;
  // A quote may add notes to it: what is worked on stays in sight.
  const grown = drawn.get(list) !== selected.offsetHeight;
  drawn.set(list, selected.offsetHeight);
  if (grown || selected.dataset.key !== before) selected.scrollIntoView({ block: "nearest" });
}

/** How many carts wait, beside their button. */
function showParked(button, { count }) {
  const badge = button.querySelector(".badge");
  badge.hidden = !count;
  badge.textContent = count ?? "";
  button.setAttribute("aria-label", count ? t("parked.count", { count }) : t("parked.title"));
}

function show(panel, state) {
  const find = (selector) => panel.querySelector(selector);
  find(".cart-empty").hidden = !cart.isEmpty;
  find(".lines").hidden = cart.isEmpty;
  find(".cart-count").hidden = cart.isEmpty;
  find(".cart-count").textContent = cart.count;
  // Only an empty counter takes a held cart up: one button at a time.
  find('[data-do="hold"]').hidden = cart.isEmpty;
  find('[data-do="parked"]').hidden = !cart.isEmpty;
  find('[data-do="undo"]').disabled = !cart.canUndo;
  find('[data-do="clear"]').disabled = cart.isEmpty && !state.customer;
  if (cart.isEmpty) setOpen(panel, false);
  showCustomer(find(".cart-customer"), state);
  showLines(find(".lines"), state);
  showFault(find(".cart-fault"), state);
  showFoot(panel, state);
}

/** What the panel's buttons do, by the name in data-do; those of a line get it. */
function actsOf(panel, actions) {
  const acts = {
    select: (line) => cart.select(cart.state.selectedKey === line.key ? null : line.key),
    less(line) {
      if (line.quantity === "1") acts.remove(line);
      else cart.step(line.key, "-1");
    },
    more: (line) => cart.step(line.key, "1"),
    quantity: (line) => actions.quantity(line),
    price: (line) => actions.price(line),
    discount: (line) => actions.discount(line),
    remove(line) {
      cart.remove(line.key);
      actions.removed(line);
    },
    customer: () => actions.customer(),
    nobody: () => cart.setCustomer(null),
    pay: () => actions.pay(),
    hold: () => { if (!cart.isEmpty) actions.hold(); },
    parked: () => actions.parked(),
    undo: () => cart.undo(),
    requote: () => cart.requote(),
    toggle: () => setOpen(panel, panel.dataset.open !== "true"),
    clear() {
      cart.clear();
      actions.cleared();
    },
  };
  return acts;
}

/**
 * actions: {pay(), hold(), parked(), customer(), quantity(line), price(line), discount(line), removed(line),
 * cleared()}: what needs a dialog or a message, which the view knows.
 */
export function mountCartPanel(host, { signal, actions }) {
  host.append(fragment(frame()));
  const panel = host.querySelector(".cart");
  const list = panel.querySelector(".lines");
  const acts = actsOf(panel, actions);

  panel.addEventListener("click", ({ target }) => {
    const name = target.closest("[data-do]")?.dataset.do;
    if (!name) return;
    const key = target.closest(".line")?.dataset.key;
    const line = key && cart.line(Number(key));
    if (!key || line) acts[name](line);
  }, { signal });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    cart.selectNext(event.key === "ArrowDown" ? 1 : -1);
    list.querySelector("[data-selected] .line-main")?.focus();
  }, { signal });
  watchPictures(panel, { signal });
  cart.onChange((state) => show(panel, state), { signal });
  show(panel, cart.state);
  const parkedButton = panel.querySelector('[data-do="parked"]');
  parked.onChange((state) => showParked(parkedButton, state), { signal });
  showParked(parkedButton, parked.state);

  return {
    acts,
    focusLines: () => (list.querySelector("[data-selected] .line-main")
      ?? list.querySelector(".line-main"))?.focus(),
  };
}
