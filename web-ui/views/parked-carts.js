/*
 * Carts that wait: putting the one on the counter aside, and taking one up again.
 */
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultNotice, faultText } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { formatDateTime } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { playFault } from "../lib/sound.js";
import { uuidv7 } from "../lib/uuid.js";
import { cart } from "../stores/cart.js";
import { parked } from "../stores/parked.js";
import { session } from "../stores/session.js";

const holdMarkup = () => html`
  <form class="ask" novalidate>
    <p class="soft">${t("parked.hold_text")}</p>
    <div class="field"><label for="parked-label">${t("parked.label")}</label>
      <input class="input" id="parked-label" name="label" maxlength="100" autocomplete="off" aria-describedby="parked-fault"></div>
    <p class="ask-note" id="parked-fault" aria-live="polite"></p>
    <button class="button" data-kind="primary" data-size="large" data-wide data-submit>${t("parked.hold")}</button>
  </form>`;

/** Puts the cart aside. */
export function openHold() {
  const dialog = openDialog({ title: t("parked.hold"), name: "hold", body: holdMarkup() });
  const id = uuidv7(); // The same in every try: the cart waits once.
  const form = dialog.body.querySelector("form");
  const submit = form.querySelector("[data-submit]");
  const note = form.querySelector(".ask-note");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.getAttribute("aria-busy") === "true") return;
    submit.setAttribute("aria-busy", "true");
    try {
      await parked.hold(id, form.elements.label.value.trim());
      dialog.close(true);
      toast(t("parked.held"));
    } catch (error) {
      submit.removeAttribute("aria-busy");
      note.dataset.kind = "fault";
      note.textContent = faultText(error);
      playFault();
    }
  });
  form.elements.label.focus();
  return dialog.closed;
}

function row(held) {
  const names = held.cart.lines.length;
  const name = held.label ?? t("parked.unnamed");
  return html`
    <li class="parked">
      <button type="button" class="parked-take" data-take="${held.id}" ?disabled="${!cart.isEmpty}">
        <span class="customer-sign">${icon("bag")}</span>
        <span class="customer-text"><strong>${name}</strong>
          <span class="soft">${t("cart.items", { count: names })} · ${held.created_by.name} · ${formatDateTime(held.created_at, session.timeZone)}</span></span>
        <strong class="amount">${formatMoney(held.total, held.currency)}</strong>
      </button>
      <button type="button" class="icon-button" data-discard="${held.id}" aria-label="${t("parked.discard", { name })}" title="${t("parked.discard", { name })}">${icon("trash")}</button>
    </li>`;
}

/** Shows the carts that wait; one is taken up when the counter is empty. */
export function openParked() {
  const dialog = openDialog({ title: t("parked.title"), kind: "sheet", name: "parked" });

  function show() {
    const { list } = parked.state;
    render(dialog.body, list.length === 0 ? emptyNotice("bag", t("parked.none"), t("parked.none_text")) : html`
      ${!cart.isEmpty && html`<p class="banner" role="note">${icon("alert")}<span>${t("parked.not_empty")}</span></p>`}
      <ul class="parked-list">${list.map(row)}</ul>`);
  }

  async function load() {
    try {
      await parked.load({ signal: dialog.signal });
      show();
      dialog.body.querySelector("[data-take]:not(:disabled)")?.focus();
    } catch (error) {
      if (error.kind !== "cancelled") render(dialog.body, faultNotice(error));
    }
  }

  async function act(button, what) {
    if (dialog.body.getAttribute("aria-busy") === "true") return false;
    dialog.body.setAttribute("aria-busy", "true");
    button.setAttribute("aria-busy", "true");
    try {
      await what();
      return true;
    } catch (error) {
      playFault();
      // The server says who has it.
      toast(error.code === "parked_cart_taken" ? error.detail : faultText(error), { kind: "fault" });
      load();
      return false;
    } finally {
      dialog.body.removeAttribute("aria-busy");
      button.removeAttribute("aria-busy");
    }
  }

  dialog.body.addEventListener("click", async ({ target }) => {
    const take = target.closest("[data-take]");
    const discard = target.closest("[data-discard]");
    if (target.closest("[data-retry]")) load();
    if (take && await act(take, () => parked.resume(take.dataset.take))) dialog.close(true);
    // Twice: what is thrown away does not come back.
    if (discard && discard.dataset.sure === undefined) {
      discard.dataset.sure = "";
      discard.setAttribute("aria-label", t("parked.sure"));
      discard.title = t("parked.sure");
      toast(t("parked.sure"));
    } else if (discard && await act(discard, () => parked.discard(discard.dataset.discard))) {
      show();
    }
  });
  load();
  return dialog.closed;
}
