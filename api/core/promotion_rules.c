/* Promotions at work: steps 3 and 5 of core/pricing.h, by the rules of core/promotion.h. */
#include "core/pricing_steps.h"

void pricing_promote_lines(struct pricing *pricing)
{
    (void)pricing;
}

void pricing_promote_basket(struct pricing *pricing)
{
    (void)pricing;
}
