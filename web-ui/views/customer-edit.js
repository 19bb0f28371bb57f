/*
 * One customer in a form: new, or as it was read.  Only what was changed is sent
 * (a merge patch), at the version that was read.
 */
import { customer_groups_list } from "../api/customer-groups.js";
import { customers_create, customers_read, customers_update } from "../api/customers.js";
import { listAll } from "../api/pages.js";
import { openDialog } from "../components/dialog.js";
import {
  changesOf, checkedValues, checks, clearFaults, field, input, readAmount, showFaults, textarea,
} from "../components/form.js";
import { faultText } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { currencySymbol, formatPlain } from "../lib/money.js";
import { session } from "../stores/session.js";

/** The kinds of advertising that a customer may agree to, with their texts. */
export const CONSENTS = { marketing_email: "customer.marketing_email", marketing_sms: "customer.marketing_sms" };

const KINDS = Object.keys(CONSENTS);

/** A customer in the shape of the form: what is absent is null. */
function shapeOf(customer) {
  const { tax_exemption: exemption, consent } = customer;
  return {
    name: customer.name ?? "",
    company: customer.company ?? null,
    phone: customer.phone ?? null,
    email: customer.email ?? null,
    address: customer.address ?? null,
    birthday: customer.birthday ?? null,
    group_ids: customer.group_ids ?? [],
    tax_exemption: exemption ? {
      reason: exemption.reason,
      certificate: exemption.certificate ?? null,
      valid_until: exemption.valid_until ?? null,
    } : null,
    account_limit: customer.account_limit ?? 0,
    notes: customer.notes ?? null,
    consent: Object.fromEntries(KINDS.map((kind) => [kind, consent?.[kind] ?? false])),
  };
}

function consentChecks(consent) {
  return checks("consent", t("customer.consent"), KINDS.map((kind) => [kind, t(CONSENTS[kind])]),
    KINDS.filter((kind) => consent[kind]));
}

function exemptionFields(exemption) {
  return html`
    <fieldset class="field wide" id="edit-tax_exemption">
      <legend class="label">${t("customer.exemption")}</legend>
      <div class="customer-exemption">
        <input class="input" name="exemption_reason" value="${exemption?.reason ?? ""}" maxlength="200" autocomplete="off" placeholder="${t("customer.exemption_reason")}" aria-label="${t("customer.exemption_reason")}">
        <input class="input" name="exemption_certificate" value="${exemption?.certificate ?? ""}" maxlength="100" autocomplete="off" placeholder="${t("customer.exemption_certificate")}" aria-label="${t("customer.exemption_certificate")}">
        <input class="input" type="date" name="exemption_until" value="${exemption?.valid_until ?? ""}" aria-label="${t("customer.exemption_until")}" title="${t("customer.exemption_until")}">
      </div>
      <span class="fault" id="edit-tax_exemption-fault"></span>
    </fieldset>`;
}

function body(shape) {
  const symbol = currencySymbol(session.currency);
  const limit = shape.account_limit ? formatPlain(shape.account_limit, session.currency) : "";
  return html`
    <form class="edit" novalidate>
      <div class="wide" data-message></div>
      ${field("name", t("customer.name"), input("name", shape.name, html`maxlength="200" required`), { wide: true })}
      ${field("phone", t("customer.phone"), input("phone", shape.phone ?? "", html`maxlength="40" type="tel"`))}
      ${field("email", t("customer.email"), input("email", shape.email ?? "", html`maxlength="254" type="email" spellcheck="false"`))}
      ${field("company", t("customer.company"), input("company", shape.company ?? "", html`maxlength="200"`))}
      ${field("birthday", t("customer.birthday"), input("birthday", shape.birthday ?? "", html`type="date"`))}
      ${field("address", t("customer.address"), textarea("address", shape.address ?? "", html`maxlength="500"`), { wide: true })}
      <div class="wide" data-groups></div>
      ${exemptionFields(shape.tax_exemption)}
      ${field("account_limit", t("customer.account_limit", { symbol }), input("account_limit", limit, html`inputmode="decimal"`),
        { hint: t("customer.account_limit_hint") })}
      ${consentChecks(shape.consent)}
      ${field("notes", t("customer.notes"), textarea("notes", shape.notes ?? "", html`maxlength="2000"`), { wide: true })}
      <div class="dialog-actions">
        <button type="button" class="button" data-close>${t("action.cancel")}</button>
        <button class="button" data-kind="primary">${t("action.save")}</button>
      </div>
    </form>`;
}

