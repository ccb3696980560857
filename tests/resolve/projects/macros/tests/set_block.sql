{% set relation = ref('language') %}
select * from {{ relation }} where '{{ relation.identifier }}' = '{{ relation.name }}' and {{ relation.is_view or true }}
