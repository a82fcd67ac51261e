import { promisify } from "node:util";
import webpack from "webpack";

const stats = await promisify(webpack)({
  mode: "production",
  entry: { main: "./main.js", slim: "./slim.js" },
});
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
