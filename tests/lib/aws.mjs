// What MyPOS needs of AWS, on this machine: DynamoDB Local for DynamoDB, moto for the rest, with signatures and
// IAM policies enforced by the latter.
//
//     const aws = await Aws.start();                    // or, of a process that with-aws.mjs runs, its own
//     const env = await aws.shop(dataDir);              // the environment of a server: MYPOS_LEDGER=dynamodb, …
//     …
//     await aws.drop(dataDir);                          // its tables
//     await aws.stop();
//
// Whatever has a data directory of its own has a shop of its own: its table prefix, bucket, topic and log group
// are named after that directory, so that a server that is started again, and a command beside it, find them.
// Instances of one shop (MYPOS_DATA differs) are given the name of the shop instead.
import { createHash, randomUUID } from 'node:crypto';
import { AwsClient, AwsError, element } from './aws-client.mjs';
import { startDynamodbLocal } from './dynamodb-local.mjs';
import { startMoto } from './moto.mjs';
import { WITHIN_MS } from './wait.mjs';
import { tableDefinitions } from '../../packaging/aws/tables.mjs';

// Not the one that everything defaults to, so that a forgotten region shows.
const REGION = 'eu-central-1';
const ACCOUNT = '123456789012'; // moto's
// Whom servers are instead of the tests' user (lib/role.mjs): {environment (null for none), credentials}.
const SERVER = JSON.parse(process.env.MYPOS_TEST_AWS_SERVER ?? 'null');
// What servers use of it; fewer, to look for a fault: MYPOS_TEST_AWS_PARTS=ledger,notify.
const PARTS = (process.env.MYPOS_TEST_AWS_PARTS ?? 'ledger,images,notify,cloudwatch').split(',');

/** An environment in which no tool finds other credentials or endpoints than these. */
function environmentOf({ credentials, moto, dynamodb }) {
    return {
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: undefined,
        AWS_PROFILE: undefined,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL: moto,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    };
}

export class Aws {
    static #ofThisProcess;
    #services = [];
    #shops = new Map();

    /** Starts the services. */
    static async start() {
        const started = await Promise.allSettled([startMoto(), startDynamodbLocal()]);
        const services = started.filter(({ value }) => value).map(({ value }) => value);
        const failed = started.find(({ reason }) => reason);
        if (failed) {
            await Promise.all(services.map((service) => service.stop()));
            throw failed.reason;
        }
        const [moto, dynamodb] = services;
        const aws = new Aws(environmentOf({ credentials: moto.credentials, moto: moto.url, dynamodb: dynamodb.url }));
        aws.#services = services;
        return aws;
    }

    /** Those that with-aws.mjs started around this process, else its own, which end with it. */
    static shared() {
        Aws.#ofThisProcess ??= process.env.MYPOS_TEST_AWS ? Promise.resolve(new Aws(process.env)) : Aws.start();
        return Aws.#ofThisProcess;
    }

    constructor(env) {
        const names = Object.keys(environmentOf({ credentials: {} }));
        this.environment = Object.fromEntries(names.map((name) => [name, env[name]]));
        this.client = new AwsClient({
            region: env.AWS_REGION,
            credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
            endpoints: { default: env.AWS_ENDPOINT_URL, dynamodb: env.AWS_ENDPOINT_URL_DYNAMODB },
        });
    }

    /** What servers sign with. */
    get serverCredentials() {
        return SERVER?.credentials ?? this.client.credentials;
    }

    /** The environment of a shop's servers; makes its bucket, topic and log group at the first call. */
    shop(name) {
        if (!this.#shops.has(name)) {
            this.#shops.set(name, this.#make(name));
        }
        return this.#shops.get(name);
    }

    async #make(name) {
        const id = Aws.idOf(name);
        const bucket = `mypos-${id}`;
        const [topic] = await Promise.all([
            this.client.sns('CreateTopic', { Name: `mypos-${id}` }),
            this.client.s3('PUT', `/${bucket}`, {
                body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
            }).catch(Aws.#unlessThere),
            this.client.logs('CreateLogGroup', { logGroupName: `/mypos/${id}` }).catch(Aws.#unlessThere),
        ]);
        const parts = {
            ledger: { MYPOS_LEDGER: 'dynamodb', MYPOS_TABLE_PREFIX: `mypos-${id}-` },
            images: { MYPOS_IMAGES: 's3', MYPOS_S3_BUCKET: bucket },
            notify: { MYPOS_NOTIFY: 'sns', MYPOS_SNS_TOPIC_ARN: element(topic, 'TopicArn') },
            cloudwatch: { MYPOS_CLOUDWATCH: 'on', MYPOS_LOG_GROUP: `/mypos/${id}` },
        };
        const env = Object.assign({ ...this.environment }, ...PARTS.map((part) => parts[part]));
        if (!SERVER) {
            return env;
        }
        // A role that is worth the name makes no tables.
        await Promise.all(tableDefinitions().map(({ Table }) => this.client.dynamodb('CreateTable', { ...Table, TableName: env.MYPOS_TABLE_PREFIX + Table.TableName })));
        return Object.fromEntries(Object.entries({ ...env, ...SERVER.environment }).map(([variable, value]) => [variable, value ?? undefined]));
    }

    static idOf(name) {
        return createHash('sha256').update(name).digest('hex').slice(0, 16);
    }

    static #unlessThere(error) {
        if (!(error instanceof AwsError && /Already(Exists|OwnedByYou)/.test(error.code))) {
            throw error;
        }
    }

