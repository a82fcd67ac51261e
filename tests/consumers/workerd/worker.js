import { loadSync, predict } from "edge-clv";

loadSync();

export default {
  fetch: () => Response.json(predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 })),
};
