{% macro cents(x, digits=2) -%}
  round({{ x }} * {{ 10 ** digits }})
{%- endmacro %}

{% macro default__scaled(x) %}({{ x }} * 2 * {{ var('currency') | length }}){% endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {%- if node.name.startswith('tmp_') -%}{{ node.name }}_alias{%- else -%}{{ default__generate_alias_name(custom_alias_name, node) }}{%- endif -%}
{%- endmacro %}

{% macro columns_of(names) %}
  {%- for n in names %}{{ n }}{{ ", " if not loop.last }}{% endfor -%}
{% endmacro %}
