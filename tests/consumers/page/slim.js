// The test puts before it how to come by `address`, as the package's README tells it.
import { load, predict } from "edge-clv/slim";

load(address).then(() => {
  const answer = predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 });
  document.body.dataset.answer = JSON.stringify(answer);
});
