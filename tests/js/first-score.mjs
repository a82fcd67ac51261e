// What a page takes to its first score; given to a fresh one to run.

/** Nanoseconds from the bytes of the package's entry to an answer. */
export async function firstScore(address) {
  // A page that has come to rest: what its own start takes is not the package's.
  await new Promise((rested) => setTimeout(rested, 500));
  const entry = URL.createObjectURL(await (await fetch(address)).blob());
  const start = performance.now();
  const { load, predict } = await import(entry);
  await load();
  predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 });
  return (performance.now() - start) * 1e6;
}

/** Such a page has a clock of microseconds instead of tenths of a millisecond. */
export const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
