// Compiled, never run: what the package's types accept, and what they refuse.
import {
  Model,
  defaultModel,
  load,
  loadSync,
  newCustomer,
  predict,
  predictBatch,
  type Answer,
  type BatchAnswer,
  type ColumnName,
  type InputError,
  type ModelFile,
  type PredictRequest,
  type Profile,
} from "edge-clv";
import "edge-clv/widget";
import {
  ClvScore,
  historyOfOrders,
  profileOfOrders,
  publishToShopify,
  pushToDataLayer,
} from "edge-clv/widget";

await load();
loadSync();

const request: PredictRequest = { frequency: 5, recency: 200, T: 300, monetary_value: 45.5 };
const answer: Answer = predict(request);
const value: number | undefined = answer.horizons[1]?.customer_lifetime_value;
const residual: number | undefined = answer.residual_lifetime_value;
const segment: string = answer.segment;
predict({ frequency: 0, recency: 0, T: 10 }, { horizons: [30, 90, 365], residual: true });
predict({ ...request, horizons: [7] as const, residual: false });

const column = Float64Array.of(1);
const batch: BatchAnswer = predictBatch(
  { frequency: column, recency: column, T: column },
  { columns: ["probability_alive", "customer_lifetime_value"], horizons: [30] },
);
const row: number | undefined = batch.errors[0]?.row;
const bands: Uint8Array | undefined = batch.segment;

// What was asked for is there, and what was not is not.
const columns = { frequency: column, recency: column, T: column };
const usual = predictBatch(columns, { exact: true, reuse: batch });
const names: string[] = usual.segments;
const purchases: Float64Array | undefined = usual.horizons[0]?.expected_purchases;
const chosen = predictBatch(columns, { columns: ["residual_lifetime_value", "expected_purchases"] });
const residuals: Float64Array = chosen.residual_lifetime_value;
// @ts-expect-error it was not asked for
usual.residual_lifetime_value;
// @ts-expect-error nor was this
chosen.segment;
// @ts-expect-error nor this, of a horizon
chosen.horizons[0]?.customer_lifetime_value;
// Of a list that is made at run time any column may be there.
const some = predictBatch(columns, { columns: ["segment", "probability_alive"].slice(1) as ColumnName[] });
const perhaps: Uint8Array | undefined = some.segment;
// @ts-expect-error it may be missing
some.segment.length;

const endless: number = predict(request, { residual: true }).residual_lifetime_value;
const too: number = defaultModel().predict({ ...request, residual: true }).residual_lifetime_value;
// @ts-expect-error it may be missing
predict(request, { residual: Math.random() < 0.5 }).residual_lifetime_value.toFixed();

const file: ModelFile = defaultModel().toJSON();
const mine: Model = new Model(file);
const version: string = mine.version;
mine.predict(request);
const path: Float64Array = mine.probabilityAlivePath([12, 40], new Set([100, 200]));
const counts: Float64Array = mine.probabilitiesOfCounts(newCustomer, 10, 90);
const median: number = mine.timeToNextPurchase(request);
predictBatch({ frequency: path, recency: counts, T: path }, { exact: median > 3 });
mine.free();

try {
  predict(request);
} catch (error) {
  const pointer: string | undefined = (error as InputError).errors[0]?.pointer;
  void pointer;
}

const badge: ClvScore = document.createElement("clv-score");
badge.frequency = 5;
badge.monetaryValue = null;
badge.addEventListener("clv:score", (event) => {
  const alive: number = event.detail.probability_alive;
  void alive;
});
badge.addEventListener("clv:error", (event) => void event.detail.message);
badge.addEventListener("clv:ready", (event) => void event.detail);
badge.orders = [{ date: "2025-01-01", amount: 29.33 }, { date: new Date(), amount: "9.73" }];
badge.orders = null;
badge.model = file;
badge.model = mine;
badge.until = "2025-09-30";
badge.headless = true;
badge.report = "data-layer shopify";
const scored: Profile | null = badge.profile;
const summed: Profile = profileOfOrders([{ date: 20250101, amount: 5 }], "2025-09-30");
const days: number[] = historyOfOrders([{ date: "20250101", amount: 5 }]).purchases.map((each) => each.day);
mine.probabilityAlivePath(days.slice(1), [summed.T]);
const sent: boolean = pushToDataLayer(segment) || publishToShopify(segment);
void [scored, summed, sent];
// @ts-expect-error an order has an amount
badge.orders = [{ date: "2025-01-01" }];
// @ts-expect-error the profile is for reading
badge.profile = null;
// @ts-expect-error not a model file
badge.model = { id: "mine" };

// @ts-expect-error T is needed
predict({ frequency: 5, recency: 200 });
// @ts-expect-error a number, not text
predict({ frequency: "5", recency: 200, T: 300 });
// @ts-expect-error t is not T
predict({ frequency: 5, recency: 200, T: 300, t: 300 });
// @ts-expect-error an option that does not exist
predict(request, { horizon: 30 });
// @ts-expect-error columns are Float64Arrays
predictBatch({ frequency: [1], recency: [1], T: [1] });
// @ts-expect-error not the name of a column
predictBatch({ frequency: column, recency: column, T: column }, { columns: ["alive"] });
// @ts-expect-error the model's names cannot be changed
mine.version = "0";
// @ts-expect-error q is missing
new Model({ ...file, gamma_gamma: { p: 1, v: 1 } });
// @ts-expect-error the last answer is for reading
badge.result = null;
// @ts-expect-error not a number
badge.frequency = "5";

void [value, residual, segment, row, bands, version];
void [names, purchases, residuals, perhaps, endless, too];
// @ts-expect-error the days are needed
mine.expectedPurchases(request);
// @ts-expect-error nobody may change it
newCustomer.T = 5;
