{% macro wrap(open='(', close=')') -%}
  {{ open }}{{ caller() }}{{ close }}
{%- endmacro %}

{% macro many(a, b=2, c=none) -%}
  {{ a }}/{{ b }}/{{ c }}/{{ varargs | join('+') }}/{{ kwargs | tojson }}
{%- endmacro %}

{% macro gives() %}{{ return({'k': [1, 2, {'x': 'y'}], 'f': 1.5, 'n': none, 't': true}) }}{% endmacro %}

{% macro early(n) %}
  {% for i in range(10) %}{% if i == n %}{{ return(i * 10) }}{% endif %}{% endfor %}
  never
{% endmacro %}

{% macro recurse(n) -%}{% if n > 0 %}{{ n }},{{ recurse(n - 1) }}{% endif %}{%- endmacro %}

{% macro dispatched(x) %}{{ return(adapter.dispatch('dispatched')(x)) }}{% endmacro %}
{% macro default__dispatched(x) %}default {{ x }}{% endmacro %}
{% macro duckdb__dispatched(x) %}duckdb {{ x }}{% endmacro %}

{% macro default__string_literal(value) %}'mine: {{ value }}'{% endmacro %}

{% macro guarded() %}
  {% if execute %}{{ return('at run time') }}{% else %}{{ return('while parsing') }}{% endif %}
{% endmacro %}
