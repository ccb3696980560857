{% macro pick(x) %}{{ return(adapter.dispatch('pick', 'util')(x)) }}{% endmacro %}
{% macro default__pick(x) %}abs({{ x }}){% endmacro %}
{% macro size() %}{{ var('size', 0) }}{% endmacro %}
{% test odd(model, column_name) %}select {{ column_name }} from {{ model }} where {{ column_name }} % 2 = 0{% endtest %}
