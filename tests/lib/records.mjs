// Records of sales and refunds: what must hold of each alone, and of a sale and its refunds together.
import assert from 'node:assert/strict';

/** The sum of numbers. */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** What holds of every record, alone. */
export function checkRecord(record) {
    const taxes = record.lines.flatMap((line) => line.taxes);
    assert.equal(record.subtotal, sum(record.lines.map((line) => line.gross)));
    assert.equal(record.discount_total, sum(record.lines.map((line) => line.discount)));
    assert.equal(record.tax_total, sum(taxes.map((tax) => tax.amount)));
    assert.equal(record.total, sum(record.lines.map((line) => line.total)) + record.rounding);
    assert.equal(record.total, record.subtotal - record.discount_total + record.tax_total - record.tax_included + record.rounding);
    assert.equal(sum(record.tenders.map((tender) => tender.amount)) - record.change, record.total);
    for (const line of record.lines) {
        const amounts = [line.gross, line.discount, line.total, ...line.taxes.flatMap((tax) => [tax.base, tax.amount])];
        assert.ok(amounts.every((amount) => amount >= 0), JSON.stringify(line));
        assert.equal(line.discount, sum((line.discounts ?? []).map((discount) => discount.amount)));
        assert.equal(line.total, line.gross - line.discount - (line.tax_exemption?.amount ?? 0)
            + sum(line.taxes.filter((tax) => !tax.inclusive).map((tax) => tax.amount)));
    }
}

/** A decimal quantity in units of 10^-5. */
export const units = (quantity) => Math.round(Number(quantity) * 1e5);
/** The same as text. */
export const decimal = (quantity) => String(quantity / 1e5);

/** All amounts of a sale's line, by what they are; to compare sums of refunds with the sale. */
function amountsOf(line) {
    return {
        quantity: units(line.quantity),
        gross: line.gross,
        discount: line.discount,
        total: line.total,
        ...Object.fromEntries(line.taxes.flatMap((tax, i) => [[`base ${i}`, tax.base], [`tax ${i}`, tax.amount]])),
    };
}

/** What of each tender of a sale was paid: cash less change, the others by their number. */
function paidOf(record) {
    const paid = new Map();
    record.tenders.forEach((tender, index) => {
        const key = tender.type === 'cash' ? 'cash' : tender.original_tender ?? (record.type === 'sale' ? index + 1 : tender.type);
        paid.set(key, (paid.get(key) ?? 0) + tender.amount - (tender.type === 'cash' ? record.change : 0));
    });
    return paid;
}

/** The refunds of a sale never exceed it, and when all came back they are it. */
export function checkConserved(sale, refunds, { complete }) {
    const returned = sale.lines.map((line) => Object.fromEntries(Object.keys(amountsOf(line)).map((name) => [name, 0])));
    const paid = paidOf(sale);
    const back = new Map();
    for (const refund of refunds) {
        checkRecord(refund);
        for (const line of refund.lines) {
            for (const [name, amount] of Object.entries(amountsOf(line))) {
                returned[line.original_line - 1][name] += amount;
            }
        }
        for (const [key, amount] of paidOf(refund)) {
            back.set(key, (back.get(key) ?? 0) + amount);
        }
    }
    sale.lines.forEach((line, i) => {
        for (const [name, amount] of Object.entries(amountsOf(line))) {
            assert.ok(returned[i][name] <= amount, `${name} of line ${i + 1}: ${returned[i][name]} > ${amount}`);
        }
    });
    const elsewhere = ['store_credit', 'exchange'];
    for (const [key, amount] of back) {
        assert.ok(elsewhere.includes(key) || amount <= paid.get(key), `${key}: ${amount} > ${paid.get(key)}`);
    }
    const total = sum(refunds.map((refund) => refund.total));
    assert.ok(total <= sale.total);
    if (complete) {
        assert.deepEqual(returned, sale.lines.map(amountsOf));
        assert.equal(total, sale.total);
        assert.equal(sum(refunds.map((refund) => refund.rounding)), sale.rounding);
    }
}
