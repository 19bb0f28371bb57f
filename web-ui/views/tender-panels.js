/*
 * The ways to pay.  Each panel asks for what its tender needs besides an amount:
 *
 *   markup     its fields, above the amount
 *   limit()    the most that it can pay in minor units, or null
 *   left()     what is then left of something ("on the card"): its text, or null
 *   ready()    false while something must be found out before there is an amount
 *   prepare()  finds it out
 *   read()     the members of the tender, or {fault, field}
 *
 * Nobody is asked for a card's number, only for its last four digits.
 */
import { gift_cards_list } from "../api/gift-cards.js";
import { faultText } from "../components/notice.js";
import { cashSuggestions } from "../lib/cash.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { formatMoney, parseMoney } from "../lib/money.js";
import { session } from "../stores/session.js";

const money = (minor) => formatMoney(minor, session.currency);

const DEFAULTS = {
  markup: null, limit: () => null, left: () => null, ready: () => true, read: () => ({}),
};

function smallField(name, label, attributes) {
  return html`<div class="field"><label for="pay-${name}">${label}</label>
    <input class="input" id="pay-${name}" name="${name}" autocomplete="off" spellcheck="false" ${attributes}></div>`;
}

function cash({ due }) {
  return {
    markup: html`
      <div class="pay-quick" role="group" aria-label="${t("pay.quick")}">
        <button type="button" class="button" data-size="large" data-tender="${due}">${t("pay.exact")}</button>
        ${cashSuggestions(due, session.currency).map((amount) => html`
          <button type="button" class="button amount" data-size="large" data-tender="${amount}">${money(amount)}</button>`)}
      </div>`,
  };
}

function card({ form }) {
  return {
    after: html`
      <div class="pay-extras">
        ${smallField("tip", t("pay.tip"), html`inputmode="decimal"`)}
        ${smallField("last_four", t("pay.last_four"), html`inputmode="numeric" maxlength="4" pattern="[0-9]{4}"`)}
        ${smallField("reference", t("pay.reference"), html`maxlength="64"`)}
      </div>`,
    read() {
      const { tip, last_four: lastFour, reference } = form.elements;
      const tipped = tip.value.trim() === "" ? 0 : parseMoney(tip.value, session.currency);
      if (tipped === null) return { fault: t("pay.tip_fault"), field: tip };
      const digits = lastFour.value.trim();
      if (digits && !/^\d{4}$/.test(digits)) return { fault: t("pay.last_four_fault"), field: lastFour };
      return {
        ...(tipped && { tip: tipped }),
        ...(digits && { last_four: digits, about: `··${digits}` }),
        ...(reference.value.trim() && { reference: reference.value.trim() }),
      };
    },
  };
}

function giftCard({ form, refresh }) {
  let found = null;
  let asked = "";

  async function find(code) {
    try {
      const [one] = (await gift_cards_list({ code })).data;
      if (!one) return { fault: t("fault.gift_card_not_found") };
      if (one.state !== "active") return { fault: t(`fault.gift_card_${one.state}`) };
      return one;
    } catch (error) {
      // Who may not look at balances may still take the card: the server then says whether it pays.
      return error.code === "forbidden" ? { id: code, last_four: code.slice(-4), balance: null } : { fault: faultText(error) };
    }
  }

  return {
    markup: html`
      <div class="field">
        <label for="pay-code">${t("pay.gift_code")}</label>
        <input class="input pay-code" id="pay-code" name="code" maxlength="64" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="pay-fault">
      </div>
      <p class="pay-balance" aria-live="polite" hidden><span class="soft">${t("pay.gift_balance")}</span><strong class="amount"></strong></p>`,
    limit: () => found?.balance ?? null,
    left: () => (found && found.balance !== null ? t("pay.gift_left") : null),
    ready: () => found !== null,
    /** Forgets the card when another code is typed. */
    typed() {
      if (form.elements.code.value.trim() === asked) return;
      asked = "";
      found = null;
      refresh();
    },
    async prepare() {
      const code = form.elements.code.value.trim();
      if (!code) return { fault: t("pay.gift_code_fault"), field: form.elements.code };
      asked = code;
      const answer = await find(code);
      if (asked !== code) return {};
      if (!answer.fault && answer.balance === 0) answer.fault = t("pay.gift_empty");
      if (answer.fault) return { ...answer, field: form.elements.code };
      found = answer;
      const balance = form.querySelector(".pay-balance");
      if (balance && found.balance !== null) {
        balance.hidden = false;
        balance.querySelector("strong").textContent = money(found.balance);
      }
      refresh();
      return {};
    },
    read: () => ({ gift_card: found.id, about: `··${found.last_four}` }),
  };
}

function storeCredit({ customer }) {
  return { limit: () => customer.store_credit ?? null, left: () => t("pay.credit_left") };
}

/* What the customer may still owe. */
function accountRoom({ account_limit: limit, account_balance: owed = 0 }) {
  return limit === undefined ? null : Math.max(0, limit - owed);
}

function customerAccount({ customer }) {
  return {
    limit: () => accountRoom(customer),
    left: () => (accountRoom(customer) === null ? null : t("pay.account_left")),
    read: () => ({ about: customer.name }),
  };
}

function other({ form }) {
  return {
    markup: html`
      <div class="pay-extras" data-count="2">
        ${smallField("name", t("pay.other_name"), html`maxlength="50" aria-describedby="pay-fault"`)}
        ${smallField("reference", t("pay.reference"), html`maxlength="64"`)}
      </div>`,
    read() {
      const { name, reference } = form.elements;
      if (!name.value.trim()) return { fault: t("pay.other_fault"), field: name };
      return {
        name: name.value.trim(), about: "",
        ...(reference.value.trim() && { reference: reference.value.trim() }),
      };
    },
  };
}

const PANELS = {
  cash, card, gift_card: giftCard, store_credit: storeCredit, customer_account: customerAccount, other,
};

/** The types that can pay for a cart of this customer (or null). */
export function tenderTypes(customer) {
  return Object.keys(PANELS).filter((type) => {
    if (type === "store_credit") return customer && customer.store_credit !== 0;
    if (type === "customer_account") return customer && accountRoom(customer) !== 0;
    return true;
  });
}

/** context: {due, form, customer, refresh()} */
export function tenderPanel(type, context) {
  return { ...DEFAULTS, ...PANELS[type](context) };
}

/** A tender as people call it: "Card ··4242". */
export function tenderName({ type, name, about, last_four: lastFour }) {
  const detail = about ?? (lastFour ? `··${lastFour}` : "");
  return [name ?? t(`tender.${type}`), detail].filter(Boolean).join(" ");
}
