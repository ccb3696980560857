{% test rel_pair(model, compare, cols=[]) %}
  {{ config(severity='warn', tags=['from_def']) }}
  select {{ cols | join(', ') or '*' }} from {{ model }} except select {{ cols | join(', ') or '*' }} from {{ compare }}
{% endtest %}