/** Groups come a moment later; until then those of the customer stay as they are. */
async function showGroups(form, shape) {
  const host = form.querySelector("[data-groups]");
  try {
    const groups = (await listAll(customer_groups_list, { archived: "include" }))
      .filter((group) => !group.archived || shape.group_ids.includes(group.id));
    if (!groups.length || !form.isConnected) return;
    render(host, checks("group_ids", t("customer.groups"), groups.map((group) => [group.id, group.name]), shape.group_ids));
    host.dataset.loaded = "";
  } catch {
    // Without the right to read groups there is no choice of them.
  }
}

function readExemption(form) {
  const value = (name) => form.elements[name].value.trim() || null;
  const exemption = {
    reason: value("exemption_reason"),
    certificate: value("exemption_certificate"),
    valid_until: value("exemption_until"),
  };
  return Object.values(exemption).some(Boolean) ? exemption : null;
}

/** The form in the API's shape, and what is wrong with it. */
function read(form, before) {
  const faults = [];
  const value = (name) => form.elements[name].value.trim() || null;
  const chosen = checkedValues(form, "consent");
  const after = {
    name: value("name") ?? "",
    company: value("company"),
    phone: value("phone"),
    email: value("email"),
    address: value("address"),
    birthday: value("birthday"),
    group_ids: "loaded" in form.querySelector("[data-groups]").dataset ? checkedValues(form, "group_ids") : before.group_ids,
    tax_exemption: readExemption(form),
    account_limit: readAmount(form, "account_limit", { faults }) ?? 0,
    notes: value("notes"),
    consent: Object.fromEntries(KINDS.map((kind) => [kind, chosen.includes(kind)])),
  };
  if (!after.name) faults.push({ pointer: "/name", detail: t("edit.required") });
  if (after.tax_exemption && !after.tax_exemption.reason) {
    faults.push({ pointer: "/tax_exemption", detail: t("customer.exemption_needs_reason") });
  }
  return { after, faults };
}

/**
 * customer: as read, or null for a new one, which may begin with a `name`.
 * Answers the saved customer, or undefined.
 */
export function openCustomer(customer, { name = "" } = {}) {
  let version = customer?.version;
  const before = shapeOf(customer ?? { name: "" });
  const dialog = openDialog({
    title: customer ? t("customer.edit") : t("customer.new"),
    kind: "sheet",
    name: "customer",
    body: body(customer ? before : { ...before, name }),
  });
  const form = dialog.body.querySelector("form");
  showGroups(form, before);
  if (!customer) form.elements.name.focus();

  async function save(send, button) {
    button.setAttribute("aria-busy", "true");
    clearFaults(form);
    try {
      const saved = await send();
      toast(t("edit.saved", { name: saved.name }));
      dialog.close(saved);
    } catch (error) {
      if (error.code === "version_mismatch") {
        // What is typed stays; saving again puts it, and nothing else, on top of the newer version.
        const fresh = await customers_read(customer.id).catch(() => null);
        if (fresh) version = fresh.version;
        showFaults(form, [], t("customer.changed_elsewhere"));
      } else {
        showFaults(form, error.errors ?? [], faultText(error));
      }
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearFaults(form);
    const { after, faults } = read(form, before);
    if (faults.length) {
      showFaults(form, faults);
      return;
    }
    const button = form.querySelector('[data-kind="primary"]');
    const changes = changesOf(before, after);
    if (!customer) save(() => customers_create(changes), button);
    else if (Object.keys(changes).length === 0) dialog.close();
    else save(() => customers_update(customer.id, version, changes), button);
  });
  return dialog.closed;
}
