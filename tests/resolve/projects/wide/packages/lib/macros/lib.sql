{% macro lib__helper(x) %}{{ x }}{% endmacro %}
{% macro default__pick(x) %}lib_pick({{ x }}){% endmacro %}
{% test bounded(model, column_name, low=0, high=none) %}
select * from {{ model }} where {{ column_name }} < {{ low }}{% if high is not none %} or {{ column_name }} > {{ high }}{% endif %}
{% endtest %}
