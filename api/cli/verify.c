/* mypos verify: every invariant of the ledger, checked on the live database. */
#include "cli/verify.h"

#include "cli/cli.h"
#include "cli/open.h"

#include <inttypes.h>
#include <stdio.h>

void verify_print(const struct verify_report *report)
{
    printf("%-72s %10s %8s\n", "invariant", "checked", "broken");
    for (enum verify_invariant i = 0; i < VERIFY_INVARIANT_COUNT; i++) {
        printf("%-72s %10" PRIu64 " %8" PRIu64 "\n", verify_invariant_text(i), report->counts[i].checked,
               report->counts[i].broken);
    }
    const uint64_t told = report->broken < VERIFY_FAULTS_MAX ? report->broken : VERIFY_FAULTS_MAX;
    for (size_t i = 0; i < told; i++) {
        printf("%s%s: %s\n", i == 0 ? "\n" : "", verify_invariant_text(report->faults[i].invariant),
               report->faults[i].text);
    }
    if (report->broken > told) {
        printf("… and %" PRIu64 " more\n", report->broken - told);
    }
    puts(report->broken == 0 ? "\nall hold" : "");
}

int command_verify(const struct config *config, int count, char **arguments)
{
    (void)arguments;
    if (count > 0) {
        return cli_usage("verify");
    }
    struct shop_reading reading;
    if (!shop_open_reading(config, &reading)) {
        return CLI_FAILED;
    }
    struct verify_report report;
    const enum status status = verify_ledger(reading.ledger, &report);
    shop_close_reading(&reading);
    if (status != STATUS_OK) {
        return cli_fail("cannot read the ledger: %s", status_title(status));
    }
    verify_print(&report);
    return report.broken == 0 ? CLI_OK : CLI_FAILED;
}
