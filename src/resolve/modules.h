// {{ modules }}: the parts of Python's datetime, re, pytz and itertools that templates use.
#pragma once
#include "base/clock.h"
#include "jinja/value.h"

namespace tidemark::resolve {

jinja::Value make_modules();
jinja::Value make_datetime_module();   // date, datetime, time, timedelta, timezone
jinja::Value make_re_module();         // match, search, fullmatch, sub, subn, split, findall, finditer, compile, escape; flags
jinja::Value make_pytz_module();       // utc, UTC, timezone(name)
jinja::Value make_itertools_module();  // product, chain, combinations, permutations, accumulate, zip_longest, islice, …

jinja::Value make_utc_datetime(WallTime time);  // aware, +00:00

}  // namespace tidemark::resolve
