/*
 * The gift cards that a sale has sold, with their codes: to write down, to print,
 * to hand over.  The record holds no codes, so each card is read.
 */
import { gift_cards_read } from "../api/gift-cards.js";
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { printText } from "../components/receipt-paper.js";
import { t } from "../lib/i18n.js";
import { element, html, render } from "../lib/html.js";
import { formatDay, todayIn } from "../lib/format.js";
import { formatMoney } from "../lib/money.js";
import { session } from "../stores/session.js";

const COLUMNS = 42;
const MADE = /^[0-9A-Z]{16}$/;

/** A code that the server made, in groups that can be read aloud. */
function grouped(code) {
  return MADE.test(code) ? code.match(/.{4}/g).join("-") : code;
}

function validUntil({ expires_at }) {
  return expires_at ? t("gift.valid_until", { day: formatDay(todayIn(session.timeZone, new Date(expires_at))) }) : "";
}

/** What is printed for a card: its amount and its code, in the middle of the paper. */
function slip(line, card, columns) {
  const rows = [
    session.state.store?.name ?? "", "", line.name, formatMoney(card.balance, card.currency), "", grouped(card.code),
    "", validUntil(card),
  ];
  return rows.map((row) => " ".repeat(Math.max(0, Math.floor((columns - row.length) / 2))) + row).join("\n");
}

function cardMarkup(line, card) {
  const balance = formatMoney(card.balance, card.currency);
  const valid = validUntil(card);
  return html`
    <span class="sold-card-text">
      <span class="soft">${t("gift.sold", { name: line.name, amount: formatMoney(line.total, card.currency) })}
        ${card.balance !== line.total && html` · ${t("gift.balance", { balance })}`}</span>
      <strong class="sold-card-code">${grouped(card.code)}</strong>
      ${valid && html`<span class="soft">${valid}</span>`}
    </span>
    <button type="button" class="icon-button" aria-label="${t("gift.print")}" title="${t("gift.print")}">${icon("printer")}</button>`;
}

async function showCard(node, line, { signal }) {
  try {
    const card = await gift_cards_read(line.gift_card_id, { signal });
    render(node, cardMarkup(line, card));
    const columns = session.state.store?.receipt_columns ?? COLUMNS;
    node.querySelector("button").addEventListener("click", () => printText(slip(line, card, columns), columns), { signal });
  } catch (error) {
    if (error.kind !== "cancelled") render(node, html`<span>${t("gift.no_code")} ${faultText(error)}</span>`);
  } finally {
    node.setAttribute("aria-busy", "false");
  }
}

/** Shows them in host, which stays empty when there are none. */
export function mountSoldCards(host, transaction, { signal }) {
  for (const line of transaction.lines.filter(({ gift_card_id }) => gift_card_id)) {
    const node = element(html`<div class="sold-card" aria-busy="true"><span class="soft">${line.name}</span></div>`);
    host.append(node);
    showCard(node, line, { signal });
  }
}
