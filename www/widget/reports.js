// Helpers that tell others the segment of a visitor: its name, and never an amount or an id.
// None is called unless the store asks for it.

/** To Google Tag Manager, as an event of the data layer. Consent is the container's affair. */
export function pushToDataLayer(segment) {
  (globalThis.dataLayer ??= []).push({ event: "clv_segment", clv_segment: segment });
  return true;
}

/**
 * To Shopify's web pixels, if the visitor allows analytics. Returns whether it was published:
 * where the customer privacy API is not loaded nobody has allowed anything.
 */
export function publishToShopify(segment) {
  const { analytics, customerPrivacy } = globalThis.Shopify ?? {};
  const allowed = customerPrivacy?.analyticsProcessingAllowed?.() === true;
  if (!allowed || !analytics?.publish) return false;
  analytics.publish("clv_segment", { segment });
  return true;
}

/** What Shopify tells the document when the visitor has decided. */
export const CONSENT_EVENT = "visitorConsentCollected";

/** By their names in the attribute `report`. */
export const REPORTS = { "data-layer": pushToDataLayer, shopify: publishToShopify };
