// What every answer of the Worker's own says, and worker/openapi.json, to hold answers against.
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { text } from "./support.mjs";

const document = JSON.parse(text("worker/openapi.json"));
// It has keys beside those of schemas.
const schemas = new Ajv2020({ strict: false, validateSchema: false });
schemas.addSchema(document, "document");

/** Asserts that a problem document, and the headers it came with, are as the document says. */
export function assertDescribed(status, headers, problem) {
  const told = document.components.responses[`Problem${status}`];
  assert.ok(told, `the document knows no ${status}`);
  const place = `document#/components/responses/Problem${status}/content/application~1problem+json/schema`;
  const valid = schemas.getSchema(place);
  assert.ok(valid(problem), `${JSON.stringify(problem)}: ${schemas.errorsText(valid.errors)}`);
  for (const [name, { required }] of Object.entries(told.headers ?? {})) {
    if (required) assert.notEqual(headers.get(name), null, `${status} without ${name}`);
  }
}

/** Asserts what every answer says, whoever asks. */
export function secured({ headers }) {
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.match(headers.get("content-security-policy"), /default-src 'none'/);
  assert.match(headers.get("vary"), /\bOrigin\b/);
}
