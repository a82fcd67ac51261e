// The address below which it will be served is not known, and there are two pages.
export default {
  base: "./",
  build: { rollupOptions: { input: ["index.html", "slim.html"] } },
};
