/*
 * How far tenders cover a total: the rule of the server (api/core/tender.h).
 *
 * What is not cash is taken first and never beyond what is due.  What is left is
 * due in cash, and only that part is rounded to coins that exist: to the nearest
 * multiple of the store's smallest coin, half up.
 */

/** An amount in coins. */
export function roundCash(amount, increment) {
  if (!(increment > 1)) return amount;
  const beyond = amount % increment;
  return amount - beyond + (beyond * 2 >= increment ? increment : 0);
}

/**
 * due and the tenders' amounts in minor units, increment the smallest coin:
 *
 *   rest      still due when it is not paid in cash
 *   cashRest  still due when it is
 *   rounding  what coins add to the total, or take off, then
 *   excess    what tenders other than cash take too much
 */
export function settle(due, tenders, increment = 0) {
  const sum = (wanted) => tenders.reduce((all, { type, amount }) => all + ((type === "cash") === wanted ? amount : 0), 0);
  const cash = sum(true);
  const left = due - sum(false);
  const inCash = Math.max(0, left);
  const coins = roundCash(inCash, increment);
  return {
    rest: Math.max(0, left - cash),
    cashRest: Math.max(0, coins - cash),
    rounding: coins - inCash,
    excess: Math.max(0, -left),
  };
}
