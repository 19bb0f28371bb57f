#include "core/loyalty.h"

#include "core/money.h"
#include "core/wide.h"

int64_t loyalty_earned(const struct loyalty_rule *rule, int64_t amount)
{
    if (rule->points_per_amount <= 0 || amount <= 0) {
        return 0;
    }
    const int64_t points = amount / rule->points_per_amount;
    return points < LOYALTY_POINTS_MAX ? points : LOYALTY_POINTS_MAX;
}

bool loyalty_value(const struct loyalty_rule *rule, int64_t points, int64_t *amount)
{
    return rule->point_value > 0 && points >= 0 &&
           !__builtin_mul_overflow(points, rule->point_value, amount) && *amount <= MONEY_MAX;
}

int64_t loyalty_burnable(const struct loyalty_rule *rule, int64_t amount)
{
    if (rule->point_value <= 0 || amount <= 0) {
        return 0;
    }
    const int64_t points = amount / rule->point_value;
    return points < LOYALTY_POINTS_MAX ? points : LOYALTY_POINTS_MAX;
}

/* Has everything come back? Of a sale whose total is 0 only `complete` can tell. */
static bool is_whole(const struct loyalty_return *so_far)
{
    return so_far->complete || (so_far->total > 0 && so_far->returned >= so_far->total);
}

/* points × part ÷ whole, rounded down; 0 ≤ part ≤ whole. */
static int64_t share(int64_t points, int64_t part, int64_t whole)
{
    return whole > 0 ? (int64_t)((wide_uint)points * (wide_uint)part / (wide_uint)whole) : 0;
}

int64_t loyalty_taken_back(int64_t earned, const struct loyalty_return *so_far)
{
    if (is_whole(so_far)) {
        return earned;
    }
    const int64_t kept = share(earned, so_far->total - so_far->returned, so_far->total);
    return so_far->total > 0 ? earned - kept : 0;
}

int64_t loyalty_given_back(int64_t burned, const struct loyalty_return *so_far)
{
    return is_whole(so_far) ? burned : share(burned, so_far->returned, so_far->total);
}
