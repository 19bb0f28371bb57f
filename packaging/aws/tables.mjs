// Writes tables.json, the stack of the tables, from migrations/dynamodb/*.json: the same source that `mypos migrate`
// makes them from.
//
//     node packaging/aws/tables.mjs            writes it
//     node packaging/aws/tables.mjs --check    fails when it is not what would be written
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SOURCES = path.join(HERE, '../../migrations/dynamodb');
const TARGET = path.join(HERE, 'tables.json');

/** The definitions by file name: {Table, TimeToLive, PointInTimeRecovery}, requests of DynamoDB's API. */
export function tableDefinitions() {
    return readdirSync(SOURCES).filter((name) => name.endsWith('.json')).sort()
        .map((name) => JSON.parse(readFileSync(path.join(SOURCES, name), 'utf8')));
}

const logicalId = (name) => name.split('-').map((word) => word[0].toUpperCase() + word.slice(1)).join('');

// What a table is created with has the same names in CloudFormation; time to live and recovery have others.
function resource({ Table: { TableName, ...table }, TimeToLive, PointInTimeRecovery }) {
    return {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: {
            TableName: { 'Fn::Sub': `\${TablePrefix}${TableName}` },
            ...table,
            ...(TimeToLive && { TimeToLiveSpecification: TimeToLive }),
            ...(PointInTimeRecovery && { PointInTimeRecoverySpecification: PointInTimeRecovery }),
            DeletionProtectionEnabled: { 'Fn::If': ['Protected', true, false] },
        },
    };
}

export function template() {
    const tables = tableDefinitions();
    return {
        AWSTemplateFormatVersion: '2010-09-09',
        Description: 'MyPOS: the tables. Made by packaging/aws/tables.mjs from migrations/dynamodb; change those.',
        Parameters: {
            TablePrefix: { Type: 'String', Description: 'What the names of the tables begin with' },
            DeletionProtection: {
                Type: 'String', Description: 'true: a table refuses to be deleted', AllowedValues: ['true', 'false'],
            },
        },
        Conditions: { Protected: { 'Fn::Equals': [{ Ref: 'DeletionProtection' }, 'true'] } },
        Resources: Object.fromEntries(tables.map((table) => [logicalId(table.Table.TableName), resource(table)])),
        Outputs: Object.fromEntries(tables.map(({ Table: { TableName } }) => [
            logicalId(TableName), { Value: { Ref: logicalId(TableName) } },
        ])),
    };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const wanted = `${JSON.stringify(template(), null, 2)}\n`;
    if (process.argv[2] !== '--check') {
        writeFileSync(TARGET, wanted);
    } else if (readFileSync(TARGET, 'utf8') !== wanted) {
        console.error('packaging/aws/tables.json is not what migrations/dynamodb say: node packaging/aws/tables.mjs');
        process.exit(1);
    }
}
