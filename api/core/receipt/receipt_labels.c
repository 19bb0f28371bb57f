/*
 * The words of receipts, language by language. Those of one language stand together: a translator needs
 * nothing else.
 */
#include "core/receipt/receipt.h"

const struct receipt_labels receipt_labels_english = {
    .language = "en",
    .decimal_mark = '.',
    .copy = "COPY",
    .gift = "GIFT RECEIPT",
    .refund = "REFUND",
    .voided = "VOID",
    .receipt = "Receipt",
    .original = "Original receipt",
    .exchange = "Exchange with",
    .offline_number = "Offline number",
    .date = "Date",
    .register_code = "Register",
    .cashier = "Cashier",
    .tax_number = "Tax no.",
    .tare = "Tare",
    .regular_price = "Regular price",
    .weight_unit = "kg",
    .discount = "Discount",
    .subtotal = "Subtotal",
    .discounts = "Discounts",
    .taxes = "Tax",
    .rounding = "Rounding",
    .total = "TOTAL",
    .total_refunded = "REFUNDED",
    .total_voided = "VOIDED",
    .change = "Change",
    .tip = "Tip",
    .cash = "Cash",
    .card = "Card",
    .gift_card = "Gift card",
    .store_credit = "Store credit",
    .customer_account = "On account",
    .exchanged = "Exchange",
    .other = "Other",
    .tax = "Tax",
    .net = "Net",
    .tax_amount = "Tax",
    .gross = "Gross",
    .other_taxes = "Other taxes",
    .reason = "Reason",
    .tax_exempt = "Tax exempt",
    .points_earned = "Points earned",
    .points_used = "Points used",
};

const struct receipt_labels receipt_labels_german = {
    .language = "de",
    .decimal_mark = ',',
    .copy = "KOPIE",
    .gift = "GESCHENKBELEG",
    .refund = "ERSTATTUNG",
    .voided = "STORNO",
    .receipt = "Beleg",
    .original = "Ursprungsbeleg",
    .exchange = "Umtausch mit",
    .offline_number = "Offline-Nummer",
    .date = "Datum",
    .register_code = "Kasse",
    .cashier = "Bedienung",
    .tax_number = "Steuer-Nr.",
    .tare = "Tara",
    .regular_price = "Regulärer Preis",
    .weight_unit = "kg",
    .discount = "Rabatt",
    .subtotal = "Zwischensumme",
    .discounts = "Rabatte",
    .taxes = "Steuer",
    .rounding = "Rundung",
    .total = "SUMME",
    .total_refunded = "ERSTATTET",
    .total_voided = "STORNIERT",
    .change = "Rückgeld",
    .tip = "Trinkgeld",
    .cash = "Bar",
    .card = "Karte",
    .gift_card = "Gutschein",
    .store_credit = "Guthaben",
    .customer_account = "Auf Rechnung",
    .exchanged = "Umtausch",
    .other = "Sonstige",
    .tax = "Steuer",
    .net = "Netto",
    .tax_amount = "Steuer",
    .gross = "Brutto",
    .other_taxes = "Weitere Steuern",
    .reason = "Grund",
    .tax_exempt = "Steuerfrei",
    .points_earned = "Punkte gesammelt",
    .points_used = "Punkte eingelöst",
};

static const struct receipt_labels *const languages[] = {&receipt_labels_english, &receipt_labels_german};

/* Whether a tag is of a language: "de" and "de-AT" are German (RFC 4647, basic filtering). */
static bool is_of(const char *tag, const char *language)
{
    for (; *language != '\0'; tag++, language++) {
        if ((*tag | 0x20) != *language) {
            return false;
        }
    }
    return *tag == '\0' || *tag == '-';
}

const struct receipt_labels *receipt_labels_of(const char *language)
{
    for (size_t i = 0; language != NULL && i < sizeof languages / sizeof *languages; i++) {
        if (is_of(language, languages[i]->language)) {
            return languages[i];
        }
    }
    return NULL;
}