    async tables(name) {
        const prefix = `mypos-${Aws.idOf(name)}-`;
        const tables = [];
        let after;
        do {
            const page = await this.client.dynamodb('ListTables', { ExclusiveStartTableName: after });
            tables.push(...page.TableNames.filter((table) => table.startsWith(prefix)));
            after = page.LastEvaluatedTableName;
        } while (after);
        return tables;
    }

    /** Drops a shop's tables; the rest is small, and goes with the services. */
    async drop(name) {
        const tables = await this.tables(name);
        await Promise.all(tables.map((table) => this.client.dynamodb('DeleteTable', { TableName: table })));
        this.#shops.delete(name);
    }

    /** Everything that a shop's tables hold, as DynamoDB writes it: [{table, item}]. */
    async *items(name) {
        for (const table of await this.tables(name)) {
            let after;
            do {
                const page = await this.client.dynamodb('Scan', {
                    TableName: table, ConsistentRead: true, ExclusiveStartKey: after,
                });
                yield* page.Items.map((item) => ({ table, item }));
                after = page.LastEvaluatedKey;
            } while (after);
        }
    }

    /** The keys of a new user who may do what the statements of a policy say. */
    async user(statements) {
        const name = `mypos-${randomUUID()}`;
        await this.client.iam('CreateUser', { UserName: name });
        await this.client.iam('PutUserPolicy', {
            UserName: name, PolicyName: 'all', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
        });
        const key = await this.client.iam('CreateAccessKey', { UserName: name });
        return { accessKeyId: element(key, 'AccessKeyId'), secretAccessKey: element(key, 'SecretAccessKey') };
    }

    /** A queue with whatever is published to a shop's topic from now on; filter: the subscription's policy. */
    async subscribe(name, filter) {
        const { MYPOS_SNS_TOPIC_ARN: topic } = await this.shop(name);
        const queue = `mypos-${randomUUID()}`;
        const { QueueUrl } = await this.client.sqs('CreateQueue', { QueueName: queue });
        await this.client.sns('Subscribe', {
            TopicArn: topic,
            Protocol: 'sqs',
            Endpoint: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`,
            ...(filter ? {
                'Attributes.entry.1.key': 'FilterPolicy',
                'Attributes.entry.1.value': JSON.stringify(filter),
            } : {}),
        });
        return new Subscription(this.client, QueueUrl);
    }

    async stop() {
        await Promise.all(this.#services.map((service) => service.stop()));
    }
}

export class Subscription {
    constructor(client, url) {
        Object.assign(this, { client, url });
    }

    /** What has come: [{id, message (parsed JSON where it is), attributes: {name: value}}]. */
    async take() {
        const { Messages = [] } = await this.client.sqs('ReceiveMessage', {
            QueueUrl: this.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 0,
        });
        for (const { ReceiptHandle } of Messages) {
            await this.client.sqs('DeleteMessage', { QueueUrl: this.url, ReceiptHandle });
        }
        return Messages.map(({ Body }) => {
            const { MessageId: id, Message, MessageAttributes = {} } = JSON.parse(Body);
            const attributes = Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]);
            let message = Message;
            try {
                message = JSON.parse(Message);
            } catch { /* plain text */ }
            return { id, message, attributes: Object.fromEntries(attributes) };
        });
    }

    /** Takes until `enough` of the messages says so; all of them. */
    async until(enough) {
        const all = [];
        const end = Date.now() + WITHIN_MS;
        while (!enough(all)) {
            if (Date.now() > end) {
                throw new Error(`these are all that came: ${JSON.stringify(all).slice(0, 4000)}`);
            }
            const more = await this.take();
            all.push(...more);
            if (more.length === 0) {
                await new Promise((resolve) => { setTimeout(resolve, 100); });
            }
        }
        return all;
    }
}
