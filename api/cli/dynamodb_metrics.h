/* What DynamoDB costs, as metrics: round trips, units and conflicts of each operation. */
#ifndef MYPOS_CLI_DYNAMODB_METRICS_H
#define MYPOS_CLI_DYNAMODB_METRICS_H

#include "aws/dynamodb.h"

/* `dynamodb` is borrowed for ever. */
void dynamodb_metrics_register(struct dynamodb *dynamodb);

#endif
