{# The first of the affected days as a SQL literal; NULL, which no day comes after, where no day is affected. #}
{% macro first_day(affected) -%}
    {{ affected.values | reject('equalto', 'NULL') | sort | first | default('cast(null as date)', true) }}
{%- endmacro %}
