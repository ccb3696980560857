{# The first of the affected days as a SQL date; NULL, which no day is after, where no day is affected. #}
{% macro first_day(affected) -%}
    {%- if affected.values -%}
        least({% for day in affected.values %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        cast(null as date)
    {%- endif -%}
{%- endmacro %}
