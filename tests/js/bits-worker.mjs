// A Worker that answers with the digests of its bits.
import { bits } from "./bits.mjs";
import models from "./bits-models.json";
import * as edgeClv from "./workerd.js";

export default {
  fetch: async () => new Response(await bits(edgeClv, models)),
};
