{{ config(materialized='noop', alias='Noop Alias', database=none) }}
{% set x = config.get('materialized') %}{% do log(x) %}
select '{{ x }}' as m, '{{ config.get('alias') }}' as al, {{ config.get('tags') | length }} as tg, '{{ config.require('materialized') }}'
