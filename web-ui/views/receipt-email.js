/*
 * Asks for a customer's address and sends the receipt there.  The server says
 * at once that it will; whether a mail server took it is asked for a while, and
 * only told when it did not.
 */
import { receipt_emails_create, receipt_emails_read } from "../api/receipt-emails.js";
import { openDialog } from "../components/dialog.js";
import { faultText } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { playFault } from "../lib/sound.js";
import { uuidv7 } from "../lib/uuid.js";

const LOOKS = 5;
const LOOK_MS = 3000;

const markup = () => html`
  <form class="ask" novalidate>
    <div class="field">
      <label for="receipt-to">${t("receipt.email_address")}</label>
      <input class="input" id="receipt-to" type="email" name="to" maxlength="254" autocomplete="off" spellcheck="false"
        required aria-describedby="receipt-to-fault">
    </div>
    <p class="ask-note" id="receipt-to-fault" aria-live="polite"></p>
    <button class="button" data-kind="primary" data-size="large" data-wide data-send>${t("receipt.email_send")}</button>
  </form>`;

async function watch(transaction_id, id) {
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
    try {
      const { state, to } = await receipt_emails_read(transaction_id, id);
      if (state === "failed") toast(t("receipt.email_failed", { to }), { kind: "fault" });
      if (state !== "queued") return;
    } catch {
      return; // The server has the wish; nobody needs to be bothered.
    }
  }
}

/** gift: whether the receipt goes without prices. */
export function openReceiptEmail(transaction_id, { gift }) {
  const dialog = openDialog({ title: t("receipt.email_title"), name: "receipt-email", body: markup() });
  const id = uuidv7(); // The same in every try: it is sent once.
  const form = dialog.body.querySelector("form");
  const field = form.elements.to;
  const note = form.querySelector(".ask-note");
  const send = form.querySelector("[data-send]");

  function blame(text) {
    note.dataset.kind = "fault";
    note.textContent = text;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    playFault();
  }

  form.addEventListener("input", () => {
    field.removeAttribute("aria-invalid");
    note.textContent = "";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.getAttribute("aria-busy") === "true") return;
    field.value = field.value.trim();
    if (!field.checkValidity()) {
      blame(t("receipt.email_fault"));
      return;
    }
    send.setAttribute("aria-busy", "true");
    try {
      await receipt_emails_create(transaction_id, { id, to: field.value, gift });
      dialog.close(true);
      toast(t("receipt.email_queued", { to: field.value }));
      watch(transaction_id, id);
    } catch (error) {
      send.removeAttribute("aria-busy");
      blame(error.code === "validation_failed" ? t("receipt.email_fault") : faultText(error));
    }
  });
  field.focus();
  return dialog.closed;
}
