// The floor for any wasm in Node: the four columns copied into its memory, six copied out.
import { customers, REPETITIONS } from "./files.mjs";
import { columns, nanoseconds } from "./measure.mjs";

const profiles = Object.values(columns(customers("cdnow")));
const rows = profiles[0].length;
const memory = new WebAssembly.Memory({ initial: Math.ceil((rows * 10 * 8) / 65536) });
const inside = Array.from(
  { length: 10 },
  (_, i) => new Float64Array(memory.buffer, i * rows * 8, rows),
);
const answers = Array.from({ length: 6 }, () => new Float64Array(rows));

const times = nanoseconds(Number(REPETITIONS), rows, () => {
  profiles.forEach((column, i) => inside[i].set(column));
  answers.forEach((column, i) => column.set(inside[profiles.length + i]));
});
console.log(JSON.stringify({ times: { "cdnow, copy": times }, samples: {} }));
