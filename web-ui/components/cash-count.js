/*
 * Counts cash: a field for each coin and note of the currency, or one for the
 * total.  Enter goes to the next field; the sum follows what is typed.
 *
 *   const count = mountCashCount(host, { signal, onChange: ({ total }) => {} });
 *   count.read()   →  {denominations: […], total} or {total}, as the API takes
 *                     them; null when something typed is no number
 */
import { drawerDenominations } from "../lib/cash.js";
import { t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { formatMoney, parseMoney } from "../lib/money.js";
import { session } from "../stores/session.js";

const COUNT_MAX = 1_000_000;

function markup(denominations) {
  return html`
    <div class="cash-count" data-by="coin">
      <div class="choice" role="radiogroup" aria-label="${t("cash.how")}">
        <label><input type="radio" name="cash-by" value="coin" checked><span>${t("cash.by_coin")}</span></label>
        <label><input type="radio" name="cash-by" value="total"><span>${t("cash.by_total")}</span></label>
      </div>
      <div class="cash-coins" role="group" aria-label="${t("cash.label")}">
        ${denominations.map((value) => html`
          <label class="cash-coin">
            <span class="cash-value amount">${formatMoney(value, session.currency)}</span>
            <span class="cash-times soft" aria-hidden="true">×</span>
            <input class="input amount" inputmode="numeric" autocomplete="off" maxlength="7" placeholder="0"
              data-value="${value}" aria-label="${t("cash.count_of", { value: formatMoney(value, session.currency) })}">
            <span class="cash-product amount soft" aria-hidden="true"></span>
          </label>`)}
      </div>
      <div class="field cash-total-field">
        <label for="cash-total">${t("cash.amount")}</label>
        <input class="input ask-input amount" id="cash-total" inputmode="decimal" autocomplete="off">
      </div>
      <p class="fault cash-fault" aria-live="polite"></p>
      <p class="cash-sum"><span>${t("cash.total")}</span><strong class="amount" aria-live="polite"></strong></p>
    </div>`;
}

/** A typed count: empty is none; null is no number. */
function readCount(text) {
  const typed = text.trim();
  if (!/^\d*$/.test(typed)) return null;
  const count = Number(typed || "0");
  return count <= COUNT_MAX ? count : null;
}

export function mountCashCount(host, { signal, onChange = () => {} } = {}) {
  host.append(fragment(markup(drawerDenominations(session.currency))));
  const node = host.querySelector(".cash-count");
  const coins = [...node.querySelectorAll("[data-value]")];
  const total = node.querySelector("#cash-total");
  const byCoin = () => node.dataset.by === "coin";

  function readCoins() {
    const counts = coins.map((field) => ({ value: Number(field.dataset.value), count: readCount(field.value) }));
    if (counts.some(({ count }) => count === null)) return null;
    const denominations = counts.filter(({ count }) => count > 0);
    return { denominations, total: denominations.reduce((sum, { value, count }) => sum + value * count, 0) };
  }

  function read() {
    if (byCoin()) return readCoins();
    const amount = parseMoney(total.value, session.currency);
    return amount === null ? null : { total: amount };
  }

  function show() {
    for (const field of coins) {
      const count = readCount(field.value);
      field.setAttribute("aria-invalid", String(count === null));
      field.parentElement.querySelector(".cash-product").textContent =
        count ? formatMoney(count * Number(field.dataset.value), session.currency) : "";
    }
    const counted = read();
    const typed = byCoin() ? coins.some((field) => field.value.trim()) : total.value.trim();
    node.querySelector(".cash-fault").textContent =
      counted === null && typed ? t(byCoin() ? "cash.fault" : "cash.total_fault") : "";
    node.querySelector(".cash-sum strong").textContent =
      counted === null ? "–" : formatMoney(counted.total, session.currency);
    onChange(counted);
  }

  node.addEventListener("input", show, { signal });
  node.addEventListener("change", ({ target }) => {
    if (target.name !== "cash-by") return;
    node.dataset.by = target.value;
    (byCoin() ? coins[0] : total).focus();
    show();
  }, { signal });
  // A count goes down the list: only the last field's Enter sends the form.
  node.addEventListener("keydown", (event) => {
    const at = coins.indexOf(event.target);
    if (at < 0 || !["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    const next = coins[at + (event.key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  }, { signal });
  show();

  return { read, focus: () => (byCoin() ? coins[0] : total).focus() };
}
