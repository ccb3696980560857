{% macro note(what) %}{% if execute %}select '{{ what }} {{ target.schema }}'{% endif %}{% endmacro %}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {{ custom_database_name if custom_database_name is not none else target.database }}
{%- endmacro %}
{% macro ref_of(name) %}{{ return(ref(name)) }}{% endmacro %}
{% macro only_in_macro() %}{{ source('raw', 'hidden_table') }}{% endmacro %}
{% macro get_where_subquery(relation) -%}
  {%- set where = config.get('where', '') -%}
  {%- if where -%}(select * from {{ relation }} where {{ where }} and 1 = 1) filtered{%- else -%}{{ relation }}{%- endif -%}
{%- endmacro %}
{% materialization noop, adapter='duckdb' %}
  {%- call statement('main') -%} {{ sql }} {%- endcall -%}
  {{ return({'relations': []}) }}
{% endmaterialization %}
