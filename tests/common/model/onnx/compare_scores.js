// usage: NODE_PATH=... node compare_scores.js DIRECTORY
// Scores the rows of every NAME.json there by NAME.onnx in the ONNX Runtime: each output must be as close to ours as
// two orders of summing float64 are, and texts and indices the same.
"use strict";
const fs = require("fs");
const path = require("path");
const ort = require("onnxruntime-node");

const kTolerance = 1e-9;  // Of the larger of 1 and the score.

function tensorOf(input) {
  if (input.texts) return new ort.Tensor("string", input.texts, [input.texts.length, 1]);
  const numbers = Float64Array.from(input.numbers, (x) => (x === null ? NaN : x));
  return new ort.Tensor("float64", numbers, [numbers.length, 1]);
}

// How far apart the two are: 0 for equal texts and indices, infinite for different ones and for what is no number.
function distance(actual, expected) {
  if (typeof expected === "string") return actual === expected ? 0 : Infinity;
  if (typeof actual === "bigint") return Number(actual) === expected ? 0 : Infinity;
  const apart = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  return Number.isNaN(apart) ? Infinity : apart;
}

async function check(directory, name) {
  const { inputs, rows } = JSON.parse(fs.readFileSync(path.join(directory, `${name}.json`), "utf8"));
  const session = await ort.InferenceSession.create(path.join(directory, `${name}.onnx`), { logSeverityLevel: 3 });
  const outputs = await session.run(Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input)])));
  const expectedNames = Object.keys(rows[0]).sort();
  if (JSON.stringify(Object.keys(outputs).sort()) !== JSON.stringify(expectedNames)) {
    throw new Error(`${name} gives ${Object.keys(outputs)}, expected ${expectedNames}`);
  }
  let worst = 0, where = "";
  for (const [output, tensor] of Object.entries(outputs)) {
    const columns = tensor.dims[1];
    if (tensor.dims[0] !== rows.length) throw new Error(`${name}.${output} has ${tensor.dims[0]} rows`);
    rows.forEach((row, i) => {
      const expected = [row[output]].flat();
      if (expected.length !== columns) throw new Error(`${name}.${output} has ${columns} columns`);
      expected.forEach((value, j) => {
        const actual = tensor.data[i * columns + j];
        const apart = distance(actual, value);
        if (apart <= worst) return;
        worst = apart;
        where = `${output}[${i},${j}] is ${actual} and not ${value}`;
      });
    });
  }
  const names = Object.keys(outputs).join(", ");
  console.log(`${name}: ${rows.length} rows, ${names}; furthest apart ${worst.toExponential(1)}`);
  if (!(worst <= kTolerance)) throw new Error(`${name}: ${where}`);
}

async function main() {
  const directory = process.argv[2];
  const names = fs.readdirSync(directory).filter((file) => file.endsWith(".onnx")).map((file) => path.parse(file).name);
  if (names.length === 0) throw new Error(`no model in ${directory}`);
  let failures = 0;
  for (const name of names.sort()) {
    await check(directory, name).catch((error) => {
      console.error(`FAILED ${error.message}`);
      failures += 1;
    });
  }
  process.exit(failures === 0 ? 0 : 1);
}

main();
