import { load, predict } from "edge-clv";

await load();
console.log(JSON.stringify(predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 })));
