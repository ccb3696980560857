{%- set cols = ['a', 'b', 'c'] -%}
{%- set ns = namespace(total=0) -%}
{%- do cols.append('d') -%}
{% for c in cols if c != 'b' -%}
{% set ns.total = ns.total + loop.index -%}
-- {{ loop.index }}/{{ loop.length }} {{ c | upper }}{{ ',' if not loop.last }}
{% else %}none{% endfor %}
select {{ ns.total }} as total,
'{{ many(1, 'x', 3, 4, 5, z=9) }}' as many,
{% call wrap('[', ']') %}1{% endcall %} as called,
'{{ gives()['k'][2].x }} {{ gives().f }} {{ gives().n }} {{ gives()['t'] }}' as given,
{{ early(4) }} as early, '{{ recurse(3) }}' as recursed, '{{ dispatched(1) }}' as dispatched, '{{ guarded() }}' as guarded,
{{ dbt.string_literal('overridden') }} as overridden,
'{{ var("nested") }}' as nested, '{{ var("nope", "fallback") }}' as fallback,
'{{ [3, 1, 2] | sort | join("-") }}' as sorted, '{{ "a,b".split(",")[1] }}' as split, '{{ "%s-%02d" % ("x", 7) }}' as fmt,
'{{ {"b": 1, "a": [1, none, true]} | tojson }}' as j, '{{ fromjson('{"x": [1, 2]}').x[1] }}' as fj, '{{ local_md5("x") }}' as md5,
'{{ zip([1, 2], ["a", "b"]) | list }}' as zipped, '{{ set([1, 1]) | list }}' as st, '{{ toyaml({"a": [1, "x: y"]}) | replace("\n", "|") }}' as ty,
'{{ modules.datetime.datetime(2024, 1, 31, 5, 6).strftime("%Y/%m/%d %H:%M %j %A") }}' as dt,
'{{ modules.datetime.date(2024, 2, 28) + modules.datetime.timedelta(days=2) }}' as dd,
'{{ (modules.datetime.datetime.strptime("20240301", "%Y%m%d") - modules.datetime.datetime(2024, 2, 1)).days }}' as days,
'{{ modules.re.sub("[^a-z]+", "_", "Ab c-d") }} {{ modules.re.match("(a+)(b*)", "aab").group(1) }} {{ modules.re.findall("[0-9]", "a1b2") }}' as re,
'{{ this }} {{ this.schema }} {{ this.identifier }} {{ this.include(database=false) }} {{ model.name }} {{ model.config.materialized }}' as me,
'{{ api.Relation.create(database="d", schema="s", identifier="i").quote(schema=false) }}' as rel,
'{{ target.name }} {{ target.schema }} {{ target.type }} {{ flags.FULL_REFRESH }} {{ execute }} {{ project_name }}' as ctx,
'{{ dates_in_range("20240130", "20240202") | join(" ") }} {{ partition_range("20240101,20240103")[2] }}' as range,
{% filter upper %}'filtered {{ 1 + 1 }}'{% endfilter %} as filtered, {% raw %}'{{ raw }}'{% endraw %} as raw,
'{{ "yes" if is_incremental() else "no" }} {{ config.get("materialized") }} {{ config.get("nothing", "dflt") }} {{ adapter.quote("q") }} {{ adapter.type() }}' as misc
{# a comment with {{ ref('nothing') }} #}
from {{ builtins.ref('base') }}
{%- set q %}
  where 1 = 1
{%- endset %}
{{ q }}
