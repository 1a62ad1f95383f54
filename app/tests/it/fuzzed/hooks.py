"""What the fuzzer knows beyond the API's description: real things to name, and calls that are right.

The test that starts it writes them, as JSON, where REGIA_FUZZ_FIXTURES says, and finds what every
operation answered where REGIA_FUZZ_MET says.
"""

import atexit
import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from zlib import crc32

import schemathesis
from schemathesis.core import NOT_SET

FIXTURES = json.loads(Path(os.environ["REGIA_FUZZ_FIXTURES"]).read_text(encoding="utf-8"))
SPARE = {path: list(pool["spare"]) for path, pool in FIXTURES["pools"].items()}
MET = defaultdict(Counter)
# Carried by calls that are right as they stand, until they are sent.
RIGHT = "X-Right"


@schemathesis.serializer("text/csv")
def csv(_, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogateescape")


@schemathesis.hook
def before_add_examples(context, examples):
    operation = context.operation
    for call in FIXTURES["calls"].get(operation.label, []):
        examples.append(
            operation.Case(
                path_parameters=call.get("path"),
                query=call.get("query"),
                headers={RIGHT: "yes", **call.get("headers", credential(operation.label))},
                body=call.get("body", NOT_SET),
                media_type=call.get("type", "application/json" if "body" in call else None),
            )
        )


@schemathesis.hook
def before_call(context, case, _):
    if case.headers.pop(RIGHT, None):
        return
    label = context.operation.label
    case.headers.update(credential(label))
    # The same case meets the same things when it is tried again.
    drawn = crc32(repr((label, case.path_parameters, case.query, case.body)).encode(errors="replace"))
    name_things(case, drawn)
    case.query = with_real(case.query, drawn)
    case.body = with_real(case.body, drawn >> 8)
    # It finds its own address in the answers, and would shut itself out.
    if isinstance(case.body, dict):
        case.body.pop("even_my_own", None)


@schemathesis.hook
def after_call(context, case, response):
    MET[context.operation.label][str(response.status_code)] += 1


@atexit.register
def tell():
    Path(os.environ["REGIA_FUZZ_MET"]).write_text(json.dumps(MET), encoding="utf-8")


def credential(label):
    """That of the operation, else of the longest address that it stands below."""
    path = label.partition(" ")[2]
    fitting = [key for key in FIXTURES["credentials"] if key == label or path.startswith(key)]
    return FIXTURES["credentials"][max(fitting, key=len)]


def name_things(case, drawn):
    """Three of four cases name what exists. What ends a thing gets one that nobody else needs."""
    fitting = [path for path in FIXTURES["pools"] if case.path == path or case.path.startswith(path + "/")]
    if not fitting:
        return
    path = max(fitting, key=len)
    pool, spare = FIXTURES["pools"][path], SPARE[path]
    ends = f"{case.method.upper()} {case.path}" in FIXTURES["ends"]
    if ends and spare and drawn % 4:
        name(case, spare.pop())
    elif not ends and pool["kept"] and drawn % 4:
        name(case, pool["kept"][drawn // 4 % len(pool["kept"])])
    elif case.method.upper() != "GET" and is_needed(case, pool, ends):
        name(case, pool["absent"])


def name(case, thing):
    case.path_parameters = {**case.path_parameters, **thing}


def is_needed(case, pool, ends):
    """Whether chance has drawn something that has to stay as it is."""
    needed = pool["guarded"] + (pool["kept"] if ends else [])
    drawn = {name: str(value) for name, value in case.path_parameters.items()}
    return any(all(drawn.get(name) == str(value) for name, value in thing.items()) for thing in needed)


def with_real(values, drawn):
    """Half of the members that name a thing name one that exists."""
    if not isinstance(values, dict):
        return values
    real = {}
    for place, (name, value) in enumerate(values.items()):
        known = FIXTURES["fields"].get(name)
        if known and drawn >> place & 1:
            real[name] = known[drawn // 2 % len(known)]
        else:
            real[name] = with_real(value, drawn)
    return real
