// usage: validate.js NODE_MODULES < objects.json     (a JSON array of Kubernetes objects)
// Prints what the schemas of Kubernetes and of the Prometheus operator have against each, unknown fields included, and
// exits with 1 where that is anything. The schemas are code that reads every field it knows, so that a field which
// nobody has read is one that nobody knows.
"use strict";
const path = require("path");
const modules = path.resolve(process.argv[2]);

// A value that notes in `read` the path of every field that is read.
function watched(value, where, read) {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== "string" || !Object.hasOwn(target, key)) return Reflect.get(target, key);
      read.add(`${where}/${key}`);
      return watched(target[key], `${where}/${key}`, read);
    },
  });
}

function* fieldsOf(value, where) {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield `${where}/${key}`;
    yield* fieldsOf(inner, `${where}/${key}`);
  }
}

function faultsBy(validate, object, where) {
  const read = new Set();
  try {
    validate(watched(object, where, read));
  } catch (error) {
    return [error.message.replaceAll("data/", `${where}/`)];
  }
  const unknown = [...fieldsOf(object, where)].filter((field) => !read.has(field));
  // Of an unknown field, what is inside is no news.
  const outermost = unknown.filter((field) => !unknown.some((outer) => field.startsWith(`${outer}/`)));
  return outermost.map((field) => `${field} is not a field`);
}

// The judge of a kind: of `apps/v1 Deployment`, kubernetes-models/apps/v1/Deployment.
function schemaOf(apiVersion, kind) {
  const ofPrometheus = apiVersion.startsWith("monitoring.coreos.com/");
  const library = ofPrometheus ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
  const model = require(path.join(modules, library, apiVersion, kind))[kind];
  return (object) => model.prototype.validate.call(object);
}

// Kubeflow's MPIJob, of which there is no package: the fields that we use, and pods by Kubernetes' own schema.
function mpiJobFaults(job) {
  const Ajv = require(path.join(modules, "ajv")).default;
  const judge = new Ajv({ allErrors: true }).compile(require("./mpi_job.schema.json"));
  if (!judge(job)) return judge.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  const podTemplate = schemaOf("v1", "PodTemplateSpec");
  return Object.entries(job.spec.mpiReplicaSpecs).flatMap(([role, replica]) =>
    faultsBy(podTemplate, replica.template, `/spec/mpiReplicaSpecs/${role}/template`));
}

function faultsOf(object) {
  const { apiVersion, kind } = object;
  if (`${apiVersion} ${kind}` === "kubeflow.org/v2beta1 MPIJob") return mpiJobFaults(object);
  let schema;
  try {
    schema = schemaOf(apiVersion, kind);
  } catch {
    return [`there is no ${kind} in ${apiVersion}`];
  }
  return faultsBy(schema, object, "");
}

const objects = JSON.parse(require("fs").readFileSync(0, "utf8"));
const faults = objects.flatMap((object) =>
  faultsOf(object).map((fault) => `${object.kind} ${object.metadata?.name}: ${fault}`));
for (const fault of faults) console.log(fault);
process.exit(faults.length === 0 ? 0 : 1);
