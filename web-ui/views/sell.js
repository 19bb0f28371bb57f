/*
 * The selling screen: find a product by tile, text or scan; the cart beside it.
 * Keys work wherever the focus is; help.js lists them.
 */
import { announce } from "../components/announce.js";
import { mountCartPanel } from "../components/cart-panel.js";
import { mountCategoryBar } from "../components/category-bar.js";
import { closeDialogs, isDialogOpen, topDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { mountProductGrid } from "../components/product-grid.js";
import { toast } from "../components/toast.js";
import { product_lookups_find } from "../api/product-lookups.js";
import { parse } from "../lib/decimal.js";
import { t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { HOLD_MS, listenToScanner } from "../lib/scanner.js";
import { playFault, playFound } from "../lib/sound.js";
import { MAX_LINES, cart, quantityFits, termsOf } from "../stores/cart.js";
import { catalogue } from "../stores/catalogue.js";
import { checkout } from "../stores/checkout.js";
import { parked } from "../stores/parked.js";
import { chooseCustomer } from "./customer-choice.js";
import { openHelp } from "./help.js";
import { openDiscount, openQuantity, openWeight } from "./line-dialogs.js";
import { openHold, openParked } from "./parked-carts.js";
import { openPayment } from "./payment.js";
import { openGiftCard, openPrice } from "./price-dialogs.js";

const FLASH_MS = 700;
/* "3 * croissant": a quantity before what is looked for. */
const TIMES = /^\s*(\d+(?:[.,]\d+)?)\s*[*x×]\s*(.*)$/i;

function splitTimes(text) {
  const match = TIMES.exec(text);
  const quantity = match && parse(match[1]);
  return quantity ? { quantity, text: match[2] } : { quantity: null, text };
}

function frame() {
  return html`
    <div class="sell">
      <h1 class="visually-hidden">${t("place.sell")}</h1>
      <section class="sell-browse" aria-label="${t("sell.products")}">
        <search class="sell-search">
          ${icon("search")}
          <input class="input" type="search" enterkeyhint="search" autocomplete="off" autocapitalize="none" spellcheck="false"
            placeholder="${t("sell.search")}" aria-label="${t("sell.search")}" aria-keyshortcuts="/ F2">
          <kbd aria-hidden="true">/</kbd>
          <button type="button" class="icon-button" aria-label="${t("sell.clear_search")}" hidden>${icon("close")}</button>
        </search>
        <div class="sell-categories"></div>
        <div class="sell-products" tabindex="-1"></div>
      </section>
      <aside class="sell-cart"></aside>
    </div>`;
}

/** Puts a product into the cart; asks first for what it does not know: price, weight, amount. */
async function pick(product, quantity = null) {
  if (product.kind === "gift_card") {
    await pickGiftCard(product, quantity ?? "1");
    return;
  }
  if (quantity !== null && !quantityFits(product, quantity)) {
    toast(t("quantity.whole", { name: product.name }), { kind: "fault" });
    return;
  }
  const price = product.open_price ? await openPrice(product) : {};
  if (!price) return;
  const weighs = product.unit === "weighed" && quantity === null;
  const amount = weighs ? await openWeight(product, price) : { quantity: quantity ?? "1" };
  if (amount) addToCart(product, { ...amount, ...price });
}

async function pickGiftCard(product, quantity) {
  if (quantity !== "1") {
    toast(t("gift.single", { name: product.name }), { kind: "fault" });
    return;
  }
  const card = await openGiftCard(product);
  if (card) addToCart(product, { quantity, ...card });
}

/** wish: {quantity} and the line's terms. */
function addToCart(product, wish) {
  const line = cart.add(product, wish.quantity, termsOf(wish));
  if (!line) {
    toast(t("cart.full", { count: MAX_LINES }), { kind: "fault" });
    return;
  }
  announce(t("cart.added", { name: product.name, quantity: line.quantity }));
}

async function changePrice(line) {
  const change = await (isGiftCard(line) ? openGiftCard : openPrice)(line.product, line);
  if (change) cart.change(line.key, change);
}

async function pickCode(code, quantity = null) {
  try {
    const product = await product_lookups_find(code);
    playFound();
    await pick(product, quantity);
    return true;
  } catch (error) {
    playFault();
    const unknown = error.code === "product_not_found";
    toast(unknown ? t("scan.unknown", { code }) : faultText(error), { kind: "fault" });
    return false;
  }
}

function mountSearch(host, { signal, grid }) {
  const field = host.querySelector("input");
  const clear = host.querySelector("button");
  const hint = host.querySelector("kbd");

  function show() {
    clear.hidden = field.value === "";
    hint.hidden = field.value !== "";
  }

  function empty() {
    field.value = "";
    show();
    catalogue.search("");
  }

  /** Enter: a number is a code first, everything else is the best hit. */
  async function take() {
    const { quantity, text } = splitTimes(field.value);
    const wanted = text.trim();
    if (!wanted) return;
    if (/^\d{3,}$/.test(wanted)) {
      if (await pickCode(wanted, quantity)) empty();
      else field.select();
      return;
    }
    await catalogue.search(text);
    const { products, shown, status } = catalogue.state;
    if (status !== "ready" || shown.q !== text) return;
    if (!products.length) {
      playFault();
      return;
    }
    empty();
    await pick(products[0], quantity);
  }

  field.addEventListener("input", () => {
    show();
    catalogue.search(splitTimes(field.value).text);
  }, { signal });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      take();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (field.value) empty();
      else field.blur();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      grid.focusFirst();
    }
  }, { signal });
  clear.addEventListener("click", () => {
    empty();
    field.focus();
  }, { signal });
  catalogue.onChange(({ q }) => {
    // A chosen category ends the search.
    if (q === "" && document.activeElement !== field && field.value) {
      field.value = "";
      show();
    }
  }, { signal });

  return {
    focus() {
      field.focus();
      field.select();
    },
  };
}

