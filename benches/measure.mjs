// What the JavaScript contestants share, on any host.

/** Nanoseconds for one of `count` customers, of each of some runs after two that warm up. */
export function nanoseconds(repetitions, count, run) {
  run();
  run();
  return Array.from({ length: repetitions }, () => {
    const start = performance.now();
    run();
    return ((performance.now() - start) * 1e6) / count;
  });
}

/** The columns in a file of customers, one after the other. */
export function columns(buffer) {
  const rows = buffer.byteLength / 32;
  const column = (i) => new Float64Array(buffer, i * rows * 8, rows);
  return { frequency: column(0), recency: column(1), T: column(2), monetary_value: column(3) };
}

/** Some rows of every answer. */
export function sample(answers, size) {
  const some = (column) => {
    const every = Math.floor(column.length / Math.min(column.length, size));
    return Array.from(column.filter((_, row) => row % every === 0));
  };
  return Object.fromEntries(
    Object.entries(answers).map(([name, column]) => [name, some(column)]),
  );
}
