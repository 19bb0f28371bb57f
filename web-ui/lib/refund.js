/*
 * What comes back for a part of a line: the rule of the server (api/core/refund.h).
 * What has gone back depends only on how much has come back, so a refund is the
 * difference of that after and before it.
 */
import { MAX_DECIMALS, add } from "./decimal.js";
import { roundCash } from "./settlement.js";

function units(decimal) {
  const [whole, fraction = ""] = decimal.split(".");
  return BigInt(whole + fraction.padEnd(MAX_DECIMALS, "0"));
}

/* amount × part ÷ whole, half up. */
function share(amount, part, whole) {
  return whole === 0n ? 0n : (BigInt(amount) * part * 2n + whole) / (whole * 2n);
}

function backOf(line, quantity) {
  const whole = units(line.quantity);
  const part = units(quantity);
  if (line.tax_exemption) return share(line.total, part, whole); // the server spreads what the exemption took off
  const gross = share(line.gross, part, whole);
  const net = share(line.gross - line.discount, gross, BigInt(line.gross));
  return line.taxes.filter((tax) => !tax.inclusive)
    .reduce((sum, tax) => sum + share(tax.amount, part, whole), net);
}

/** Minor units for a quantity of a line of which `left` has not come back yet. */
export function refundOfLine(line, left, quantity) {
  const before = add(line.quantity, `-${left}`);
  return Number(backOf(line, add(before, quantity)) - backOf(line, before));
}

/**
 * Where a sum goes that is paid back on the original tenders, in the order in
 * which the server has them: [{type, amount, original_tender?}].  Cash comes
 * last and in coins.
 */
export function refundTenders(tenders, total, increment = 0) {
  let rest = total;
  return tenders.flatMap((tender) => {
    const wanted = tender.type === "cash" ? roundCash(rest, increment) : rest;
    const amount = Math.min(tender.amount, wanted);
    rest = tender.type === "cash" ? 0 : rest - amount;
    return amount > 0 ? [{ ...tender, amount }] : [];
  });
}
