import { load, predict } from "edge-clv";

export const runtime = "edge";

export async function GET() {
  await load();
  return Response.json(predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 }));
}
