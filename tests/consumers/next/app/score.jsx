"use client";

import { load, predict } from "edge-clv";
import "edge-clv/widget";
import { useEffect } from "react";

export function Score() {
  useEffect(() => {
    load().then(() => {
      const answer = predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 });
      document.body.dataset.answer = JSON.stringify(answer);
    });
  }, []);
  return <clv-score frequency="5" recency="200" t="300" monetary-value="45.5" />;
}
