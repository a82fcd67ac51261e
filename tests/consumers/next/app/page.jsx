// A server component, with a client component in it.
import { load, predict } from "edge-clv";
import { Score } from "./score.jsx";

export default async function Page() {
  await load();
  const answer = predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 });
  return (
    <>
      <pre>{JSON.stringify(answer)}</pre>
      <Score />
    </>
  );
}
