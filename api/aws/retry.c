#include "aws/retry.h"

#include "base/id.h"

void retry_budget_init(struct retry_budget *budget)
{
    atomic_init(&budget->tokens, RETRY_TOKENS);
}

bool retry_budget_take(struct retry_budget *budget, int cost)
{
    int tokens = atomic_load(&budget->tokens);
    while (tokens >= cost) {
        if (atomic_compare_exchange_weak(&budget->tokens, &tokens, tokens - cost)) {
            return true;
        }
    }
    return false;
}

void retry_budget_give(struct retry_budget *budget, int tokens)
{
    int now = atomic_load(&budget->tokens), then;
    do {
        then = now + tokens > RETRY_TOKENS ? RETRY_TOKENS : now + tokens;
    } while (!atomic_compare_exchange_weak(&budget->tokens, &now, then));
}

int64_t retry_delay_ms(unsigned retry, int64_t base_ms)
{
    int64_t most_ms = base_ms;
    for (unsigned i = 1; i < retry && most_ms < RETRY_DELAY_MAX_MS; i++) {
        most_ms *= 2;
    }
    most_ms = most_ms < RETRY_DELAY_MAX_MS ? most_ms : RETRY_DELAY_MAX_MS;
    uint32_t random;
    random_fill(&random, sizeof random);
    return (int64_t)(random % ((uint64_t)most_ms + 1));
}
