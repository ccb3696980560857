{% test mine(model, other, text='t', n=0, flags={}) %}
select *, {{ other }} as o, '{{ text }}' as t, {{ n }} as n from {{ model }} where {{ flags | length }} > 0 and {{ config.get('limit', 0) }} < 1
{% endtest %}
