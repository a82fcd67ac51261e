const { loadSync, predict } = require("edge-clv");

loadSync();
console.log(JSON.stringify(predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 })));