/** Opens the payment once the quote is fresh; a failed quote stops the wish. */
function payWhenFresh(signal) {
  let wanted = false;
  const look = () => {
    if (!wanted || isDialogOpen()) return;
    const { quoteStatus } = cart.state;
    if (quoteStatus === "pending") return;
    wanted = false;
    if (quoteStatus === "fresh") openPayment();
  };
  cart.onChange(look, { signal });
  return () => {
    if (cart.isEmpty) return;
    wanted = true;
    look();
  };
}

function typing(target) {
  return target.matches?.('input:not([type="radio"]), textarea, select') ?? false;
}

/*
 * A code may hold these signs too.  What comes at a scanner's pace is no
 * command, and those that change the cart wait a moment to see whether it does.
 */
const HELD = new Set(["+", "-", "*", "=", "%"]);

const isGiftCard = (line) => line.product.kind === "gift_card";
const counts = (line) => line?.product.unit === "each" && !isGiftCard(line);

function mountKeys({ signal, search, panel, pay, scanner }) {
  const selected = () => cart.selected;
  const keys = {
    "/": () => search.focus(),
    "F2": () => search.focus(),
    "F3": () => panel.focusLines(),
    "F4": () => pay(),
    "F6": () => panel.acts.customer(),
    "F8": () => panel.acts.hold(),
    "F9": () => panel.acts.parked(),
    "?": () => openHelp(),
    "F1": () => openHelp(),
    "+": () => counts(selected()) && panel.acts.more(selected()),
    "-": () => counts(selected()) && panel.acts.less(selected()),
    "*": () => selected() && panel.acts.quantity(selected()),
    "=": () => selected() && panel.acts.price(selected()),
    "%": () => selected() && !isGiftCard(selected()) && panel.acts.discount(selected()),
    "Delete": () => selected() && panel.acts.remove(selected()),
  };
  let held = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key.length === 1) clearTimeout(held);
    if (isDialogOpen() || event.defaultPrevented || event.isComposing) return;
    const inField = typing(event.target);
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !inField) {
      event.preventDefault();
      cart.undo();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (inField && !/^F\d+$/.test(event.key)) return;
    if (event.key.length === 1 && !event.repeat && scanner.inBurst) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    if (HELD.has(event.key) && !event.repeat) held = setTimeout(act, HOLD_MS);
    else act();
  }, { signal });
}

export function mountSell(host, { signal }) {
  host.append(fragment(frame()));
  const find = (selector) => host.querySelector(selector);
  let categories;

  const grid = mountProductGrid(find(".sell-products"), {
    signal, onPick: (product) => pick(product), onLeaveUp: () => categories.focus(),
  });
  categories = mountCategoryBar(find(".sell-categories"), {
    signal, onLeaveDown: () => grid.focus(),
  });
  const search = mountSearch(find(".sell-search"), { signal, grid });
  const pay = payWhenFresh(signal);
  const panel = mountCartPanel(find(".sell-cart"), {
    signal,
    actions: {
      pay,
      hold: () => openHold(),
      parked: () => openParked(),
      customer: async () => {
        const customer = await chooseCustomer();
        if (customer) cart.setCustomer(customer);
      },
      quantity: async (line) => {
        if (isGiftCard(line)) {
          await changePrice(line);
        } else if (line.product.unit === "weighed") {
          const weight = await openWeight(line.product, line);
          if (weight) cart.change(line.key, weight);
        } else {
          const quantity = await openQuantity(line.product, line.quantity);
          if (quantity) cart.setQuantity(line.key, quantity);
        }
      },
      price: changePrice,
      discount: async (line) => {
        const discounts = await openDiscount(line);
        if (discounts) cart.setDiscounts(line.key, discounts);
      },
      removed: (line) => {
        announce(t("cart.removed", { name: line.product.name }));
        toast(t("cart.removed", { name: line.product.name }), {
          action: { label: t("cart.undo"), run: () => cart.undo() },
        });
      },
      cleared: () => toast(t("cart.cleared"), {
        action: { label: t("cart.undo"), run: () => cart.undo() },
      }),
    },
  });

  const scanner = listenToScanner((code) => {
    // A finished sale gives way to the next customer's first article.
    if (checkout.state.status === "done") closeDialogs();
    if (isDialogOpen()) {
      // Some dialogs ask for a code themselves.
      const scan = new CustomEvent("mypos:scan", { detail: { code }, cancelable: true });
      if (!topDialog().dispatchEvent(scan)) return;
      playFault();
      toast(t("scan.dialog_open"), { kind: "fault" });
      return;
    }
    find(".sell-search").dataset.flash = "";
    setTimeout(() => find(".sell-search")?.removeAttribute("data-flash"), FLASH_MS);
    pickCode(code);
  }, { signal });
  mountKeys({ signal, search, panel, pay, scanner });

  if (catalogue.state.status === "loading" || catalogue.state.status === "failed") catalogue.load();
  else if (catalogue.state.q) catalogue.search("");
  if (checkout.unfinished) openPayment({ resume: true });
  else cart.requote();
  cart.refreshCustomer();
  // The badge is all that misses without an answer.
  parked.load({ signal }).catch(() => {});
}
