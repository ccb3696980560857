{% macro scaled(x) %}{{ return(adapter.dispatch('scaled', 'toolbox')(x)) }}{% endmacro %}
{% macro default__scaled(x) %}{{ x }} * {{ var('factor') }}{% endmacro %}
{% macro unscaled(x) %}{{ return(adapter.dispatch('unscaled', 'toolbox')(x)) }}{% endmacro %}
{% macro default__unscaled(x) %}{{ x }} / {{ var('factor', 10) }}{% endmacro %}
{% test at_least(model, column_name, minimum=0) %}
select * from {{ model }} where {{ column_name }} < {{ minimum }}
{% endtest %}
