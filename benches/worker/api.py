"""The peer: what a Python shop would serve, FastAPI with pickled models of lifetimes.

`python api.py MODEL.json FOLDER` pickles the models; `uvicorn api:app` serves them.
"""

import json
import os
import sys
from pathlib import Path

from lifetimes import BetaGeoFitter, GammaGammaFitter

FITTERS = {"bg_nbd": BetaGeoFitter, "gamma_gamma": GammaGammaFitter}

if __name__ == "__main__":
    import pandas as pd

    model, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    for name, fitter in FITTERS.items():
        fitted = fitter()
        fitted.params_ = pd.Series(model[name])
        fitted.save_model(folder / f"{name}.pickle", save_data=False)
else:
    from fastapi import FastAPI
    from pydantic import BaseModel, ConfigDict, Field, model_validator

    PURCHASES, PROFIT = (fitter() for fitter in FITTERS.values())
    PURCHASES.load_model(Path(os.environ["PICKLED"], "bg_nbd.pickle"))
    PROFIT.load_model(Path(os.environ["PICKLED"], "gamma_gamma.pickle"))

    class Profile(BaseModel):
        model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

        frequency: float = Field(ge=0)
        recency: float = Field(ge=0)
        T: float = Field(ge=0)
        monetary_value: float = Field(gt=0)

        @model_validator(mode="after")
        def ordered(self):
            if self.recency > self.T:
                raise ValueError("recency <= T")
            if (self.recency == 0) != (self.frequency == 0):
                raise ValueError("recency = 0 exactly when frequency = 0")
            if self.frequency != int(self.frequency):
                raise ValueError("frequency is a whole number")
            return self

    app = FastAPI()

    @app.post("/predict")
    async def predict(profile: Profile):
        x, t_x, T, m_x = profile.frequency, profile.recency, profile.T, profile.monetary_value
        profit = float(PROFIT.conditional_expected_average_profit(x, m_x))
        horizons = []
        for days in (30.0, 90.0):
            within = PURCHASES.conditional_expected_number_of_purchases_up_to_time
            purchases = float(within(days, x, t_x, T))
            horizons.append(
                {
                    "days": days,
                    "expected_purchases": purchases,
                    "customer_lifetime_value": purchases * profit,
                }
            )
        return {
            "probability_alive": float(PURCHASES.conditional_probability_alive(x, t_x, T)),
            "expected_average_profit": profit,
            "horizons": horizons,
        }
