"""What schemathesis has to be told besides the document."""

import csv
import io
import json
import pathlib

import jsonschema_rs
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

DOCUMENT = json.loads(
    (pathlib.Path(__file__).parents[2] / "worker/openapi.json").read_text(encoding="utf-8")
)

# Rules between values, which no JSON Schema can state: only for these a request that the schema
# allows may be refused.
BEYOND_THE_SCHEMA = {
    "recency <= T",
    "horizons increase",
    "is given once",
    "horizon is one of the horizons",
}

LINES = ("application/x-ndjson", "text/csv")

# Of CSV and NDJSON the document says in words what they are. Here they are customers, most of them
# right, and what else could stand in a cell or on a line.
numbers = st.floats(min_value=0, max_value=1000) | st.integers(0, 50)
names = st.text(max_size=8) | st.integers()
customers = st.lists(
    st.fixed_dictionaries(
        {"cohort": names, "frequency": st.integers(0, 50), "recency": numbers, "T": numbers},
        optional={"monetary_value": numbers},
    ),
    max_size=5,
)
odd_lines = st.text(max_size=20) | st.sampled_from(
    ["{", "null", "[]", '"x"', "1e999", "{}", " ", "\ufeff"]
)


@st.composite
def ndjson(draw):
    lines = [json.dumps(row) for row in draw(customers)]
    lines = draw(st.permutations(lines + draw(st.lists(odd_lines, max_size=2))))
    return draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(lines).encode()


@st.composite
def table(draw):
    columns = draw(st.permutations(["cohort", "frequency", "recency", "T", "monetary_value"]))
    rows = [[row.get(column, "") for column in columns] for row in draw(customers)]
    rows += draw(st.lists(st.lists(st.text(max_size=8), max_size=8), max_size=1))
    out = io.StringIO()
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    csv.writer(out, lineterminator=ending).writerows([columns, *rows])
    return out.getvalue().encode()


schemathesis.openapi.media_type("application/x-ndjson", ndjson())
schemathesis.openapi.media_type("text/csv", table())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Only /cohorts has cohorts; whatever else takes customers has them by another name."""
    if case.media_type in LINES and isinstance(case.body, bytes):
        if not case.operation.path.endswith("/cohorts"):
            case.body = case.body.replace(b"cohort", b"id")


@schemathesis.hook
def map_body(context, body):
    """What is refused most often for its order alone is put in order, so that more is answered."""
    if isinstance(body, dict):
        listed = body.get("customers")
        for profile in [body, *(listed if isinstance(listed, list) else [])]:
            in_order(profile)
        horizons = body.get("horizons")
        if isinstance(horizons, list) and all(map(is_number, horizons)):
            body["horizons"] = sorted(horizons)
    return body


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def in_order(profile):
    if isinstance(profile, dict) and all(is_number(profile.get(key)) for key in ("recency", "T")):
        if 0 <= profile["T"] < profile["recency"]:
            profile["T"] = profile["recency"]


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """An example would have to be bytes where bodies are; the Worker's own tests send each."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            for media_type in LINES:
                content.get(media_type, {}).pop("examples", None)


line = jsonschema_rs.validator_for(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "oneOf": [
            {"$ref": "#/components/schemas/Scored"},
            {"$ref": "#/components/schemas/Refused"},
        ],
        "components": DOCUMENT["components"],
    }
)


@schemathesis.check
def every_row_is_answered(ctx, response, case):
    """NDJSON in NDJSON: a line for each, as the document says."""
    answered = response.headers.get("content-type", [""])[0]
    if response.status_code != 200 or answered != "application/x-ndjson":
        return
    rows = [json.loads(row) for row in response.content.decode().split("\n") if row]
    for row in rows:
        line.validate(row)
        assert row["model"]["id"] == response.headers["x-model"][0]
    if case.media_type == "application/x-ndjson" and isinstance(case.body, bytes):
        sent = [row for row in case.body.split(b"\n") if row.strip(b" \t\r\n\x0c")]
        assert len(rows) == len(sent), f"{len(rows)} answers to {len(sent)} lines"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, AcceptedNegativeData):
        # What was to be a wrong body is one of those made above, which are right.
        nothing_wrong = (f"custom media type: {case.media_type}", "component: positive test case")
        if case.media_type in LINES and any(words in failure.message for words in nothing_wrong):
            return False
        # A customer who breaks a rule is refused in its place, and the others are scored.
        if response.status_code == 200 and "/customers" in failure.message:
            return json.loads(response.content)["refused"] == 0
        # Too many of something is refused as too large, which the check does not know.
        return response.status_code != 413
    if isinstance(failure, RejectedPositiveData) and response.status_code == 422:
        errors = json.loads(response.content)["errors"]
        return not {error["rule"] for error in errors} <= BEYOND_THE_SCHEMA
    return True
