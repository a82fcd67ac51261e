// Compiled, never run: the types of the slim entry and of the script tag's.
import * as main from "edge-clv";
import "edge-clv/iife";
import address from "edge-clv/clv.wasm";
import * as slim from "edge-clv/slim";

const bytes = Uint8Array.of(0);
const compiled = new WebAssembly.Module(bytes);
const loading: Promise<void> = slim.load("./clv.wasm");
await slim.load(new URL("https://shop.example/clv.wasm"));
await slim.load(fetch("./clv.wasm"));
await slim.load(await fetch("./clv.wasm"));
await slim.load(bytes);
await slim.load(bytes.buffer);
await slim.load(WebAssembly.compile(bytes));
await slim.load(compiled);
await slim.load(address);
slim.loadSync(compiled);
slim.loadSync(new DataView(bytes.buffer));

// One and the same for both.
const model: main.Model = slim.defaultModel();
const mine: slim.Model = new main.Model(model.toJSON());
const answer: slim.Answer = globalThis.edgeClv.predict(main.newCustomer);
await edgeClv.load();
void [loading, mine, answer];

// @ts-expect-error it carries no wasm
slim.load();
// @ts-expect-error an address takes waiting
slim.loadSync("./clv.wasm");
// @ts-expect-error which what is imported may be
slim.loadSync(address);
// @ts-expect-error nor can it be a number
slim.load(5);
// @ts-expect-error this one has its wasm
main.load("./clv.wasm");
// @ts-expect-error as has this
edgeClv.loadSync(bytes);
// @ts-expect-error what belongs to the entries alone
main.loadFrom;
