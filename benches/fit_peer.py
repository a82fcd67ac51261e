"""`cargo xtask bench fit`, lifetimes' side; see train/benches/fit.rs."""

import json
import os
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter

answer = {}
for name in ("unfolded", "folded"):
    path = os.path.join(os.environ["CUSTOMERS"], f"{name}.f64")
    x, t_x, age, m, count = np.fromfile(path, dtype="<f8").reshape(5, -1)
    told = x > 0
    seconds = []
    for _ in range(int(os.environ["REPETITIONS"])):
        start = time.perf_counter()
        purchases = BetaGeoFitter().fit(x, t_x, age, weights=count)
        spend = GammaGammaFitter().fit(x[told], m[told], weights=count[told])
        seconds.append(time.perf_counter() - start)
    fit = {
        "purchases": list(purchases.params_),
        "spend": list(spend.params_),
    }
    answer[name] = {"rows": len(x), "seconds": seconds, "fit": fit}
print(json.dumps(answer))
