declare global {
  /** What `edge-clv` exports, once this script has run. */
  var edgeClv: typeof import("./index.js");
}

export {};
