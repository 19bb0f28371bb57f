// Which calls of DynamoDB belong to an act that a request runs, and which to what goes on beside it.

/** The keys that a call names: partition keys, and the values that a Query asks for; what an update sets is none. */
export function keysOf({ operation, request }) {
    const keys = [];
    JSON.stringify(request, (name, value) => {
        if (name === 'pk' && value?.S) {
            keys.push(value.S);
        }
        return value;
    });
    const asked = operation === 'Query' || operation === 'Scan' ? Object.values(request.ExpressionAttributeValues ?? {}) : [];
    return keys.concat(asked.map(({ S }) => S).filter(Boolean));
}

/** What every process asks again and again while nothing happens. */
export const isPolling = ({ request }) => /catalog-log$/.test(request?.TableName ?? '') || request?.IndexName === 'outbox';

/**
 * Not relays, leases, sweepers, the catalogue's log, and the compaction of histories, which reads one stock item or
 * document at a time (api/ledger/dynamodb/layout.h).
 */
export function isOfTheAct(call) {
    const { operation, request } = call;
    if (!request || !/Item|Query|Scan/.test(operation)) {
        return false;
    }
    const keys = keysOf(call);
    return !(isPolling(call) || keys.every((key) => /^[EL]#/.test(key)) || keys.some((key) => /^H#/.test(key))
        || (operation === 'GetItem' && keys.some((key) => /^[SD]#/.test(key)))
        || (operation === 'Query' && keys.includes('I')));
}
