{%- set wanted = setting('flavour') -%}
{{ config(group=none) }}
select '{{ wanted }}' as flavour, {{ var('days') | join(', ') }} from {{ ref('configs', 'top') }}
{% if var('active') %} union all select 'x', 1, 2 from {{ source('raw', 'events') }} {% endif %}
