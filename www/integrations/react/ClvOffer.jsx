"use client";
// An offer by what a customer will be worth, scored in the browser. On a server that renders the
// page it is the fallback, and stays that until the score is there.
import { load, predict } from "edge-clv";
import { useEffect, useState } from "react";

const NOTHING_YET = { answer: null, error: null };

/**
 * The answer for a profile, as `{ answer, error }`; both null until it is there, and while there
 * is no profile.
 */
export function useClv(profile, options) {
  // A new object with the same numbers is no new question.
  const asked = JSON.stringify([profile ?? null, options]);
  const [{ of, ...state }, setState] = useState({ of: null, ...NOTHING_YET });
  useEffect(() => {
    let wanted = true;
    const [profile, options] = JSON.parse(asked);
    const tell = (state) => wanted && setState({ of: asked, ...NOTHING_YET, ...state });
    if (profile) {
      load()
        .then(() => tell({ answer: predict(profile, options ?? undefined) }))
        .catch((error) => tell({ error }));
    }
    return () => {
      wanted = false;
    };
  }, [asked]);
  // What is known of the profile before is not shown for this one.
  return of === asked ? state : NOTHING_YET;
}

/**
 * What `offers` has for the customer's segment, otherwise `fallback`.
 *
 *   <ClvOffer profile={{ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 }}
 *     offers={{ vip: <PrivateSale />, core: <FreeDelivery /> }} fallback={<Welcome />} />
 */
export function ClvOffer({ profile, offers, fallback = null, onError = console.warn }) {
  const { answer, error } = useClv(profile);
  useEffect(() => {
    if (error) onError(error);
  }, [error, onError]);
  return (answer && offers[answer.segment]) ?? fallback;
}
