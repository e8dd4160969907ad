// What a Node integrator writes: ingest, train, score, with @grpc/grpc-js and the published protos.
// Usage: node client.js PROTO_DIR INGESTION TRAINING INFERENCE; prints one JSON line.
'use strict';
const assert = require('assert');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protoDir, ingestion, training, inference] = process.argv.slice(2);
const load = (file) => grpc.loadPackageDefinition(loader.loadSync(file, {
  includeDirs: [protoDir], keepCase: false, longs: Number, enums: String, defaults: true, oneofs: true,
}));
const area = (name, service) => load(`clientele/${name}.proto`).clientele[service[0]].v1[service[1]];
const client = (address, name, service) => new (area(name, service))(address, grpc.credentials.createInsecure());

const records = client(ingestion, 'ingestion/v1/ingestion_service', ['ingestion', 'IngestionService']);
const jobs = client(training, 'training/v1/training_service', ['training', 'TrainingService']);
const scoring = client(inference, 'inference/v1/scoring_service', ['inference', 'ScoringService']);

const deadline = (seconds) => ({ deadline: Date.now() + seconds * 1000 });
const call = (stub, method, request) => new Promise((resolve, reject) =>
  stub[method](request, deadline(60), (error, response) => (error ? reject(error) : resolve(response))));

function purchases() {
  const result = [];
  for (let customer = 0; customer < 300; ++customer) {
    for (let month = 1; month <= 12; ++month) {
      if (month > 4 && customer % 2 === 1) continue;
      result.push({
        source: 'node', recordId: `${customer}-${month}`, customerId: `c${customer}`,
        eventTimeText: `2023-${String(month).padStart(2, '0')}-1${customer % 9}`,
        transaction: { amountText: `${10 + (customer * 7 + month) % 50}.50` },
      });
    }
  }
  return result;
}

function ingest(all) {
  return new Promise((resolve, reject) => {
    const stream = records.ingestRecords(deadline(60));
    let accepted = 0;
    stream.on('data', (response) => { accepted += response.result.acceptedCount; });
    stream.on('error', reject);
    stream.on('end', () => resolve(accepted));
    for (let begin = 0; begin < all.length; begin += 500) {
      stream.write({ parent: 'tenants/demo', sequence: begin, records: all.slice(begin, begin + 500) });
    }
    stream.end();
  });
}

function watch(name) {
  return new Promise((resolve, reject) => {
    const stream = jobs.watchTrainingJob({ name }, deadline(300));
    let last = null;
    stream.on('data', (job) => { last = job; });
    stream.on('error', reject);
    stream.on('end', () => resolve(last));
  });
}

async function main() {
  const all = purchases();
  const accepted = await ingest(all);
  assert.strictEqual(accepted, all.length);
  const known = { seconds: 4102444800, nanos: 0 };
  const created = await call(jobs, 'createTrainingJob', {
    parent: 'tenants/demo',
    requestId: 'node-1',
    trainingJob: {
      spec: {
        model: 'value',
        dataset: {
          features: ['purchase_days', 'spend_total', 'recency_days'],
          asOf: { seconds: Date.UTC(2023, 7, 1) / 1000, nanos: 0 }, knownAt: known,
          label: { spendWithin: { days: 90 } },
        },
        valueRegression: {},
      },
    },
  });
  const job = await watch(created.name);
  assert.strictEqual(job.state, 'STATE_SUCCEEDED', JSON.stringify(job));
  const score = await call(scoring, 'score', {
    name: job.modelVersion,
    subject: {
      features: [
        { feature: 'purchase_days', value: { number: 7 } },
        { feature: 'spend_total', value: { number: 250 } },
        { feature: 'recency_days', value: { number: 20 } },
      ],
    },
  });
  assert.ok(score.score.value.value > 0);
  await assert.rejects(call(scoring, 'score', { name: 'tenants/demo/models/none', subject: { customerId: 'c0' } }),
    (error) => error.code === grpc.status.NOT_FOUND);
  console.log(JSON.stringify({ accepted, version: job.modelVersion, value: score.score.value.value }));
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
