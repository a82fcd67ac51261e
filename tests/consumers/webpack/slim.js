import { load, predict } from "edge-clv/slim";

load(new URL("edge-clv/clv.wasm", import.meta.url)).then(() => {
  const answer = predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 });
  document.body.dataset.answer = JSON.stringify(answer);
});
